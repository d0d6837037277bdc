/** A conversation in a model's own format under InvokeModel: Converse's request in, Converse's answer out. */
import type { InvokeReply, OpenChunkStream, OpenStream } from "./client-calls.ts";
import { sourceOfInputs } from "./converse/exact-input.ts";
import type { ConverseRequest } from "./converse/request.ts";
import type { ConverseResponse } from "./converse/response.ts";
import { AditError } from "./errors/adit-error.ts";
import type { Family } from "./families/family.ts";
import { countsFromHeaders } from "./families/invocation-counts.ts";
import { invokeHeaders, servingFromHeaders } from "./families/invoke-headers.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import type { ModelFacts } from "./models/model-facts.ts";

/** A request for InvokeModel, and what reading its answer needs. */
export interface NativeChat {
  family: Family;
  model: ModelFacts;
  /** As Converse has it. */
  request: ConverseRequest;
  body: JsonObject;
  /** What Converse has in the body and InvokeModel in headers. */
  headers: Record<string, string>;
  /** Paths in the Converse request of what was left out or changed on purpose. */
  dropped: readonly string[];
}

/**
 * A request of Converse in the family's own format. Throws AditError `unsupported_parameter` or `invalid_request`, with the path in the Converse
 * request, for what the family cannot carry.
 */
export function nativeChat(
  request: ConverseRequest,
  how: { family: Family; model: ModelFacts; stream: boolean },
): NativeChat {
  const { family, model, stream } = how;
  const { body, dropped } = family.request(request, { model, stream });
  return { family, model, request, body, headers: invokeHeaders(request), dropped };
}

/** A whole native answer: in Converse's form, and as it came. */
export interface NativeAnswer {
  response: ConverseResponse;
  answer: JsonObject;
}

/** Reads a whole answer. Throws AditError `empty_output` where it is no JSON object, or holds no output. */
export function nativeAnswer({ family, model, request }: NativeChat, reply: InvokeReply): NativeAnswer {
  const answer = objectIn(reply.body.toString());
  if (answer === undefined) {
    throw new AditError("empty_output", "AWS's answer is no JSON object.");
  }
  const counts = countsFromHeaders(reply.headers);
  const response = family.response(answer, { model, request, counts });
  return { response: { ...response, ...servingFromHeaders(reply.headers) }, answer };
}

/** For a whole answer: as much of Converse's text of it as tells the numbers in the arguments of calls as they were written. */
export function exactSource({ family }: NativeChat, reply: InvokeReply, response: ConverseResponse): () => string {
  return () => {
    const text = reply.body.toString();
    return sourceOfInputs(response.output.message.content.map((_block, index) => family.exactInput?.(text, index)));
  };
}

/**
 * A native stream as Converse's: its sink gets Converse's events. `onChunk` is told each chunk as it came. Rejects with AditError
 * `truncated_stream` where the bytes end before the model had.
 */
export function nativeEvents(
  { family, model, request }: NativeChat,
  stream: OpenChunkStream,
  onChunk?: (chunk: JsonObject) => void,
): OpenStream {
  return {
    ...stream,
    pump: async (sink) => {
      const reader = family.stream((event) => sink.onEvent(event), { model, request, counts: {} });
      await stream.pump({
        onChunk: (json) => {
          // Writer ends its stream with `[DONE]`, as OpenAI does.
          const chunk = objectIn(json);
          if (chunk !== undefined) {
            onChunk?.(chunk);
            reader.chunk(chunk);
          }
        },
        onReadEnd: () => sink.onReadEnd?.(),
      });
      reader.end();
      sink.onReadEnd?.();
    },
  };
}

/** The JSON object that the text is; undefined where it is none. */
function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // No JSON: the callers say what that means.
    return undefined;
  }
}
