/** Targets of OpenAI's format beside Bedrock, and what Portkey's headers tell of tries that failed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  answerOf,
  ask,
  chatPath,
  claude,
  droppedOf,
  nova,
  question,
  refusalOf,
  toolNamed,
  until,
} from "../support/asking.ts";
import { gatewayKey, openHouse, type House } from "../support/house.ts";
import { openKeepingEndpoint, type KeepingEndpoint } from "../support/recording-server.ts";
import { bodyOf, modelCalls, onlyModelCall } from "../support/seen.ts";

const openAiAnswer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o",
  choices: [
    { index: 0, message: { role: "assistant", content: "one" }, finish_reason: "stop" },
    { index: 1, message: { role: "assistant", content: "two" }, finish_reason: "stop" },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

let endpoint: KeepingEndpoint;
let house: House;
let origin: string;
beforeAll(async () => {
  endpoint = await openKeepingEndpoint(200, openAiAnswer);
  origin = `http://127.0.0.1:${endpoint.port}`;
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: origin } });
});
beforeEach(() => {
  endpoint.requests.length = 0;
  house.emulator.clearRequests();
});
afterAll(async () => {
  await house.close();
  await endpoint.close();
});

/** What Bedrock could not serve. */
const openAiAlone = {
  n: 2,
  logprobs: true,
  tools: [{ type: "custom", custom: { name: "grammar" } }],
  messages: [{ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }],
};

