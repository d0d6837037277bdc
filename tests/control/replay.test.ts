/** A logged request again: the same, edited, in another dialect, by another credential; what differs is data. */
import { beforeAll, expect, test } from "vitest";
import { toldAnswer } from "../../packages/gateway/src/ledger/content/told-answer.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

const nova = "us.amazon.nova-lite-v1:0";
const question = { model: nova, messages: [{ role: "user", content: "Good morning" }] };

interface Replayed {
  id: string;
  status: number;
  response: Record<string, unknown>;
  original: { status: number };
  difference: { path: string; before: unknown; after: unknown }[];
  notes: string[];
}

onBothEngines((control) => {
  beforeAll(async () => {
    await control().ask("PUT", "/v1/logs/settings", { content: "all" });
    await new Promise((resolve) => setTimeout(resolve, 200));
  });

  async function asked(path: string, body: object | string, headers: Record<string, string> = {}): Promise<string> {
    const response = await fetch(`${control().gateway.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    await response.text();
    const id = response.headers.get("x-adit-request-id") ?? "";
    await until(async () => {
      const { status, body: log } = await control().ask<{ content: object | null }>("GET", `/v1/logs/${id}`);
      return status === 200 && log.content !== null;
    });
    return id;
  }

  const replay = (id: string, body: object = {}) => control().ask<Replayed>("POST", `/v1/logs/${id}/replay`, body);

  test.each([
    ["chat completions", "/v1/chat/completions", question],
    ["a stream", "/v1/chat/completions", { ...question, stream: true }],
    ["Responses", "/v1/responses", { model: nova, input: "Good morning" }],
    ["messages", "/v1/messages", { ...question, max_tokens: 100 }],
    [
      "Bedrock's own",
      `/model/${encodeURIComponent(nova)}/converse`,
      { messages: [{ role: "user", content: [{ text: "Good morning" }] }] },
    ],
  ])("%s: asked again, it is a call like all others", async (_name, path, body) => {
    const id = await asked(path, body);
    const { status, body: replayed } = await replay(id);
    expect([status, replayed.status, replayed.original.status]).toEqual([200, 200, 200]);
    expect(replayed.notes).toEqual([]);
    await until(async () => (await control().ask("GET", `/v1/logs/${replayed.id}`)).status === 200);
    const { body: log } = await control().ask<{ metadata: object; cost: string }>("GET", `/v1/logs/${replayed.id}`);
    expect(log.metadata).toMatchObject({ replay_of: id });
    expect(Number(log.cost)).toBeGreaterThan(0);
  });

  test("edited: another model and a member less; the difference names what changed", async () => {
    const id = await asked("/v1/chat/completions", { ...question, n: 3 });
    const { body } = await replay(id, { body: { n: null }, model: "us.amazon.nova-micro-v1:0" });
    expect(body).toMatchObject({ status: 200, original: { status: 400 } });
    expect(body.response["model"]).toBe("us.amazon.nova-micro-v1:0");
    expect(body.difference.map(({ path }) => path)).toEqual(expect.arrayContaining(["error", "choices"]));
  });

  test("with as many pairs of metadata as there may be it has all of them, by which it can be deleted", async () => {
    const pairs = Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`n${index}`, `of-many-${index}`]));
    const id = await asked("/v1/chat/completions", question, { "x-adit-metadata": JSON.stringify(pairs) });
    const { status, body } = await replay(id);
    expect([status, body.status]).toEqual([200, 200]);
    await until(async () => (await control().ask("GET", `/v1/logs/${body.id}`)).status === 200);
    const last = encodeURIComponent('{"n255":"of-many-255"}');
    expect((await control().ask("DELETE", `/v1/logs?metadata=${last}`)).body).toMatchObject({ deleted: 2 });
    expect((await control().ask("GET", `/v1/logs/${body.id}`)).status).toBe(404);
  });

  test.each([
    ["safety_identifier", { safety_identifier: "edited-ada" }, { safety_identifier: "edited-ada" }],
    ["metadata", { metadata: { customer: "edited-bea" } }, { customer: "edited-bea" }],
  ])("what was said goes with the person whom %s had named that an edit took away", async (name, members, person) => {
    const id = await asked("/v1/chat/completions", { ...question, ...members });
    const { body } = await replay(id, { body: { [name]: null } });
    type Log = { content: object | null };
    const content = async () => (await control().ask<Log>("GET", `/v1/logs/${body.id}`)).body.content;
    await until(async () => ((await content()) ?? null) !== null);
    const pairs = encodeURIComponent(JSON.stringify(person));
    const answer = await control().ask("DELETE", `/v1/logs?metadata=${pairs}&content_only=true`);
    expect(answer.body).toMatchObject({ deleted: 2 });
    expect(await content()).toBeNull();
  });

  test("in another dialect", async () => {
    const id = await asked("/v1/chat/completions", question);
    const { body } = await replay(id, { path: "/v1/messages", body: { max_tokens: 50 } });
    expect(body).toMatchObject({ status: 200, response: { type: "message" } });
  });

  test("at Bedrock's own paths another model is another path", async () => {
    const asking = { messages: [{ role: "user", content: [{ text: "Good morning" }] }] };
    const id = await asked(`/model/${encodeURIComponent(nova)}/converse`, asking);
    const { body } = await replay(id, { model: "us.amazon.nova-micro-v1:0" });
    expect(body).toMatchObject({ status: 200, notes: [] });
    await until(async () => (await control().ask("GET", `/v1/logs/${body.id}`)).status === 200);
    const { body: log } = await control().ask<{ model_used: string }>("GET", `/v1/logs/${body.id}`);
    expect(log.model_used).toBe("us.amazon.nova-micro-v1:0");
  });

  test("what is not edited is sent as it was, to the digit; what is, says which numbers were written anew", async () => {
    const long = "12345678901234567890";
    const asking = `{"messages":[{"role":"user","content":[{"text":"Good morning"}]}],"additionalModelRequestFields":{"n":${long}}}`;
    const id = await asked(`/model/${encodeURIComponent(nova)}/converse`, asking);
    const sent = () => control().emulator.requests.at(-1)?.body.toString();
    expect((await replay(id)).body.notes).toEqual([]);
    expect(sent()).toBe(asking);
    const { body } = await replay(id, { body: { inferenceConfig: { maxTokens: 10 } } });
    expect(body.notes).toEqual(["Written anew, and not as it was: additionalModelRequestFields.n."]);
    expect(sent()).not.toContain(long);
  });

  const frames = `/model/${encodeURIComponent(nova)}`;
  const turns = (text: string) => ({ messages: [{ role: "user", content: [{ text }] }] });
  test.each([
    ["of chat completions", "/v1/chat/completions", { ...question, stream: true }, "choices[0].delta.content"],
    [
      "of Responses",
      "/v1/responses",
      { model: nova, input: "Good morning", stream: true },
      "response.output_text.delta[0][0].delta",
    ],
    [
      "of messages",
      "/v1/messages",
      { ...question, max_tokens: 100, stream: true },
      "content_block_delta[0].delta.text",
    ],
    ["of Converse", `${frames}/converse-stream`, turns("Good morning"), "contentBlockDelta[0].delta.text"],
    ["of a model's own form", `${frames}/invoke-with-response-stream`, turns("Good morning"), "text"],
  ])("a stream %s: what its events make up is compared", async (_name, path, body, place) => {
    const id = await asked(path, body);
    const same = (await replay(id)).body;
    expect(same).toMatchObject({ status: 200 });
    expect(same.difference.filter((one) => one.path.endsWith(place))).toEqual([]);
    const asking = { input: "Good evening", messages: turns("Good evening").messages };
    const edits = "input" in body ? { input: asking.input } : { messages: asking.messages };
    const native = path.startsWith("/model/");
    const plain = { messages: [{ role: "user", content: "Good evening" }] };
    const other = (await replay(id, { body: native || "input" in body ? edits : plain })).body;
    const told = other.difference.find((one) => one.path.endsWith(place));
    expect(told?.before).toContain("Good morning");
    expect(told?.after).toContain("Good evening");
  });

  test("bytes that are no text are shown in base64, and not as letters", () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]);
    expect(toldAnswer(bytes).shown).toEqual({ base64: bytes.toString("base64") });
  });

  test("credentials among the body's members are left out, and it says so; a region is none", async () => {
    const { accessKeyId, secretAccessKey } = control().emulator.credential;
    const credentials = { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey };
    const id = await asked("/v1/chat/completions", { ...question, ...credentials, aws_region_name: "us-west-2" });
    const { body } = await replay(id);
    expect(body.status).toBe(200);
    expect(body.notes.map((note) => note.split(" ").slice(0, 2).join(" "))).toEqual([
      "aws_access_key_id is",
      "aws_secret_access_key is",
      "The credential",
    ]);
    await until(async () => (await control().ask("GET", `/v1/logs/${body.id}`)).status === 200);
    expect((await control().ask("GET", `/v1/logs/${body.id}`)).body).toMatchObject({ region: "us-west-2" });
  });

  test("a prompt's call is asked by the version that was used, whatever is published by now", async () => {
    const { ask } = control();
    const made = await ask<{ slug: string }>("POST", "/v1/prompts", { name: "Versions", string: "First", model: nova });
    const path = `/v1/prompts/${made.body.slug}`;
    const id = await asked(`${path}/completions`, { variables: {} });
    await ask("PUT", path, { string: "Second" });
    expect((await ask("PUT", `${path}/makeDefault`, { version: 2 })).status).toBe(200);
    const { body } = await replay(id);
    expect(JSON.stringify(body.response)).toContain("First");
    expect(body.notes).toEqual([]);
  });

  test("a prompt that has taken the name of one that is gone is not passed off as it", async () => {
    const { ask } = control();
    const prompt = { name: "Renewed", slug: "pp-renewed", string: "First", model: nova };
    await ask("POST", "/v1/prompts", prompt);
    const id = await asked("/v1/prompts/pp-renewed/completions", {});
    expect((await replay(id)).body.notes).toEqual([]);
    await ask("DELETE", "/v1/prompts/pp-renewed");
    await ask("POST", "/v1/prompts", { ...prompt, string: "Another" });
    const { body } = await replay(id);
    expect(JSON.stringify(body.response)).toContain("Another");
    expect(body.notes).toEqual([expect.stringContaining("pp-renewed@1 then is gone, and another has its name")]);
  });

  test("a prompt that is named by its id, or in the body, is asked as it is published now, and it says so", async () => {
    const { ask } = control();
    const prompt = { name: "Named", slug: "pp-named", string: "First", model: nova };
    const made = await ask<{ id: string }>("POST", "/v1/prompts", prompt);
    const ids = [
      await asked(`/v1/prompts/${made.body.id}/completions`, {}),
      await asked("/v1/chat/completions", { ...question, prompt: { prompt_id: "pp-named" } }),
    ];
    await ask("PUT", "/v1/prompts/pp-named", { string: "Second" });
    await ask("PUT", "/v1/prompts/pp-named/makeDefault", { version: 2 });
    const notes = await Promise.all(ids.map(async (id) => (await replay(id)).body.notes));
    const words = "The prompt was pp-named@1 then, and is pp-named@2 now.";
    expect(notes).toEqual([[words], [words]]);
  });

  test("of a prompt's partials, which version then counted is not kept, and it says so", async () => {
    const { ask } = control();
    const partial = await ask<{ slug: string }>("POST", "/v1/prompts/partials", { name: "Part", string: "one" });
    const tag = `{{>${partial.body.slug}}}`;
    const loose = { name: "Loose", string: `Say ${tag}`, model: nova };
    const pinned = { name: "Pinned", string: `Say ${tag.replace("}}", "@1}}")}`, model: nova };
    const notes = await Promise.all(
      [loose, pinned].map(async (prompt) => {
        const made = await ask<{ slug: string }>("POST", "/v1/prompts", prompt);
        return (await replay(await asked(`/v1/prompts/${made.body.slug}/completions`, {}))).body.notes;
      }),
    );
    expect(notes).toEqual([[expect.stringContaining("partials without a version")], []]);
  });

  test("what could not be as it was is said: a config of the request's own, secrets, who signed, where", async () => {
    const deny = { input_guardrails: [{ "default.contains": { words: ["morning"], operator: "none" }, deny: true }] };
    const denied = await asked("/v1/chat/completions", question, { "x-adit-config": JSON.stringify(deny) });
    const { body: open } = await replay(denied);
    expect([open.original.status, open.status]).toEqual([446, 200]);
    expect(open.notes).toEqual([expect.stringContaining("without its guardrails")]);
    expect((await replay(denied, { config: deny })).body).toMatchObject({ status: 446, notes: [] });

    const warm = await asked("/v1/chat/completions", question, {
      "x-adit-config": '{"override_params":{"temperature":1}}',
    });
    expect((await replay(warm)).body.notes).toEqual([expect.stringContaining("went without it")]);

    const token = `ghp_${"a".repeat(36)}`;
    const secret = { ...question, messages: [{ role: "user", content: `My token is ${token}` }] };
    const { body: masked } = await replay(await asked("/v1/chat/completions", secret));
    expect(masked.notes).toEqual([expect.stringContaining("[secret]")]);

    const { accessKeyId, secretAccessKey } = control().emulator.credential;
    const elsewhere = await asked("/v1/chat/completions", question, {
      "x-adit-aws-access-key-id": accessKeyId,
      "x-adit-aws-secret-access-key": secretAccessKey,
      "x-adit-aws-region": "eu-west-1",
    });
    const { notes } = (await replay(elsewhere)).body;
    expect(notes).toEqual([
      "The credential was request headers then, and is server (environment) now.",
      "The region was eu-west-1 then, and is us-east-1 now.",
    ]);

    const refused = await asked("/v1/chat/completions", question, { "x-adit-virtual-key": "nowhere" });
    const { body: signed } = await replay(refused);
    expect([signed.original.status, signed.status]).toEqual([400, 200]);
    expect(signed.notes).toEqual(["The call went by no credential then, and goes by server (environment) now."]);
  });

  test("it is told which headers it goes without: a guardrail of InvokeModel's, flags, a dialect that is not strict", async () => {
    const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    const asking = { max_tokens: 50, messages: question.messages };
    const guarded = await asked(
      `/model/${encodeURIComponent(claude)}/invoke`,
      { ...asking, anthropic_version: "bedrock-2023-05-31" },
      { "x-amzn-bedrock-guardrailidentifier": "gr123", "x-amzn-bedrock-guardrailversion": "1" },
    );
    expect((await replay(guarded)).body.notes).toEqual([expect.stringContaining("x-amzn-bedrock-guardrailidentifier")]);
    const loose = await asked(
      "/v1/messages",
      { ...asking, model: claude },
      {
        "anthropic-beta": "context-1m-2025-08-07",
        "x-portkey-strict-open-ai-compliance": "false",
        "x-portkey-use-converse": "true",
      },
    );
    expect((await replay(loose)).body.notes).toEqual([
      expect.stringMatching(/: x-adit-strict-open-ai-compliance, anthropic-beta\.$/),
    ]);
    const params = Buffer.from(JSON.stringify({ fallback_models: ["amazon.nova-pro-v1:0"] })).toString("base64");
    const fallen = await asked("/v1/chat/completions", question, { "x-data-respan-params": params });
    expect((await replay(fallen)).body.notes).toEqual([expect.stringContaining(": x-data-respan-params.")]);
  });

  test("it asks, also where the answer to the same replay is stored", async () => {
    const config = { name: "Stored", slug: "pc-stored-answers", config: { cache: { mode: "simple" } } };
    expect((await control().ask("POST", "/v1/configs", config)).status).toBe(200);
    const id = await asked("/v1/chat/completions", question, { "x-adit-config": config.slug });
    const answers = [(await replay(id)).body, (await replay(id)).body];
    expect(answers[1]?.response["id"]).not.toBe(answers[0]?.response["id"]);
  });

  test("a connector's call goes by the connector's own credential; another is refused", async () => {
    const { ask, emulator } = control();
    const pair = {
      access_key: emulator.credential.accessKeyId,
      secret_access_key: emulator.credential.secretAccessKey,
    };
    const connection_spec = { ...pair, region: "us-east-1", model_id: "amazon.nova-lite-v1:0" };
    const made = await ask("POST", "/v1/connectors", { name: "Again", slug: "again", connection_spec });
    expect(made.status).toBe(201);
    for (const body of [{}, { stream: true }]) {
      const id = await asked("/v1/connectors/again/invoke", body);
      expect((await replay(id)).body).toMatchObject({ status: 200, original: { status: 200 }, notes: [] });
      expect((await replay(id, { virtual_key: "another" })).body).toMatchObject({ status: 400 });
    }
  });

  test("a guardrail that was applied has no model to be changed", async () => {
    const id = await asked("/guardrail/gr123/version/1/apply", {
      source: "INPUT",
      content: [{ text: { text: "hi" } }],
    });
    expect((await replay(id, { model: nova })).body).toMatchObject({ error: { param: "model" } });
  });

  test("what fails again says why, in its dialect", async () => {
    const id = await asked("/v1/chat/completions", question);
    control().emulator.faultNext({ kind: "refuse", operation: "Converse", type: "AccessDeniedException" });
    const { status, body } = await replay(id);
    expect([status, body.status]).toEqual([200, 403]);
    expect(JSON.stringify(body.response)).toContain("access_denied");
  });

  test("what fails again gives back what it had reserved", async () => {
    const id = await asked("/v1/chat/completions", { ...question, max_tokens: 5_000 });
    const terms = { scope: "metadata", scope_id: "replay_of", unit: "tokens", amount: 6_000, period: "total" };
    const { body: budget } = await control().ask<{ id: string }>("POST", "/v1/budgets", { name: "once", ...terms });
    const statuses: number[] = [];
    for (const body of [{ messages: [] }, { messages: [] }, {}])
      statuses.push((await replay(id, { body })).body.status);
    expect(statuses).toEqual([400, 400, 200]);
    await control().ask("DELETE", `/v1/budgets/${budget.id}`);
  });

  test("a key that may call but not read logs is shown nothing of what another had asked", async () => {
    const id = await asked("/v1/chat/completions", question);
    const keyWith = async (...scopes: string[]): Promise<Record<string, string>> => {
      const body = { name: scopes.join(), scopes };
      const made = await control().ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", body);
      return { authorization: `Bearer ${made.body.key}` };
    };
    const again = (headers: Record<string, string>) => control().ask("POST", `/v1/logs/${id}/replay`, {}, headers);
    const refused = await again(await keyWith("completions.write"));
    expect(refused.status).toBe(403);
    expect(JSON.stringify(refused.body)).toContain("logs.read");
    expect(JSON.stringify(refused.body)).not.toContain("Good morning");
    expect((await again(await keyWith("logs.read"))).status).toBe(403);
    expect((await again(await keyWith("logs.read", "completions.write"))).status).toBe(200);
  });

  test("it belongs to the project of what is asked again: record, content, virtual keys, the deletion of a person", async () => {
    const { ask, gateway } = control();
    const project = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Replayed" })).body.id;
    const ours = `workspace_id=${project}`;
    await ask("PUT", `/v1/logs/settings?${ours}`, { content: "all" });
    const virtualKey = {
      name: "In it",
      slug: "in-it",
      kind: "server_chain",
      region: "us-west-2",
      workspace_id: project,
    };
    expect((await ask("POST", "/v1/virtual-keys", virtualKey)).status).toBe(200);
    const body = { name: "in it", scopes: ["completions.write"], workspace_id: project };
    const { key } = (await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", body)).body;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${key}`,
        "x-adit-metadata": '{"_user":"replayed-ada"}',
      },
      body: JSON.stringify(question),
    });
    await response.text();
    const id = response.headers.get("x-adit-request-id") ?? "";
    await until(async () => ((await ask<{ content?: object }>("GET", `/v1/logs/${id}`)).body.content ?? null) !== null);
    const { body: replayed } = await replay(id, { virtual_key: "in-it" });
    expect(replayed).toMatchObject({ status: 200 });
    type Log = { workspace_id: string; region: string; content: object | null };
    const log = async () => (await ask<Log>("GET", `/v1/logs/${replayed.id}`)).body;
    await until(async () => ((await log()).content ?? null) !== null);
    expect(await log()).toMatchObject({ workspace_id: project, region: "us-west-2" });
    const person = `metadata=${encodeURIComponent('{"_user":"replayed-ada"}')}`;
    expect((await ask<{ data: object[] }>("GET", `/v1/logs?${person}`)).body.data).toEqual([]);
    expect((await ask("DELETE", `/v1/logs?${person}&${ours}`)).body).toMatchObject({ deleted: 2 });
    expect((await ask("GET", `/v1/logs/${replayed.id}`)).status).toBe(404);
  });

  test("a person asks again by the key that had asked while that key counts, with its owner", async () => {
    const { ask, gateway } = control();
    const password = "replayed again and again";
    const project = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Owned" })).body.id;
    const people: Record<string, string> = {};
    for (const name of ["lead", "owner"]) {
      const projects = { [project]: "member" };
      const body = { email: `${name}.replay@example.com`, name, role: "member", password, projects };
      people[name] = (await ask<{ id: string }>("POST", "/v1/people", body)).body.id;
    }
    const session = await fetch(`${gateway.url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: gateway.url },
      body: JSON.stringify({ email: "lead.replay@example.com", password }),
    });
    const { csrf_token: csrf } = (await session.json()) as { csrf_token: string };
    const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const owned = { name: "owned", scopes: ["completions.write"], workspace_id: project, user_id: people["owner"] };
    const made = await ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/user", owned);
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const { key } = made.body;
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(question),
    });
    expect(await response.text()).toContain("choices");
    const id = response.headers.get("x-adit-request-id") ?? "";
    await until(async () => (await ask("GET", `/v1/logs/${id}`)).status === 200);
    const asLead = { cookie, "x-adit-csrf-token": csrf, origin: gateway.url };
    const again = async (): Promise<string> => {
      const replayed = await ask<{ error?: { message: string } }>(
        "POST",
        `/v1/logs/${id}/replay`,
        { body: question },
        asLead,
      );
      return `${replayed.status} ${replayed.body.error?.message ?? ""}`.trim();
    };
    expect(await again()).toBe("200");
    await ask("PUT", `/v1/api-keys/${made.body.id}`, { scopes: ["logs.read"] });
    expect(await again()).toContain("403 The gateway key that had made this call lacks the scope completions.write.");
    await ask("PUT", `/v1/api-keys/${made.body.id}`, { scopes: ["completions.write"] });
    await ask("DELETE", `/v1/projects/${project}/people/${people["owner"]}`);
    await until(async () => (await again()).startsWith("403"));
    expect(await again()).toContain("belongs to a person who is not in its project");
    await ask("PUT", `/v1/projects/${project}/people/${people["owner"]}`, { role: "viewer" });
    await until(async () => (await again()) === "200");
    await ask("PUT", `/v1/people/${people["owner"]}`, { disabled: true });
    await until(async () => (await again()).startsWith("403"));
    expect(await again()).toContain("belongs to a person who is switched off");
  });

  test("credentials are not kept, and it says so; without content the body must be given", async () => {
    const credentials = {
      bedrock: { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "x".repeat(40) },
    };
    const id = await asked("/v1/chat/completions", { ...question, customer_credentials: credentials });
    const { body } = await replay(id);
    expect(body.status).toBe(200);
    expect(body.notes[0]).toContain("customer_credentials");
    const nested = await asked("/v1/chat/completions", {
      ...question,
      customerCredentials: credentials,
      keywordsai_params: { customer_credentials: credentials },
    });
    expect((await replay(nested)).body).toMatchObject({
      status: 200,
      notes: expect.arrayContaining([
        expect.stringContaining("customerCredentials is not kept"),
        expect.stringContaining("customer_credentials is not kept"),
      ]) as unknown,
    });
    const given = await control().ask<{ ids: string[] }>("POST", "/v1/logs", { response: { status: 200 } });
    const [log = ""] = given.body.ids;
    expect((await replay(log, { path: "/v1/chat/completions" })).status).toBe(400);
    const whole = await replay(log, { path: "/v1/chat/completions", body: question });
    expect(whole.body).toMatchObject({ status: 200, original: { status: 200 } });
    expect((await replay(id, { path: "/v1/logs" })).status).toBe(400);
  });
});
