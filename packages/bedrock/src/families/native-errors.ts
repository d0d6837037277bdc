/** What goes wrong in an answer that came with status 200. */
import { AditError } from "../errors/adit-error.ts";
import { errorIn, longestWords } from "../errors/error-in-answer.ts";
import type { JsonObject } from "../json.ts";

/** A whole answer without what every answer of the family has. */
export function emptyOutput(answer: JsonObject, missing: string): AditError {
  const words = answer["message"];
  const said = typeof words === "string" ? `: ${words.slice(0, longestWords)}` : ".";
  return (
    errorIn(answer, "ModelErrorException") ??
    new AditError("empty_output", `The model's answer has no ${missing}${said}`)
  );
}

/** A stream whose chunks ended before the model had. */
export function truncatedStream(missing: string): AditError {
  return new AditError("truncated_stream", `AWS's stream ended before ${missing}.`);
}