describe("a target of OpenAI's format gets the body as it is", () => {
  test("by the provider's header and the caller's bearer", async () => {
    const response = await house.post(
      chatPath,
      { model: "gpt-4o", ...openAiAlone },
      {
        "x-portkey-api-key": gatewayKey,
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": `${origin}/v1`,
        authorization: "Bearer sk-of-the-caller",
      },
    );
    expect((await answerOf(response)).choices).toHaveLength(2);
    expect(endpoint.requests).toHaveLength(1);
    expect(endpoint.requests[0]?.path).toBe("/v1/chat/completions");
    expect(endpoint.requests[0]?.headers.authorization).toBe("Bearer sk-of-the-caller");
    expect(JSON.parse(endpoint.requests[0]?.body.toString() ?? "")).toEqual({ model: "gpt-4o", ...openAiAlone });
  });

  const openAi = { provider: "openai", api_key: "sk-config", custom_host: "", override_params: { model: "gpt-4o" } };
  const withTargets = (...targets: object[]): Record<string, string> => ({
    "x-portkey-config": JSON.stringify({ strategy: { mode: "fallback" }, targets }),
  });

  test("first in a fallback, it is asked what Bedrock would refuse", async () => {
    const headers = withTargets({ ...openAi, custom_host: origin }, { override_params: { model: nova } });
    const response = await house.post(chatPath, { model: "gpt-4o", ...openAiAlone }, headers);
    expect((await answerOf(response)).choices).toHaveLength(2);
  });

  test.each([
    ["all at once", openAiAlone],
    ["n", { n: 2 }],
    ["web_search_options", { web_search_options: {} }],
    ["log probabilities", { logprobs: true }],
    ["a custom tool", { tools: openAiAlone.tools }],
  ])("behind Bedrock, it is asked what Bedrock has no means for: %s", async (_name, wish) => {
    const headers = withTargets({ override_params: { model: nova } }, { ...openAi, custom_host: origin });
    const response = await house.post(chatPath, question("Hello", wish), headers);
    expect((await answerOf(response)).choices).toHaveLength(2);
    expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
    expect(endpoint.requests).toHaveLength(1);
    expect(JSON.parse(endpoint.requests[0]?.body.toString() ?? "")).toMatchObject({ ...wish, model: "gpt-4o" });
    expect(modelCalls(house.emulator)).toEqual([]);
  });

  test("behind Bedrock, where the strategy names the statuses to go on at, another is the answer", async () => {
    const targets = [{ override_params: { model: nova } }, { ...openAi, custom_host: origin }];
    const config = { strategy: { mode: "fallback", on_status_codes: [429] }, targets };
    const headers = { "x-portkey-config": JSON.stringify(config) };
    expect((await refusalOf(await house.post(chatPath, question("Hello", { n: 2 }), headers))).param).toBe("n");
    expect(endpoint.requests).toEqual([]);
  });

  test("what Bedrock answered a caller that is not strict goes on with it, without content_blocks: OpenAI refuses them", async () => {
    const loose = { "x-portkey-strict-open-ai-compliance": "false" };
    const answered = await answerOf(await ask(house, "Hello", {}, loose));
    const said = answered.choices[0]!.message;
    expect(said.content_blocks).toEqual([{ type: "text", text: said.content }]);
    const { content_blocks: _blocks, ...kept } = said;
    const first = { role: "user", content: "Hello" };
    const alone = { role: "assistant", content_blocks: said.content_blocks };
    const headers = { ...withTargets({ ...openAi, custom_host: origin }), ...loose };
    const response = await house.post(
      chatPath,
      { model: "gpt-4o", messages: [first, said, first, alone, first] },
      headers,
    );
    await answerOf(response);
    expect(JSON.parse(endpoint.requests[0]?.body.toString() ?? "")).toMatchObject({
      messages: [first, kept, first, { role: "assistant", content: said.content }, first],
    });
    expect(endpoint.requests[0]?.body.toString()).not.toContain("content_blocks");
    expect(droppedOf(response)).toEqual(["messages[1].content_blocks", "messages[3].content_blocks"]);
  });

  test.each(["malformed_model_output", "malformed_tool_use"])(
    "behind Bedrock, it is asked where AWS could not read what the model wrote (%s), and that answer's tokens count",
    async (reason) => {
      const headers = withTargets({ override_params: { model: nova } }, { ...openAi, custom_host: origin });
      const body = question(`STOP_REASON:${reason}`);
      const response = await house.post(chatPath, body, headers);
      expect((await answerOf(response)).choices).toHaveLength(2);
      expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
      expect(endpoint.requests).toHaveLength(1);
      const record = `${house.baseUrl}/logs/${response.headers.get("x-adit-request-id") ?? ""}`;
      const thrownAway = async (): Promise<object | null | undefined> => {
        const read = await fetch(record, { headers: { authorization: `Bearer ${gatewayKey}` } });
        const { attempts } = (await read.json()) as { attempts?: { thrown_away: object | null }[] };
        return attempts?.[0]?.thrown_away;
      };
      await expect
        .poll(thrownAway, { timeout: 60_000 })
        .toMatchObject({ usage: { inputTokens: expect.any(Number) as number } });
      // To a caller who is not strict it is an answer.
      const loose = { ...headers, "x-portkey-strict-open-ai-compliance": "false" };
      const own = await answerOf(await house.post(chatPath, body, loose));
      expect(own.choices[0]?.finish_reason).toBe(reason);
      // A family that AWS does not stream with tools is called whole, and its answer is no stream before it is read.
      const streamed = {
        ...body,
        model: "us.meta.llama3-1-70b-instruct-v1:0",
        stream: true,
        tools: [toolNamed("look")],
      };
      const onLlama = withTargets({}, { ...openAi, custom_host: origin });
      await (await house.post(chatPath, streamed, onLlama)).text();
      expect(endpoint.requests).toHaveLength(2);
    },
  );

  test("its refusal names nothing that was left out for Bedrock alone: it got all of it", async () => {
    const refusing = await openKeepingEndpoint(400, { error: { message: "Unknown parameter: 'top_k'." } });
    try {
      const refusingHouse = await openHouse({
        variables: { ADIT_CUSTOM_HOSTS: `http://127.0.0.1:${refusing.port}` },
      });
      try {
        refusingHouse.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" }, 1);
        const target = { ...openAi, custom_host: `http://127.0.0.1:${refusing.port}`, drop_params: ["user"] };
        const headers = withTargets({ override_params: { model: nova } }, target);
        const response = await refusingHouse.post(chatPath, question("Hello", { seed: 1, user: "u" }), headers);
        expect((await refusalOf(response)).status).toBe(400);
        expect(JSON.parse(refusing.requests[0]?.body.toString() ?? "")).toMatchObject({ seed: 1, model: "gpt-4o" });
        expect(droppedOf(response)).toEqual(["user"]);
      } finally {
        await refusingHouse.close();
      }
    } finally {
      await refusing.close();
    }
  });

  test("behind Bedrock, a request that no target could read is refused before anything is sent", async () => {
    const headers = withTargets({ override_params: { model: nova } }, { ...openAi, custom_host: origin });
    const refusal = await refusalOf(await house.post(chatPath, { model: "gpt-4o", messages: "Hello" }, headers));
    expect([refusal.status, refusal.param]).toEqual([400, "messages"]);
    expect(endpoint.requests).toEqual([]);
    expect(modelCalls(house.emulator)).toEqual([]);
  });

  test("a model whose prefix names the provider, without a key of it: the words say which word leads there", async () => {
    const unkeyed = { authorization: `Bearer ${gatewayKey}` };
    const byModel = await refusalOf(
      await house.post(chatPath, question("Hello", { model: `openai/${nova}` }), unkeyed),
    );
    expect([byModel.status, byModel.param]).toEqual([400, "model"]);
    expect(byModel.message).toContain(`For a model on Bedrock write ${nova} alone`);
    const named = { ...unkeyed, "x-adit-provider": "openai" };
    const byHeader = await refusalOf(await house.post(chatPath, question("Hello"), named));
    expect([byHeader.status, byHeader.param]).toEqual([400, "api_key"]);
    expect(modelCalls(house.emulator)).toEqual([]);
  });

  test.each<[string, object]>([
    ["/v1/messages", { max_tokens: 50, messages: [{ role: "user", content: "Hello" }] }],
    ["/v1/messages/count_tokens", { messages: [{ role: "user", content: "Hello" }] }],
    [`/model/${claude.sonnet45}/converse`, { messages: [{ role: "user", content: [{ text: "Hello" }] }] }],
  ])("behind Bedrock, it is passed over where it does not speak the path's dialect: %s", async (path, body) => {
    const asked = { model: claude.sonnet45, ...body };
    const other = { ...openAi, custom_host: origin };
    const throttled = { kind: "refuse", type: "ThrottlingException" } as const;
    house.emulator.faultNext(throttled, 1);
    const answered = await house.post(path, asked, withTargets({}, other, { aws_region: "us-west-2" }));
    expect([answered.status, droppedOf(answered)]).toEqual([200, ["config.targets[1]"]]);
    expect(answered.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[2]");
    // The caller hears AWS's refusal, which passes, and not that of a target which could serve it never.
    house.emulator.faultNext(throttled, 1);
    const refused = await house.post(path, asked, withTargets({ retry: { attempts: 0 } }, other));
    expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining("Too many requests")]);
    // The last on Bedrock gets the tries of a last target.
    house.emulator.faultNext(throttled, 1);
    expect((await house.post(path, asked, withTargets({}, other))).status).toBe(200);
    expect(endpoint.requests).toEqual([]);
  });

  test("alone, it is refused by its name where it does not speak the path's dialect", async () => {
    const body = { model: nova, max_tokens: 50, messages: [{ role: "user", content: "Hello" }] };
    const alone = { ...openAi, custom_host: origin };
    const refused = await house.post("/v1/messages", body, withTargets(alone, alone));
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("config.targets[1]")]);
    expect(endpoint.requests).toEqual([]);
  });

  test("a target's own stream does not make a stream of the answer", async () => {
    const target = { ...openAi, custom_host: origin, override_params: { model: "gpt-4o", stream: true } };
    await answerOf(await house.post(chatPath, question("Hello"), withTargets(target)));
    expect(JSON.parse(endpoint.requests[0]?.body.toString() ?? "")).not.toHaveProperty("stream");
  });
});

