import { Buffer } from "node:buffer";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { refusalOf, rejectionOf } from "./auth/testing/refusal.ts";
import { Bedrock, type BedrockOptions, type CallFacts } from "./bedrock.ts";
import type { ChatRequest } from "./dialects/openai-chat/chat-request.ts";
import { AditError } from "./errors/adit-error.ts";
import { answerBody, model, sourceOf } from "./wire/testing/calls.ts";
import { eventFrame, exceptionFrame, plainStream } from "./wire/testing/frames.ts";
import {
  all,
  answerJson,
  beginStream,
  LibraryBench,
  libraryKeys,
  librarySecret,
  untilThrown,
} from "./wire/testing/library.ts";
import { ManualClock } from "./wire/testing/manual-clock.ts";
import type { Answer, SeenRequest } from "./wire/testing/upstream.ts";
import { Transport } from "./wire/transport/transport.ts";

const bench = new LibraryBench();
afterEach(() => bench.close());

const messages = [{ role: "user" as const, content: "hi" }];
const chat = { model, messages };
const input = { modelId: model, messages: [{ role: "user" as const, content: [{ text: "hi" }] }] };
/** Takes tools, but not in a stream. */
const wholeToolModel = "mistral.mistral-large-2402-v1:0";
const weather = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};

/** Answers both operations by their paths. */
const eitherWay: Answer = (response, { path }) => {
  if (path.endsWith("/converse-stream")) {
    beginStream(response, plainStream("Good ", "morning"));
    response.end();
  } else {
    answerJson(response, 200, answerBody);
  }
};

function bodyOf(seen: SeenRequest | undefined): Record<string, unknown> {
  return JSON.parse(seen?.body ?? "") as Record<string, unknown>;
}

