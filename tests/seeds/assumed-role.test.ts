/** Roles assumed for a caller who names them in headers. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { heldNow, holdDate, type MovedClock } from "../support/moved-clock.ts";
import { callsOf, expectNoLeak, modelCalls, onlyModelCall, pairOf, signedHeaders } from "../support/seen.ts";
import { refusalOf } from "./documents.ts";

const model = "us.amazon.nova-lite-v1:0";
const body = { model, messages: [{ role: "user", content: "Hello!" }] };
const roleArn = "arn:aws:iam::123456789012:role/team/bedrock-reader";
const source = pairOf("ROLESOURCE");

let house: House;
let clock: MovedClock | undefined;
beforeEach(async () => {
  house = await openHouse({ emulator: { clock: heldNow, roles: [{ roleArn, externalId: "tenant-7" }] } });
  house.emulator.addCredential(source);
});
afterEach(async () => {
  clock?.restore();
  clock = undefined;
  await house.close();
});

/** Both vendors' spellings of the same matter. */
const asRole = (vendor: string, more: Record<string, string> = {}): Record<string, string> => ({
  [`x-${vendor}-provider`]: "bedrock",
  [`x-${vendor}-aws-auth-type`]: "assumedRole",
  [`x-${vendor}-aws-role-arn`]: roleArn,
  [`x-${vendor}-aws-external-id`]: "tenant-7",
  [`x-${vendor}-aws-region`]: "us-east-1",
  ...more,
});

const ask = (headers: Record<string, string>) => house.post("/v1/chat/completions", body, headers);

test.each([
  ["P05", "portkey"],
  ["O06", "obiguard"],
])(
  "%s the role of x-%s-aws-role-arn is assumed with its external id, and its session signs the call",
  async (_row, vendor) => {
    const response = await ask(asRole(vendor));
    expect(response.status).toBe(200);
    const [assumed] = callsOf(house.emulator, "AssumeRole");
    const form = new URLSearchParams(assumed?.body.toString());
    expect(assumed).toMatchObject({
      verdict: "sigv4 ok",
      accessKeyId: house.emulator.credential.accessKeyId,
      region: "us-east-1",
    });
    expect([form.get("RoleArn"), form.get("ExternalId")]).toEqual([roleArn, "tenant-7"]);
    const seen = onlyModelCall(house.emulator);
    expect(seen.accessKeyId).toMatch(/^ASIA/);
    expect(seen.sessionToken?.length).toBeGreaterThan(100);
    expect(signedHeaders(seen)).toContain("x-amz-security-token");
    expect(response.headers.get("x-adit-credential")).toContain(roleArn);
    // The token goes to AWS; it goes nowhere else.
    expect(JSON.stringify(house.logLines())).not.toContain(seen.sessionToken);
  },
);

test.each([
  ["P05", "portkey"],
  ["O06", "obiguard"],
])("%s a burst of twenty with x-%s-... makes one call to STS", async (_row, vendor) => {
  const headers = asRole(vendor);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(headers)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(1);
  expect(new Set(modelCalls(house.emulator).map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
});

test.each([
  ["P05", "portkey"],
  ["O06", "obiguard"],
])("%s the session of x-%s-aws-role-arn is kept, and renewed before it expires", async (_row, vendor) => {
  clock = holdDate();
  const headers = asRole(vendor);
  const keyAfter = async (minutes: number): Promise<string | undefined> => {
    clock?.jump(minutes * 60_000);
    expect((await ask(headers)).status).toBe(200);
    return modelCalls(house.emulator).at(-1)?.accessKeyId;
  };
  const first = await keyAfter(0);
  expect(await keyAfter(50)).toBe(first);
  expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(1);
  // The session lives for an hour: at its 58th minute it is still good, and already replaced.
  const second = await keyAfter(8);
  expect(second).not.toBe(first);
  expect(callsOf(house.emulator, "AssumeRole")).toHaveLength(2);
  expect(modelCalls(house.emulator).every(({ verdict }) => verdict === "sigv4 ok")).toBe(true);
});

test("O06 a key pair beside the role is what assumes it", async () => {
  const headers = asRole("obiguard", {
    "x-obiguard-aws-access-key-id": source.accessKeyId,
    "x-obiguard-aws-secret-access-key": source.secretAccessKey,
  });
  expect((await ask(headers)).status).toBe(200);
  expect(callsOf(house.emulator, "AssumeRole")).toMatchObject([{ accessKeyId: source.accessKeyId }]);
  expect(onlyModelCall(house.emulator).accessKeyId).toMatch(/^ASIA/);
  expectNoLeak(house, [source.secretAccessKey]);
});

test("O06 sessions of two roles' tenants are apart: another external id is another session", async () => {
  expect((await ask(asRole("obiguard"))).status).toBe(200);
  const other = await ask(asRole("obiguard", { "x-obiguard-aws-external-id": "tenant-8" }));
  expect(other.status).toBe(403);
  expect(modelCalls(house.emulator)).toHaveLength(1);
});

test("P05 what STS refuses is told with the role, AWS's words and what to do; the model is not called", async () => {
  const response = await ask(asRole("portkey", { "x-portkey-aws-external-id": "wrong" }));
  const { error } = await refusalOf(response);
  expect(response.status).toBe(403);
  expect(error.message).toContain(roleArn);
  expect(error.message).toContain("is not authorized to perform: sts:AssumeRole");
  expect(error.message).toMatch(/trust policy/);
  expect(modelCalls(house.emulator)).toEqual([]);
});

test("P05 half of it is a 400 that names the other half", async () => {
  const { "x-portkey-aws-role-arn": _role, ...half } = asRole("portkey");
  const response = await ask(half);
  expect(response.status).toBe(400);
  expect((await refusalOf(response)).error.message).toMatch(/role/i);
  expect(house.emulator.requests).toEqual([]);
});
