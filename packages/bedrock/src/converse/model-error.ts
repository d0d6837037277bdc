/** The error that a model writes where its answer, or a chunk of it, should stand. */
import { AditError } from "../errors/adit-error.ts";
import { namedError } from "../errors/named-errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";

/** Longer words are cut: nobody reads them in an error. */
const longestWords = 500;
const longestType = 100;

/** AWS says 503 for Anthropic's 529. */
function awsStatus(status: number): number {
  return status === 529 ? 503 : status;
}

/**
 * The error that stands in the place of an answer or a chunk: `{"type":"error","error":{"type","message"}}`, `{"error":{"message"}}`,
 * `{"error":"words"}`, or vLLM's `{"object":"error","message"}`; undefined where there is none. Status and code are those of the same error as
 * a refusal, where its type or code is known (`namedError`); `code` is for any other. `requestId` is AWS's.
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
  const given: JsonObject = isJsonObject(error) ? error : { message: error };
  const { message, type } = given;
  const words = (typeof message === "string" ? message : JSON.stringify(error)).slice(0, longestWords);
  const kind = typeof type === "string" ? type.slice(0, longestType) : code;
  const named = namedError(given);
  return new AditError(named?.code ?? code, `The model answered with an error: ${words}`, {
    aws: { type: kind, message: words, ...(requestId !== undefined && { requestId }) },
    ...(named !== undefined && { retryable: named.retryable, status: awsStatus(named.status) }),
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
