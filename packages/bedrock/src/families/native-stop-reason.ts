/** Why a native answer ended, read from the answer alone: whoever passes it on may know neither its family nor its model. */
import { isIntervened } from "../converse/guardrail-reply.ts";
import type { StopReason } from "../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { textStopReasonIn } from "./text-prompt/anthropic-text.ts";
import { cohereStopReasons } from "./cohere-words.ts";
import { objectOf, objectsOf } from "./json-parts.ts";
import { stopReasonFrom } from "./stop-reasons.ts";
import { titanStopReasons } from "./text-prompt/titan.ts";

/** Lists of answers, of which the first is read. */
const lists = ["choices", "outputs", "results", "generations", "completions"];
/** Objects that have the reason in a chunk: Nova's, and Claude's. */
const holders = ["messageStop", "delta"];
/** `finish_reason` before `stop_reason`: beside it that one is the token that ended the answer (recorded of gpt-oss). */
const reasons = ["finish_reason", "stop_reason", "stopReason", "completionReason", "finishReason"];

/**
 * The reason in Converse's words, of a whole answer or of a chunk that ends a stream; Claude's own word stays. Undefined where it tells
 * none, or in a form that is not known.
 */
export function nativeStopReason(part: JsonObject): StopReason | undefined {
  if (isIntervened(part)) {
    return "guardrail_intervened";
  }
  if (typeof part["completion"] === "string") {
    return textStopReasonIn(part);
  }
  for (const place of placesIn(part)) {
    const reason = reasons.map((name) => place[name]).find(isReason);
    if (reason !== undefined) {
      return inConversesWords(reason);
    }
  }
  return undefined;
}

function placesIn(part: JsonObject): JsonObject[] {
  const listed = lists.flatMap((name) => objectsOf(part[name]).slice(0, 1));
  return [...listed, ...holders.map((name) => objectOf(part[name])), part];
}

function isReason(value: JsonValue | undefined): value is string | JsonObject {
  return (typeof value === "string" && value !== "") || isJsonObject(value);
}

function inConversesWords(reason: string | JsonObject): StopReason | undefined {
  if (typeof reason !== "string") {
    // Jurassic's, which says `stop` for a stop sequence.
    const { reason: word } = reason;
    return word === "stop" ? "stop_sequence" : stopReasonFrom(word);
  }
  return titanStopReasons.get(reason) ?? cohereStopReasons.get(reason.toUpperCase()) ?? stopReasonFrom(reason);
}
