/** Calls by stored prompts: what the model gets, by whose credential, what is told of it, and who may not (P20). */
import type { OpenAiErrorBody } from "@adit/bedrock";
import { OpenAI } from "openai";
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf, modelCalls, onlyModelCall } from "../support/seen.ts";
import { adminKey, onBothEngines, type Answered } from "./control.ts";

const nova = "us.amazon.nova-lite-v1:0";
const haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const micro = "us.amazon.nova-micro-v1:0";

onBothEngines((control) => {
  const ask = <Body = Record<string, never>>(
    ...given: Parameters<ReturnType<typeof control>["ask"]>
  ): Promise<Answered<Body>> => control().ask<Body>(...given);
  const save = async (slug: string, fields: object): Promise<void> => {
    const { status, body } = await ask("POST", "/v1/prompts", { name: slug, slug, model: nova, ...fields });
    expect(status, JSON.stringify(body)).toBe(200);
  };
  const complete = (reference: string, body: object = {}, headers: Record<string, string> = {}) =>
    ask<OpenAiErrorBody & { model: string }>("POST", `/v1/prompts/${reference}/completions`, body, headers);
  const texts = (): unknown[] =>
    modelCalls(control().emulator).map((seen) => bodyOf(seen).messages?.map(({ content }) => content));
  const lastLine = (): Record<string, unknown> => JSON.parse(control().log.at(-1) ?? "{}") as Record<string, unknown>;
  beforeEach(() => control().emulator.clearRequests());

  test("what a call lays over a prompt takes its place under whichever name", async () => {
    await save("pp-limited", { string: "Hello", parameters: { model: nova, max_completion_tokens: 900 } });
    expect((await complete("pp-limited", { max_tokens: 5 })).status).toBe(200);
    expect((await complete("pp-limited", {}, { "x-adit-config": '{"override_params":{"max_tokens":6}}' })).status).toBe(
      200,
    );
    const limits = modelCalls(control().emulator).map((seen) => bodyOf(seen).inferenceConfig?.maxTokens);
    expect(limits).toEqual([5, 6]);
  });

  test("the answer and the log name the prompt and its version; the log has no word of it", async () => {
    await save("pp-told", { string: "Say {{word}} CANARYtemplate" });
    const { status, headers } = await complete("pp-told@latest", { variables: { word: "CANARYvalue" } });
    expect(status).toBe(200);
    expect(headers.get("x-adit-prompt")).toBe("pp-told@1");
    expect(lastLine()).toMatchObject({
      dialect: "openai-chat",
      prompt: {
        slug: "pp-told",
        version: 1,
        id: expect.stringMatching(/^pp_/),
        versionId: expect.stringMatching(/^ppv_/),
      },
    });
    expect(control().log.join("")).not.toContain("CANARY");
    expect(texts()).toEqual([[[{ text: "Say CANARYvalue CANARYtemplate" }]]]);
  });

  test("what the body has goes before what is stored; null is nothing", async () => {
    await save("pp-over", { string: "stored", parameters: { max_tokens: 10, temperature: 0.1, stop: ["x"] } });
    const messages = [{ role: "user", content: "sent" }];
    await complete("pp-over", { temperature: 0.9, stop: null, model: micro, messages });
    const seen = onlyModelCall(control().emulator);
    expect(seen.path).toContain("nova-micro");
    expect(bodyOf(seen)).toEqual({
      messages: [{ role: "user", content: [{ text: "sent" }] }],
      inferenceConfig: { maxTokens: 10, temperature: 0.9, stopSequences: ["x"] },
    });
  });

  test("numbers among variables have all their digits, and only what is altered is named", async () => {
    await save("pp-digits", { string: "[{{id}}] {{#list}}<{{.}}>{{/list}}" });
    const variables = '{"id":1180000000000000001,"list":[1180000000000000003,1.5],"twice":1,"twice":2}';
    const send = (path: string, body: string) =>
      fetch(`${control().baseUrl}/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        body,
      });
    const [byPath, byBody] = [
      await send("prompts/pp-digits/completions", `{"variables":${variables}}`),
      await send("chat/completions", `{"prompt":{"prompt_id":"pp-digits","variables":${variables}}}`),
    ];
    const told = [byPath, byBody].map((answer) => [answer.status, answer.headers.get("x-adit-dropped")]);
    expect(told).toEqual([
      [200, "variables.twice"],
      [200, "prompt.variables.twice"],
    ]);
    const text = "[1180000000000000001] <1180000000000000003><1.5>";
    expect(texts()).toEqual([[[{ text }]], [[{ text }]]]);
  });

  test("no variables, and none that is used, are no fault; what is no object is", async () => {
    await save("pp-vars", { string: "[{{a}}]" });
    expect((await complete("pp-vars")).status).toBe(200);
    expect((await complete("pp-vars", { variables: null })).status).toBe(200);
    expect(texts()).toEqual([[[{ text: "[]" }]], [[{ text: "[]" }]]]);
    expect(await complete("pp-vars", { variables: "a" })).toMatchObject({
      status: 400,
      body: { error: { param: "variables" } },
    });
  });

  test.each(["pp-nowhere", "pp-nowhere@3", "pp_0", "a%00b", "x".repeat(3_000), "%F0%9F%92%A9", "@", "pp-find@%00"])(
    "%s is a 404",
    async (reference) => {
      expect(await complete(reference)).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
    },
  );

  test("a prompt or version that is not there is told with what is near", async () => {
    await save("pp-find", { string: "x" });
    const words = async (reference: string) => (await complete(reference)).body.error.message;
    expect(await words("pp-fnd")).toContain('Did you mean "pp-find"?');
    expect(await words("pp-find@7")).toContain("Its versions are 1 to 1.");
    expect(await words("pp-find@staging")).toContain("None of its versions has this label.");
  });

  test("an @ may stand in the path as it is, or encoded, or around an id", async () => {
    await save("pp-at", { string: "x" });
    const { id } = (await ask<{ id: string }>("GET", "/v1/prompts/pp-at")).body;
    for (const reference of ["pp-at@1", "pp-at%401", `${id}@1`, `${id}@latest`, id, "pp-at@001"]) {
      expect((await complete(reference)).headers.get("x-adit-prompt"), reference).toBe("pp-at@1");
    }
  });

  describe("whose credential", () => {
    test("the prompt's virtual key, or that of its model's name, unless the call names another", async () => {
      const { emulator } = control();
      const pair = { accessKeyId: "AKIAPROMPTSOWN000000", secretAccessKey: "CANARYpromptsownsecret".padEnd(40, "x") };
      emulator.addCredential(pair);
      for (const slug of ["prompts-own", "prompts-other"]) {
        const credential = { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey };
        const region = slug === "prompts-own" ? "us-west-2" : "eu-west-1";
        expect((await ask("POST", "/v1/virtual-keys", { name: slug, slug, credential, region })).status).toBe(200);
      }
      await save("pp-by-key", { string: "x", model: micro.slice(3), virtual_key: "@prompts-own" });
      await save("pp-by-model", { string: "x", model: `@prompts-other/${micro.slice(3)}` });
      expect((await complete("pp-by-key")).headers.get("x-adit-region")).toBe("us-west-2");
      expect((await complete("pp-by-model")).headers.get("x-adit-region")).toBe("eu-west-1");
      const config = JSON.stringify({ virtual_key: "prompts-other" });
      const other = await complete("pp-by-key", {}, { "x-adit-config": config });
      expect(other.headers.get("x-adit-region")).toBe("eu-west-1");
      expect(modelCalls(emulator).map(({ accessKeyId }) => accessKeyId)).toEqual(Array(3).fill(pair.accessKeyId));
    });

    test("a virtual key in the call's model goes before the prompt's, one in a model to go on to behind it", async () => {
      const { emulator } = control();
      const server = { kind: "server_chain" };
      const places = [
        ["goes-own", "us-west-2"],
        ["goes-other", "us-east-1"],
      ];
      for (const [slug, region] of places) {
        expect((await ask("POST", "/v1/virtual-keys", { name: slug, slug, ...server, region })).status).toBe(200);
      }
      await save("pp-goes", { string: "x", virtual_key: "goes-own" });
      const byModel = await complete("pp-goes", { model: `@goes-other/${micro}` });
      expect(byModel.headers.get("x-adit-credential")).toBe("virtual key goes-other");
      emulator.faultNext({ kind: "refuse", type: "ServiceUnavailableException", model: "*lite*" });
      const goneOn = await complete("pp-goes", { fallback_models: [`@goes-other/${micro}`] });
      expect([goneOn.headers.get("x-adit-model"), goneOn.headers.get("x-adit-credential")]).toEqual([
        micro,
        "virtual key goes-own",
      ]);
      emulator.faultNext({ kind: "refuse", type: "ServiceUnavailableException", model: "*lite*" });
      const targets = [{}, { override_params: { model: `@goes-other/${micro}` } }];
      const config = JSON.stringify({ strategy: { mode: "fallback" }, targets });
      const byTarget = await complete("pp-goes", {}, { "x-adit-config": config });
      expect(byTarget.headers.get("x-adit-credential")).toBe("virtual key goes-other");
    });

    test("what is not there, or not allowed, is told when the prompt is saved", async () => {
      const credential = { aws_access_key_id: "AKIAPROMPTSLIM000000", aws_secret_access_key: "x".repeat(40) };
      const limits = { allowed_models: ["amazon.nova-micro-*"] };
      await ask("POST", "/v1/virtual-keys", { name: "prompts-slim", slug: "prompts-slim", credential, ...limits });
      const refusal = async (fields: object) => {
        const { status, body } = await ask<OpenAiErrorBody>("POST", "/v1/prompts", {
          name: "x",
          string: "x",
          ...fields,
        });
        return { status, param: body.error.param, message: body.error.message };
      };
      expect(await refusal({ virtual_key: "prompts-slm" })).toMatchObject({
        status: 400,
        param: "virtual_key",
        message: expect.stringContaining('Did you mean "prompts-slim"?') as string,
      });
      expect(await refusal({ model: "@nobodys/x.y" })).toMatchObject({ status: 400, param: "model" });
      expect(await refusal({ virtual_key: "prompts-slim", model: nova })).toMatchObject({
        status: 400,
        param: "model",
      });
    });
  });

  test.each<[object, string]>([
    [{ parameters: { aws_secret_access_key: "x" } }, "parameters.aws_secret_access_key"],
    [{ parameters: { customer_credentials: {} } }, "parameters.customer_credentials"],
    [{ parameters: { respan_params: { customer_credentials: {} } } }, "parameters.respan_params"],
    [{ parameters: { disable_log: true } }, "parameters.disable_log"],
    [{ parameters: { messages: [] } }, "parameters.messages"],
    [{ parameters: { max_tokens: "many" } }, "parameters.max_tokens"],
    [{ parameters: { n: 2 } }, "parameters.n"],
    [{ tools: [{ type: "function" }] }, "tools[0]"],
    [{ string: '[{"role":"user"}' }, "string"],
    [{ string: '[{"role":"nobody","content":"x"}]' }, "string[0].role"],
    [{ string: "{{#a}}" }, "string"],
    [{ string: '{"messages":[{"role":"user","content":"x"}]}' }, "string"],
    [{ string: '{"role":"user","content":"x"}' }, "string"],
    [{ string: undefined }, "string"],
    [{ string: "{{>pp-not-there}}" }, "string"],
    [{ model: 5 }, "model"],
    [{ slug: "partials" }, "slug"],
    [{ slug: "pp_01890a5d-ac96-774b-bcce-b302099a8057" }, "slug"],
    [{ name: "" }, "name"],
    [{ collection_id: "nowhere" }, "collection_id"],
    [{ parameters: {}, other: 1 }, "other"],
  ])("%j is refused when it is saved, at its place", async (fields, place) => {
    const { status, body } = await ask<OpenAiErrorBody>("POST", "/v1/prompts", { name: "x", string: "x", ...fields });
    expect(body.error.param, body.error.message).toContain(place);
    expect([400, 404]).toContain(status);
  });

  test("a refusal names the place in words that stay whole", async () => {
    const { body } = await ask<OpenAiErrorBody>("POST", "/v1/prompts", {
      name: "x",
      string: "x",
      parameters: { n: 2 },
    });
    expect(body.error.message).toMatch(/^parameters\.n above 1 is not supported: Bedrock gives one answer/);
  });

  describe("in configs", () => {
    const withConfig = (config: object): Record<string, string> => ({ "x-portkey-config": JSON.stringify(config) });

    test("targets by prompts of their own: one after the other, each with its model and parameters", async () => {
      await save("pp-first", {
        string: "first {{x}}",
        model: haiku,
        parameters: { temperature: 0.2, top_p: 0.5, max_completion_tokens: 50 },
      });
      await save("pp-second", { string: "second {{x}}", model: micro, parameters: { max_tokens: 7 } });
      const config = {
        strategy: { mode: "fallback" },
        targets: [
          { prompt_id: "pp-first" },
          { prompt_id: "pp-second@1", override_params: { temperature: 0.7, max_completion_tokens: 5 } },
        ],
      };
      control().emulator.faultNext({ kind: "refuse", type: "ServiceUnavailableException", model: "*haiku*" }, 2);
      const { status, headers } = await complete("pp-first", { variables: { x: "1" } }, withConfig(config));
      expect(status).toBe(200);
      expect(headers.get("x-adit-prompt")).toBe("pp-second@1");
      expect(lastLine()).toMatchObject({ prompt: { slug: "pp-second" }, target: "config.targets[1]" });
      const second = modelCalls(control().emulator).at(-1);
      expect(second === undefined ? undefined : bodyOf(second)).toEqual({
        messages: [{ role: "user", content: [{ text: "second 1" }] }],
        // The config's own, by whichever name.
        inferenceConfig: { maxTokens: 5, temperature: 0.7 },
      });
    });

    test("a call that names no prompt, and a prompt that is not there, are told", async () => {
      await save("pp-config", { string: "x" });
      const body = { model: nova, messages: [{ role: "user", content: "x" }] };
      const plain = await ask<OpenAiErrorBody>(
        "POST",
        "/v1/chat/completions",
        body,
        withConfig({ prompt_id: "pp-config" }),
      );
      expect(plain).toMatchObject({
        status: 400,
        body: { error: { code: "invalid_config", param: "config.prompt_id" } },
      });
      const missing = await complete(
        "pp-config",
        {},
        withConfig({ targets: [{ prompt_id: "pp-lost" }], strategy: { mode: "single" } }),
      );
      expect(missing).toMatchObject({ status: 400, body: { error: { param: "config.targets[0].prompt_id" } } });
      const many = { strategy: { mode: "fallback" }, targets: Array(21).fill({ prompt_id: "pp-config" }) };
      expect(await complete("pp-config", {}, withConfig(many))).toMatchObject({ status: 400 });
      expect(control().emulator.requests).toEqual([]);
    });

    test.each(["prompt_id", "promptId", "prompt-id"])(
      "saved configs name prompts that are there, and hold them: %s",
      async (field) => {
        await save("pp-held", { string: "x" });
        const config = { strategy: { mode: "single" }, targets: [{ [field]: "pp-held@latest" }] };
        const wrong = { strategy: { mode: "single" }, targets: [{ prompt_id: "pp-hld" }] };
        expect(await ask("POST", "/v1/configs", { name: "wrong", config: wrong })).toMatchObject({
          status: 400,
          body: { error: { message: expect.stringContaining('Did you mean "pp-held"?') as string } },
        });
        await ask("POST", "/v1/configs", { name: "holds", slug: "pc-holds", config });
        expect(await ask("DELETE", "/v1/prompts/pp-held")).toMatchObject({
          status: 409,
          body: { error: { message: expect.stringContaining("config pc-holds") as string } },
        });
        expect((await complete("pp-held", {}, { "x-adit-config": "pc-holds" })).status).toBe(200);
        await ask("DELETE", "/v1/configs/pc-holds");
        expect((await ask("DELETE", "/v1/prompts/pp-held")).status).toBe(200);
      },
    );
  });

  test("a virtual key that a prompt is called by is not deleted, and says what names it", async () => {
    const server = { kind: "server_chain", region: "us-east-1" };
    for (const slug of ["used-one", "used-two"]) await ask("POST", "/v1/virtual-keys", { name: slug, slug, ...server });
    await save("pp-uses-one", { string: "x", virtual_key: "used-one" });
    await save("pp-uses-two", { string: "x", model: `@used-two/${nova}` });
    for (const name of ["one", "two"]) {
      expect(await ask("DELETE", `/v1/virtual-keys/used-${name}`)).toMatchObject({
        status: 409,
        body: { error: { message: expect.stringContaining(`prompt pp-uses-${name}`) as string } },
      });
      expect((await ask("DELETE", `/v1/prompts/pp-uses-${name}`)).status).toBe(200);
      expect((await ask("DELETE", `/v1/virtual-keys/used-${name}`)).status).toBe(200);
    }
  });

  test("limits count what the prompt comes to, not the few bytes of the call", async () => {
    const terms = { name: "limited", scopes: ["completions.write"] };
    const { id, key } = (await ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", terms)).body;
    const budget = { name: "b", scope: "gateway_key", scope_id: id, unit: "tokens", amount: 3_000, period: "total" };
    const made = await ask("POST", "/v1/budgets", budget);
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    await save("pp-long", { string: "word ".repeat(1_000), parameters: { max_tokens: 100 } });
    await save("pp-short", { string: "word", parameters: { max_tokens: 100 } });
    const headers = { authorization: `Bearer ${key}` };
    const refused = await complete("pp-long", {}, headers);
    expect(refused).toMatchObject({ status: 412, body: { error: { code: "budget_exhausted" } } });
    expect(modelCalls(control().emulator)).toEqual([]);
    const longTarget = JSON.stringify({ prompt_id: "pp-long" });
    expect(await complete("pp-short", {}, { ...headers, "x-adit-config": longTarget })).toMatchObject({ status: 412 });
    expect((await complete("pp-short", {}, headers)).status).toBe(200);
  });

  test("of another project: not there, for calls, partials, configs and by id", async () => {
    const { id: project } = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Elsewhere" })).body;
    const terms = { name: "k", scopes: ["completions.write", "prompts.*"], workspace_id: project };
    const { key } = (await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", terms)).body;
    const headers = { authorization: `Bearer ${key}` };
    await save("pp-private", { string: "CANARYprivate" });
    await ask("POST", "/v1/prompts/partials", { name: "x", slug: "pp-private-part", string: "CANARYpart" });
    const { id } = (await ask<{ id: string }>("GET", "/v1/prompts/pp-private")).body;
    const own = { name: "x", slug: "pp-theirs", string: "{{>>p}}", model: nova };
    expect((await ask("POST", "/v1/prompts", own, headers)).status).toBe(200);
    const seen = [
      // Held in memory by now.
      await complete("pp-private"),
      await complete("pp-private", {}, headers),
      await complete(id, {}, headers),
      await ask("GET", "/v1/prompts/pp-private", undefined, headers),
      await ask("POST", `/v1/prompts/${id}/render`, {}, headers),
      await ask("PUT", `/v1/prompts/${id}`, { string: "x" }, headers),
      await ask("DELETE", `/v1/prompts/${id}`, undefined, headers),
      await complete("pp-theirs", { variables: { p: "pp-private-part" } }, headers),
      await complete("pp-theirs", {}, { ...headers, "x-adit-config": JSON.stringify({ prompt_id: "pp-private" }) }),
    ];
    expect(seen.map(({ status }) => status)).toEqual([200, 404, 404, 404, 404, 404, 404, 400, 400]);
    expect(JSON.stringify(seen.slice(1).map(({ body }) => body))).not.toContain("CANARY");
    expect(await ask("DELETE", `/v1/projects/${project}`)).toMatchObject({ status: 409 });
  });

  describe("Keywords AI's prompt in the body", () => {
    const client = (): OpenAI => new OpenAI({ apiKey: adminKey, baseURL: control().baseUrl });
    const placeholder = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Tell me a story" }] };
    const create = (prompt: object, more: object = {}) =>
      client()
        .chat.completions.create({ ...placeholder, ...more, prompt } as never)
        .withResponse();

    test("model and messages are the prompt's; the body's other fields count where the prompt has none", async () => {
      await save("pp-keywords", { string: "Square {{number}}", parameters: { temperature: 0.2 } });
      const { data, response } = await create(
        { prompt_id: "pp-keywords", variables: { number: 4 }, override: true },
        { temperature: 0.9, max_tokens: 33 },
      );
      expect(data.object).toBe("chat.completion");
      expect(response.headers.get("x-adit-prompt")).toBe("pp-keywords@1");
      expect(bodyOf(onlyModelCall(control().emulator))).toEqual({
        messages: [{ role: "user", content: [{ text: "Square 4" }] }],
        inferenceConfig: { maxTokens: 33, temperature: 0.2 },
      });
    });

    test("versions, override_params, messages in their place or after them, patch", async () => {
      await save("pp-kw2", { string: "one", parameters: { temperature: 0.2 } });
      await ask("PUT", "/v1/prompts/pp-kw2", { string: "two" });
      const extra = [{ role: "user", content: "5" }];
      const prompt_id = "pp-kw2";
      await create({ prompt_id, version: 1 });
      await create({ prompt_id, version: "2", override_params: { temperature: 0.6 } });
      await create({ prompt_id, version: "latest", override: false, override_params: { temperature: 0.6 } });
      await create({ prompt_id, override_params: { messages: extra } });
      await create({
        prompt_id,
        override_config: { messages_override_mode: "append" },
        override_params: { messages: [{ role: "assistant", content: "And?" }, ...extra] },
      });
      await create({ prompt_id, schema_version: 2, patch: { temperature: 0.4 } });
      const seen = modelCalls(control().emulator).map(bodyOf);
      expect(seen.map(({ messages }) => messages?.map(({ content }) => content.map((block) => block.text)))).toEqual([
        [["one"]],
        [["two"]],
        [["two"]],
        [["5"]],
        [["one"], ["And?"], ["5"]],
        [["one"]],
      ]);
      expect(seen.map(({ inferenceConfig }) => inferenceConfig?.temperature)).toEqual([0.2, 0.6, 0.2, 0.2, 0.2, 0.4]);
    });

    test("as a stream; echo is told to have no place", async () => {
      await save("pp-kw3", { string: "Hi" });
      const { data, response } = await create({ prompt_id: "pp-kw3", echo: true }, { stream: true });
      const kinds = new Set<string>();
      for await (const chunk of data as unknown as AsyncIterable<{ object: string }>) kinds.add(chunk.object);
      expect([...kinds]).toEqual(["chat.completion.chunk"]);
      expect(response.headers.get("x-adit-dropped")).toBe("prompt.echo");
    });

    test("fields that steer the gateway have no place within it, and are named", async () => {
      await save("pp-kw4", { string: "Hi" });
      const fields = { use_converse: false, respan_params: { fallback_models: ["x"] } };
      const { response } = await create({
        prompt_id: "pp-kw4",
        override_params: fields,
        patch: { disable_log: false },
      });
      expect(response.headers.get("x-adit-dropped")).toBe(
        "prompt.override_params.use_converse,prompt.override_params.respan_params,prompt.patch.disable_log",
      );
      expect(response.headers.get("x-adit-route")).toBe("converse");
    });

    test.each<[object, string]>([
      [
        { prompt_id: "pp-kw", override_params: { customer_credentials: { bedrock: { api_key: "x" } } } },
        "prompt.override_params.customer_credentials",
      ],
      [
        { prompt_id: "pp-kw", patch: { respan_params: { aws_access_key_id: "x" } } },
        "prompt.patch.respan_params.aws_access_key_id",
      ],
      [{ prompt_id: "pp-lost" }, "prompt.prompt_id"],
      [{}, "prompt.prompt_id"],
      [{ prompt_id: "pp-kw", version: -1 }, "prompt.version"],
      [{ prompt_id: "pp-kw", version: {} }, "prompt.version"],
      [{ prompt_id: "pp-kw", variables: [] }, "prompt.variables"],
      [{ prompt_id: "pp-kw", override_params: 1 }, "prompt.override_params"],
      [{ prompt_id: "pp-kw", override: "no", override_params: {} }, "prompt.override"],
      [
        { prompt_id: "pp-kw", override_config: { messages_override_mode: "x" } },
        "prompt.override_config.messages_override_mode",
      ],
      [{ prompt_id: "pp-kw", override_params: { messages: "x" } }, "prompt.override_params.messages"],
      [{ prompt_id: "a\0b" }, "prompt.prompt_id"],
    ])("%j is a 400 with its place", async (prompt, param) => {
      await expect(create(prompt)).rejects.toMatchObject({ status: 400, param });
    });
  });
});