/** `[access key id, region]` of a signature's scope. */
function signerOf(seen: SeenRequest | undefined): string[] {
  return (/Credential=([^/]+)\/\d{8}\/([^/]+)\/bedrock\//.exec(seen?.headers.authorization ?? "") ?? []).slice(1);
}

/** A whole answer with these blocks. */
function answerOf(content: unknown[], stopReason = "end_turn"): string {
  return JSON.stringify({
    output: { message: { role: "assistant", content } },
    stopReason,
    usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  });
}

/** The frames of one tool's call. */
function toolStream(name: string, ...pieces: string[]): Buffer[] {
  return [
    eventFrame("messageStart", { role: "assistant" }),
    eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Let me see." } }),
    eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
    eventFrame("contentBlockStart", { contentBlockIndex: 1, start: { toolUse: { toolUseId: "tooluse_1", name } } }),
    ...pieces.map((piece) =>
      eventFrame("contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: piece } } }),
    ),
    eventFrame("contentBlockStop", { contentBlockIndex: 1 }),
    ...tail("tool_use"),
  ];
}

function tail(stopReason: string): Buffer[] {
  return [
    eventFrame("messageStop", { stopReason }),
    eventFrame("metadata", { metrics: { latencyMs: 7 }, usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }),
  ];
}

describe("chat, whole", () => {
  it("gives OpenAI's answer, with AWS's request id and the time of the clock", async () => {
    const clock = new ManualClock(1_790_000_000_987);
    const { upstream, bedrock } = await bench.open(eitherWay, { ...libraryKeys, clock });
    expect(await bedrock.chat(chat)).toEqual({
      id: "chatcmpl-request-200",
      object: "chat.completion",
      created: 1_790_000_000,
      model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hello", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: expect.objectContaining({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }) as unknown,
    });
    expect(upstream.seen).toHaveLength(1);
    expect(upstream.seen[0]?.path).toBe(`/model/${encodeURIComponent(model)}/converse`);
    expect(bodyOf(upstream.seen[0])).toEqual({ messages: input.messages });
  });

  it("has an id of its own where AWS gave none, another each time", async () => {
    const { bedrock } = await bench.open((response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(answerBody);
    });
    const ids = [(await bedrock.chat(chat)).id, (await bedrock.chat(chat)).id];
    expect(ids[0]).toMatch(/^chatcmpl-[0-9a-f-]{36}$/);
    expect(ids[1]).not.toBe(ids[0]);
  });

  it("is strict unless told otherwise", async () => {
    const { bedrock } = await bench.open(eitherWay);
    const strict = await bedrock.chat(chat, { strict: true });
    expect(await bedrock.chat(chat)).toMatchObject(strict);
    expect(strict.choices[0].message).not.toHaveProperty("content_blocks");
    expect(await bedrock.chat(chat, { strict: false })).toMatchObject({
      provider: "bedrock",
      choices: [{ finish_reason: "end_turn", message: { content_blocks: [{ type: "text", text: "Hello" }] } }],
    });
  });

  it("takes a member that is undefined as one that is absent, and changes nothing of the request", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay);
    const loose = {
      ...chat,
      messages: [{ role: "user", content: "hi", name: undefined, tool_calls: undefined }],
      ...Object.fromEntries(
        ["temperature", "max_tokens", "stop", "tools", "tool_choice", "response_format", "stream", "user"].map(
          (name) => [name, undefined],
        ),
      ),
    };
    await bedrock.chat(Object.freeze(loose) as unknown as ChatRequest);
    expect(bodyOf(upstream.seen[0])).toEqual({ messages: input.messages });
  });

  it("sends the default limit of tokens only where the request gives none", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay, { ...libraryKeys, defaultMaxTokens: 77 });
    await bedrock.chat(chat);
    await bedrock.chat({ ...chat, max_tokens: 5 });
    expect(upstream.seen.map((seen) => bodyOf(seen)["inferenceConfig"])).toEqual([{ maxTokens: 77 }, { maxTokens: 5 }]);
  });

  it("gives a forced tool's input as the content, whole and streamed, and the thinking aloud before it not at all", async () => {
    const person = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
    const request = {
      model: "us.amazon.nova-lite-v1:0",
      messages,
      response_format: { type: "json_schema" as const, json_schema: { name: "person", schema: person } },
    };
    const { upstream, bedrock } = await bench.open((response, { path }) => {
      if (path.endsWith("/converse")) {
        const toolUse = { toolUseId: "tooluse_1", name: "person", input: { name: "Ada" } };
        answerJson(response, 200, answerOf([{ text: "Let me see." }, { toolUse }], "tool_use"));
      } else {
        beginStream(response, ...toolStream("person", '{"name":', '"Ada"}'));
        response.end();
      }
    });
    const whole = await bedrock.chat(request);
    expect(JSON.parse(whole.choices[0].message.content ?? "")).toEqual({ name: "Ada" });
    expect(whole.choices[0]).toMatchObject({ finish_reason: "stop" });
    expect(whole.choices[0].message).not.toHaveProperty("tool_calls");
    const chunks = await all(await bedrock.chat({ ...request, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe('{"name":"Ada"}');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
    for (const seen of upstream.seen) {
      expect(bodyOf(seen)["toolConfig"]).toMatchObject({ toolChoice: { tool: { name: "person" } } });
    }
  });

  it("looks up what an application profile stands for once, and goes on without the permission", async () => {
    const arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/mi1dadi0g15f";
    const { upstream, bedrock } = await bench.open((response, seen, number) => {
      if (seen.method === "GET") {
        answerJson(response, 403, { message: "no" }, "AccessDeniedException");
      } else {
        eitherWay(response, seen, number);
      }
    });
    await bedrock.chat({ ...chat, model: arn });
    expect(upstream.seen.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(upstream.seen.map((seen) => signerOf(seen)[1])).toEqual(["eu-west-1", "eu-west-1"]);
  });
});

describe("chat, streamed", () => {
  it("gives chunks as objects, the usage only where it was asked for", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay);
    const chunks = await all(await bedrock.chat({ ...chat, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Good morning");
    expect(chunks[0]).toMatchObject({
      id: "chatcmpl-request-200",
      object: "chat.completion.chunk",
      model,
      choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }],
    });
    expect(chunks.at(-1)?.choices).toEqual([{ index: 0, delta: {}, finish_reason: "stop" }]);
    expect(chunks.some(({ usage }) => usage !== undefined && usage !== null)).toBe(false);
    const asked = await all(await bedrock.chat({ ...chat, stream: true, stream_options: { include_usage: true } }));
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, total_tokens: 5 } });
    expect(asked).toHaveLength(chunks.length + 1);
    expect(upstream.seen[0]?.path).toBe(`/model/${encodeURIComponent(model)}/converse-stream`);
    expect(upstream.seen[0]?.headers.accept).toBe("application/vnd.amazon.eventstream");
  });

  it("not strict: blocks, Bedrock's stop reason, the usage beside it", async () => {
    const { bedrock } = await bench.open(eitherWay);
    const chunks = await all(await bedrock.chat({ ...chat, stream: true }, { strict: false }));
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.content_blocks ?? [])).toEqual([
      { index: 0, delta: { text: "Good " } },
      { index: 0, delta: { text: "morning" } },
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: "end_turn" }], usage: { total_tokens: 5 } });
  });

  it("gives tool calls in pieces", async () => {
    const { bedrock } = await bench.open((response) => {
      beginStream(response, ...toolStream("get_weather", "", '{"city":', '"Paris"}'));
      response.end();
    });
    const chunks = await all(await bedrock.chat({ ...chat, tools: [weather], stream: true }));
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(calls[0]).toMatchObject({ index: 0, id: "tooluse_1", type: "function", function: { name: "get_weather" } });
    expect(calls.map((call) => call.function.arguments).join("")).toBe('{"city":"Paris"}');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
  });

  it("is made of a whole answer where the family takes tools in no stream", async () => {
    const content = [
      { text: "Two\n\nlines" },
      { toolUse: { toolUseId: "t1", name: "get_weather", input: { city: "Paris" } } },
    ];
    const { upstream, bedrock } = await bench.open((response) =>
      answerJson(response, 200, answerOf(content, "tool_use")),
    );
    const options = { model: wholeToolModel, messages, tools: [weather], stream_options: { include_usage: true } };
    const chunks = await all(await bedrock.chat({ ...options, stream: true }));
    expect(upstream.seen.map(({ path }) => path)).toEqual([`/model/${encodeURIComponent(wholeToolModel)}/converse`]);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Two\n\nlines");
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(JSON.parse(calls.map((call) => call.function.arguments).join(""))).toEqual({ city: "Paris" });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("tool_calls");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 5 } });
  });

  it.each([
    ["a stream", model, undefined],
    ["a whole answer", wholeToolModel, [weather]],
  ])("gives the text of %s before it throws what AWS could not read, to a strict caller", async (_way, id, tools) => {
    const { bedrock } = await bench.open((response, { path }) => {
      if (path.endsWith("/converse")) {
        answerJson(response, 200, answerOf([{ text: "So far" }], "malformed_model_output"));
        return;
      }
      beginStream(
        response,
        eventFrame("messageStart", { role: "assistant" }),
        eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "So far" } }),
        eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
        ...tail("malformed_model_output"),
      );
      response.end();
    });
    const request = { model: id, messages, stream: true as const, ...(tools !== undefined && { tools }) };
    const { list, error } = await untilThrown(await bedrock.chat(request));
    expect(error).toMatchObject({ code: "malformed_model_output" });
    expect(list.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("So far");
    expect(list.some(({ choices }) => typeof choices[0]?.finish_reason === "string")).toBe(false);
    const loose = await all(await bedrock.chat(request, { strict: false }));
    expect(loose.at(-1)?.choices[0]?.finish_reason).toBe("malformed_model_output");
  });

  it("gives text that waited for a structured answer before it throws AWS's exception", async () => {
    const schema = { type: "object", properties: { name: { type: "string" } } };
    const { bedrock } = await bench.open((response) => {
      beginStream(
        response,
        ...toolStream("person", "").slice(0, 2),
        exceptionFrame("modelStreamErrorException", { message: "It broke." }),
      );
      response.end();
    });
    const stream = await bedrock.chat({
      model: "us.amazon.nova-lite-v1:0",
      messages,
      response_format: { type: "json_schema", json_schema: { name: "person", schema } },
      stream: true,
    });
    const { list, error } = await untilThrown(stream);
    expect(error).toMatchObject({ code: "ModelStreamErrorException", message: "It broke." });
    expect(list.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Let me see.");
  });

  it("rejects where AWS refuses, and nothing is iterated", async () => {
    const { bedrock } = await bench.open((response) =>
      answerJson(
        response,
        400,
        { message: "The maximum tokens you requested exceeds the model limit of 1." },
        "ValidationException",
      ),
    );
    expect(await rejectionOf(bedrock.chat({ ...chat, stream: true }))).toMatchObject({
      code: "ValidationException",
      status: 400,
      place: { region: "us-east-1", credential: "options", model },
    });
  });
});

