/** One line of JSON a request: what happened, without content and without secrets. */
import { AditError, type AwsRefusal } from "@adit/bedrock";
import pino, { type Logger } from "pino";
import type { Incoming, Reply } from "../http/route.ts";
import type { RequestFacts } from "./request-facts.ts";
import type { Trace } from "../routing/trace.ts";
import { BatchedOutput } from "./batched-output.ts";
import { figuresOf } from "./figures.ts";
import type { LogDestination } from "./log-destination.ts";

/** Longest value of a caller's own that a line takes. */
const longestValue = 256;
/** Most paths of what was left out. */
const mostPaths = 100;
const none = {};

export class RequestLog {
  readonly #logger: Logger;
  readonly #destination: LogDestination;
  readonly #now: () => number;

  /** `level` is a level of pino, or `silent`. Lines go to standard output unless `destination` says otherwise. */
  constructor(level: string, destination: LogDestination = new BatchedOutput(), now: () => number = Date.now) {
    this.#destination = destination;
    this.#now = now;
    this.#logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  }

  /**
   * Writes the line of a request that has ended. It has the form of pino's lines and goes where they go, written in one step:
   * pino's own way, member by member, makes 15 KB of garbage for such a line, a quarter of a request's.
   */
  finished(incoming: Incoming, reply: Reply, error: unknown): void {
    const level = reply.status >= 500 ? "error" : "info";
    if (!this.#logger.isLevelEnabled(level)) return;
    const now = this.#now();
    const facts: Partial<RequestFacts> = incoming.facts ?? none;
    const trace: Partial<Trace> = facts.trace ?? none;
    const failure: Partial<AditError> = AditError.isInstance(error) ? error : none;
    const aws: Partial<AwsRefusal> = failure.aws ?? none;
    // Members that are undefined do not show.
    const line = {
      level: this.#logger.levels.values[level],
      time: new Date(now).toISOString(),
      id: incoming.id,
      method: incoming.method,
      path: cut(incoming.path),
      status: reply.status,
      durationMs: now - incoming.receivedAt,
      dialect: facts.dialect,
      stream: facts.stream,
      model: cut(facts.modelAsked),
      modelUsed: cut(facts.modelUsed),
      provider: facts.provider,
      route: facts.route,
      region: facts.region,
      credential: facts.credential,
      target: facts.target,
      passed: facts.passed,
      circuitsOpen: facts.circuitsOpen,
      attempts: facts.attempts,
      upstreamRequestId: cut(facts.upstreamRequestId),
      firstByteMs: facts.firstByteMs,
      cache: facts.cacheStatus,
      stopReason: cut(facts.stopReason),
      prompt: facts.prompts?.of(facts.target),
      usage: figuresOf(facts.usage),
      dropped: paths(facts.dropped),
      streamError: facts.streamError,
      unfamiliar: facts.unfamiliar?.slice(0, mostPaths).map(cut),
      error: error === undefined ? undefined : (failure.code ?? "internal"),
      awsError: aws.type,
      awsRequestId: cut(aws.requestId),
      param: cut(failure.param),
      traceId: cut(incoming.traceId),
      spanId: cut(trace.spanId),
      spanName: cut(trace.spanName),
      parentSpanId: cut(trace.parentSpanId),
      metadata: cutMetadata(facts.metadata),
      client: cut(incoming.headers.raw("user-agent")),
      msg: "request",
    };
    this.#destination.write(`${JSON.stringify(line)}\n`);
  }

  /** What failed inside, for the operator's eyes: where, without its words, which may quote the request. */
  fault(incoming: Incoming, error: unknown): void {
    const name = error instanceof Error ? error.name : typeof error;
    this.#logger.error({ id: incoming.id, name, at: framesOf(error) }, "fault");
  }

  /** Why the store is not open, for the operator's eyes: a caller is not told. */
  storeFault(error: unknown): void {
    this.#logger.error({ reason: error instanceof Error ? error.message : String(error) }, "store");
  }

  /** Writes out what is buffered. */
  flush(): void {
    this.#destination.flushSync?.();
  }
}

function paths(dropped: readonly string[] | undefined): readonly string[] | undefined {
  return dropped === undefined || dropped.length === 0 ? undefined : dropped.slice(0, mostPaths);
}

function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}

function cutMetadata(metadata: Record<string, string> | undefined): Record<string, string> | undefined {
  const entries = Object.entries(metadata ?? {});
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([name, value]) => [cut(name), cut(value)]));
}

function cut(text: string): string;
function cut(text: string | undefined): string | undefined;
function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= longestValue ? text : `${text.slice(0, longestValue)}...`;
}
