import { factsOfModel } from "../../models/facts-of-model.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import type { JsonObject } from "../../json.ts";
import type { ModelFamily } from "../../models/model-facts.ts";
import { deepseek } from "../deepseek.ts";
import type { Family, NativeReplyContext, NativeRequest, NativeStream } from "../family.ts";
import { jurassic } from "../jurassic.ts";
import { llama } from "../llama.ts";
import { mistralText } from "../mistral-text.ts";
import {
  gemma,
  gptOss,
  jamba,
  minimax,
  mistral,
  moonshot,
  nvidia,
  qwen,
  writer,
  zai,
} from "../openai-style/chat-families.ts";

/** The families of open weights, and those that answer like them. */
const families: Partial<Record<ModelFamily, Family>> = {
  llama,
  "mistral-text": mistralText,
  mistral,
  jamba,
  jurassic,
  deepseek,
  "gpt-oss": gptOss,
  qwen,
  minimax,
  moonshot,
  zai,
  nvidia,
  gemma,
  writer,
};

/** True for a model of one of these families. */
export function isOpenFamily(modelId: string): boolean {
  return families[factsOfModel(modelId).family] !== undefined;
}

export function familyFor(modelId: string): Family {
  const family = families[factsOfModel(modelId).family];
  if (family === undefined) throw new Error(`${modelId} is of another family`);
  return family;
}

/** The native request for a model. */
export function requestFor(modelId: string, request: ConverseRequest, stream = false): NativeRequest {
  return familyFor(modelId).request(request, { model: factsOfModel(modelId), stream });
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
