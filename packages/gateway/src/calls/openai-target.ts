/** One target that speaks OpenAI's own format: the caller's body goes through, with the model's name and the key exchanged. */
import type { JsonObject, OpenAiEndpoint, OpenAiStream } from "@adit/bedrock";
import type { Target } from "../routing/plan.ts";
import type { ChatCall } from "./bedrock-target.ts";
import { retryPolicyOf } from "./retry-policy.ts";

/** How the target answered: bytes to pass through. */
export interface OpenAiAnswer {
  kind: "openai";
  target: Target;
  route: "openai";
  credential: string;
  requestId: string;
  modelUsed: string;
  transmissions: number;
  whole: { body: Buffer; contentType: string } | undefined;
  stream: OpenAiStream | undefined;
}

/** Rejects with AditError. `body` is the caller's, without the gateway's own fields. */
export async function callOpenAi(
  target: Target,
  body: JsonObject,
  call: ChatCall,
  tools: { endpoint: OpenAiEndpoint; anotherRemains: boolean },
): Promise<OpenAiAnswer> {
  const { apiKey, baseUrl, model } = target;
  if (apiKey === undefined || baseUrl === undefined) throw new TypeError("An OpenAI target has a key and a base URL.");
  const retry = retryPolicyOf(target.retry, tools.anotherRemains);
  const upstream = {
    baseUrl,
    apiKey,
    body: JSON.stringify({ ...body, ...target.overrideParams, model }),
    headers: call.forwardHeaders,
    signal: call.signal,
    ...(retry !== undefined && { retry }),
  };
  const answer = {
    kind: "openai" as const,
    target,
    route: "openai" as const,
    credential: `${target.path}.api_key`,
    modelUsed: model,
  };
  if (call.stream) {
    const stream = await tools.endpoint.chatStream(upstream);
    return {
      ...answer,
      requestId: stream.requestId,
      transmissions: stream.attempts.length,
      whole: undefined,
      stream,
    };
  }
  const reply = await tools.endpoint.chat(upstream);
  return {
    ...answer,
    requestId: reply.requestId,
    transmissions: reply.attempts.length,
    whole: { body: reply.body, contentType: reply.headers["content-type"]?.toString() ?? "application/json" },
    stream: undefined,
  };
}
