/** The error that a model writes where its answer, or a chunk of it, should stand. */
import type { Buffer } from "node:buffer";
import { AditError } from "../errors/adit-error.ts";
import { namedError } from "../errors/named-errors.ts";
import { isJsonObject, parsedObject, type JsonObject, type JsonValue } from "../json.ts";

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

/** Longer answers are none, and are not read for it. */
const longestAnswer = 16_384;
/** Members that tell of an error, or name the answer, and are no part of one. */
const besideError: ReadonlySet<string> = new Set(
  "type object error message code param status status_code request_id id created model".split(" "),
);

/**
 * The same of a whole native answer; undefined, too, where something of an answer stands beside the error, as with images of which some were
 * held back.
 */
export function modelErrorInAnswer(body: Buffer, requestId: string | undefined): AditError | undefined {
  if (body.length > longestAnswer || !body.includes('"error"')) {
    return undefined;
  }
  const answer = parsedObject(body.toString("utf8"));
  const isAlone =
    answer !== undefined &&
    Object.entries(answer).every(([name, value]) => besideError.has(name) || saysNothing(value));
  return isAlone ? modelErrorIn(answer, "ModelErrorException", requestId) : undefined;
}

function saysNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** The same in the JSON text of a chunk; undefined, too, for what is no JSON object. */
export function modelErrorInChunk(json: string, requestId: string | undefined): AditError | undefined {
  // Every form has the word as a name or as a value: a chunk without it needs no parsing.
  if (!json.includes('"error"')) {
    return undefined;
  }
  const chunk = parsedObject(json);
  return chunk === undefined ? undefined : modelErrorIn(chunk, "ModelStreamErrorException", requestId);
}