describe("converse", () => {
  it("sends AWS's request as it is and gives AWS's answer, unknown members too", async () => {
    const answer = { ...(JSON.parse(answerBody) as object), fromTomorrow: { a: [1] } };
    const { upstream, bedrock } = await bench.open((response) => answerJson(response, 200, answer));
    const rest = {
      messages: input.messages,
      inferenceConfig: { maxTokens: 10, stopSequences: ["x"] },
      additionalModelRequestFields: { top_k: 5 },
      ofTomorrow: { b: null },
    };
    expect(await bedrock.converse({ modelId: `bedrock/${model}`, ...rest })).toEqual(answer);
    expect(bodyOf(upstream.seen[0])).toEqual(rest);
    expect(upstream.seen[0]?.path).toBe(`/model/${encodeURIComponent(model)}/converse`);
  });

  it("takes an answer's message back as it came: the type of calls that AWS has in answers alone is left out", async () => {
    const toolUse = { toolUseId: "tooluse_1", name: "look", input: { type: "tool_use" } };
    const search = { toolUse: { toolUseId: "s", name: "nova_grounding", input: {}, type: "server_tool_use" } };
    const content = [{ text: "Let me see." }, { toolUse: { ...toolUse, type: "tool_use" } }, search];
    const { upstream, bedrock } = await bench.open((response) => answerJson(response, 200, answerOf(content)));
    const { output } = await bedrock.converse(input);
    const toolResult = { toolUseId: "tooluse_1", content: [{ text: "18" }] };
    const messages = [...input.messages, output.message, { role: "user" as const, content: [{ toolResult }] }];
    await bedrock.converse({ ...input, messages });
    const sent = bodyOf(upstream.seen[1])["messages"] as unknown[];
    expect(sent[1]).toEqual({ role: "assistant", content: [{ text: "Let me see." }, { toolUse }, search] });
  });
});

describe("converseStream", () => {
  it("gives the events in order, text unescaped, what is unknown too", async () => {
    const text = 'Zwölf "Boxkämpfer"\n\t\\ 🥊';
    const { bedrock } = await bench.open((response) => {
      beginStream(
        response,
        eventFrame("messageStart", { role: "assistant", p: "abc" }),
        eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text }, p: "abcdef" }),
        eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { signature: "s" } } }),
        eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
        eventFrame("eventOfTomorrow", { x: 1 }),
        ...tail("end_turn"),
      );
      response.end();
    });
    expect(await all(await bedrock.converseStream(input))).toEqual([
      { type: "messageStart", role: "assistant" },
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text } },
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { signature: "s" } } },
      { type: "contentBlockStop", contentBlockIndex: 0 },
      { type: "unknown", eventType: "eventOfTomorrow", payload: { x: 1 } },
      { type: "messageStop", stopReason: "end_turn" },
      {
        type: "metadata",
        metrics: { latencyMs: 7 },
        usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
      },
    ]);
  });

  it("throws AWS's exception from the iteration, after what came before it", async () => {
    const { bedrock } = await bench.open((response) => {
      beginStream(
        response,
        eventFrame("messageStart", { role: "assistant" }),
        eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Good " } }),
        exceptionFrame("throttlingException", { message: "Too many tokens." }),
      );
      response.end();
    });
    const { list, error } = await untilThrown(await bedrock.converseStream(input));
    expect(list.map(({ type }) => type)).toEqual(["messageStart", "contentBlockDelta"]);
    expect(error).toMatchObject({
      code: "ThrottlingException",
      message: "Too many tokens.",
      place: { region: "us-east-1", credential: "options", model },
    });
  });

  it.each([
    ["between two frames", (whole: Buffer) => whole.subarray(0, whole.length - tail("end_turn")[1]!.length)],
    ["in a frame", (whole: Buffer) => whole.subarray(0, -3)],
  ])("throws truncated_stream where the stream ends %s", async (_where, cut) => {
    const whole = Buffer.concat([
      eventFrame("messageStart", { role: "assistant" }),
      eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Good" } }),
      ...tail("end_turn"),
    ]);
    const { bedrock } = await bench.open((response) => {
      beginStream(response, cut(whole));
      response.end();
    });
    const { list, error } = await untilThrown(await bedrock.converseStream(input));
    expect(list.map(({ type }) => type).slice(0, 2)).toEqual(["messageStart", "contentBlockDelta"]);
    expect(error).toMatchObject({ code: "truncated_stream" });
  });

  it("throws truncated_stream where the connection breaks", async () => {
    const { bedrock } = await bench.open((response) => {
      beginStream(response, plainStream("Good").subarray(0, 250));
      setTimeout(() => response.destroy(), 30);
    });
    const { error } = await untilThrown(await bedrock.converseStream(input));
    expect(error).toMatchObject({ code: "truncated_stream" });
  });
});

