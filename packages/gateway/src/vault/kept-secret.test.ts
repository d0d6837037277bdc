/** A virtual key's secret goes to the host that it was given for: whoever may change the key need not know it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apply } from "../admin/apply/apply.ts";
import { readApplyFile } from "../admin/apply/apply-file.ts";
import { partsWithin } from "../admin/parts.ts";
import { openChangeParts } from "../admin/open-parts.ts";
import { readSettings } from "../settings.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../store/testing/engines.ts";

const actor = { kind: "command" } as const;
const pair = {
  aws_access_key_id: "AKIAIOSFODNN7EXAMPLE",
  aws_secret_access_key: "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEYabcdefgh1",
};
const token = { api_key: "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxlLWF0LTEyMzQ1Njc4OTAxMjp4" };
const role = { aws_role_arn: "arn:aws:iam::123456789012:role/Adit" };
const own = "https://vpce.example.com";
const others = ["https://thief.example.com", "http://vpce.example.com", "https://vpce.example.com:8443"];
const [thief = ""] = others;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-kept-secret-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

onBothEngines((house) => {
  async function open() {
    const hosts = [own, ...others].join(",");
    const store = await house.open();
    return {
      store,
      parts: await openChangeParts(store, readSettings({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: hosts })),
    };
  }

  test("an endpoint of another origin is refused without the secret, and taken with it", async () => {
    const { parts } = await open();
    const { virtualKeys } = parts;
    for (const credential of [pair, token, { ...role, ...pair }]) {
      for (const endpoint of [undefined, own]) {
        const input = { name: "Key", region: "us-east-1", credential, ...(endpoint !== undefined && { endpoint }) };
        const { virtualKey: made } = await virtualKeys.create(defaultProjectId, input, actor);
        for (const address of others.flatMap((other) => [other, `${other}/proxy`])) {
          await expect(
            virtualKeys.update(made.id, { endpoint: address, name: "Changed" }, actor),
            `${made.credential.kind} ${endpoint} ${address}`,
          ).rejects.toMatchObject({
            code: "invalid_request",
            param: "endpoint",
            remedy: expect.stringContaining("credential again") as string,
          });
        }
        expect(await virtualKeys.byId(made.id)).toEqual(made);
        const { virtualKey: led } = await virtualKeys.update(made.id, { endpoint: thief, credential }, actor);
        expect(led.endpoint).toBe(thief);
      }
    }
    await parts.gatewayKeys.close();
  });

  test("what the secret stays with needs it no second time: another path, another name, AWS's own host", async () => {
    const { parts } = await open();
    const { virtualKeys } = parts;
    const input = { name: "Key", credential: token, endpoint: own };
    const { virtualKey: made } = await virtualKeys.create(defaultProjectId, input, actor);
    for (const patch of [{ endpoint: `${own}/bedrock` }, { name: "Other" }, { endpoint: null }]) {
      await virtualKeys.update(made.id, patch, actor);
    }
    expect(await virtualKeys.byId(made.id)).toMatchObject({ name: "Other", endpoint: undefined });
    // From there it is a host that the secret was not given for.
    await expect(virtualKeys.update(made.id, { endpoint: own }, actor)).rejects.toMatchObject({ param: "endpoint" });
    // What is not stored cannot be led astray: the role is assumed at STS, whose host is the operator's to say.
    const { virtualKey: assumed } = await virtualKeys.create(defaultProjectId, { name: "R", credential: role }, actor);
    await virtualKeys.update(assumed.id, { endpoint: own }, actor);
    await parts.gatewayKeys.close();
  });

  test("a host that speaks OpenAI's API changes with its key alone", async () => {
    const { parts } = await open();
    const { virtualKeys } = parts;
    const host = { kind: "openai_compatible", credential: { base_url: own, api_key: "sk-canary" } } as const;
    const { virtualKey: made } = await virtualKeys.create(defaultProjectId, { name: "Host", ...host }, actor);
    for (const credential of [{ base_url: thief }, { base_url: thief, api_key: "" }]) {
      const patch = { kind: "openai_compatible", credential } as const;
      await expect(virtualKeys.update(made.id, patch, actor)).rejects.toMatchObject({ param: "api_key" });
    }
    await expect(virtualKeys.update(made.id, { endpoint: thief }, actor)).rejects.toMatchObject({ param: "endpoint" });
    expect(await virtualKeys.byId(made.id)).toEqual(made);
    await parts.gatewayKeys.close();
  });

  test("adit apply, whose file holds the credential, changes the endpoint alone", async () => {
    const { store, parts } = await open();
    const run = (endpoint: string) => {
      const file = readApplyFile(
        `version: 1
projects:
  - slug: default
    virtual_keys:
      - { slug: main, name: Main, endpoint: "${endpoint}", credential: { api_key: "\${env:TOKEN}" } }
`,
        { TOKEN: token.api_key },
      );
      return store.writeAlone((writing) => apply(file, partsWithin(parts, writing), actor));
    };
    await run(own);
    expect((await run(thief)).map(({ action, fields }) => [action, fields])).toContainEqual(["update", ["endpoint"]]);
    expect((await run(thief)).map(({ action }) => action)).toEqual(["keep", "keep"]);
    expect((await parts.virtualKeys.bySlug(defaultProjectId, "main"))?.endpoint).toBe(thief);
    await parts.gatewayKeys.close();
  });
});
