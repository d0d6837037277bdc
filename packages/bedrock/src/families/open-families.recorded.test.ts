/** Native answers of the families of open weights, recorded and written: what Converse's form keeps is read a second time from the JSON itself. */
import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../converse/content.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { chunksOf } from "../wire/testing/native-chunks.ts";
import { exchangesOf, isTruncated, recordingsFolder, type Recording } from "../wire/testing/recordings.ts";
import type { InvocationCounts } from "./family.ts";
import { foldedReply } from "./testing/folded.ts";
import { familyFor, isOpenFamily, replyContext, streamed } from "./testing/open-families.ts";

interface Kept {
  text: string;
  reasoning: string;
  calls: { id: string; name: string; input: unknown }[];
  stop: string;
  usage: [input: number, output: number] | undefined;
}

const answered = (operation: string): Recording[] =>
  exchangesOf(operation).filter(
    (exchange) => exchange.response.status === 200 && isOpenFamily(exchange.model_id) && !isTruncated(exchange),
  );
const wholes = answered("InvokeModel");
const streams = answered("InvokeModelWithResponseStream");

const stopWords: Record<string, string> = {
  stop: "end_turn",
  endoftext: "end_turn",
  length: "max_tokens",
  max_tokens: "max_tokens",
  tool_calls: "tool_use",
};

/** Thinking at the start of a text: in tags, or before a closing tag whose opening one the prompt has. */
const leading = /^((?:<(reasoning|think)>[\s\S]*?<\/\2>)+|[\s\S]*?<\/think>)?([\s\S]*)$/;

/** The native answer's own members, by the shapes of AWS's pages. */
function readOf(answer: JsonObject, body: [unknown, unknown]): Kept {
  const choice = first(answer["choices"]) ?? {};
  const message = object(choice["message"]);
  const output = first(answer["outputs"]) ?? {};
  const completion = first(answer["completions"]) ?? {};
  const written = [
    answer["generation"],
    output["text"],
    object(completion["data"])["text"],
    choice["text"],
    message["content"],
  ].find((text) => typeof text === "string");
  const [, thought = "", , text = ""] = leading.exec((written as string | undefined) ?? "") ?? [];
  const reasons = [
    answer["stop_reason"],
    output["stop_reason"],
    object(completion["finishReason"])["reason"],
    choice["finish_reason"] ?? choice["stop_reason"],
  ];
  const native = reasons.find((reason) => typeof reason === "string") as string | undefined;
  const isSequence = "sequence" in object(completion["finishReason"]);
  const isBlocked = answer["amazon-bedrock-guardrailAction"] === "INTERVENED";
  return {
    text,
    reasoning:
      thought.replaceAll(/<\/?(?:reasoning|think)>/g, "") +
      ((message["reasoning_content"] ?? message["reasoning"] ?? "") as string),
    calls: (Array.isArray(message["tool_calls"]) ? message["tool_calls"].map(object) : []).map((call) => ({
      id: call["id"] as string,
      name: object(call["function"])["name"] as string,
      input: JSON.parse(object(call["function"])["arguments"] as string) as unknown,
    })),
    stop: isBlocked ? "guardrail_intervened" : isSequence ? "stop_sequence" : (stopWords[native ?? ""] ?? "none"),
    usage: body.every((count) => typeof count === "number") ? (body as [number, number]) : undefined,
  };
}

/** The same of what Converse says. */
function keptOf(
  content: ContentBlock[],
  stop: string,
  usage: { inputTokens: number; outputTokens: number } | undefined,
): Kept {
  return {
    text: content.map((block) => block.text ?? "").join(""),
    reasoning: content.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? "").join(""),
    calls: content.flatMap(({ toolUse }) =>
      toolUse === undefined ? [] : [{ id: toolUse.toolUseId, name: toolUse.name, input: toolUse.input }],
    ),
    stop,
    usage: usage && [usage.inputTokens, usage.outputTokens],
  };
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function first(list: unknown): JsonObject | undefined {
  return Array.isArray(list) ? object(list[0]) : undefined;
}

function headerCount(exchange: Recording, name: string): number | undefined {
  const value = exchange.response.headers[`x-amzn-bedrock-${name}`];
  return value === undefined ? undefined : Number(value);
}

/** The figures of the headers, else of the body. */
function figuresOf(exchange: Recording, answer: JsonObject): [unknown, unknown] {
  const usage = object(answer["usage"]);
  return [
    headerCount(exchange, "input-token-count") ?? answer["prompt_token_count"] ?? usage["prompt_tokens"],
    headerCount(exchange, "output-token-count") ?? answer["generation_token_count"] ?? usage["completion_tokens"],
  ];
}