describe("a consumer", () => {
  /** An upstream that says something and then nothing; `closed` counts the calls that were ended from here. */
  async function silent(): Promise<{ bedrock: Bedrock; closed: () => number }> {
    let closed = 0;
    const { bedrock } = await bench.open((response) => {
      response.on("close", () => (closed += 1));
      beginStream(
        response,
        eventFrame("messageStart", { role: "assistant" }),
        eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Good" } }),
      );
    });
    return { bedrock, closed: () => closed };
  }

  it("that breaks ends the call at once", async () => {
    const { bedrock, closed } = await silent();
    for await (const event of await bedrock.converseStream(input)) {
      expect(event.type).toBe("messageStart");
      break;
    }
    await expect.poll(closed).toBe(1);
  });

  it("that returns while it waits for the next event ends the call at once, and its wait is over", async () => {
    const { bedrock, closed } = await silent();
    const events = (await bedrock.converseStream(input))[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const waiting = events.next();
    expect(await events.return?.()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    await expect.poll(closed).toBe(1);
  });

  it("that returns before it began ends the call at once", async () => {
    const { bedrock, closed } = await silent();
    const events = (await bedrock.chat({ ...chat, stream: true }))[Symbol.asyncIterator]();
    await events.return?.();
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await expect.poll(closed).toBe(1);
  });

  it("that throws into the iteration ends the call at once", async () => {
    const { bedrock, closed } = await silent();
    const events = (await bedrock.converseStream(input))[Symbol.asyncIterator]();
    await events.next();
    await expect(events.throw?.(new Error("mine"))).rejects.toThrow("mine");
    await expect.poll(closed).toBe(1);
  });

  it("that aborts during the iteration gets client_closed, and the call ends at once", async () => {
    const { bedrock, closed } = await silent();
    const controller = new AbortController();
    const events = await bedrock.converseStream(input, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    const { list, error } = await untilThrown(events);
    expect(list).toHaveLength(2);
    expect(error).toMatchObject({ code: "client_closed" });
    await expect.poll(closed).toBe(1);
  });

  it("that aborts between the opening and the iteration gets client_closed too", async () => {
    const { bedrock, closed } = await silent();
    const controller = new AbortController();
    const events = await bedrock.converseStream(input, { signal: controller.signal });
    controller.abort();
    expect((await untilThrown(events)).error).toMatchObject({ code: "client_closed" });
    await expect.poll(closed).toBe(1);
  });

  it.each([
    ["chat", (bedrock: Bedrock, signal: AbortSignal) => bedrock.chat(chat, { signal })],
    ["a streamed chat", (bedrock: Bedrock, signal: AbortSignal) => bedrock.chat({ ...chat, stream: true }, { signal })],
    [
      "a chat by an application profile",
      (bedrock: Bedrock, signal: AbortSignal) => {
        const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f";
        return bedrock.chat({ ...chat, model: arn }, { signal });
      },
    ],
    ["converse", (bedrock: Bedrock, signal: AbortSignal) => bedrock.converse(input, { signal })],
    ["converseStream", (bedrock: Bedrock, signal: AbortSignal) => bedrock.converseStream(input, { signal })],
  ])("that has aborted before %s sends nothing", async (_what, call) => {
    const { upstream, bedrock } = await bench.open(eitherWay);
    expect(await rejectionOf(call(bedrock, AbortSignal.abort()))).toMatchObject({ code: "client_closed" });
    expect(upstream.seen).toHaveLength(0);
  });

  it("that aborts while a whole answer is awaited gets client_closed, and the call ends at once", async () => {
    let closed = 0;
    const controller = new AbortController();
    const { bedrock } = await bench.open((response) => {
      response.on("close", () => (closed += 1));
      setTimeout(() => controller.abort(), 10);
    });
    expect(await rejectionOf(bedrock.chat(chat, { signal: controller.signal }))).toMatchObject({
      code: "client_closed",
    });
    await expect.poll(() => closed).toBe(1);
  });

  it("that is slow holds back AWS: what is read ahead is bounded, and all of it comes", async () => {
    const filler = "x".repeat(10_000);
    const count = 3_000;
    let written = 0;
    const { bedrock } = await bench.open((response) => {
      beginStream(response, eventFrame("messageStart", { role: "assistant" }));
      const frame = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: filler } });
      const more = (): void => {
        while (written < count) {
          written += 1;
          if (!response.write(frame)) return;
        }
        response.end(Buffer.concat(tail("end_turn")));
      };
      response.on("drain", more);
      more();
    });
    let deltas = 0;
    let heldAt = 0;
    for await (const event of await bedrock.converseStream(input)) {
      if (event.type !== "contentBlockDelta") continue;
      deltas += 1;
      if (deltas === 1) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        heldAt = written;
      }
    }
    expect(deltas).toBe(count);
    // 256 events read ahead, and what the sockets between hold: some megabytes.
    expect(heldAt).toBeLessThan(count / 2);
  });
});

describe("onCall", () => {
  it.each(["chat", "streamed chat", "converse", "converseStream"])("tells of %s, by name", async (way) => {
    const { bedrock } = await bench.open((response, seen, number) => {
      if (number === 1) {
        answerJson(response, 429, { message: "Slow down." }, "ThrottlingException");
      } else {
        eitherWay(response, seen, number);
      }
    });
    const told: CallFacts[] = [];
    const options = { onCall: (facts: CallFacts) => void told.push(facts) };
    const request = { ...chat, seed: 7 };
    if (way === "chat") await bedrock.chat(request, options);
    if (way === "streamed chat") await all(await bedrock.chat({ ...request, stream: true }, options));
    if (way === "converse") await bedrock.converse(input, options);
    if (way === "converseStream") await all(await bedrock.converseStream(input, options));
    expect(told).toMatchObject([
      {
        requestId: "request-200",
        region: "us-east-1",
        credential: "options",
        modelUsed: model,
        attempts: [
          { number: 1, status: 429, errorCode: "ThrottlingException" },
          { number: 2, status: 200, awsRequestId: "request-200" },
        ],
        dropped: way.endsWith("chat") ? ["seed"] : [],
      },
    ]);
    expect(JSON.stringify(told)).not.toContain(librarySecret);
  });

  it("tells of the request alone: what the answer's translation leaves out later does not come in", async () => {
    const { bedrock } = await bench.open((response) =>
      answerJson(response, 200, answerOf([{ text: "Hello" }, { blockOfTomorrow: { x: 1 } }])),
    );
    let facts: CallFacts | undefined;
    await bedrock.chat(chat, { onCall: (told) => (facts = told) });
    expect(facts?.dropped).toEqual([]);
  });

  it("names the profile that stood in for a model", async () => {
    const id = "amazon.nova-lite-v1:0";
    const { bedrock } = await bench.open((response, seen, number) => {
      if (seen.path.includes("/us.")) {
        eitherWay(response, seen, number);
      } else {
        const message = `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`;
        answerJson(response, 400, { message }, "ValidationException");
      }
    });
    let facts: CallFacts | undefined;
    await bedrock.chat({ ...chat, model: id }, { onCall: (told) => (facts = told) });
    expect(facts).toMatchObject({ modelUsed: `us.${id}`, attempts: [{ status: 400 }, { status: 200 }] });
  });

  it("that throws leaves no stream open", async () => {
    let closed = 0;
    const { bedrock } = await bench.open((response) => {
      response.on("close", () => (closed += 1));
      beginStream(response, eventFrame("messageStart", { role: "assistant" }));
    });
    const onCall = (): void => {
      throw new Error("mine");
    };
    await expect(bedrock.converseStream(input, { onCall })).rejects.toThrow("mine");
    await expect(bedrock.chat({ ...chat, stream: true }, { onCall })).rejects.toThrow("mine");
    await expect.poll(() => closed).toBe(2);
  });
});

