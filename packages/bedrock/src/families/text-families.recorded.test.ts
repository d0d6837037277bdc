import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../json.ts";
import { recordingsFolder } from "../wire/testing/recordings.ts";
import { familyOf } from "./family-of.ts";
import { countsFromHeaders } from "../converse/invocation-counts.ts";
import { foldedReply } from "./testing/folded.ts";
import { nativeExchanges } from "./testing/native-exchanges.ts";
import { readStream } from "./testing/read-stream.ts";

const families = ["titan", "cohere-command", "cohere-command-r"] as const;
const answers = nativeExchanges("InvokeModel", families);
const streams = nativeExchanges("InvokeModelWithResponseStream", families);

/** By AWS's pages on the models. */
const stopReasons: Record<string, string> = {
  FINISH: "end_turn",
  LENGTH: "max_tokens",
  COMPLETE: "end_turn",
  MAX_TOKENS: "max_tokens",
  STOP_SEQUENCE: "stop_sequence",
};

/** Text, stop reason and own counts of a whole answer of any of the three. */
function plainly(answer: JsonObject): { text: string; reason: string; input?: number; output?: number } {
  const [first] = (answer["results"] ?? answer["generations"] ?? [answer]) as JsonObject[];
  const { outputText, text, completionReason, finish_reason: finishReason, tokenCount } = first!;
  return {
    text: (outputText ?? text ?? "") as string,
    reason: ((completionReason ?? finishReason ?? "") as string).toUpperCase(),
    ...(typeof tokenCount === "number" && { output: tokenCount, input: Number(answer["inputTextTokenCount"]) }),
  };
}

function numberOrNothing(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

describe("whole answers of Titan and Cohere's models", () => {
  it.skipIf(recordingsFolder() === undefined)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(answers.length).toBeGreaterThan(19);
  });

  it.each(answers)("keep everything: $id", ({ answer, headers, model }) => {
    const response = familyOf(model)!.response(answer, { model, request: {}, counts: countsFromHeaders(headers) });
    const { text, reason, input, output } = plainly(answer);
    expect(response.output.message.content).toEqual([{ text }]);
    const isIntervened = answer["amazon-bedrock-guardrailAction"] === "INTERVENED";
    expect(response.stopReason).toBe(isIntervened ? "guardrail_intervened" : stopReasons[reason]);
    expect([response.usage?.inputTokens, response.usage?.outputTokens]).toEqual([
      input ?? numberOrNothing(headers["x-amzn-bedrock-input-token-count"]),
      output ?? numberOrNothing(headers["x-amzn-bedrock-output-token-count"]),
    ]);
    expect(response.metrics?.latencyMs).toBe(numberOrNothing(headers["x-amzn-bedrock-invocation-latency"]));
  });
});

describe("streams of Titan and Cohere's models", () => {
  it.skipIf(recordingsFolder() === undefined)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(streams.length).toBeGreaterThan(12);
  });

  it.each(streams)("keep everything: $id", ({ chunks, model }) => {
    const { events, unfamiliar } = readStream(familyOf(model)!, model, chunks);
    const folded = foldedReply(events);
    const own = chunks.filter((chunk) => Number(chunk["index"] ?? 0) === 0);
    const text = own
      .filter((chunk) => chunk["is_finished"] !== true)
      .map((chunk) => plainly(chunk).text)
      .join("");
    expect(folded.content).toEqual([{ text }]);
    const last = chunks.at(-1)!;
    const isIntervened = last["amazon-bedrock-guardrailAction"] === "INTERVENED";
    const reasons = chunks.map((chunk) => plainly((chunk["response"] as JsonObject | undefined) ?? chunk).reason);
    const reason = reasons.findLast((each) => stopReasons[each] !== undefined) ?? "";
    expect(folded.stopReason).toBe(isIntervened ? "guardrail_intervened" : stopReasons[reason]);
    const metrics = last["amazon-bedrock-invocationMetrics"] as Record<string, number> | undefined;
    expect([folded.usage?.inputTokens, folded.usage?.outputTokens]).toEqual([
      metrics?.["inputTokenCount"] ?? chunks[0]!["inputTextTokenCount"],
      metrics?.["outputTokenCount"] ?? last["totalOutputTextTokenCount"],
    ]);
    expect(unfamiliar).toEqual([]);
  });

  it.each(streams.filter(({ chunks }) => chunks.length > 1))(
    "are no success where they are cut: $id",
    ({ chunks, model }) => {
      const isEnd = (chunk: JsonObject): boolean =>
        chunk["is_finished"] === true || typeof chunk["completionReason"] === "string";
      const end = chunks.findIndex(isEnd);
      for (let length = 0; length <= end; length += 1) {
        expect(() => readStream(familyOf(model)!, model, chunks.slice(0, length))).toThrow(
          expect.objectContaining({ code: "truncated_stream" }),
        );
      }
    },
  );

  it.each(streams.filter(({ chunks }) => chunks.at(-1)?.["response"] !== undefined))(
    "of Command R are the whole answer that their end repeats: $id",
    ({ chunks, model }) => {
      const family = familyOf(model)!;
      const folded = foldedReply(readStream(family, model, chunks).events);
      const whole = family.response(chunks.at(-1)!["response"] as JsonObject, { model, request: {}, counts: {} });
      expect(folded.content).toEqual(whole.output.message.content);
      expect([folded.stopReason, folded.usage]).toEqual([whole.stopReason, whole.usage]);
    },
  );
});

describe("recorded bodies for Titan and Cohere's models", () => {
  const bodies = [...answers, ...streams].filter(({ request }) => request["_prompt"] === undefined);

  it.each(bodies)("have the names that are written: $id", ({ request, model }) => {
    const stream = request["stream"] === true;
    const config = isJsonObject(request["textGenerationConfig"]) ? request["textGenerationConfig"] : request;
    const asked: [string, unknown][] = [
      ["maxTokens", config["max_tokens"] ?? config["maxTokenCount"]],
      ["temperature", config["temperature"]],
      ["topP", config["p"] ?? config["topP"]],
      ["stopSequences", config["stop_sequences"] ?? config["stopSequences"]],
    ];
    const text = (request["prompt"] ?? request["message"] ?? request["inputText"]) as string;
    const { k, return_likelihoods: likelihoods } = request;
    const additional = Object.entries({ k, return_likelihoods: likelihoods }).filter(
      ([, value]) => value !== undefined,
    );
    const { body } = familyOf(model)!.request(
      {
        messages: [{ role: "user", content: [{ text: text.replaceAll(/\n(User|Bot):/g, "\n$1 -") }] }],
        inferenceConfig: Object.fromEntries(asked.filter(([, value]) => value !== undefined)),
        additionalModelRequestFields: Object.fromEntries(additional),
      },
      { model, stream },
    );
    const { num_generations: _generations, ...native } = request;
    const named = request["inputText"] === undefined ? "prompt" : "inputText";
    const written = typeof body[named] === "string" ? { ...body, [named]: native[named] } : body;
    expect(written).toEqual(native);
  });
});
