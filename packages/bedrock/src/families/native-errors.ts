/** What goes wrong in an answer that came with status 200. */
import { modelErrorIn } from "../converse/model-error.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** Longer words are cut: nobody reads them in an error. */
const longestWords = 500;

/** A whole answer without what every answer of the family has. */
export function emptyOutput(answer: JsonObject, missing: string): AditError {
  const words = answer["message"];
  const said = typeof words === "string" ? `: ${words.slice(0, longestWords)}` : ".";
  return (
    modelErrorIn(answer, "ModelErrorException") ??
    new AditError("empty_output", `The model's answer has no ${missing}${said}`)
  );
}

/** The text, where there is any. Throws for a value that is not a text: with it left out, the answer would look complete. */
export function textIn(value: JsonValue | undefined, place: string): string | undefined {
  if (value === undefined || value === null || typeof value === "string") {
    return value ?? undefined;
  }
  throw unreadable(place, "text");
}

/** The first of a list of objects, where there is any. Throws for a value that is not such a list. */
export function firstIn(list: JsonValue | undefined, place: string): JsonObject | undefined {
  const first = Array.isArray(list) ? list[0] : undefined;
  if (first === undefined || isJsonObject(first)) {
    return first;
  }
  throw unreadable(`${place}[0]`, "object");
}

/** Throws for a call that nobody could answer, or run. */
export function checkCall({ toolUseId, name }: { toolUseId: string; name: string }): void {
  if (toolUseId === "" || name === "") {
    throw new AditError("empty_output", "The model's answer holds a call of a tool without an id or without a name.");
  }
}

export function unreadable(place: string, wanted: string): AditError {
  return new AditError("empty_output", `The model's answer has no ${wanted} in ${place}, but something else.`);
}

/**
 * A whole answer that does not say why it ended, as all do that are recorded or documented: it may be half of one, and would pass for the
 * whole. Converse's without a stop reason is none either. What it says is not quoted: guardrails judge answers, and no errors.
 */
export function unendedAnswer(): AditError {
  return new AditError("empty_output", "The model's answer does not say why it ended, and may be incomplete.");
}

/** A stream whose chunks ended before the model had. */
export function truncatedStream(missing: string): AditError {
  return new AditError("truncated_stream", `AWS's stream ended before ${missing}.`);
}
