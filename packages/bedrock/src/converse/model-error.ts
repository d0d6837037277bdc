/** The error that a model writes where its answer, or a chunk of it, should stand. */
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** Longer words are cut: nobody reads them in an error. */
const longestWords = 500;

/** Types of an error that another try may mend, with the status that their kind has elsewhere ("Errors" in Anthropic's API reference; AWS says 503 for its 529). */
const passing: ReadonlyMap<string, number> = new Map([
  ["overloaded_error", 503],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["timeout_error", 504],
]);

/**
 * The error that stands in the place of an answer or a chunk: `{"type":"error","error":{"type","message"}}`, `{"error":{"message"}}`,
 * `{"error":"words"}`, or vLLM's `{"object":"error","message"}`; undefined where there is none. `requestId` is AWS's.
 */
export function modelErrorIn(
  part: JsonObject,
  code: "ModelErrorException" | "ModelStreamErrorException",
  requestId?: string,
): AditError | undefined {
  const error = part["object"] === "error" ? part : part["error"];
  if (error === undefined || error === null) {
    return undefined;
  }
  const { message, type } = isJsonObject(error) ? error : { message: error, type: undefined };
  const words = (typeof message === "string" ? message : JSON.stringify(error)).slice(0, longestWords);
  const kind = typeof type === "string" ? type : code;
  const status = passing.get(kind);
  return new AditError(code, `The model answered with an error: ${words}`, {
    aws: { type: kind, message: words, ...(requestId !== undefined && { requestId }) },
    ...(status !== undefined && { retryable: true, status }),
  });
}

/** The same in the JSON text of a chunk; undefined, too, for what is no JSON object. */
export function modelErrorInChunk(json: string, requestId: string | undefined): AditError | undefined {
  // Every form has the word as a name or as a value: a chunk without it needs no parsing.
  if (!json.includes('"error"')) {
    return undefined;
  }
  let chunk: unknown;
  try {
    chunk = JSON.parse(json);
  } catch {
    // Whoever reads the chunks says what that is.
    return undefined;
  }
  return isJsonObject(chunk) ? modelErrorIn(chunk, "ModelStreamErrorException", requestId) : undefined;
}
