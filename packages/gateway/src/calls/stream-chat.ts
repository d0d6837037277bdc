/** Writes a stream to the caller: events as they come, at the pace of the slower side, and an honest end. */
import { AditError, ChatStreamWriter, openAiErrorBody, type OpenAiStream, type ReplyContext } from "@adit/bedrock";
import { StringDecoder } from "node:string_decoder";
import type { EventWriter } from "../http/route.ts";
import type { EventSource } from "./bedrock-target.ts";
import type { RequestFacts } from "../ledger/request-facts.ts";

/** Where a stream goes. */
export interface StreamOut {
  events: EventWriter;
  /** True: errors carry Portkey's fields. */
  withVendorFields: boolean;
  /** What the stream tells is noted here. */
  facts: RequestFacts;
}

/**
 * Writes Bedrock's events as OpenAI's chunks. A failure becomes an error event and the end, without `[DONE]`.
 * Resolves with that failure, if there was one; the caller is served either way.
 */
export async function streamChat(
  source: EventSource,
  context: ReplyContext,
  { events, withVendorFields, facts }: StreamOut,
): Promise<AditError | undefined> {
  const writer = new ChatStreamWriter(context, (text) => events.write(text));
  events.onDrain(() => source.resume());
  try {
    await source.pump({
      onTextDelta: (index, text) => writer.onTextDelta(index, text),
      onEvent: (event) => writer.onEvent(event),
      onReadEnd: () => {
        if (!events.flush()) source.pause();
      },
    });
    writer.end();
    return undefined;
  } catch (error) {
    const failure = asAditError(error);
    writer.fail(failure, withVendorFields);
    return failure;
  } finally {
    if (writer.stopReason !== undefined) facts.stopReason = writer.stopReason;
    if (writer.usage !== undefined) facts.usage = writer.usage;
    events.end();
  }
}

/** Passes an OpenAI stream through as it is. A failure becomes an error event after what came. */
export async function passStream(
  stream: OpenAiStream,
  { events, withVendorFields, facts }: StreamOut,
): Promise<AditError | undefined> {
  const decoder = new StringDecoder("utf8");
  events.onDrain(() => stream.resume());
  try {
    await stream.pump({
      onBytes: (chunk) => {
        events.write(decoder.write(chunk));
        if (!events.flush()) stream.pause();
      },
    });
    return undefined;
  } catch (error) {
    const failure = asAditError(error);
    events.write(errorEvent(failure, withVendorFields));
    return failure;
  } finally {
    if (stream.usage !== undefined) facts.usage = stream.usage;
    if (stream.finishReason !== undefined) facts.stopReason = stream.finishReason;
    events.end();
  }
}

/** An error as an event of its own; the empty lines first, for the event that may have been cut. */
export function errorEvent(error: AditError, withVendorFields: boolean): string {
  return `\n\nevent: error\ndata: ${JSON.stringify(openAiErrorBody(error, withVendorFields))}\n\n`;
}

export function asAditError(error: unknown): AditError {
  return AditError.isInstance(error)
    ? error
    : new AditError("internal", "The gateway failed while it answered.", { cause: error });
}
