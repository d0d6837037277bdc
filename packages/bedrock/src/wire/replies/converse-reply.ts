import type { ConverseResponse } from "../../converse/response.ts";
import { dropNulls, isAnswerBlock } from "../../converse/answer-shape.ts";
import { isJsonObject } from "../../json.ts";
import { isTooDeep } from "../../json-text/value-depth.ts";
import { emptyOutputFrom } from "../aws-errors/aws-error.ts";
import type { WholeReply } from "./whole-reply.ts";

/** A Converse answer with its bytes. */
export interface ConverseAnswer {
  response: ConverseResponse;
  body: WholeReply["body"];
  requestId: string;
}

/**
 * Reads Converse's answer; fields that this version does not know are kept. A 200 whose body holds no output message
 * (seen from AWS: pains of envoyproxy/ai-gateway and litellm), or one that cannot be read, throws AditError `empty_output`, or
 * `UnknownOperationException`.
 */
export function readConverseAnswer(whole: WholeReply): ConverseAnswer {
  let response: unknown;
  try {
    response = JSON.parse(whole.body.toString("utf8"));
  } catch {
    // The error shows the body.
    throw emptyOutputFrom(whole.headers, whole.body);
  }
  if (!isConverseResponse(response) || isTooDeep(response, whole.body.length)) {
    throw emptyOutputFrom(whole.headers, whole.body);
  }
  return { response, body: whole.body, requestId: whole.requestId };
}

function isConverseResponse(value: unknown): value is ConverseResponse {
  if (!isJsonObject(value) || typeof value["stopReason"] !== "string" || !isJsonObject(value["output"])) {
    return false;
  }
  dropNulls(value);
  const message = value["output"]["message"];
  return (
    isJsonObject(message) &&
    Array.isArray(message["content"]) &&
    message["content"].every(isAnswerBlock) &&
    (value["usage"] === undefined || isJsonObject(value["usage"]))
  );
}