describe("the region", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "adit-region-"));
    await writeFile(join(folder, "config"), "[default]\nregion = ap-south-1\n[profile other]\nregion = sa-east-1\n");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const arnOf = (region: string): string => `arn:aws:bedrock:${region}::foundation-model/amazon.nova-lite-v1:0`;

  it.each<[what: string, options: BedrockOptions, environment: Record<string, string>, named: string, region: string]>([
    ["nothing", {}, {}, model, "us-east-1"],
    ["the profile", {}, { profile: "yes" }, model, "ap-south-1"],
    ["the named profile", {}, { profile: "yes", AWS_PROFILE: "other" }, model, "sa-east-1"],
    ["AWS_DEFAULT_REGION", {}, { profile: "yes", AWS_DEFAULT_REGION: "eu-west-3" }, model, "eu-west-3"],
    ["AWS_REGION", {}, { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-3" }, model, "eu-west-1"],
    ["the option", { region: "us-west-2" }, { AWS_REGION: "eu-west-1" }, model, "us-west-2"],
    ["AWS_REGION, the option being blank", { region: " " }, { AWS_REGION: "eu-west-1" }, model, "eu-west-1"],
    ["the ARN", { region: "us-west-2" }, { AWS_REGION: "eu-west-1" }, arnOf("ca-central-1"), "ca-central-1"],
  ])("is that of %s", async (_what, options, environment, named, region) => {
    const { profile, ...variables } = environment;
    const config: Record<string, string> = profile === undefined ? {} : { AWS_CONFIG_FILE: join(folder, "config") };
    const { upstream, bedrock } = await bench.open(
      eitherWay,
      { ...libraryKeys, ...options },
      { ...config, ...variables },
    );
    await bedrock.chat({ ...chat, model: named });
    await bedrock.converse({ ...input, modelId: named });
    expect(upstream.seen.map((seen) => signerOf(seen)[1])).toEqual([region, region]);
  });

  it("of STS is the profile's too, where it stands in the file alone", async () => {
    const { upstream, bedrock } = await bench.open(
      stsAndModel,
      { ...libraryKeys, roleArn },
      { AWS_CONFIG_FILE: join(folder, "config") },
    );
    await Promise.all([bedrock.chat(chat), bedrock.chat(chat)]);
    expect(upstream.seen.filter(({ path }) => path === "/")).toHaveLength(1);
    expect(upstream.seen[0]?.headers.authorization).toContain("/ap-south-1/sts/aws4_request");
  });

  it.each(["us-east-1.evil.example/", "US East (N. Virginia)", "us-east-1a"])(
    "%j is refused before anything is sent",
    async (region) => {
      const { upstream, bedrock } = await bench.open(eitherWay, { ...libraryKeys, region });
      expect(await rejectionOf(bedrock.chat(chat))).toMatchObject({ code: "invalid_region" });
      expect(upstream.seen).toHaveLength(0);
    },
  );
});

const roleArn = "arn:aws:iam::123456789012:role/App";
/** STS's answer, written by hand from its documentation, and the model's. */
const stsAndModel: Answer = (response, seen, number) => {
  if (seen.path !== "/") {
    eitherWay(response, seen, number);
    return;
  }
  response.writeHead(200, { "content-type": "text/xml" });
  response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role/secret</SecretAccessKey><SessionToken>role-token==</SessionToken>
<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
};

