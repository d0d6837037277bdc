/** Keywords AI's page says that a credential cannot be validated: it can, in stages, each with its words and its remedy (K13, P05). */
import { afterEach, expect, test, vi } from "vitest";
import { adminKey, onBothEngines } from "./control.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

interface Result {
  ok: boolean;
  region: string;
  stages: { stage: string; status: string; message: string; code?: string; remedy?: string; aws?: { type: string } }[];
}

onBothEngines((control) => {
  let slugs = 0;
  async function tested(credential: object, request: object = {}): Promise<Result & { summary: string }> {
    const { ask } = control();
    const slug = `tested-${(slugs += 1)}`;
    const made = await ask("POST", "/v1/virtual-keys", { name: slug, slug, region: "us-east-1", ...credential });
    expect(made.status).toBe(200);
    const { status, body } = await ask<Result>("POST", `/v1/virtual-keys/${slug}/test`, request);
    expect(status).toBe(200);
    return { ...body, summary: body.stages.map((stage) => `${stage.stage} ${stage.status}`).join(", ") };
  }
  const good = () => ({
    credential: {
      aws_access_key_id: control().emulator.credential.accessKeyId,
      aws_secret_access_key: control().emulator.credential.secretAccessKey,
    },
  });
  /** More often than it is tried again. */
  const always = 9;
  const stageOf = ({ stages }: Result, name: string) => stages.find(({ stage }) => stage === name);
  afterEach(() => control().emulator.setClock(() => Date.now()));

  test("a good key pair: identity, models, profiles, and one token where a model is named", async () => {
    const without = await tested(good());
    expect(without.summary).toBe("shape ok, identity ok, models ok, profiles ok, call skipped");
    expect(without.ok).toBe(true);
    const before = control().emulator.requests.length;
    const withModel = await tested(good(), { model: "amazon.nova-micro-v1:0" });
    expect(withModel.summary).toBe("shape ok, identity ok, models ok, profiles ok, call ok");
    const asked = control()
      .emulator.requests.slice(before)
      .find(({ operation }) => operation === "Converse");
    expect(JSON.parse(asked?.body.toString() ?? "{}")).toMatchObject({ inferenceConfig: { maxTokens: 1 } });
  });

  test("the one token takes of a limit what it can use, and not all that the model might write", async () => {
    const limited = { ...good(), rate_limits: [{ type: "tokens", unit: "rpm", value: 2_000 }] };
    const { summary } = await tested(limited, { model: claude });
    expect(summary).toContain("call ok");
    // A reservation as large as the model's own maximum is refused.
    const slug = `tested-${slugs}`;
    const answer = await fetch(`${control().baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model: `@${slug}/${claude}`, messages: [{ role: "user", content: "Hi" }] }),
    });
    expect(answer.status).toBe(429);
  });

  test("where a stream is asked for, each stage is told as it ends, and then all of them", async () => {
    const { gateway, ask } = control();
    await ask("POST", "/v1/virtual-keys", { name: "streamed", slug: "streamed", region: "us-east-1", ...good() });
    const send = (body: object) =>
      fetch(`${gateway.url}/v1/virtual-keys/streamed/test`, {
        method: "POST",
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const answer = await send({ stream: true });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const events = [...(await answer.text()).matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, event, data = ""]) => ({
      event,
      data: JSON.parse(data) as Result,
    }));
    expect(events.map(({ event }) => event)).toEqual([...Array<string>(5).fill("stage"), "result"]);
    expect(events.at(-1)?.data.stages).toEqual(events.slice(0, -1).map(({ data }) => data));
    // What is refused before the first stage is no stream.
    expect((await send({ stream: true, region: "nowhere" })).status).toBe(400);
  });

  test("how the last test went is there for whoever may see the credential, and without what AWS said", async () => {
    const { ask } = control();
    interface Shown {
      slug: string;
      last_test: { tested_at: string; ok: boolean; region: string; stages: object[] } | null;
    }
    const made = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", {
      name: "reader",
      scopes: ["virtual_keys.read", "virtual_keys.list"],
    });
    const reader = { authorization: `Bearer ${made.body.key}` };
    const path = "/v1/virtual-keys/kept";
    const last = async () => {
      const one = await ask<Shown>("GET", path, undefined, reader);
      const list = await ask<{ data: Shown[] }>("GET", "/v1/virtual-keys?search=kept", undefined, reader);
      const listed = list.body.data.find(({ slug }) => slug === "kept");
      expect(listed?.last_test).toEqual(one.body.last_test);
      return one.body.last_test;
    };
    const wrong = { ...good().credential, aws_secret_access_key: "CANARY".padEnd(40, "w") };
    await ask("POST", "/v1/virtual-keys", { name: "kept", slug: "kept", region: "us-east-1", credential: wrong });
    expect(await last()).toBeNull();
    const before = Date.now();
    const { stages } = (await ask<Result>("POST", `${path}/test`, {})).body;
    const failed = await last();
    expect(failed).toMatchObject({ ok: false, region: "us-east-1" });
    expect(failed?.stages).toEqual(
      stages.map(({ stage, status, code }) => ({ stage, status, ...(code !== undefined && { code }) })),
    );
    expect(failed?.stages[1]).toEqual({ stage: "identity", status: "failed", code: "InvalidSignatureException" });
    expect(Date.parse(failed?.tested_at ?? "")).toBeGreaterThanOrEqual(before);
    expect(Date.parse(failed?.tested_at ?? "")).toBeLessThanOrEqual(Date.now());
    // With another secret nothing is known any more; the answer of the change says so too.
    const changed = await ask<Shown>("PUT", path, good());
    expect(changed.body.last_test).toBeNull();
    expect(await last()).toBeNull();
    const etag = (await ask("GET", path)).headers.get("etag");
    const streamed = await fetch(`${control().gateway.url}${path}/test`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      body: JSON.stringify({ stream: true, region: "us-west-2" }),
    });
    await streamed.text();
    expect(await last()).toMatchObject({ ok: true, region: "us-west-2", stages: { length: 5 } });
    // A test is no change of the credential.
    expect((await ask("GET", path)).headers.get("etag")).toBe(etag);
    const noted = await ask<Shown>("PUT", path, { note: "Rotated" }, { "if-match": etag ?? "" });
    expect(noted.body.last_test).toMatchObject({ ok: true });
    await ask("PUT", path, { region: "eu-west-1" });
    expect(await last()).toBeNull();
  });

  test("the call of a model is counted: within budgets, in the log, and with the right to call", async () => {
    const { ask } = control();
    const model = "amazon.nova-micro-v1:0";
    await ask("POST", "/v1/virtual-keys", { name: "counted", slug: "counted", region: "us-east-1", ...good() });
    const path = "/v1/virtual-keys/counted/test";
    const keyWith = async (...scopes: string[]): Promise<Record<string, string>> => {
      const made = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", { name: "k", scopes });
      return { authorization: `Bearer ${made.body.key}` };
    };
    const mayNotCall = await keyWith("virtual_keys.update");
    expect((await ask("POST", path, { model }, mayNotCall)).status).toBe(403);
    expect((await ask("POST", path, {}, mayNotCall)).status).toBe(200);
    const mayCall = await keyWith("virtual_keys.update", "completions.write");
    const tried = await ask<Result>("POST", path, { model }, mayCall);
    expect(stageOf(tried.body, "call")).toMatchObject({ status: "ok" });
    const calls = async () => {
      const { body } = await ask<{ data: { request_url: string; credential: string; cost: string }[] }>(
        "GET",
        "/v1/logs",
      );
      return body.data.filter((call) => call.request_url.includes(path));
    };
    await vi.waitFor(async () => expect(await calls()).toHaveLength(1), { timeout: 60_000 });
    const [logged] = await calls();
    expect(logged).toMatchObject({ credential: "virtual key counted" });
    expect(Number(logged?.cost)).toBeGreaterThan(0);
    const key = (await ask<{ id: string }>("GET", "/v1/virtual-keys/counted")).body.id;
    const budget = { name: "b", scope: "virtual_key", scope_id: key, unit: "tokens", amount: 1, period: "total" };
    expect((await ask("POST", "/v1/budgets", budget)).status).toBe(200);
    const before = control().emulator.requests.length;
    const spent = await ask<Result>("POST", path, { model }, mayCall);
    expect(stageOf(spent.body, "call")).toMatchObject({ status: "failed", code: "budget_exhausted" });
    const called = control()
      .emulator.requests.slice(before)
      .filter(({ operation }) => operation === "Converse");
    expect(called).toEqual([]);
  });

  test("a model that the gateway key does not allow is not asked, and the words name no connector", async () => {
    const { ask } = control();
    await ask("POST", "/v1/virtual-keys", { name: "bounded", slug: "bounded", ...good() });
    const scopes = ["virtual_keys.update", "completions.write"];
    const bounds = { name: "b", scopes, allowed_models: ["amazon.nova-lite*"] };
    const { key } = (await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", bounds)).body;
    const as = { authorization: `Bearer ${key}` };
    const model = "amazon.nova-pro-v1:0";
    const { body } = await ask<Result>("POST", "/v1/virtual-keys/bounded/test", { model }, as);
    expect(stageOf(body, "call")).toMatchObject({
      status: "failed",
      message: `The gateway key does not allow the model ${model}.`,
    });
  });

  test("a wrong secret fails at STS, and nothing more is tried", async () => {
    const wrong = { ...good().credential, aws_secret_access_key: "w".repeat(40) };
    const result = await tested({ credential: wrong });
    expect(result.summary).toBe("shape ok, identity failed, models skipped, profiles skipped, call skipped");
    expect(stageOf(result, "identity")).toMatchObject({
      code: "InvalidSignatureException",
      aws: { type: "SignatureDoesNotMatch" },
    });
    expect(stageOf(result, "identity")?.remedy?.length).toBeGreaterThan(10);
    expect(JSON.stringify(result)).not.toContain("w".repeat(40));
  });

  test("no permission to list leaves the call to be tried", async () => {
    control().emulator.faultNext(
      { kind: "refuse", type: "AccessDeniedException", operation: "ListFoundationModels" },
      always,
    );
    const result = await tested(good(), { model: "amazon.nova-micro-v1:0" });
    expect(result.summary).toBe("shape ok, identity ok, models failed, profiles ok, call ok");
    expect(stageOf(result, "models")).toMatchObject({ code: "AccessDeniedException" });
    expect(result.ok).toBe(false);
  });

  test("a short-term key of another region is refused when it is saved; a region that is not allowed, before anything is sent", async () => {
    const { ask } = control();
    await ask("POST", "/v1/virtual-keys", {
      name: "regional",
      slug: "regional",
      ...good(),
      allowed_regions: ["us-east-1"],
    });
    const before = control().emulator.requests.length;
    const refused = await ask("POST", "/v1/virtual-keys/regional/test", { region: "eu-west-1" });
    expect(refused.status).toBe(403);
    expect((await ask("POST", "/v1/virtual-keys/regional/test", { region: "eu-west-1a" })).status).toBe(400);
    expect(control().emulator.requests.length).toBe(before);
  });

  test("an account that does not know the region: the control plane says so", async () => {
    control().emulator.faultNext({ kind: "refuse", type: "UnrecognizedClientException", operation: "List*" }, always);
    const result = await tested(good(), { region: "ap-east-1" });
    expect(result.region).toBe("ap-east-1");
    expect(result.summary).toBe("shape ok, identity ok, models failed, profiles failed, call skipped");
  });

  test("expired credentials", async () => {
    const { emulator } = control();
    const pair = { accessKeyId: "ASIAEXPIREDEXPIRED00", secretAccessKey: "e".repeat(40), sessionToken: "token" };
    emulator.addCredential({ ...pair, expiresAt: Date.now() - 1_000 });
    const result = await tested({
      credential: {
        aws_access_key_id: pair.accessKeyId,
        aws_secret_access_key: pair.secretAccessKey,
        aws_session_token: pair.sessionToken,
      },
    });
    expect(stageOf(result, "identity")).toMatchObject({ status: "failed", code: "ExpiredTokenException" });
  });

  test("throttled: told as what it is", async () => {
    control().emulator.faultNext({ kind: "refuse", type: "ThrottlingException", operation: "Converse" }, always);
    const result = await tested(good(), { model: "amazon.nova-micro-v1:0" });
    expect(stageOf(result, "call")).toMatchObject({ status: "failed", code: "ThrottlingException" });
  });

  test("a Bedrock API key: STS is left out, the region tells", async () => {
    const result = await tested({ key: "ABSK-not-a-key" });
    expect(stageOf(result, "identity")).toMatchObject({ status: "skipped" });
    expect(stageOf(result, "models")).toMatchObject({ status: "failed" });
    expect(JSON.stringify(result)).not.toContain("ABSK-not-a-key");
  });

  test("a key that is switched off fails at its shape", async () => {
    const { ask } = control();
    await ask("POST", "/v1/virtual-keys", { name: "off", slug: "off", ...good() });
    await ask("PUT", "/v1/virtual-keys/off", { disabled: true });
    const { body } = await ask<Result>("POST", "/v1/virtual-keys/off/test", {});
    expect(body.stages[0]).toMatchObject({ stage: "shape", status: "failed", code: "virtual_key_inactive" });
    expect(body.stages.slice(1).every(({ status }) => status === "skipped")).toBe(true);
  });

  test("policies are pasted before the credential works: where STS cannot be asked, who assumes the role is named", async () => {
    const { ask } = control();
    const pair = { aws_access_key_id: "AKIAUNKNOWNUNKNOWN00", aws_secret_access_key: "x".repeat(40) };
    const credential = { ...pair, aws_role_arn: "arn:aws:iam::123456789012:role/Pasted" };
    await ask("POST", "/v1/virtual-keys", { name: "pasted", slug: "pasted", credential });
    const path = "/v1/virtual-keys/pasted/policies";
    const refused = await ask<{ error: { message: string; param: string } }>("GET", path);
    expect([refused.status, refused.body.error.param]).toEqual([403, "principal_arn"]);
    expect(refused.body.error.message).toContain("?principal_arn=ARN");
    const principal = "arn:aws:iam::123456789012:user/ada";
    const told = await ask<{ trust_policy: string }>("GET", `${path}?principal_arn=${principal}`);
    expect(JSON.parse(told.body.trust_policy)).toMatchObject({ Statement: [{ Principal: { AWS: principal } }] });
  });
});
