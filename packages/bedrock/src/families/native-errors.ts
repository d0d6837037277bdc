/** What goes wrong in an answer that came with status 200. */
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** Longer words are cut: nobody reads them in an error. */
const longestWords = 500;

/** Types of an error that another try may mend (Anthropic's API reference). */
const passing: ReadonlySet<string> = new Set(["overloaded_error", "rate_limit_error", "api_error", "timeout_error"]);

/**
 * The error that stands in the place of an answer or a chunk: `{"type":"error","error":{"type","message"}}`, `{"error":{"message"}}` or
 * `{"error":"words"}`; undefined where there is none.
 */
export function errorIn(
  part: JsonObject,
  code: "ModelErrorException" | "ModelStreamErrorException",
): AditError | undefined {
  const { error } = part;
  if (error === undefined || error === null) {
    return undefined;
  }
  const { message, type } = isJsonObject(error) ? error : { message: error, type: undefined };
  const words = (typeof message === "string" ? message : JSON.stringify(error)).slice(0, longestWords);
  const kind = typeof type === "string" ? type : code;
  return new AditError(code, `The model answered with an error: ${words}`, {
    aws: { type: kind, message: words },
    ...(passing.has(kind) && { retryable: true }),
  });
}

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