describe("the credential", () => {
  const environmentKeys = { AWS_ACCESS_KEY_ID: "AKIDENVIRONMENT", AWS_SECRET_ACCESS_KEY: "environment-secret" };

  it("of the options goes before the environment's", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay, libraryKeys, environmentKeys);
    await bedrock.chat(chat);
    expect(signerOf(upstream.seen[0])).toEqual(["AKIDEXAMPLE", "us-east-1"]);
  });

  it("is the environment's where the options name none", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay, {}, environmentKeys);
    let facts: CallFacts | undefined;
    await bedrock.chat(chat, { onCall: (told) => (facts = told) });
    expect(signerOf(upstream.seen[0])).toEqual(["AKIDENVIRONMENT", "us-east-1"]);
    expect(facts?.credential).toBe("server (environment)");
  });

  it("is the profile's where the environment names one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "adit-profile-"));
    const file = join(folder, "credentials");
    await writeFile(file, "[work]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = profile-secret\n");
    const { upstream, bedrock } = await bench.open(
      eitherWay,
      {},
      { ...environmentKeys, AWS_PROFILE: "work", AWS_SHARED_CREDENTIALS_FILE: file },
    );
    await bedrock.chat(chat);
    await rm(folder, { recursive: true });
    expect(signerOf(upstream.seen[0])[0]).toBe("AKIDPROFILE");
  });

  it("is an error of its own where there is none", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay, {});
    expect(await rejectionOf(bedrock.chat(chat))).toMatchObject({ code: "no_credentials" });
    expect(upstream.seen).toHaveLength(0);
  });

  it("with a session token sends and signs it", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay, { ...libraryKeys, sessionToken: "session//token==" });
    await bedrock.chat(chat);
    expect(upstream.seen[0]?.headers["x-amz-security-token"]).toBe("session//token==");
    expect(upstream.seen[0]?.headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-security-token/);
  });

  it("is the API key alone, also beside a pair", async () => {
    const { upstream, bedrock } = await bench.open(
      eitherWay,
      { ...libraryKeys, apiKey: "ABSKexample" },
      environmentKeys,
    );
    await bedrock.chat(chat);
    expect(upstream.seen[0]?.headers.authorization).toBe("Bearer ABSKexample");
    expect(upstream.seen[0]?.headers["x-amz-date"]).toBeUndefined();
  });

  it("is a source of one's own in place of all others", async () => {
    const options = { accessKeyId: "AKIDHALF", credentials: sourceOf() };
    const { upstream, bedrock } = await bench.open(eitherWay, options, environmentKeys);
    let facts: CallFacts | undefined;
    await bedrock.chat(chat, { onCall: (told) => (facts = told) });
    expect(signerOf(upstream.seen[0])[0]).toBe("AKIDEXAMPLE");
    expect(facts?.credential).toBe("test keys");
  });

  it.each<[what: string, options: BedrockOptions, words: RegExp]>([
    ["an id without its secret", { accessKeyId: "AKIDHALF" }, /secret access key/],
    ["a secret without its id", { secretAccessKey: librarySecret }, /access key id/],
    ["a session token alone", { sessionToken: "token" }, /accessKeyId and secretAccessKey/],
    ["a session token beside an API key", { apiKey: "ABSKexample", sessionToken: "token" }, /accessKeyId/],
    ["an external id without its role", { ...libraryKeys, externalId: "ext" }, /role/],
  ])("that is %s is an error at once, never the environment's identity", (_what, options, words) => {
    const error = refusalOf(() => new Bedrock({ ...options, environment: environmentKeys }));
    expect(error.code).toBe("incomplete_credentials");
    expect(error.message).toMatch(words);
    expect(`${inspect(error)} ${error.describe()}`).not.toContain(librarySecret);
  });

  it("that is no string is an error at once that does not show it", () => {
    const options = { ...libraryKeys, secretAccessKey: [librarySecret] } as unknown as BedrockOptions;
    const error = refusalOf(() => new Bedrock(options));
    expect(error).toMatchObject({ code: "invalid_request", param: "secretAccessKey" });
    expect(inspect(error)).not.toContain(librarySecret);
  });

  it("assumes a role, signed by the pair, once for all calls", async () => {
    const options = { ...libraryKeys, roleArn, externalId: "ext-1", region: "eu-west-1" };
    const { upstream, bedrock } = await bench.open(stsAndModel, options);
    let facts: CallFacts | undefined;
    await Promise.all([bedrock.chat(chat, { onCall: (told) => (facts = told) }), bedrock.chat(chat)]);
    const [toSts, ...toModel] = upstream.seen;
    const asked = Object.fromEntries(new URLSearchParams(toSts?.body));
    expect(asked).toMatchObject({ Action: "AssumeRole", RoleArn: roleArn, ExternalId: "ext-1" });
    expect(toSts?.headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sts\/aws4_request/);
    expect(toModel.map(signerOf)).toEqual([
      ["ASIAROLE", "eu-west-1"],
      ["ASIAROLE", "eu-west-1"],
    ]);
    expect(toModel[0]?.headers["x-amz-security-token"]).toBe("role-token==");
    expect(facts?.credential).toBe(`assumed role ${roleArn}`);
  });

  it("assumes a role by the default chain where no pair is given, in AWS_REGION where the option is blank", async () => {
    const { upstream, bedrock } = await bench.open(
      stsAndModel,
      { roleArn, region: "" },
      { ...environmentKeys, AWS_REGION: "eu-north-1" },
    );
    await bedrock.chat(chat);
    expect(upstream.seen[0]?.headers.authorization).toMatch(/Credential=AKIDENVIRONMENT\/\d{8}\/eu-north-1\/sts\//);
    expect(signerOf(upstream.seen[1])).toEqual(["ASIAROLE", "eu-north-1"]);
  });

  it("of a role cannot be assumed by an API key, and says so", async () => {
    const { upstream, bedrock } = await bench.open(stsAndModel, {
      apiKey: "ABSKexample",
      roleArn,
      region: "us-east-1",
    });
    const error = await rejectionOf(bedrock.chat(chat));
    expect(error.message).toContain("STS takes no Bedrock API key");
    expect(inspect(error)).not.toContain("ABSKexample");
    expect(upstream.seen).toHaveLength(0);
  });

  it("of a role that is none is an error at once", () => {
    const options = { ...libraryKeys, roleArn: "App", region: "us-east-1" };
    expect(refusalOf(() => new Bedrock(options)).message).toContain("arn:aws:iam::");
  });

  it("of two instances at once is never mixed, over one transport too", async () => {
    const upstream = await bench.upstream((response, seen, number) => {
      setTimeout(() => eitherWay(response, seen, number), number % 7);
    });
    const transport = new Transport();
    const instances = ["ONE", "TWO"].map((name) =>
      bench.library(upstream, {
        accessKeyId: `AKID${name}`,
        secretAccessKey: `secret of ${name}`.replaceAll(" ", "-"),
        sessionToken: `token-${name}`,
        region: name === "ONE" ? "us-east-1" : "eu-west-1",
        transport,
      }),
    );
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const content = [{ role: "user" as const, content: index % 2 === 0 ? "ONE" : "TWO" }];
        const bedrock = instances[index % 2] as Bedrock;
        if (index % 3 === 0) {
          await all(await bedrock.chat({ model, messages: content, stream: true }));
        } else {
          await bedrock.chat({ model, messages: content });
        }
      }),
    );
    await transport.close();
    expect(upstream.seen).toHaveLength(40);
    for (const seen of upstream.seen) {
      const name = seen.body.includes("ONE") ? "ONE" : "TWO";
      expect(signerOf(seen)).toEqual([`AKID${name}`, name === "ONE" ? "us-east-1" : "eu-west-1"]);
      expect(seen.headers["x-amz-security-token"]).toBe(`token-${name}`);
    }
  });
});