describe("whole answers", () => {
  it.skipIf(recordingsFolder() === undefined)("are found in number", () => {
    expect(wholes.length).toBeGreaterThan(35);
    expect(streams.length).toBeGreaterThan(20);
  });

  it.each(wholes)("$id keeps text, reasoning, tools, stop reason and usage", (exchange) => {
    const answer = exchange.response.body_json as JsonObject;
    const counts = Object.fromEntries(
      Object.entries({
        inputTokens: headerCount(exchange, "input-token-count"),
        outputTokens: headerCount(exchange, "output-token-count"),
        latency: headerCount(exchange, "invocation-latency"),
      }).filter(([, count]) => count !== undefined),
    ) as InvocationCounts;
    const reply = familyFor(exchange.model_id).response(answer, replyContext(exchange.model_id, { counts }));
    expect(keptOf(reply.output.message.content, reply.stopReason, reply.usage)).toEqual(
      readOf(answer, figuresOf(exchange, answer)),
    );
    expect(reply.metrics?.latencyMs).toBe(counts.latency);
    expect("usage" in reply).toBe(reply.usage !== undefined);
  });
});

/** The whole answer that the chunks of a stream make up, put together by hand. */
function wholeOf(chunks: readonly JsonObject[]): JsonObject {
  const joined = (pieces: unknown[]): string | undefined =>
    pieces.some((piece) => typeof piece === "string")
      ? pieces.map((piece) => (piece as string | null) ?? "").join("")
      : undefined;
  const last = (values: unknown[]): never => values.findLast((value) => value !== undefined && value !== null) as never;
  const choices = chunks.map((chunk) => first(chunk["choices"]) ?? {});
  const outputs = chunks.map((chunk) => first(chunk["outputs"]) ?? {});
  const deltas = choices.map((choice) => object(choice["delta"]));
  const calls = new Map<number, JsonObject>();
  for (const piece of deltas.flatMap((delta) => (delta["tool_calls"] ?? []) as JsonObject[])) {
    const number = piece["index"] as number;
    const before = calls.get(number);
    const text = object(piece["function"])["arguments"] as string;
    const written = ((object(before?.["function"])["arguments"] ?? "") as string) + text;
    calls.set(number, {
      ...piece,
      ...before,
      function: { ...object((before ?? piece)["function"]), arguments: written },
    });
  }
  const of = (name: string): string | undefined => joined(deltas.map((delta) => delta[name]));
  const thoughts = of("reasoning_content") ?? of("reasoning");
  return {
    ...("generation" in (chunks[0] ?? {}) && {
      generation: joined(chunks.map((chunk) => chunk["generation"])),
      stop_reason: last(chunks.map((chunk) => chunk["stop_reason"])),
    }),
    ...("outputs" in (chunks[0] ?? {}) && {
      outputs: [
        {
          text: joined(outputs.map((output) => output["text"])),
          stop_reason: last(outputs.map((output) => output["stop_reason"])),
        },
      ],
    }),
    ...("choices" in (chunks[0] ?? {}) && {
      choices: [
        {
          text: joined(choices.map((choice) => choice["text"])),
          message: {
            content: of("content"),
            ...(thoughts !== undefined && { reasoning_content: thoughts }),
            ...(calls.size > 0 && { tool_calls: [...calls.values()] }),
          },
          finish_reason: last(choices.map((choice) => choice["finish_reason"] ?? choice["stop_reason"])),
        },
      ],
    }),
  } as JsonObject;
}

describe("streams", () => {
  it.each(streams)("$id keeps what its chunks say, in Converse's order", (exchange) => {
    const chunks = chunksOf(exchange);
    const whole = wholeOf(chunks);
    const metrics = object(chunks.at(-1)?.["amazon-bedrock-invocationMetrics"]);
    const { events, stream } = streamed(exchange.model_id, chunks);
    const folded = foldedReply(events);
    expect(keptOf(folded.content, folded.stopReason, folded.usage)).toEqual(
      readOf(whole, [metrics["inputTokenCount"], metrics["outputTokenCount"]]),
    );
    expect(folded.latencyMs).toBe(metrics["invocationLatency"]);
    expect([...stream.unfamiliar]).toEqual([]);
    // The same content, whole.
    const reply = familyFor(exchange.model_id).response(whole, replyContext(exchange.model_id));
    expect(folded.content).toEqual(reply.output.message.content);
    expect(folded.stopReason).toBe(reply.stopReason);
  });

  it.each(streams)("$id gives its first words with the chunk that has them", (exchange) => {
    const chunks = chunksOf(exchange);
    const says = (chunk: JsonObject): boolean =>
      JSON.stringify(chunk).match(
        /"(?:text|content|generation|reasoning_content|reasoning)":"(?:<reasoning>)?[^"<]{2}/,
      ) !== null;
    const place = chunks.findIndex(says);
    const { events } = streamed(exchange.model_id, chunks.slice(0, place + 1), { isEnded: false });
    expect(place).toBeGreaterThanOrEqual(0);
    expect(events.some(({ type }) => type === "contentBlockDelta")).toBe(true);
  });

  it.each(streams)("$id cut before its last chunks is not whole", (exchange) => {
    const chunks = chunksOf(exchange);
    const ends = chunks.findIndex((chunk) => /"(?:stop|finish)_reason":"/.test(JSON.stringify(chunk)));
    expect(() => streamed(exchange.model_id, chunks.slice(0, ends))).toThrow(
      expect.objectContaining({ code: "truncated_stream" }) as Error,
    );
  });
});
