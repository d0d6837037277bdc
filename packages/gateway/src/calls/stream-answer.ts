/** Writes a stream to the caller: what comes, as it comes, at the pace of the slower side, and an honest end. */
import {
  openAiErrorBody,
  type AditError,
  type DialectStreamWriter,
  type CompatibleStream,
  type OpenChunkStream,
} from "@adit/bedrock";
import { StringDecoder } from "node:string_decoder";
import { noteTrace } from "../guardrails/trace-facts.ts";
import type { StreamGuard } from "../guardrails/stream-guard.ts";
import type { EventWriter } from "../http/route.ts";
import type { RequestFacts } from "../ledger/request-facts.ts";
import type { EventSource } from "./bedrock-send.ts";
import type { CallDialect, NativeWriter } from "./call-dialect.ts";
import { asAditError } from "./journey.ts";

/** Where a stream goes. */
export interface StreamOut {
  events: EventWriter;
  /** Guardrails that `events` goes through, if there are any. */
  guard?: StreamGuard | undefined;
  /** True: errors carry Portkey's fields. */
  withVendorFields: boolean;
  /** The gateway's id of the request. */
  requestId: string;
  /** What the stream tells is noted here. */
  facts: RequestFacts;
}

/**
 * Writes Converse's events through the dialect's writer. A failure becomes the dialect's error event and the end.
 * Resolves with that failure, if there was one; the caller is served either way.
 */
export function streamAnswer(
  source: EventSource,
  writer: DialectStreamWriter,
  out: StreamOut,
): Promise<AditError | undefined> {
  const unfamiliar = (): Iterable<string> => source.unfamiliar ?? writer.unknownEvents.keys();
  return pumped(source, { writer, unfamiliar }, out, () =>
    source.pump({
      onTextDelta: (index, text) => writer.onTextDelta(index, text),
      onEvent: (event) => writer.onEvent(event),
      onReadEnd: () => {
        if (!out.events.flush()) source.pause();
      },
    }),
  );
}

/** The same for a native stream in the caller's own dialect. */
export function streamNative(
  stream: OpenChunkStream,
  writer: NativeWriter,
  out: StreamOut,
): Promise<AditError | undefined> {
  return pumped(stream, { writer, unfamiliar: () => writer.unfamiliar }, out, () =>
    stream.pump({
      onChunk: (json) => writer.onChunk(json),
      onReadEnd: () => {
        if (!out.events.flush()) stream.pause();
      },
    }),
  );
}

async function pumped(
  source: { resume(): void },
  { writer, unfamiliar }: { writer: DialectStreamWriter | NativeWriter; unfamiliar: () => Iterable<string> },
  { events, guard, withVendorFields, facts }: StreamOut,
  pump: () => Promise<void>,
): Promise<AditError | undefined> {
  events.onDrain(() => source.resume());
  try {
    await pump();
    writer.end();
    if (guard !== undefined) await guard.settle();
    return undefined;
  } catch (error) {
    const failure = asAditError(error);
    facts.streamError = failure.code;
    if (guard === undefined) writer.fail(failure, withVendorFields);
    else guard.fail(failure);
    return failure;
  } finally {
    if (writer.stopReason !== undefined) facts.stopReason = writer.stopReason;
    if (writer.usage !== undefined) facts.usage = writer.usage;
    if ("metadata" in writer && writer.metadata?.trace !== undefined) noteTrace(facts, writer.metadata.trace);
    const unknown = [...unfamiliar()];
    if (unknown.length > 0) facts.unfamiliar = unknown;
    if (facts.hold !== undefined) await facts.hold.settle();
    events.end();
  }
}

/** Passes a stream in the caller's own format through as it is. A failure becomes an error event after what came. */
export async function passStream(
  stream: CompatibleStream,
  dialect: Pick<CallDialect<never>, "errorEvent">,
  { events, guard, withVendorFields, requestId, facts }: StreamOut,
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
    if (guard !== undefined) await guard.settle();
    return undefined;
  } catch (error) {
    const failure = asAditError(error);
    facts.streamError = failure.code;
    if (guard === undefined) events.write(dialect.errorEvent(failure, withVendorFields, requestId));
    else guard.fail(failure);
    return failure;
  } finally {
    if (stream.usage !== undefined) facts.usage = stream.usage;
    if (stream.finishReason !== undefined) facts.stopReason = stream.finishReason;
    if (facts.hold !== undefined) await facts.hold.settle();
    events.end();
  }
}

/** An error as an event of its own; the empty lines first, for the event that may have been cut. */
export function openAiErrorEvent(error: AditError, withVendorFields: boolean): string {
  return `\n\nevent: error\ndata: ${JSON.stringify(openAiErrorBody(error, withVendorFields))}\n\n`;
}
