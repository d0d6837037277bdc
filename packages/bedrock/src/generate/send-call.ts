import type { ConverseResponse } from "../converse/response.ts";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import type { PreparedCall } from "../calls/prepared-call.ts";
import type { BedrockClient } from "../client.ts";
import type { InvokeReply, ModelCall, OpenStream } from "../client-calls.ts";
import { streamEventsFromResponse } from "../dialects/translation/answers/stream-from-response.ts";
import { invokeConversation, invokeConversationStream, type ConversationStream } from "../converse-by-family.ts";
import { AditError } from "../errors/adit-error.ts";
import { isTooDeep } from "../json-text/value-depth.ts";
import { streamItems } from "../stream-items.ts";
import { ResponseCollector } from "./collect-response.ts";
import type { Generation } from "./prepare-generation.ts";
import type { Answer } from "./result.ts";

/** What is sent, and where to. */
export interface CallToSend extends Pick<Generation, "native"> {
  target: ModelCall & { client: BedrockClient };
  prepared: Pick<PreparedCall, "body">;
}

/** Sends the call and waits for the whole answer. */
export async function wholeAnswer(call: CallToSend): Promise<Answer> {
  const { target, native, prepared } = call;
  if (native !== undefined) {
    const reply = await invokeConversation(target.client, target, native);
    const { response, source, answer } = reply;
    return { response, source, raw: answer, isStream: false, route: "invoke", unfamiliar: [], ...placesOf(reply) };
  }
  const reply = await target.client.converse({ ...target, body: prepared.body });
  const { response } = reply;
  const source = (): string => reply.body.toString();
  return { response, source, raw: response, isStream: false, route: "converse", unfamiliar: [], ...placesOf(reply) };
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
  const stream = await openStream(call);
  const collector = new ResponseCollector();
  return {
    events: collectedEvents(stream, collector),
    answer: () => {
      const response: ConverseResponse = collector.response();
      const source = collector.source();
      if (isTooDeep(response, source.length)) {
        throw new AditError(
          "empty_output",
          "AWS's stream brought an output that nests too deeply to be written again.",
        );
      }
      return {
        response,
        source: () => source,
        raw: response,
        isStream: true,
        route: call.native === undefined ? "converse" : "invoke",
        unfamiliar: [...stream.unfamiliar, ...collector.unknownEvents],
        ...placesOf(stream),
      };
    },
  };
}

const nothing: ReadonlySet<string> = new Set();

/** By the API that carries the call. */
export async function openStream({ target, native, prepared }: CallToSend): Promise<ConversationStream> {
  if (native !== undefined) return invokeConversationStream(target.client, target, native);
  return { ...(await target.client.converseStream({ ...target, body: prepared.body })), unfamiliar: nothing };
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
