/** Paths of the endpoints that AWS keeps for clients of OpenAI and Anthropic, on bedrock-runtime (`/openai`) and on bedrock-mantle. */
import type { ArrivedRequest } from "../server/arrived-request.ts";
import { parsedJson } from "../validate/parsed-json.ts";
import { isRecord, isUnreadable } from "../validate/read-shape.ts";

export type CompatibleOperation =
  | "MantleChatCompletions"
  | "MantleCountTokens"
  | "MantleGetModel"
  | "MantleListModels"
  | "MantleMessages"
  | "MantleResponses";

export interface CompatibleRoute {
  service: "compatible";
  operation: CompatibleOperation;
  /** First part of the path: `v1` and `anthropic` are bedrock-mantle's alone. */
  surface: "openai" | "v1" | "anthropic";
  /** That the body or the path names. */
  modelId?: string;
  /** The body asks for a stream. */
  stream: boolean;
}

const operations: Readonly<Record<string, CompatibleOperation>> = {
  "POST anthropic/v1/messages": "MantleMessages",
  "POST anthropic/v1/messages/count_tokens": "MantleCountTokens",
  "GET openai/v1/models": "MantleListModels",
  "POST openai/v1/chat/completions": "MantleChatCompletions",
  "POST openai/v1/responses": "MantleResponses",
  "GET v1/models": "MantleListModels",
  "POST v1/chat/completions": "MantleChatCompletions",
  "POST v1/responses": "MantleResponses",
};

export const compatibleOperations: ReadonlySet<string> = new Set([...Object.values(operations), "MantleGetModel"]);

/** The route of a request; undefined where the path is none of these endpoints'. */
export function compatibleRoute({ method, path, body }: ArrivedRequest): CompatibleRoute | undefined {
  const place = path.slice(1);
  const surface = place.startsWith("openai/") ? "openai" : place.startsWith("anthropic/") ? "anthropic" : "v1";
  const modelPath = /^(?:openai\/)?v1\/models\/([^/]+)$/.exec(place)?.[1];
  if (method === "GET" && modelPath !== undefined)
    return { service: "compatible", operation: "MantleGetModel", surface, modelId: decoded(modelPath), stream: false };
  const name = `${method} ${place}`;
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  return operation === undefined ? undefined : { service: "compatible", operation, surface, ...toldBy(body) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** What the body says of the model and of the stream. A body that cannot be read says nothing; it is refused later. */
function toldBy(body: Buffer): Pick<CompatibleRoute, "modelId" | "stream"> {
  const { model, stream } = objectFrom(body) ?? {};
  return { ...(typeof model === "string" && { modelId: model }), stream: stream === true };
}

/** The body as a JSON object; undefined where it is none. */
export function objectFrom(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value = parsedJson(bytes);
    return isRecord(value) && !isUnreadable(value) ? value : undefined;
  } catch {
    // No JSON is no object.
    return undefined;
  }
}