describe("an option that does not exist", () => {
  it.each([
    [{ regoin: "eu-west-1" }, "regoin", 'Did you mean "region"?'],
    [{ access_key_id: "AKID" }, "access_key_id", 'Did you mean "accessKeyId"?'],
    [{ somethingElse: 1 }, "somethingElse", "The options are region, apiKey,"],
  ])("of the library's face is named: %j", (given, name, hint) => {
    const error = refusalOf(() => new Bedrock({ environment: {}, ...given }));
    expect([error.code, error.param]).toEqual(["invalid_request", name]);
    expect(error.describe()).toContain(`new Bedrock has no option "${name}".`);
    expect(error.describe()).toContain(hint);
  });

  it.each(["no", 0, "false"])("a switch set to %j is refused: it would be on", async (value) => {
    const error = refusalOf(() => new Bedrock({ environment: {}, fetchMedia: value } as never));
    expect([error.code, error.param, error.message]).toEqual([
      "invalid_request",
      "fetchMedia",
      "fetchMedia must be true or false.",
    ]);
    const { upstream, bedrock } = await bench.open(eitherWay);
    expect(await rejectionOf(bedrock.chat(chat, { strict: value } as never))).toMatchObject({ param: "strict" });
    expect(upstream.seen).toHaveLength(0);
  });

  it.each<[options: Record<string, unknown>, param: string, words: string]>([
    [{ retry: 3 }, "retry", "retry must be an object."],
    [{ retry: false }, "retry", "retry must be an object."],
    [{ retry: { maxRetries: 2 } }, "retry.maxRetries", 'retry has no option "maxRetries".'],
    [{ retry: { attempts: "2" } }, "retry.attempts", "retry.attempts must be a number of at least 0."],
    [{ retry: { attempts: Number.NaN } }, "retry.attempts", "retry.attempts must be a number of at least 0."],
    [{ retry: { onStatusCodes: 429 } }, "retry.onStatusCodes", "must be a list of HTTP statuses."],
    [{ limits: { timeout: 5 } }, "limits.timeout", 'limits has no option "timeout".'],
    [{ limits: { totalMs: "5000" } }, "limits.totalMs", "must be a number of milliseconds"],
    [{ limits: { connectMs: Infinity } }, "limits.connectMs", "must be a number of milliseconds"],
    [{ limits: 5_000 }, "limits", "limits must be an object."],
    [{ defaultMaxTokens: "100" }, "defaultMaxTokens", "defaultMaxTokens must be a whole number of at least 1."],
    [{ defaultMaxTokens: 0 }, "defaultMaxTokens", "defaultMaxTokens must be a whole number of at least 1."],
    [{ region: 5 }, "region", "region must be a string."],
    [{ environment: "AWS_REGION" }, "environment", "environment must be an object."],
    [{ credentials: "AKID" }, "credentials", "credentials must hold accessKeyId and secretAccessKey"],
    [{ credentials: () => libraryKeys }, "credentials", "credentials must hold accessKeyId and secretAccessKey"],
  ])("a value that is none is refused by its path: %j", (given, param, words) => {
    const error = refusalOf(() => new Bedrock({ environment: {}, ...given }));
    expect([error.code, error.param]).toEqual(["invalid_request", param]);
    expect(error.message).toContain(words);
  });

  it("null is absent, as in requests", async () => {
    const nulls = {
      region: null,
      credentials: null,
      defaultMaxTokens: null,
      retry: null,
      limits: null,
      fetchMedia: null,
    };
    const { upstream, bedrock } = await bench.open(eitherWay, { ...libraryKeys, ...nulls } as never);
    await bedrock.chat(chat, { signal: null, strict: null, onCall: null } as never);
    const model = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/p";
    await bedrock.chat({ ...chat, model }, { signal: null } as never);
    expect(signerOf(upstream.seen[0])).toEqual(["AKIDEXAMPLE", "us-east-1"]);
    expect(upstream.seen[0]?.body).not.toContain("maxTokens");
  });

  it("what of a call is no signal, and no function, is refused, and nothing is sent", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay);
    const notSignal = { signal: new AbortController() } as never;
    for (const call of [bedrock.chat(chat, notSignal), bedrock.converse(input, notSignal)]) {
      expect(await rejectionOf(call)).toMatchObject({ param: "signal", message: "signal must be an AbortSignal." });
    }
    expect(await rejectionOf(bedrock.chat(chat, { onCall: "x" } as never))).toMatchObject({ param: "onCall" });
    expect(upstream.seen).toHaveLength(0);
  });

  it("of a call is named, and nothing is sent", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay);
    const given = { singal: AbortSignal.abort(), strict: undefined } as never;
    for (const call of [
      bedrock.chat(chat, given),
      bedrock.converse(input, given),
      bedrock.converseStream(input, given),
    ]) {
      const error = await rejectionOf(call);
      expect([error.code, error.param]).toEqual(["invalid_request", "singal"]);
      expect(error.message).toContain('Did you mean "signal"?');
    }
    expect(await rejectionOf(bedrock.chat(chat, "fast" as never))).toMatchObject({
      code: "invalid_request",
      param: "options",
    });
    expect(upstream.seen).toHaveLength(0);
  });

  it("but holds nothing is none", () => {
    expect(new Bedrock({ environment: {}, regoin: undefined } as never)).toBeInstanceOf(Bedrock);
  });
});