describe("x-portkey-retry-attempt-count on refusals", () => {
  const retrying = (attempts: number): Record<string, string> => ({
    "x-portkey-config": JSON.stringify({ retry: { attempts } }),
  });
  const fault = { kind: "refuse", type: "ThrottlingException" } as const;

  test("0 where nothing was tried again, -1 where all tries failed, their number where one helped", async () => {
    house.emulator.faultNext(fault, 1);
    const once = await ask(house, "Hello", {}, retrying(0));
    expect([once.status, once.headers.get("x-portkey-retry-attempt-count")]).toEqual([429, "0"]);
    house.emulator.faultNext(fault, 2);
    const all = await ask(house, "Hello", {}, retrying(1));
    expect([all.status, all.headers.get("x-portkey-retry-attempt-count")]).toEqual([429, "-1"]);
    house.emulator.faultNext(fault, 1);
    const helped = await ask(house, "Hello", {}, retrying(1));
    expect([helped.status, helped.headers.get("x-portkey-retry-attempt-count")]).toEqual([200, "1"]);
  });
});

describe("what a header adds or a config misspells", () => {
  test("the header anthropic-version goes where the body's goes, and the body's goes first", async () => {
    const version = { "x-portkey-anthropic-version": "bedrock-2023-05-31" };
    await answerOf(await ask(house, "Hello", { model: claude.sonnet45 }, version));
    expect(bodyOf(onlyModelCall(house.emulator))).toMatchObject({
      additionalModelRequestFields: { anthropic_version: "bedrock-2023-05-31" },
    });
    house.emulator.clearRequests();
    const own = { model: claude.sonnet45, anthropic_version: "own" };
    await (await ask(house, "Hello", own, version)).text();
    expect(bodyOf(onlyModelCall(house.emulator))).toMatchObject({
      additionalModelRequestFields: { anthropic_version: "own" },
    });
  });

  test("what the answer's translation leaves out is named beside it: whole, streamed, and through a guardrail", async () => {
    const body = { additionalModelResponseFieldPaths: ["/stop_sequence"], stop: ["heard"] };
    const both = ["config.weigth", "additionalModelResponseFields"];
    const config = { "x-adit-config": '{"weigth":1}' };
    expect(droppedOf(await ask(house, "Hello", body, config))).toEqual(both);
    const lines = house.logLines().length;
    await (await ask(house, "Hello", { ...body, stream: true }, config)).text();
    await until(() => house.logLines().length > lines);
    expect(house.logLines().at(-1)).toMatchObject({ dropped: both });
    const check = { output_guardrails: [{ "default.wordCount": { minWords: 0, maxWords: 1000 } }], weigth: 1 };
    const guarded = await ask(house, "Hello", body, { "x-adit-config": JSON.stringify(check) });
    expect([guarded.status, droppedOf(guarded)]).toEqual([200, both]);
  });

  test("x-adit-dropped names it", async () => {
    const response = await ask(house, "Hello", {}, { "x-adit-config": '{"weigth":1}' });
    expect(response.status).toBe(200);
    expect(droppedOf(response)).toEqual(["config.weigth"]);
  });
});
