/** What a trace of Bedrock's own guardrails quotes of a text: the model's words before they were masked, and what was found in them. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { PlacedText } from "./placed-text.ts";

/** The trace's name in what InvokeModel answers; Converse's is `trace`. */
export const nativeTrace = "amazon-bedrock-trace";

/** Of the trace under this name of AWS's answer, of the reply that shows it, or of an event. Whoever redacts an answer redacts these too. */
export function traceTextsIn(answer: JsonObject, name: "trace" | typeof nativeTrace): PlacedText[] {
  const trace = answer[name];
  const guardrail = isJsonObject(trace) ? trace["guardrail"] : undefined;
  return isJsonObject(guardrail) ? quoted(guardrail, [name, "guardrail"]) : [];
}

function quoted(value: JsonValue, path: PlacedText["path"]): PlacedText[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => quoted(entry, [...path, index]));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([name, entry]) =>
      entry === undefined ? [] : quoted(entry, [...path, name]),
    );
  }
  const isQuote = path.includes("modelOutput") || path.at(-1) === "match";
  return isQuote && typeof value === "string" && value !== "" ? [{ path, text: value }] : [];
}
