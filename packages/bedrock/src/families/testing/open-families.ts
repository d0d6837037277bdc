import { factsOfModel } from "../../models/facts-of-model.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import type { JsonObject } from "../../json.ts";
import type { Family, NativeReplyContext, NativeRequest, NativeStream } from "../family.ts";
import { familyOf } from "../family-of.ts";

/** The families of open weights, and those that answer like them: the others have tests of their own. */
const others: ReadonlySet<string> = new Set([
  "anthropic",
  "nova",
  "titan",
  "cohere-command",
  "cohere-command-r",
  "gpt",
  "unknown",
]);

/** True for a model of one of these families. */
export function isOpenFamily(modelId: string): boolean {
  return !others.has(factsOfModel(modelId).family);
}

export function familyFor(modelId: string): Family {
  const family = familyOf(factsOfModel(modelId));
  if (family === undefined) throw new Error(`nothing is known of ${modelId}`);
  return family;
}

/** The native request for a model. */
export function requestFor(modelId: string, request: ConverseRequest, stream = false): NativeRequest {
  return familyFor(modelId).request(request, { model: factsOfModel(modelId), stream });
}

/** Code and path of the error where the request is refused. */
export function refusal(modelId: string, request: ConverseRequest): [code: unknown, param: unknown] {
  try {
    requestFor(modelId, request);
  } catch (error) {
    const { code, param } = error as { code?: unknown; param?: unknown };
    return [code, param];
  }
  return ["taken", undefined];
}

/** What is known beside an answer; a plain question where the test names none. */
export function replyContext(modelId: string, more: Partial<NativeReplyContext> = {}): NativeReplyContext {
  const request: ConverseRequest = { messages: [{ role: "user", content: [{ text: "hello" }] }] };
  return { model: factsOfModel(modelId), request, counts: {}, ...more };
}

/** Reads a stream; without `isEnded: false` to its end. */
export function streamed(
  modelId: string,
  chunks: readonly JsonObject[],
  more: Partial<NativeReplyContext> & { isEnded?: boolean } = {},
): { events: ConverseStreamEvent[]; stream: NativeStream } {
  const events: ConverseStreamEvent[] = [];
  const stream = familyFor(modelId).stream((event) => events.push(event), replyContext(modelId, more));
  for (const chunk of chunks) stream.chunk(chunk);
  if (more.isEnded !== false) stream.end();
  return { events, stream };
}
