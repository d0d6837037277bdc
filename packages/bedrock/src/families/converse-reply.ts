import type { ContentBlock } from "../converse/content.ts";
import type { ConverseResponse, StopReason, TokenUsage } from "../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { NativeReplyContext } from "./family.ts";
import { GuardrailReply } from "../converse/guardrail-reply.ts";
import { usageFrom } from "../converse/invocation-counts.ts";
import { checkCall, unendedAnswer } from "./native-errors.ts";
import { laidOver } from "./native-body.ts";

/** What a family reads out of its whole answer. */
export interface ReplyParts {
  content: ContentBlock[];
  /** The model's, in Converse's words; a guardrail's intervention goes above it. Undefined where the answer does not say. */
  stopReason: StopReason | undefined;
  /** From the body, where the family has it there; else the headers tell. */
  usage?: TokenUsage | undefined;
}

/**
 * A whole answer in Converse's form: the family's parts with what AWS adds to any native answer. Throws AditError `empty_output` for a call
 * without an id or a name, and for an answer that does not say why it ended.
 */
export function converseReply(answer: JsonObject, parts: ReplyParts, context: NativeReplyContext): ConverseResponse {
  for (const { toolUse } of parts.content) {
    if (toolUse !== undefined) checkCall(toolUse);
  }
  const guardrail = new GuardrailReply();
  guardrail.take(answer);
  const { counts, request } = context;
  const usage = parts.usage ?? usageFrom(counts);
  const fields = fieldsAt(answer, request.additionalModelResponseFieldPaths ?? []);
  const trace = guardrail.trace;
  const stopReason = guardrail.stopReason(parts.stopReason);
  if (stopReason === undefined) throw unendedAnswer();
  return {
    output: { message: { role: "assistant", content: parts.content } },
    stopReason,
    ...(usage !== undefined && { usage }),
    ...(counts.latency !== undefined && { metrics: { latencyMs: counts.latency } }),
    ...(fields !== undefined && { additionalModelResponseFields: fields }),
    ...(trace !== undefined && { trace }),
  };
}

/** The members of the native answer that the JSON Pointers name, each under its own path. */
function fieldsAt(answer: JsonObject, pointers: readonly string[]): JsonObject | undefined {
  const found = pointers.flatMap((pointer) => {
    const names = pointer
      .split("/")
      .slice(1)
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    const value = names.reduce<JsonValue | undefined>(memberOf, answer);
    return names.length === 0 || value === undefined ? [] : [nested(names, value)];
  });
  return found.length === 0 ? undefined : found.reduce(laidOver);
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function nested(names: readonly string[], value: JsonValue): JsonObject {
  return names.reduceRight<JsonValue>((inner, name) => Object.fromEntries([[name, inner]]), value) as JsonObject;
}