describe("an error", () => {
  it.each<[what: string, call: (bedrock: Bedrock) => Promise<unknown>, code: string, param: string]>([
    ["no object", (it) => it.chat(undefined as never), "invalid_request", ""],
    ["a list", (it) => it.chat([] as never), "invalid_request", ""],
    ["no model", (it) => it.chat({ messages } as never), "invalid_request", "model"],
    ["no messages", (it) => it.chat({ model } as never), "invalid_request", "messages"],
    [
      "a wrong type deep within",
      (it) => it.chat({ model, messages: [{ role: "user", content: [{ type: "text", text: 5 }] }] } as never),
      "invalid_request",
      "messages[0].content[0].text",
    ],
    ["two answers", (it) => it.chat({ ...chat, n: 2 }), "unsupported_parameter", "n"],
    [
      "a BigInt",
      (it) => it.chat({ ...chat, additionalModelRequestFields: { k: 1n } } as never),
      "invalid_request",
      "additionalModelRequestFields.k",
    ],
    ["another provider", (it) => it.chat({ ...chat, model: "openai/gpt-4o" }), "unknown_provider", "model"],
    ["a stored provider", (it) => it.chat({ ...chat, model: "@team/gpt-4o" }), "unknown_provider", "model"],
    ["no object of Converse", (it) => it.converse(undefined as never), "invalid_request", ""],
    ["no model of Converse", (it) => it.converse({ messages: [] } as never), "invalid_request", "modelId"],
    ["a blank model", (it) => it.converseStream({ ...input, modelId: " " }), "invalid_request", "modelId"],
    [
      "another provider of Converse",
      (it) => it.converse({ ...input, modelId: "openai:gpt-4o" }),
      "unknown_provider",
      "modelId",
    ],
    [
      "a wrong type in Converse",
      (it) => it.converse({ ...input, inferenceConfig: { maxTokens: "5" } } as never),
      "invalid_request",
      "inferenceConfig.maxTokens",
    ],
    [
      "an image that may not be fetched",
      (it) => it.chat(withImage("http://example.com/x.png")),
      "media_not_allowed",
      imagePath,
    ],
    ["an inner address", (it) => it.chat(withImage("https://169.254.169.254/x.png")), "media_not_allowed", imagePath],
  ])("for %s names the path, and nothing is sent", async (_what, call, code, param) => {
    const { upstream, bedrock } = await bench.open(eitherWay);
    const error = await rejectionOf(call(bedrock));
    expect([error.code, error.param, error.status]).toEqual([code, param, 400]);
    expect(upstream.seen).toHaveLength(0);
  });

  it("is given for any https address where fetching is switched off", async () => {
    const { upstream, bedrock } = await bench.open(eitherWay, { ...libraryKeys, fetchMedia: false });
    expect(await rejectionOf(bedrock.chat(withImage("https://example.com/x.png")))).toMatchObject({
      code: "media_not_allowed",
      param: imagePath,
    });
    expect(upstream.seen).toHaveLength(0);
  });

  it.each<[what: string, options: BedrockOptions]>([
    ["a key pair", { ...libraryKeys, sessionToken: "very-secret-session-token" }],
    ["an API key", { apiKey: "ABSKvery-secret-key" }],
    ["a role", { ...libraryKeys, roleArn, region: "us-east-1" }],
  ])("holds no secret of %s, though AWS's words do", async (_what, options) => {
    const secrets = [librarySecret, "very-secret-session-token", "ABSKvery-secret-key", "role/secret", "role-token=="];
    const { bedrock } = await bench.open((response, seen, number) => {
      if (seen.path === "/") {
        stsAndModel(response, seen, number);
      } else {
        answerJson(response, 403, { message: `Refused: ${secrets.join(" ")}` }, "AccessDeniedException");
      }
    }, options);
    const error = await rejectionOf(bedrock.chat(chat));
    const shown = [inspect(error), JSON.stringify(error), error.describe(), String(error.stack)].join("\n");
    const own = secrets.filter((secret) =>
      options.roleArn === undefined ? Object.values(options).includes(secret) : secret.startsWith("role"),
    );
    expect(own.length).toBeGreaterThan(0);
    for (const secret of own) expect(shown).not.toContain(secret);
    expect(inspect(bedrock, { depth: 6 })).not.toMatch(/very-secret|wJalrXUtnFEMI/);
  });
});

const imagePath = "messages[0].content[0].image_url.url";
function withImage(url: string): ChatRequest & { stream?: false } {
  return { model, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] };
}

describe("retries and limits", () => {
  it("are those of the options", async () => {
    const { upstream, bedrock } = await bench.open(
      (response) => answerJson(response, 429, { message: "Slow down." }, "ThrottlingException"),
      { ...libraryKeys, retry: { attempts: 0, maxTotalMs: 0 } },
    );
    expect(await rejectionOf(bedrock.chat(chat))).toMatchObject({ code: "ThrottlingException", status: 429 });
    expect(upstream.seen).toHaveLength(1);
  });

  it.each([{}, { attempts: null }, { maxTotalMs: 3_000 }, { attempts: 2 }])(
    "are as by default where the options leave them out: %j",
    async (retry) => {
      const { upstream, bedrock } = await bench.open(
        (response) => answerJson(response, 503, { message: "No." }, "ServiceUnavailableException"),
        { ...libraryKeys, retry } as never,
      );
      expect(await rejectionOf(bedrock.chat(chat))).toMatchObject({ code: "ServiceUnavailableException" });
      expect(upstream.seen).toHaveLength(3);
    },
  );

  it("end a call that takes longer than the total", async () => {
    const clock = new ManualClock();
    const { bedrock } = await bench.open(() => setTimeout(() => clock.advance(5_001), 20), {
      ...libraryKeys,
      clock,
      limits: { totalMs: 5_000 },
    });
    expect(await rejectionOf(bedrock.chat(chat))).toMatchObject({ code: "request_timeout" });
  });
});

describe("close", () => {
  it("ends the calls under way", async () => {
    const { bedrock, upstream } = await bench.open(() => {});
    const calling = rejectionOf(bedrock.chat(chat));
    await expect.poll(() => upstream.seen.length).toBe(1);
    await bedrock.close();
    expect(AditError.isInstance(await calling)).toBe(true);
  });

  it("leaves a shared transport open", async () => {
    const upstream = await bench.upstream((response, seen, number) => {
      setTimeout(() => eitherWay(response, seen, number), 50);
    });
    const transport = new Transport();
    const [one, two] = [1, 2].map(() => bench.library(upstream, { ...libraryKeys, transport }));
    const calling = two?.chat(chat);
    await expect.poll(() => upstream.seen.length).toBe(1);
    await one?.close();
    expect((await calling)?.choices[0].message.content).toBe("Hello");
    await transport.close();
  });
});
