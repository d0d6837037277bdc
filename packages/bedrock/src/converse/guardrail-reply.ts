/** What a guardrail adds to native answers: `amazon-bedrock-guardrailAction` and `amazon-bedrock-trace`, in Converse's words. */
import type { StopReason } from "./response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

const actionKey = "amazon-bedrock-guardrailAction";
const traceKey = "amazon-bedrock-trace";

/** Members that AWS may merge into any native answer or chunk. */
export const guardrailKeys: readonly string[] = [actionKey, traceKey];

/** True where a guardrail stepped in: the words may then be the guardrail's instead of the model's. */
export function isIntervened(part: JsonObject): boolean {
  return part[actionKey] === "INTERVENED";
}

/**
 * True for a chunk with the action that is a piece of the text, and no end: Nova's and Titan's pieces tell it too (recorded), each in the
 * form of its model. The trace stands at the end alone.
 */
export function isGuardedPiece(chunk: JsonObject): boolean {
  if (traceKey in chunk) return false;
  if ("contentBlockDelta" in chunk || chunk["is_finished"] === false) return true;
  if (typeof chunk["type"] === "string") return chunk["type"] !== "message_stop";
  if (typeof chunk["outputText"] === "string") return titanEnds.every((name) => isNothing(chunk[name]));
  const [first] = ["choices", "outputs"].flatMap((name) => chunk[name] ?? []);
  const answer = isJsonObject(first) ? first : chunk;
  return reasons.some((name) => name in answer) && reasons.every((name) => isNothing(answer[name]));
}

/** Of a blocked answer the count alone (recorded). */
const titanEnds = ["completionReason", "totalOutputTextTokenCount"];
/** Llama's, Mistral's, and those of OpenAI's format: null until the end. */
const reasons = ["stop_reason", "finish_reason"];

function isNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null;
}

/** Watches one answer, whole or chunk by chunk. */
export class GuardrailReply {
  #intervened = false;
  #trace: JsonValue | undefined;

  /** True once it stepped in. */
  get intervened(): boolean {
    return this.#intervened;
  }

  take(part: JsonObject): void {
    this.#intervened ||= isIntervened(part);
    this.#trace = part[traceKey] ?? this.#trace;
  }

  /** As under Converse: `guardrail_intervened` also where text was only masked. */
  stopReason<Reason extends StopReason | undefined>(models: Reason): Reason | "guardrail_intervened" {
    return this.#intervened ? "guardrail_intervened" : models;
  }

  /** In the form of Converse's `trace`; undefined where none was asked for. */
  get trace(): JsonValue | undefined {
    const guardrail = isJsonObject(this.#trace) ? this.#trace["guardrail"] : undefined;
    return isJsonObject(this.#trace) && isJsonObject(guardrail)
      ? { ...this.#trace, guardrail: converseTrace(guardrail) }
      : this.#trace;
  }
}

/**
 * Recorded side by side: `input` is `inputAssessment`; `outputs`, a list of assessments by guardrail, is `outputAssessments`, lists by
 * guardrail.
 */
function converseTrace({ input, outputs, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    ...(input !== undefined && { inputAssessment: input }),
    ...(outputs !== undefined && { outputAssessments: Array.isArray(outputs) ? byGuardrail(outputs) : outputs }),
  };
}

function byGuardrail(outputs: readonly JsonValue[]): JsonObject {
  const lists = new Map<string, JsonValue[]>();
  for (const output of outputs.filter(isJsonObject)) {
    for (const [id, assessment = null] of Object.entries(output)) {
      const list = lists.get(id);
      if (list === undefined) lists.set(id, [assessment]);
      // Not a copy for each: AWS is not the only one that may answer, and a hundred thousand would take minutes.
      else list.push(assessment);
    }
  }
  return Object.fromEntries(lists);
}
