/** What an answer of each format must hold, whole or as a stream. */
import { countOf } from "../../count.ts";
import { AditError } from "../../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";

/** Formats of answers, by the dialect that is passed through. */
export type AnswerFormat = "chat" | "completions" | "embeddings" | "responses" | "messages" | "message-count";

/** What a stream's event tells. */
export interface EventWords {
  usage?: JsonObject | undefined;
  finishReason?: string | undefined;
  /** The tier that the target says it serves the call at, in its format's own words. */
  serviceTier?: string | undefined;
  /** The model has ended, and so has the stream. */
  isLast?: boolean;
}

interface FormatRow {
  /** For words: "a chat completion". */
  name: string;
  /** What a whole answer is without, for words; undefined where it has all. */
  missing(answer: JsonObject): string | undefined;
  /** Reads an event of the stream. */
  words(event: JsonObject): EventWords;
  /** How many bytes of the answer's text an event of the stream shows: texts, thoughts, arguments of tools. */
  written(event: JsonObject): number;
}

const choicesRow: Omit<FormatRow, "name" | "written"> = {
  missing: ({ choices }) => (isFilled(choices) ? undefined : "a choice"),
  words: (chunk) => ({
    usage: objectOf(chunk["usage"]),
    finishReason: finishReasonOf(chunk["choices"]),
    serviceTier: textOf(chunk["service_tier"]),
  }),
};

const rows: Readonly<Record<AnswerFormat, FormatRow>> = {
  chat: { name: "a chat completion", ...choicesRow, written: ({ choices }) => writtenIn(choices, writtenInChoice) },
  completions: { name: "a completion", ...choicesRow, written: ({ choices }) => writtenIn(choices, textMembers) },
  embeddings: {
    name: "a list of embeddings",
    missing: ({ data }) => (isFilled(data) ? undefined : "an embedding"),
    words: () => ({}),
    written: () => 0,
  },
  responses: {
    name: "a response",
    missing: ({ output }) => (Array.isArray(output) ? undefined : "an output"),
    words: (event) => {
      const response = objectOf(event["response"]);
      const isLast = /^response\.(?:completed|incomplete|failed)$/.test(textOf(event["type"]) ?? "");
      if (!isLast) return {};
      return {
        usage: response && usageIn(response),
        // Of one that is cut short, why.
        finishReason: textOf(objectOf(response?.["incomplete_details"])?.["reason"]) ?? textOf(response?.["status"]),
        serviceTier: textOf(response?.["service_tier"]),
        isLast,
      };
    },
    // What is done is told again as a whole: only deltas are new.
    written: ({ delta }) => bytesOf(delta),
  },
  "message-count": {
    name: "a count of tokens",
    missing: ({ input_tokens: tokens }) => (countOf(tokens) === undefined ? "a count" : undefined),
    words: () => ({}),
    written: () => 0,
  },
  messages: {
    name: "a message",
    missing: ({ content }) => (Array.isArray(content) ? undefined : "content"),
    words: (event) => {
      const usage = objectOf(event["usage"]) ?? objectOf(objectOf(event["message"])?.["usage"]);
      return {
        usage,
        finishReason: textOf(objectOf(event["delta"])?.["stop_reason"]),
        serviceTier: textOf(usage?.["service_tier"]),
        isLast: event["type"] === "message_stop",
      };
    },
    written: ({ delta }) => textMembers(delta),
  },
};

/** The usage of an answer. A search of the web that the host has made for it is paid by the piece: bedrock-mantle tells beside the usage how many it bills, and of these items a page that was opened is none. */
export function usageIn(answer: JsonObject): JsonObject | undefined {
  const usage = objectOf(answer["usage"]);
  if (usage === undefined) return undefined;
  const told = objectOf(objectOf(answer["tool_usage"])?.["web_search"])?.["num_requests"];
  const queries = typeof told === "number" ? told : searchesIn(answer["output"]);
  return queries === 0 ? usage : { queries, ...usage };
}

function searchesIn(output: JsonValue | undefined): number {
  if (!Array.isArray(output)) return 0;
  return output.filter((item) => isJsonObject(item) && item["type"] === "web_search_call" && isSearch(item["action"]))
    .length;
}

function isSearch(action: JsonValue | undefined): boolean {
  return (textOf(objectOf(action)?.["type"]) ?? "search") === "search";
}

export function formatRow(format: AnswerFormat): FormatRow {
  return rows[format];
}

/**
 * The error with which every choice ended, as OpenRouter writes it where a model's host failed while it answered: the finish reason is `error`
 * then, and the rest of the choice an answer's (`NonStreamingChoice` and `StreamingChoice` in its API reference).
 */
export function errorOfChoices({ choices }: JsonObject): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  const errors = choices.map((choice) => (isJsonObject(choice) ? objectOf(choice["error"]) : undefined));
  return errors.includes(undefined) ? undefined : errors[0];
}

/** The error of a success that lacks what the answer is for. */
export function withoutAnswer(host: string, status: number, missing: string): AditError {
  return new AditError("empty_output", `${host} answered ${status} without ${missing}.`, {
    remedy: "Try again; if it stays, check the model and the address of the target.",
  });
}

function writtenIn(list: JsonValue | undefined, written: (item: JsonValue) => number): number {
  let bytes = 0;
  for (const item of Array.isArray(list) ? list : []) bytes += written(item);
  return bytes;
}

function writtenInChoice(choice: JsonValue): number {
  const delta = isJsonObject(choice) ? objectOf(choice["delta"]) : undefined;
  return delta === undefined
    ? 0
    : textMembers(delta) + textMembers(delta["function_call"]) + writtenIn(delta["tool_calls"], writtenInCall);
}

function writtenInCall(call: JsonValue): number {
  return isJsonObject(call) ? textMembers(call["function"]) : 0;
}

/** The members in which the formats' deltas hold what a model writes. */
const texts = ["content", "text", "reasoning", "reasoning_content", "refusal", "arguments", "thinking", "partial_json"];

function textMembers(delta: JsonValue | undefined): number {
  if (!isJsonObject(delta)) return 0;
  let bytes = 0;
  for (const name of texts) bytes += bytesOf(delta[name]);
  // Some servers send one thought under both of its names.
  const { reasoning } = delta;
  return reasoning === delta["reasoning_content"] ? bytes - bytesOf(reasoning) : bytes;
}

function bytesOf(text: JsonValue | undefined): number {
  return typeof text === "string" ? Buffer.byteLength(text) : 0;
}

function isFilled(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function finishReasonOf(choices: JsonValue | undefined): string | undefined {
  for (const choice of Array.isArray(choices) ? choices : []) {
    const reason = isJsonObject(choice) ? textOf(choice["finish_reason"]) : undefined;
    if (reason !== undefined) {
      return reason;
    }
  }
  return undefined;
}
