/** An error that a model wrote in the place of its answer, in an answer of status 200. */
import { isJsonObject, type JsonObject } from "../json.ts";
import { AditError } from "./adit-error.ts";

/** Longer words are cut: nobody reads them in an error. */
export const longestWords = 500;

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
