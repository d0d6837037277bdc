import { eventFrame, exceptionFrame } from "../frames/encode.ts";
import { padded } from "../frames/padding.ts";
import { converse, type ConverseRefusal } from "../generate/converse.ts";
import type { SharedState } from "../generate/respond.ts";
import { invoke } from "../invoke/invoke.ts";
import { jsonReply, refusalReply, streamReply, type Reply } from "../server/reply.ts";
import type { RuntimeOperation } from "../server/routes.ts";
import { parsedJson } from "../validate/parsed-json.ts";
import { countTokens } from "./count-tokens.ts";

export interface RuntimeCall {
  operation: RuntimeOperation;
  modelId: string;
  region: string;
  account: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** bedrock-runtime, as far as a model's id stands in the path. */
export function answerRuntime(call: RuntimeCall, state: SharedState): Reply {
  switch (call.operation) {
    case "Converse":
    case "ConverseStream":
      return answerConverse(call, state);
    case "InvokeModel":
    case "InvokeModelWithResponseStream":
      return answerInvoke(call, state);
    case "CountTokens":
      return answerCountTokens(call);
  }
}

function answerConverse(call: RuntimeCall, state: SharedState): Reply {
  const { modelId, region, account } = call;
  const parsed = parsedBody(call.body);
  if ("reply" in parsed) return parsed.reply;
  const stream = call.operation === "ConverseStream";
  const outcome = converse({ modelId, region, account, body: parsed.value, stream }, state);
  if (outcome.kind === "refusal") {
    return stream && outcome.inStream === true ? streamReply([exceptionOf(outcome)]) : refusalReply(outcome);
  }
  const reply = stream
    ? streamReply(outcome.events.map(({ type, payload }) => eventFrame(type, padded(payload))))
    : jsonReply(outcome.response);
  return { ...reply, settle: outcome.settle };
}

function answerInvoke(call: RuntimeCall, state: SharedState): Reply {
  const { modelId, region, account, headers, body } = call;
  const stream = call.operation === "InvokeModelWithResponseStream";
  const outcome = invoke({ modelId, region, account, headers, body, stream }, state);
  if ("refusal" in outcome) {
    return refusalReply(outcome.refusal);
  }
  const { bodies, settle } = outcome;
  if (!stream) {
    return { ...jsonReply(bodies[0], 200, outcome.headers), settle };
  }
  const reply = streamReply(bodies.map((chunk) => eventFrame("chunk", padded({ bytes: base64Of(chunk) }))));
  return { ...reply, headers: { ...reply.headers, ...outcome.headers }, settle };
}

function answerCountTokens(call: RuntimeCall): Reply {
  const parsed = parsedBody(call.body);
  if ("reply" in parsed) return parsed.reply;
  const outcome = countTokens(call.modelId, parsed.value);
  return "refusal" in outcome ? refusalReply(outcome.refusal) : jsonReply(outcome);
}

/** A chunk that is no object is sent as the text that it is. */
function base64Of(chunk: object | string): string {
  return Buffer.from(typeof chunk === "string" ? chunk : JSON.stringify(chunk)).toString("base64");
}

/** What AWS's model finds wrong once the stream is open is the stream's only frame (recorded). */
function exceptionOf({ errorType, message }: ConverseRefusal): Buffer {
  return exceptionFrame(`${errorType.charAt(0).toLowerCase()}${errorType.slice(1)}`, { message });
}

/** A body as AWS's protocol reads it: none is an empty structure. */
export function parsedBody(body: Buffer): { value: unknown } | { reply: Reply } {
  if (body.length === 0) {
    return { value: {} };
  }
  try {
    return { value: parsedJson(body) };
  } catch (error) {
    const message = error instanceof Error ? error.message : "The body is not JSON.";
    return { reply: refusalReply({ status: 400, errorType: "SerializationException", message }) };
  }
}
