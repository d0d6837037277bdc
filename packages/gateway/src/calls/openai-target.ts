/** One target that speaks OpenAI's own format: the caller's body goes through, with the model's name and the key exchanged. */
import type { JsonObject, OpenAiEndpoint, OpenAiStream } from "@adit/bedrock";
import type { Target } from "../routing/plan.ts";
import { isGatewayField, withoutGatewayFields } from "../routing/request-fields.ts";
import type { TargetWay } from "./journey.ts";
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
  /** Fields of the target's own parameters that were left out: a host that is not AWS gets no AWS credential. */
  dropped: string[];
  /** JSON, as the target wrote it. Its own word on the type is not passed on: to a browser it could make a page of it. */
  whole: { body: Buffer } | undefined;
  stream: OpenAiStream | undefined;
}

export interface OpenAiTargetCall extends TargetWay {
  stream: boolean;
  endpoint: OpenAiEndpoint;
}

/** Rejects with AditError. `body` is the caller's, without the gateway's own fields. */
export async function callOpenAi(target: Target, body: JsonObject, call: OpenAiTargetCall): Promise<OpenAiAnswer> {
  const { apiKey, baseUrl, model } = target;
  if (apiKey === undefined || baseUrl === undefined) throw new TypeError("An OpenAI target has a key and a base URL.");
  // Whether the answer is a stream is the caller's to say, and was read from the body.
  const { stream: _stream, ...overrides } = withoutGatewayFields(target.overrideParams);
  const upstream = {
    baseUrl,
    apiKey,
    body: JSON.stringify({ ...body, ...overrides, model }),
    headers: call.forwardHeaders,
    signal: call.signal,
    retry: retryPolicyOf(target.retry, call),
    onAttempt: call.onAttempt,
  };
  const answer = {
    kind: "openai" as const,
    target,
    route: "openai" as const,
    credential: target.apiKeyLabel ?? "",
    modelUsed: model,
    dropped: Object.keys(target.overrideParams)
      .filter(isGatewayField)
      .map((name) => `${target.path}.override_params.${name}`),
  };
  if (call.stream) {
    const stream = await call.endpoint.chatStream(upstream);
    return {
      ...answer,
      requestId: stream.requestId,
      transmissions: stream.attempts.length,
      whole: undefined,
      stream,
    };
  }
  const reply = await call.endpoint.chat(upstream);
  return {
    ...answer,
    requestId: reply.requestId,
    transmissions: reply.attempts.length,
    whole: { body: reply.body },
    stream: undefined,
  };
}
