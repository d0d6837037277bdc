/** What goes wrong in an answer that came with status 200. */
import { modelErrorIn } from "../converse/model-error.ts";
import { AditError } from "../errors/adit-error.ts";
import type { JsonObject } from "../json.ts";

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

/** A stream whose chunks ended before the model had. */
export function truncatedStream(missing: string): AditError {
  return new AditError("truncated_stream", `AWS's stream ended before ${missing}.`);
}
