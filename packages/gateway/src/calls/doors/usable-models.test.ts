/** `GET /v1/models` shows what a call may name: what is in the list is let through, what is not is refused. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openHouse, operator, type House } from "../../testing/house.ts";
import { principal } from "../../routing/testing/request.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { usableBy } from "./usable-models.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await house.newVirtualKey("claude-alone", { allowedModels: ["anthropic.*"] });
  await house.newVirtualKey("nova-alone", { allowedModels: ["amazon.nova-*"] });
  await house.newVirtualKey("lite-alone", { allowedModels: ["*.nova-lite-v1:0"] });
  await house.newVirtualKey("everything");
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

interface Listed {
  id: string;
  inference_profiles: string[];
}

async function list(key: string, headers: Record<string, string> = {}): Promise<Listed[]> {
  const answer = await fetch(`${house.gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: Listed[] }).data;
}

const one = (key: string, id: string): Promise<Response> =>
  fetch(`${house.gateway.url}/v1/models/${id}`, { headers: { authorization: `Bearer ${key}` } });

test("a key with a list of models is shown these, and each of them is let through", async () => {
  const key = await house.newKey({ allowedModels: ["amazon.nova-*"] });
  const listed = await list(key);
  const ids = listed.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(["amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0"]));
  expect(ids.filter((id) => !id.startsWith("amazon.nova-"))).toEqual([]);
  expect(listed.find(({ id }) => id === "amazon.nova-lite-v1:0")?.inference_profiles).toContain(
    "us.amazon.nova-lite-v1:0",
  );
  for (const model of ["amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"]) {
    expect((await house.chat(key, {}, { model })).status).toBe(200);
    expect((await one(key, model)).status).toBe(200);
  }
  const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
  expect([(await one(key, claude)).status, (await house.chat(key, {}, { model: claude })).status]).toEqual([403, 403]);
  expect((await list(await house.newKey())).length).toBeGreaterThan(ids.length);
});

test("where a profile alone is allowed, it stands there in the model's place", async () => {
  const key = await house.newKey({ allowedModels: ["eu.amazon.nova-lite-v1:0"] });
  const listed = await list(key);
  expect(listed.map(({ id, inference_profiles: profiles }) => [id, profiles])).toEqual([
    ["eu.amazon.nova-lite-v1:0", ["eu.amazon.nova-lite-v1:0"]],
  ]);
  expect((await one(key, "amazon.nova-lite-v1:0")).status).toBe(403);
  expect((await one(key, "eu.amazon.nova-lite-v1:0")).status).toBe(200);
});

test.each([
  ["bound to its default", { defaultVirtualKey: "claude-alone", mayOverrideCredential: false }, ["anthropic"]],
  ["for certain virtual keys", { allowedVirtualKeys: ["claude-alone", "nova-alone"] }, ["anthropic", "amazon"]],
  [
    "for certain virtual keys, with a list of its own",
    { allowedVirtualKeys: ["claude-alone", "nova-alone"], allowedModels: ["amazon.*"] },
    ["amazon"],
  ],
])("a key that is %s is shown what these allow", async (_name, terms, makers) => {
  const listed = await list(await house.newKey(terms));
  expect(new Set(listed.map(({ id }) => id.split(".").at(0)))).toEqual(new Set(makers));
  expect(house.emulator.requests).toEqual([]);
});

test("a virtual key that is switched off allows nothing", async () => {
  await house.newVirtualKey("off");
  const key = await house.newKey({ allowedVirtualKeys: ["off", "nova-alone"] });
  const before = (await list(key)).length;
  const { id } = (await house.parts.virtualKeys.list(defaultProjectId, { limit: 100 })).find(
    ({ slug }) => slug === "off",
  ) ?? { id: "" };
  await house.parts.virtualKeys.update(id, { disabled: true }, operator);
  await expect.poll(async () => (await list(key)).length).toBeLessThan(before);
});

test("what AWS lists is held to the key's list and to the virtual key's", async () => {
  const key = await house.newKey({ allowedModels: ["*amazon.*"] });
  const all = (await list(key, { "x-portkey-provider": "@everything" })).map(({ id }) => id);
  expect(all).toContain("us.amazon.nova-lite-v1:0");
  expect(all.filter((id) => !id.includes("amazon."))).toEqual([]);
  const lite = (await list(key, { "x-portkey-provider": "@lite-alone" })).map(({ id }) => id);
  expect(lite.length).toBeGreaterThan(1);
  expect(lite.filter((id) => !id.endsWith("nova-lite-v1:0"))).toEqual([]);
  expect(house.emulator.requests.length).toBeGreaterThan(0);
});

test("Portkey's switch lists what the config's virtual keys allow, and AWS is not asked", async () => {
  const config = {
    strategy: { mode: "fallback" },
    targets: [{ virtual_key: "nova-alone" }, { provider: "@claude-alone" }],
  };
  const headers = { "x-portkey-config": JSON.stringify(config), "x-portkey-fetch-integrated-models": "true" };
  const makers = async (key: string) => new Set((await list(key, headers)).map(({ id }) => id.split(".").at(0)));
  expect(await makers(await house.newKey())).toEqual(new Set(["amazon", "anthropic"]));
  // Of virtual keys that the caller's key may not call by, nothing is told.
  expect(await makers(await house.newKey({ allowedVirtualKeys: ["nova-alone"] }))).toEqual(new Set(["amazon"]));
  expect(house.emulator.requests).toEqual([]);
});

test.each([
  [["models.list"], 200],
  [["virtual_keys.*"], 200],
  [["configs.read"], 403],
])("a key with the scopes %j gets %i, and calls no models by them", async (scopes, status) => {
  const key = await house.newKey({ scopes });
  const answer = await fetch(`${house.gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  expect([answer.status, (await house.chat(key)).status]).toEqual([status, 403]);
});

test("hundreds of virtual keys with the same hundred patterns are looked at once", () => {
  const allowedModels = Array.from({ length: 100 }, (_, index) => `made.up-${index}-*`);
  const credential = { kind: "server_chain" } as const;
  const keys = Array.from({ length: 400 }, () => ({ disabled: false, credential, allowedModels }));
  const isUsable = usableBy(principal, keys);
  const before = process.cpuUsage();
  for (let index = 0; index < 500; index += 1) expect(isUsable(`anthropic.claude-${index}`)).toBe(false);
  // Key by key it took more than five seconds.
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  expect(isUsable("made.up-99-x")).toBe(true);
});
