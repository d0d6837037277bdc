/** Three gateways share nothing but a database: what is changed by the one counts at the others, which hold all of it in memory. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postgresPrograms, PostgresServer } from "../../packages/gateway/src/store/testing/postgres.ts";
import { modelCalls, pairOf } from "../support/seen.ts";
import { openControl, type Control } from "./control.ts";

// Servers, commands and files of a database: more than most tests do.

const nova = "us.amazon.nova-lite-v1:0";
const [old, next] = [pairOf("THREEOLD"), pairOf("THREENEXT")];
/** A change is told by NOTIFY when it is kept: this is for a machine with much to do. */
const soon = { timeout: 60_000, interval: 20 };

describe.skipIf(postgresPrograms === undefined)("three gateways on one PostgreSQL", () => {
  let server: PostgresServer;
  let gateways: (Control & { close: () => Promise<void> })[] = [];
  let emulator: Control["emulator"];
  let database: string;

  beforeAll(async () => {
    server = await PostgresServer.start();
    const url = await server.newDatabase();
    database = new URL(url).pathname.slice(1);
    const shared = { DATABASE_URL: url, ADIT_MASTER_KEY: randomBytes(32).toString("base64") };
    const first = await openControl(shared);
    ({ emulator } = first);
    const others = { ...shared, AWS_ENDPOINT_URL: emulator.url };
    gateways = [first, await openControl(others), await openControl(others)];
    for (const pair of [old, next]) emulator.addCredential(pair);
  });
  beforeEach(() => emulator.clearRequests());
  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
    await server.stop();
  });

  const ask = <Body>(
    index: number,
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Body }> => {
    const asked = gateways[index];
    if (asked === undefined) throw new Error("There are three.");
    return asked.ask<Body>(method, path, body);
  };

  async function chat(gateway: Control, key: string, headers: Record<string, string> = {}): Promise<number> {
    const answer = await fetch(`${gateway.baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
      body: JSON.stringify({ model: nova, messages: [{ role: "user", content: "Hi" }] }),
    });
    await answer.text();
    return answer.status;
  }

  const statuses = (key: string, headers: Record<string, string> = {}): Promise<number[]> =>
    Promise.all(gateways.map((gateway) => chat(gateway, key, headers)));

  /** Who signed the last call of each gateway. */
  async function signers(key: string, headers: Record<string, string> = {}): Promise<(string | undefined)[]> {
    emulator.clearRequests();
    for (const gateway of gateways) await chat(gateway, key, headers);
    return modelCalls(emulator).map(({ accessKeyId }) => accessKeyId);
  }

  const fields = ({ accessKeyId, secretAccessKey }: typeof old) => ({
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
  });
  const thrice = <Value>(value: Value): Value[] => [value, value, value];

  let made = 0;
  /** A virtual key and a gateway key that goes by it, which all three hold in memory. */
  async function start(): Promise<{ slug: string; id: string; key: string }> {
    const slug = `shared-${(made += 1)}`;
    await ask(0, "POST", "/v1/virtual-keys", { name: slug, slug, credential: fields(old), region: "us-east-1" });
    const terms = { name: slug, scopes: ["completions.write"], defaults: { virtual_key: slug } };
    const { body } = await ask<{ id: string; key: string }>(1, "POST", "/v1/api-keys/workspace/service", terms);
    expect(await statuses(body.key)).toEqual(thrice(200));
    return { slug, ...body };
  }

  test("a gateway key that the third switches off, and on again", async () => {
    const { id, key } = await start();
    await ask(2, "PUT", `/v1/api-keys/${id}`, { status: "disabled" });
    await expect.poll(() => statuses(key), soon).toEqual(thrice(401));
    await ask(0, "PUT", `/v1/api-keys/${id}`, { status: "active" });
    await expect.poll(() => statuses(key), soon).toEqual(thrice(200));
  });

  test("a gateway key that is rotated without an overlap, and one that is deleted", async () => {
    const { id, key } = await start();
    const { body } = await ask<{ key: string }>(1, "POST", `/v1/api-keys/${id}/rotate`, { overlap_seconds: 0 });
    expect(await statuses(body.key)).toEqual(thrice(200));
    await expect.poll(() => statuses(key), soon).toEqual(thrice(401));
    await ask(2, "DELETE", `/v1/api-keys/${id}`);
    await expect.poll(() => statuses(body.key), soon).toEqual(thrice(401));
  });

  test("terms of a gateway key: what it may not call any more is refused everywhere", async () => {
    const { id, key } = await start();
    await ask(1, "PUT", `/v1/api-keys/${id}`, { allowed_models: ["anthropic.*"] });
    await expect.poll(() => statuses(key), soon).toEqual(thrice(403));
  });

  test("a virtual key's credential that is exchanged signs every call from then on", async () => {
    const { slug, key } = await start();
    expect(await signers(key)).toEqual(thrice(old.accessKeyId));
    await ask(1, "PUT", `/v1/virtual-keys/${slug}`, { credential: fields(next) });
    await expect.poll(() => signers(key), soon).toEqual(thrice(next.accessKeyId));
  });

  test("an integration's credential that is exchanged signs every call by its provider from then on", async () => {
    const { slug, key } = await start();
    await ask(0, "POST", "/v1/providers", { name: "Follows", slug: `of-${slug}`, integration_id: slug });
    const headers = { "x-portkey-provider": `@of-${slug}` };
    expect(await signers(key, headers)).toEqual(thrice(old.accessKeyId));
    await ask(1, "PUT", `/v1/virtual-keys/${slug}`, { credential: fields(next) });
    await expect.poll(() => signers(key, headers), soon).toEqual(thrice(next.accessKeyId));
    await ask(2, "PUT", `/v1/virtual-keys/${slug}`, { disabled: true });
    await expect.poll(() => statuses(key, headers), soon).toEqual(thrice(403));
  });

  test("a virtual key that is switched off, and its list of models", async () => {
    const { slug, key } = await start();
    await ask(2, "PUT", `/v1/virtual-keys/${slug}`, { disabled: true });
    await expect.poll(() => statuses(key), soon).toEqual(thrice(403));
    await ask(0, "PUT", `/v1/virtual-keys/${slug}`, { disabled: false });
    await expect.poll(() => statuses(key), soon).toEqual(thrice(200));
    await ask(1, "PUT", `/v1/virtual-keys/${slug}`, { allowed_models: ["anthropic.*"] });
    await expect.poll(() => statuses(key), soon).toEqual(thrice(403));
  });

  test("a saved config's next version, and its end", async () => {
    const { slug, key } = await start();
    const other = await start();
    await ask(0, "PUT", `/v1/virtual-keys/${other.slug}`, { credential: fields(next) });
    const saved = `pc-shared-${made}`;
    await ask(0, "POST", "/v1/configs", { slug: saved, name: "Shared", config: { provider: `@${slug}` } });
    const headers = { "x-portkey-config": saved };
    expect(await signers(key, headers)).toEqual(thrice(old.accessKeyId));
    await ask(1, "PUT", `/v1/configs/${saved}`, { config: { provider: `@${other.slug}` } });
    await expect.poll(() => signers(key, headers), soon).toEqual(thrice(next.accessKeyId));
    await ask(2, "DELETE", `/v1/configs/${saved}`);
    await expect.poll(() => statuses(key, headers), soon).toEqual(thrice(400));
  });

  test("a connector that is pointed at another virtual key", async () => {
    const { slug, key } = await start();
    const other = await start();
    await ask(0, "PUT", `/v1/virtual-keys/${other.slug}`, { credential: fields(next) });
    const spec = { virtual_key: slug, model_id: "amazon.nova-lite-v1:0" };
    await ask(0, "POST", "/v1/connectors", { name: "Shared", slug: `c-${slug}`, connection_spec: spec });
    const data = { messages: [{ role: "user", content: [{ text: "hello" }] }] };
    const invokers = async (): Promise<(string | undefined)[]> => {
      emulator.clearRequests();
      for (const { baseUrl } of gateways) {
        const answer = await fetch(`${baseUrl}/connectors/c-${slug}/invoke`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
          body: JSON.stringify({ data }),
        });
        expect(answer.status).toBe(200);
      }
      return emulator.requests.map(({ accessKeyId }) => accessKeyId);
    };
    expect(await invokers()).toEqual(thrice(old.accessKeyId));
    await ask(1, "PUT", `/v1/connectors/c-${slug}`, { connection_spec: { virtual_key: other.slug } });
    await expect.poll(invokers, soon).toEqual(thrice(next.accessKeyId));
  });

  test("a person who signed in at the first and is switched off at the second is out at the third", async () => {
    const password = "a long password for tests";
    const person = { email: "three@example.com", name: "Three", role: "admin", password };
    const { id } = (await ask<{ id: string }>(0, "POST", "/v1/people", person)).body;
    const url = gateways[0]?.gateway.url ?? "";
    const signIn = await fetch(`${url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({ email: person.email, password }),
    });
    const cookie = (signIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const seen = (): Promise<number[]> =>
      Promise.all(
        gateways.map(async ({ baseUrl }) => (await fetch(`${baseUrl}/people`, { headers: { cookie } })).status),
      );
    expect(await seen()).toEqual(thrice(200));
    await ask(1, "PUT", `/v1/people/${id}`, { role: "member" });
    await expect.poll(seen, soon).toEqual(thrice(403));
    await ask(1, "PUT", `/v1/people/${id}`, { disabled: true });
    await expect.poll(seen, soon).toEqual(thrice(401));
  });

  test("what changes while nobody listens is not missed: a connection that broke is made anew, and all is asked anew", async () => {
    const { id, key } = await start();
    const cut = () =>
      server.ask(
        "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' or query = 'select 1'",
        database,
      );
    await cut();
    await ask(2, "PUT", `/v1/api-keys/${id}`, { status: "disabled" });
    await cut();
    await expect.poll(() => statuses(key), soon).toEqual(thrice(401));
  });

  test("what a stranger writes to the same channel harms nobody", async () => {
    const { id, key } = await start();
    for (const payload of [
      "",
      "{",
      "null",
      "[]",
      '{"origin":"x"}',
      '{"origin":"x","changes":[null]}',
      '{"origin":"x","changes":[{}]}',
    ]) {
      await server.ask(`select pg_notify('adit_changes', '${payload}')`, database);
    }
    expect(await statuses(key)).toEqual(thrice(200));
    await ask(0, "PUT", `/v1/api-keys/${id}`, { status: "disabled" });
    await expect.poll(() => statuses(key), soon).toEqual(thrice(401));
  });
});
