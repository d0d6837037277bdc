/** Providers follow their integration: what becomes of its credential, its bounds and its end becomes of theirs. */
import { Portkey } from "portkey-ai";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportLines, importLines } from "../../packages/gateway/src/store/transfer.ts";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { modelCalls, pairOf } from "../support/seen.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface Saved {
  id: string;
  slug: string;
  status: string;
  integration_id: string;
  warnings: string[];
  expires_at: string | null;
  error: { param: string; message: string };
}

const soon = "2090-01-01T00:00:00.000Z";
const later = "2091-01-01T00:00:00.000Z";
const nova = "us.amazon.nova-lite-v1:0";
const haiku = "us.anthropic.claude-3-haiku-20240307-v1:0";
const [old, next] = [pairOf("FOLLOWOLD"), pairOf("FOLLOWNEXT")];
const fields = ({ accessKeyId, secretAccessKey }: typeof old) => ({
  aws_access_key_id: accessKeyId,
  aws_secret_access_key: secretAccessKey,
});

onBothEngines((control) => {
  const provide = (slug: string, terms: object = {}) =>
    control().ask<Saved>("POST", "/v1/providers", { name: `By ${slug}`, integration_id: slug, ...terms });
  const change = (slug: string, body: object) => control().ask<Saved>("PUT", `/v1/virtual-keys/${slug}`, body);
  const shown = async (slug: string) => (await control().ask("GET", `/v1/virtual-keys/${slug}`)).body;

  /** The status of a call by it, and who signed. */
  async function call(slug: string, model = nova): Promise<[status: number, signer: string | undefined]> {
    control().emulator.clearRequests();
    const answer = await fetch(`${control().baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ model: `@${slug}/${model}`, messages: [{ role: "user", content: "Hi" }] }),
    });
    await answer.text();
    return [answer.status, modelCalls(control().emulator)[0]?.accessKeyId];
  }

  let made = 0;
  /** An integration with a secret, and two providers of it. */
  async function start(): Promise<[integration: string, one: string, other: string]> {
    const slug = `main-${(made += 1)}`;
    const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
    await portkey.integrations.create({
      name: slug,
      slug,
      ai_provider_id: "bedrock",
      configurations: { ...fields(old), aws_region: "us-east-1" },
    });
    for (const name of [`one-${made}`, `other-${made}`]) {
      await portkey.providers.create({ name, slug: name, integration_id: slug });
    }
    return [slug, `one-${made}`, `other-${made}`];
  }

  beforeAll(() => {
    for (const pair of [old, next]) control().emulator.addCredential(pair);
  });

  describe("what becomes of an integration becomes of its providers", () => {
    let integration: string;
    let one: string;
    let other: string;
    beforeEach(async () => {
      [integration, one, other] = await start();
      // Held in memory from here on.
      for (const slug of [one, other]) await call(slug);
    });

    test("a new secret, by Portkey's SDK", async () => {
      expect([await call(one), await call(other)]).toEqual([
        [200, old.accessKeyId],
        [200, old.accessKeyId],
      ]);
      const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
      await portkey.integrations.update({
        slug: integration,
        configurations: { ...fields(next), aws_region: "us-west-2" },
      });
      expect([await call(one), await call(other)]).toEqual([
        [200, next.accessKeyId],
        [200, next.accessKeyId],
      ]);
      expect(await shown(one)).toMatchObject({ region: "us-west-2", integration });
      const provider = await portkey.providers.retrieve({ slug: one });
      expect(provider.integration_id).toBe(integration);
    });

    test("its models, by Portkey's SDK", async () => {
      const portkey = new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });
      await portkey.integrations.models.update({
        slug: integration,
        allow_all_models: false,
        models: [{ slug: "anthropic.*", enabled: true }],
      });
      expect([(await call(one))[0], (await call(one, haiku))[0]]).toEqual([403, 200]);
      await portkey.integrations.models.update({ slug: integration, allow_all_models: true });
      expect((await call(one))[0]).toBe(200);
    });

    test("its being switched off and on; a provider that is off itself stays so", async () => {
      await change(other, { disabled: true });
      await change(integration, { disabled: true });
      expect([(await call(one))[0], (await call(other))[0]]).toEqual([403, 403]);
      const list = await control().ask<{ data: { slug: string }[] }>("GET", "/v1/providers?status=disabled");
      expect(list.body.data.map(({ slug }) => slug)).toEqual(expect.arrayContaining([one, other]));
      const { body } = await change(one, { disabled: false });
      expect([body.status, body.warnings]).toEqual(["disabled", [expect.stringContaining(integration)]]);
      await change(integration, { disabled: false });
      expect([(await call(one))[0], (await call(other))[0]]).toEqual([200, 403]);
      expect((await change(other, { disabled: false })).body.warnings).toEqual([]);
      expect((await call(other))[0]).toBe(200);
    });

    test("its end, before their own", async () => {
      await change(one, { expires_at: later });
      await change(integration, { expires_at: soon });
      expect([await shown(one), await shown(other)]).toMatchObject([{ expires_at: soon }, { expires_at: soon }]);
      expect((await change(one, { expires_at: "2095-01-01T00:00:00.000Z" })).body.error.param).toBe("expires_at");
      await change(integration, { expires_at: null });
      expect([await shown(one), await shown(other)]).toMatchObject([{ expires_at: later }, { expires_at: null }]);
    });

    test("its name, its note and its limits are not theirs", async () => {
      const before = await shown(one);
      await change(integration, { name: "Renamed", note: "Noted", usage_limits: { credit_limit: 1 } });
      expect(await shown(one)).toEqual(before);
    });

    test("it is not deleted while there are any; they are", async () => {
      const { status, body } = await control().ask<Saved>("DELETE", `/v1/integrations/${integration}`);
      expect([status, body.error.message]).toEqual([
        409,
        expect.stringContaining(`provider ${one}, provider ${other}`),
      ]);
      for (const slug of [one, other]) await control().ask("DELETE", `/v1/providers/${slug}`);
      expect((await control().ask("DELETE", `/v1/integrations/${integration}`)).status).toBe(200);
    });
  });

  test.each([
    ["allowed_models", { allowed_models: ["anthropic.*"] }],
    ["region", { region: "us-west-2" }],
    ["credential", { credential: fields(next) }],
  ])("%s is the integration's to say", async (param, body) => {
    const [integration, one] = await start();
    const refused = await change(one, body);
    expect([refused.status, refused.body.error.param]).toEqual([400, param]);
    expect(refused.body.error.message).toContain(integration);
    expect(await call(one)).toEqual([200, old.accessKeyId]);
  });

  test("a list of integrations is without providers, which follow no provider", async () => {
    const [integration, one] = await start();
    const list = await control().ask<{ data: Saved[]; total: number }>("GET", "/v1/integrations?limit=100");
    const slugs = list.body.data.map(({ slug }) => slug);
    expect([slugs.includes(integration), slugs.includes(one), list.body.total]).toEqual([true, false, slugs.length]);
    const { status, body } = await provide(one);
    expect([status, body.error.param]).toEqual([400, "integration_id"]);
  });

  test("of what is switched off there is no provider, and none ends after its integration", async () => {
    for (const [slug, terms] of [
      ["off", {}],
      ["ends", { expires_at: soon }],
    ] as const) {
      await control().ask("POST", "/v1/virtual-keys", { name: slug, slug, kind: "server_chain", ...terms });
    }
    await change("off", { disabled: true });
    const { status, body } = await provide("off");
    expect([status, body.error.param]).toEqual([400, "integration_id"]);
    expect(body.error.message).toContain("switched off");
    expect((await provide("ends")).body.expires_at).toBe(soon);
    const before = "2089-01-01T00:00:00.000Z";
    expect((await provide("ends", { expires_at: before })).body.expires_at).toBe(before);
    expect((await provide("ends", { expires_at: later })).body.error.param).toBe("expires_at");
  });

  test("one that is made while its integration changes is what that becomes", async () => {
    const [integration] = await start();
    const models = (round: number): string[] => [`amazon.nova-${round}`];
    for (let round = 0; round < 10; round += 1) {
      const [{ body }] = await Promise.all([
        provide(integration),
        change(integration, { allowed_models: models(round) }),
      ]);
      expect(await shown(body.slug)).toMatchObject({ allowed_models: models(round) });
    }
  });

  test("an integration that an import changes takes along providers that are no rows of a file", async () => {
    const [integration, one] = await start();
    const store = await Store.open(control().location, { hears: false });
    try {
      const lines: string[] = [];
      for await (const line of exportLines(store)) lines.push(line);
      await provide(integration, { slug: `late-${made}`, expires_at: soon });
      const edited = lines.map((line) => {
        const { table, row } = JSON.parse(line) as { table?: string; row?: { slug?: string; id: string } };
        if (table !== "virtualKeys" || row?.slug !== integration) return line;
        return JSON.stringify({ table, row: { ...row, allowedModels: '["anthropic.*"]', region: "us-west-2" } });
      });
      // As one that was made by hand, without the providers.
      await importLines(
        store,
        edited.filter((line) => !line.includes(`"${one}"`)),
      );
    } finally {
      await store.close();
    }
    const followed = { region: "us-west-2", allowed_models: ["anthropic.*"] };
    await expect.poll(() => shown(one), { timeout: 60_000 }).toMatchObject({ ...followed, expires_at: null });
    expect(await shown(`late-${made}`)).toMatchObject({ ...followed, expires_at: soon });
    expect((await call(one))[0]).toBe(403);
  });

  test("after a move the secret is given once more, to the integration alone", async () => {
    const [integration, one] = await start();
    const store = await Store.open(control().location, { hears: false });
    try {
      const lines: string[] = [];
      for await (const line of exportLines(store)) lines.push(line);
      await store.write(({ db }) => db.deleteFrom("sealedRecords").where("kind", "=", "virtual_key").execute());
      await importLines(store, lines);
    } finally {
      await store.close();
    }
    const asked = { model: `@${one}/${nova}`, messages: [{ role: "user", content: "Hi" }] };
    const lost = () => control().ask<{ error: { message: string } }>("POST", "/v1/chat/completions", asked);
    await expect.poll(async () => (await lost()).status, { timeout: 60_000 }).toBe(403);
    expect((await lost()).body.error.message).toContain(`its integration ${integration} was imported`);
    await change(integration, { credential: fields(next), region: "us-east-1" });
    expect(await call(one)).toEqual([200, next.accessKeyId]);
  });
});
