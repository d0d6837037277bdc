/** What a trace of Bedrock's own guardrails quotes of a text: the model's words before they were masked, and what was found in them. */
import { isJsonObject, type JsonValue } from "@adit/bedrock";
import type { PlacedText } from "./message-text.ts";

/** `trace`: of Converse's answer, or of the reply that shows it. Whoever redacts an answer redacts these too. */
export function traceTexts(trace: JsonValue | undefined, path: PlacedText["path"]): PlacedText[] {
  if (!isJsonObject(trace)) return [];
  const { guardrail } = trace;
  return isJsonObject(guardrail) ? quoted(guardrail, [...path, "guardrail"]) : [];
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
