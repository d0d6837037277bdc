import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import { streamEventsFromResponse } from "../dialects/openai-chat/stream-from-response.ts";
import { AditError } from "../errors/adit-error.ts";
import { streamItems } from "../stream-items.ts";
import { ResponseCollector } from "./collect-response.ts";
import type { PreparedCall } from "./prepare-call.ts";
import type { Answer } from "./result.ts";

/** Sends the call and waits for the whole answer. */
export async function wholeAnswer(call: PreparedCall): Promise<Answer> {
  const reply = await call.target.client.converse({ ...call.target, body: jsonText(call) });
  return {
    response: reply.response,
    source: () => reply.body.toString(),
    raw: reply.response,
    requestId: reply.requestId,
    model: reply.modelUsed,
    route: "converse",
    attempts: reply.attempts,
  };
}

/** A stream of AWS's that has begun. */
export interface OpenAnswer {
  events: AsyncIterable<ConverseStreamEvent>;
  /** Once the events have ended: all of it. */
  answer(): Answer;
}

/** Sends the call and resolves once AWS has accepted it; a request that AWS refuses as a stream is answered from a whole call. */
export async function openAnswer(call: PreparedCall): Promise<OpenAnswer> {
  if (!call.prepared.notes.streamable) {
    const answer = await wholeAnswer(call);
    return { events: eventsOf(answer), answer: () => answer };
  }
  const stream = await call.target.client.converseStream({ ...call.target, body: jsonText(call) });
  const collector = new ResponseCollector();
  const events = streamItems(stream, (emit: (event: ConverseStreamEvent) => void) => {
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
  return {
    events,
    answer: () => {
      const response = collector.response();
      return {
        response,
        source: () => collector.source(),
        raw: response,
        requestId: stream.requestId,
        model: stream.modelUsed,
        route: "converse",
        attempts: stream.attempts,
      };
    },
  };
}

async function* eventsOf(answer: Answer): AsyncGenerator<ConverseStreamEvent> {
  yield* streamEventsFromResponse(answer.response, answer.source);
}

/** A caller without types may have put into it what JSON cannot hold: a BigInt, or an object that holds itself. */
function jsonText({ prepared }: PreparedCall): string {
  try {
    return JSON.stringify(prepared.body);
  } catch (cause) {
    throw new AditError("invalid_request", "The request cannot be written as JSON.", { param: "messages", cause });
  }
}
