/** One line of JSON a request: what happened, without content and without secrets. */
import { AditError } from "@adit/bedrock";
import pino, { type DestinationStream, type Logger } from "pino";
import type { Incoming, Reply } from "../http/route.ts";
import type { RequestFacts } from "../calls/request-facts.ts";

/** Longest value of a caller's own that a line takes. */
const longestValue = 256;

/** Where lines go. */
export interface LogDestination extends DestinationStream {
  /** Writes out what is buffered, before it returns. */
  flushSync?: () => void;
}

export class RequestLog {
  readonly #logger: Logger;
  readonly #destination: LogDestination;
  readonly #facts = new WeakMap<Incoming, RequestFacts>();

  /** `level` is a level of pino, or `silent`. Lines go to standard output unless `destination` says otherwise. */
  constructor(level: string, destination: LogDestination = buffered()) {
    this.#destination = destination;
    this.#logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  }

  /** Keeps the facts of a request until its line is written. They may still change until then. */
  note(incoming: Incoming, facts: RequestFacts): void {
    this.#facts.set(incoming, facts);
  }

  /** Writes the line of a request that has ended. */
  finished(incoming: Incoming, reply: Reply, error: unknown): void {
    if (!this.#logger.isLevelEnabled("info")) return;
    const facts = this.#facts.get(incoming);
    const line = {
      id: incoming.id,
      method: incoming.method,
      path: cut(incoming.path),
      status: reply.status,
      durationMs: Math.round(performance.timeOrigin + performance.now() - incoming.receivedAt),
      ...(facts === undefined ? {} : factsOf(facts)),
      ...errorOf(error),
      client: cut(incoming.headers.raw("user-agent") ?? ""),
    };
    if (reply.status >= 500) this.#logger.error(line, "request");
    else this.#logger.info(line, "request");
  }

  /** A line that is not a request's, such as a start or a stop. */
  say(message: string, fields: object = {}): void {
    this.#logger.info(fields, message);
  }

  /** What failed inside, for the operator's eyes: where, without its words, which may quote the request. */
  fault(incoming: Incoming, error: unknown): void {
    const name = error instanceof Error ? error.name : typeof error;
    this.#logger.error({ id: incoming.id, name, at: framesOf(error) }, "fault");
  }

  /** Writes out what is buffered. */
  flush(): void {
    this.#destination.flushSync?.();
  }
}

/** Lines leave in batches, at the latest after a fifth of a second. */
function buffered(): LogDestination {
  return pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 200 });
}

function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());
}

function factsOf(facts: RequestFacts): object {
  const { trace, metadata, modelAsked, ...rest } = facts;
  return {
    ...rest,
    ...(modelAsked === undefined ? {} : { modelAsked: cut(modelAsked) }),
    ...(trace === undefined
      ? {}
      : { trace: Object.fromEntries(Object.entries(trace).map(([name, value]) => [name, cut(String(value))])) }),
    ...(metadata === undefined || Object.keys(metadata).length === 0
      ? {}
      : { metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [cut(name), cut(value)])) }),
  };
}

/** The code, and AWS's name for it; never the message, which may hold pieces of the request. */
function errorOf(error: unknown): object {
  if (error === undefined) return {};
  if (!AditError.isInstance(error)) return { error: "internal" };
  return {
    error: error.code,
    ...(error.aws === undefined ? {} : { awsError: error.aws.type, awsRequestId: error.aws.requestId }),
    ...(error.param === undefined ? {} : { param: cut(error.param) }),
  };
}

function cut(text: string): string {
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}
