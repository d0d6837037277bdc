/** One line of JSON a request: what happened, without content and without secrets. */
import { AditError } from "@adit/bedrock";
import pino, { type Logger } from "pino";
import type { Incoming, Reply } from "../../http/routes/route.ts";
import type { HookFacts } from "../../guardrails/hook-result.ts";
import type { RequestFacts } from "../record/request-facts.ts";
import { reasonOf } from "../../store/store-faults.ts";
import { BatchedOutput } from "./batched-output.ts";
import { isBrokenOff } from "../cost/call-cost.ts";
import { callerPairs, callerText } from "../../caller-text.ts";
import { figuresOf } from "../record/figures.ts";
import { JsonLine } from "./json-line.ts";
import type { LogDestination } from "./log-destination.ts";

/** Longest value of a caller's own that a line takes. */
const longestValue = 256;
/** Most paths of what was left out. */
const mostPaths = 100;

/** A request whose line is to be written. */
interface Finished {
  incoming: Incoming;
  reply: Reply;
  error: unknown;
  level: "error" | "info";
  now: number;
}

export class RequestLog {
  readonly #logger: Logger;
  readonly #destination: LogDestination;
  #finished: Finished[] = [];

  /** `level` is a level of pino, or `silent`. Lines go to standard output unless `destination` says otherwise. */
  constructor(level: string, destination: LogDestination = new BatchedOutput()) {
    this.#destination = destination;
    this.#logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  }

  /**
   * Writes the line of a request that has ended, with those of others that end in this turn of the event loop. It has the form of pino's
   * lines and goes where they go, written in one step: pino's own way, member by member, makes 15 KB of garbage for such a line, a quarter
   * of a request's.
   */
  finished(incoming: Incoming, reply: Reply, error: unknown): void {
    const level = reply.status >= 500 ? "error" : "info";
    if (!this.#logger.isLevelEnabled(level)) return;
    const count = this.#finished.push({ incoming, reply, error, level, now: Date.now() });
    if (count === 1) setImmediate(() => this.#writeFinished());
  }

  #writeFinished(): void {
    const finished = this.#finished;
    this.#finished = [];
    for (const each of finished) {
      try {
        this.#write(each);
      } catch (fault) {
        // A log that fails must not take the requests of others with it.
        process.emitWarning(fault instanceof Error ? fault : String(fault));
      }
    }
  }

  #write({ incoming, reply, error, level, now }: Finished): void {
    const line = new JsonLine();
    line.value("level", this.#logger.levels.values[level]);
    line.text("time", new Date(now).toISOString());
    line.text("id", incoming.id);
    line.text("method", incoming.method);
    line.text("path", cut(incoming.path));
    line.value("status", reply.status);
    line.value("durationMs", now - incoming.receivedAt);
    if (incoming.facts !== undefined) addFacts(line, incoming.facts);
    if (error !== undefined) addError(line, error);
    line.text("traceId", cut(incoming.traceId));
    const { trace, metadata } = incoming.facts ?? {};
    line.text("spanId", cut(trace?.spanId));
    line.text("spanName", cut(trace?.spanName));
    line.text("parentSpanId", cut(trace?.parentSpanId));
    line.json("metadata", callerPairs(metadata));
    line.text("client", cut(incoming.headers.raw("user-agent")));
    line.text("msg", "request");
    this.#destination.write(line.end());
  }

  /** What guardrails found that nobody waited for: the request's own line may have been written long before. */
  guardrail(request: { id: string; traceId: string }, facts: HookFacts): void {
    const { checks: guardrails, feedback } = facts;
    const { id, traceId } = request;
    const guardrailFeedback = feedback === undefined ? undefined : [feedback];
    this.#logger.info({ id, traceId: cut(traceId), guardrails, guardrailFeedback }, "guardrail");
  }

  /** What failed inside, for the operator's eyes: where, without its words, which may quote the request. */
  fault(incoming: Incoming, error: unknown): void {
    this.#logger.error({ id: incoming.id, ...placeOf(error) }, "fault");
  }

  /** What failed where nobody waited for it, which no request can be told of. */
  strayFault(error: unknown): void {
    this.#logger.error(placeOf(error), "stray fault");
  }

  /** Why the store is not open or does not answer, for the operator's eyes: a caller is not told. */
  storeFault(error: unknown): void {
    this.#logger.error({ reason: reasonOf(error) }, "store");
  }

  /** Resolves when all lines are written out. */
  async flush(): Promise<void> {
    this.#writeFinished();
    await this.#destination.flush?.();
  }
}

function addFacts(line: JsonLine, facts: RequestFacts): void {
  line.text("dialect", facts.dialect);
  line.value("stream", facts.stream);
  line.text("model", cut(facts.modelAsked));
  line.text("modelUsed", cut(facts.modelUsed));
  line.text("provider", facts.provider);
  line.text("route", facts.route);
  line.text("region", facts.region);
  line.text("credential", facts.credential);
  line.text("target", facts.target);
  line.json("passed", facts.passed);
  line.json("circuitsOpen", facts.circuitsOpen);
  line.value("attempts", facts.attempts);
  line.text("upstreamRequestId", cut(facts.upstreamRequestId));
  line.value("firstByteMs", facts.firstByteMs);
  line.text("cache", facts.cacheStatus);
  line.text("stopReason", cut(facts.stopReason));
  line.json("prompt", facts.prompts?.of(facts.target));
  // What a stream had told when it broke is no figure of the call.
  if (!isBrokenOff(facts)) line.json("usage", figuresOf(facts.usage ?? facts.unwanted?.at(-1)?.usage));
  line.json("limits", facts.limitFlags);
  line.json("dropped", paths(facts.dropped));
  line.json("guardrails", waitedFor(facts.guardrails));
  line.json("guardrailFeedback", waitedFor(facts.guardrailFeedback));
  line.text("streamError", facts.streamError);
  line.json("unfamiliar", facts.unfamiliar?.slice(0, mostPaths).map(cut));
}

function addError(line: JsonLine, error: unknown): void {
  const failure = AditError.isInstance(error) ? error : undefined;
  line.text("error", failure?.code ?? "internal");
  line.text("awsError", failure?.aws?.type);
  line.text("awsRequestId", cut(failure?.aws?.requestId));
  line.text("param", cut(failure?.param));
  // Words of the database's or the system's, of which the caller is not told.
  if (failure?.code === "store_unavailable" && failure.cause !== undefined) line.text("reason", cut(reasonOf(failure)));
}

/** What nobody waited for has a line of its own. */
function waitedFor<Fact extends { isAsync?: true }>(facts: readonly Fact[] | undefined): readonly Fact[] | undefined {
  const found = facts?.filter(({ isAsync }) => isAsync !== true).slice(0, mostPaths);
  return found === undefined || found.length === 0 ? undefined : found;
}

function paths(dropped: readonly string[] | undefined): readonly string[] | undefined {
  return dropped === undefined || dropped.length === 0
    ? undefined
    : dropped.slice(0, mostPaths).map((path) => cut(path));
}

function placeOf(error: unknown): { name: string; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { name: error.name, at: frames.map((line) => line.trim()) };
}

function cut(text: string): string;
function cut(text: string | undefined): string | undefined;
function cut(text: string | undefined): string | undefined {
  return callerText(text, longestValue);
}
