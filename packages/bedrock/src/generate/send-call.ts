import type { ConverseResponse } from "../converse/response.ts";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import type { InvokeReply, OpenStream } from "../client-calls.ts";
import { streamEventsFromResponse } from "../dialects/translation/stream-from-response.ts";
import { AditError } from "../errors/adit-error.ts";
import type { JsonObject } from "../json.ts";
import { exactSource, nativeAnswer, nativeEvents, type NativeChat } from "../native-chat.ts";
import { streamItems } from "../stream-items.ts";
import { ResponseCollector } from "./collect-response.ts";
import type { Generation } from "./prepare-generation.ts";
import type { Answer } from "./result.ts";

/** Sends the call and waits for the whole answer. */
export async function wholeAnswer(call: Generation): Promise<Answer> {
  const { target, native, prepared } = call;
  if (native !== undefined) {
    const { body, headers } = native;
    return readNative(native, await target.client.invoke({ ...target, headers, body: jsonText(body) }));
  }
  const reply = await target.client.converse({ ...target, body: jsonText(prepared.body) });
  const { response } = reply;
  return { response, source: () => reply.body.toString(), raw: response, route: "converse", ...placesOf(reply) };
}

function readNative(native: NativeChat, reply: InvokeReply): Answer {
  const { response, answer } = nativeAnswer(native, reply);
  return { response, source: exactSource(native, reply, response), raw: answer, route: "invoke", ...placesOf(reply) };
}

function placesOf({
  requestId,
  modelUsed,
  attempts,
}: Pick<InvokeReply, "requestId" | "modelUsed" | "attempts">): Pick<Answer, "requestId" | "model" | "attempts"> {
  return { requestId, model: modelUsed, attempts };
}

/** A stream of AWS's that has begun. */
export interface OpenAnswer {
  events: AsyncIterable<ConverseStreamEvent>;
  /** Once the events have ended: all of it. */
  answer(): Answer;
}

/** Sends the call and resolves once AWS has accepted it; a request that AWS refuses as a stream is answered from a whole call. */
export async function openAnswer(call: Generation): Promise<OpenAnswer> {
  if (!call.prepared.notes.streamable) {
    const answer = await wholeAnswer(call);
    return { events: eventsOf(answer), answer: () => answer };
  }
  const chunks: JsonObject[] = [];
  const stream = await openStream(call, (chunk) => chunks.push(chunk));
  const collector = new ResponseCollector();
  return {
    events: collectedEvents(stream, collector),
    answer: () => {
      const response: ConverseResponse = collector.response();
      return {
        response,
        source: () => collector.source(),
        raw: call.native === undefined ? response : chunks,
        route: call.native === undefined ? "converse" : "invoke",
        ...placesOf(stream),
      };
    },
  };
}

async function openStream(call: Generation, onChunk: (chunk: JsonObject) => void): Promise<OpenStream> {
  const { target, native, prepared } = call;
  if (native === undefined) {
    return target.client.converseStream({ ...target, body: jsonText(prepared.body) });
  }
  const { body, headers } = native;
  const stream = await target.client.invokeStream({ ...target, headers, body: jsonText(body) });
  return nativeEvents(native, stream, onChunk);
}

function collectedEvents(stream: OpenStream, collector: ResponseCollector): AsyncIterable<ConverseStreamEvent> {
  return streamItems(stream, (emit: (event: ConverseStreamEvent) => void) => {
    const take = (event: ConverseStreamEvent): void => {
      collector.push(event);
      emit(event);
    };
    return {
      sink: {
        onEvent: take,
        onTextDelta: (contentBlockIndex, escaped) =>
          take({ type: "contentBlockDelta", contentBlockIndex, delta: { text: JSON.parse(`"${escaped}"`) as string } }),
      },
    };
  });
}

async function* eventsOf(answer: Answer): AsyncGenerator<ConverseStreamEvent> {
  yield* streamEventsFromResponse(answer.response, answer.source);
}

/** A caller without types may have put into it what JSON cannot hold: a BigInt, or an object that holds itself. */
function jsonText(body: object): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new AditError("invalid_request", "The request cannot be written as JSON.", { param: "messages", cause });
  }
}
