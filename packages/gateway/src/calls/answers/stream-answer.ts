/** Writes a stream to the caller: what comes, as it comes, at the pace of the slower side, and an honest end. */
import {
  openAiErrorBody,
  tierOfCall,
  type AditError,
  type DialectStreamWriter,
  type CompatibleStream,
  type MetadataEvent,
  type OpenChunkStream,
} from "@adit/bedrock";
import { countOf, isWebSearch, lineSafe, servingFromHeaders, withWebSearches } from "@adit/bedrock/gateway";
import { StringDecoder } from "node:string_decoder";
import { noteTrace } from "../../guardrails/trace-facts.ts";
import type { StreamGuard } from "../../guardrails/stream/stream-guard.ts";
import type { EventWriter } from "../../http/routes/route.ts";
import { noteFailure, type RequestFacts } from "../../ledger/record/request-facts.ts";
import { tierTold } from "../../ledger/cost/tier-asked.ts";
import type { EventSource } from "../targets/bedrock-send.ts";
import type { CallDialect, NativeWriter } from "../call-dialect.ts";
import { asAditError } from "../journey.ts";

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
  /** When the request arrived, and the clock: for the time of the first token. */
  receivedAt: number;
  now: () => number;
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
  const { facts, events } = out;
  let webSearches = 0;
  const note = (): void => {
    noteUnfamiliar(facts, source.unfamiliar ?? writer.unknownEvents.keys());
    noteEnd(facts, writer);
    facts.usage = withWebSearches(facts.usage, webSearches);
  };
  return pumped(source, { writer, note }, out, () =>
    source.pump({
      onTextDelta: (index, text) => writer.onTextDelta(index, text),
      onEvent: (event) => {
        if (event.type === "contentBlockStart" && isWebSearch(event.start.toolUse)) webSearches += 1;
        writer.onEvent(event);
      },
      onReadEnd: () => {
        if (!events.flush()) source.pause();
        if (facts.firstTokenMs === undefined && writer.firstTokenSeen) noteFirstToken(out);
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
  const { facts, events } = out;
  const note = (): void => {
    noteUnfamiliar(facts, writer.unfamiliar);
    facts.outputBytes = writer.outputBytes;
    facts.usage ??= writer.usageAtStart;
    noteService(facts, servingFromHeaders(stream.headers));
  };
  return pumped(stream, { writer, note }, out, () =>
    stream.pump({
      onChunk: (json) => writer.onChunk(json),
      onReadEnd: () => {
        if (!events.flush()) stream.pause();
        if (facts.firstTokenMs === undefined && writer.firstTokenSeen) noteFirstToken(out);
      },
    }),
  );
}

/** What is noted stands there before the answer's end leaves: the ledger settles then. */
async function pumped(
  source: { resume(): void },
  { writer, note }: { writer: DialectStreamWriter | NativeWriter; note: () => void },
  { events, guard, withVendorFields, facts }: StreamOut,
  pump: () => Promise<void>,
): Promise<AditError | undefined> {
  events.onDrain(() => source.resume());
  facts.upstream = source;
  try {
    await pump();
    writer.end();
    if (guard !== undefined) await guard.settle();
    return undefined;
  } catch (error) {
    const failure = asAditError(error);
    noteFailure(facts, failure);
    if (guard === undefined) writer.fail(failure, withVendorFields);
    else guard.fail(failure);
    return failure;
  } finally {
    if (writer.stopReason !== undefined) facts.stopReason = writer.stopReason;
    if (writer.usage !== undefined) facts.usage = writer.usage;
    note();
    const trace = "metadata" in writer ? writer.metadata?.trace : "trace" in writer ? writer.trace : undefined;
    if (trace !== undefined) noteTrace(facts, trace);
    if (facts.hold !== undefined) await facts.hold.settle();
    events.end();
  }
}

function noteUnfamiliar(facts: RequestFacts, names: Iterable<string>): void {
  for (const name of names) (facts.unfamiliar ??= []).push(name);
}

function noteEnd(facts: RequestFacts, { metadata, outputBytes }: DialectStreamWriter): void {
  facts.outputBytes = outputBytes;
  if (metadata !== undefined) noteService(facts, metadata);
}

/** What AWS says of how it served the call: at what tier, and in what time. A host that only says it is AWS may say anything. */
export function noteService(
  facts: RequestFacts,
  { metrics, serviceTier, performanceConfig }: Pick<MetadataEvent, "metrics" | "serviceTier" | "performanceConfig">,
): void {
  const took = metrics?.latencyMs;
  facts.upstreamMs = countOf(took);
  const tier = serviceTier?.type;
  const latency = performanceConfig?.latency;
  if (typeof tier !== "string" && latency === undefined) {
    facts.tier = undefined;
    return;
  }
  facts.tier = tierOfCall({
    ...(typeof tier === "string" && { serviceTier: tier }),
    ...(latency !== undefined && { latency }),
  });
}

function noteFirstToken({ facts, now, receivedAt }: StreamOut): void {
  facts.firstTokenMs = now() - receivedAt;
}

/** Passes a stream in the caller's own format through as it is. A failure becomes an error event after what came. */
export async function passStream(
  stream: CompatibleStream,
  dialect: Pick<CallDialect<never>, "errorEvent">,
  out: StreamOut,
): Promise<AditError | undefined> {
  const { events, guard, withVendorFields, requestId, facts } = out;
  const decoder = new StringDecoder("utf8");
  events.onDrain(() => stream.resume());
  facts.upstream = stream;
  try {
    await stream.pump({
      onBytes: (chunk) => {
        events.write(decoder.write(chunk));
        if (!events.flush()) stream.pause();
        if (facts.firstTokenMs === undefined) noteFirstToken(out);
      },
    });
    if (guard !== undefined) await guard.settle();
    // The caller has it as it came.
    if (stream.failure !== undefined) noteFailure(facts, stream.failure);
    return stream.failure;
  } catch (error) {
    const failure = asAditError(error);
    noteFailure(facts, failure);
    if (guard === undefined) {
      events.write(dialect.errorEvent(failure, withVendorFields, requestId, { sequence: stream.nextSequence }));
    } else guard.fail(failure);
    return failure;
  } finally {
    if (stream.usage !== undefined) facts.usage = stream.usage;
    if (stream.finishReason !== undefined) facts.stopReason = stream.finishReason;
    facts.tier = tierTold(stream.serviceTier);
    facts.outputBytes = stream.outputBytes;
    if (facts.hold !== undefined) await facts.hold.settle();
    events.end();
  }
}

/** An error as an event of its own; the empty lines first, for the event that may have been cut. */
export function openAiErrorEvent(error: AditError, withVendorFields: boolean): string {
  return `\n\nevent: error\ndata: ${lineSafe(JSON.stringify(openAiErrorBody(error, withVendorFields)))}\n\n`;
}
