/**
 * Sends the spans of calls to an OpenTelemetry collector, behind the ledger: what it is given is in the database already. It holds a
 * bounded number of calls, tries again what the collector does not take for now, and counts what it loses.
 */
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { retryAfterSeconds } from "@adit/bedrock/gateway";
import type { CallRecord } from "../record/call-record.ts";
import { spansOfCall } from "./call-spans.ts";
import type { TraceExportSettings } from "./export-settings.ts";
import { otlpTraces } from "./otlp-json.ts";

/** Calls that wait at most; a record is some 2 KB. */
const mostWaiting = 8_192;
/** Calls of one request: their spans are made and written in some 2 ms, in which nobody is served. */
const batchCalls = 64;
/** How long a call waits for others to go with it. */
const gatherMs = 1_000;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** What a stop waits for. */
const closingMs = 5_000;
/** Of an answer that is read. */
const mostAnswerBytes = 65_536;
/** OTLP: what the collector asks to have again; all other refusals are final. */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Seconds, or a date. A collector's answer has it, not a caller's request. */
const pauseHeader = "retry-after";

export interface TraceExporterOptions {
  settings: TraceExportSettings;
  /** Adit's own. */
  version: string;
  /** Why traces do not leave at present, for the operator; each reason once. Names no secret. */
  onFault: (error: unknown) => void;
  /** 0 to 1, 1 excluded: pauses of several gateways differ. */
  random: () => number;
  /** For tests. */
  pauses?: { gatherMs: number; firstPauseMs: number };
}

/** Counts since the start. */
export interface TraceFigures {
  sentCalls: number;
  waitingCalls: number;
  /** Why calls were lost: no room for them, refused by the collector, or left at the stop. */
  lostCalls: { full: number; refused: number; stopped: number };
  /** The collector took the request, and not these spans of it. */
  rejectedSpans: number;
}

type Outcome =
  | { kind: "taken"; rejectedSpans: number }
  | { kind: "refused"; words: string }
  | { kind: "later"; words: string; pauseMs: number | undefined };

export class TraceExporter {
  readonly #options: TraceExporterOptions;
  readonly #pauses: { gatherMs: number; firstPauseMs: number };
  readonly #headers: Headers;
  readonly #waiting: CallRecord[] = [];
  /** Calls that are being sent: until the collector has them, they wait too. */
  #underWay = 0;
  readonly #closing = new AbortController();
  /** True when a stop has waited long enough. */
  #isOver = false;
  #posting: AbortController | undefined;
  readonly #lost = { full: 0, refused: 0, stopped: 0 };
  #sentCalls = 0;
  #rejectedSpans = 0;
  #running: Promise<void> | undefined;
  #wake: AbortController | undefined;
  #saidReason = "";

  constructor(options: TraceExporterOptions) {
    this.#options = options;
    this.#pauses = options.pauses ?? { gatherMs, firstPauseMs };
    this.#headers = new Headers([...options.settings.headers].map(([name, value]) => [name, value.reveal()]));
    this.#headers.set("content-type", "application/json");
  }

  /** Never waits and never throws. What there is no room for is lost, the newest first. */
  take(brought: readonly CallRecord[]): void {
    const records = brought.filter(this.#options.settings.isSent);
    if (this.#closing.signal.aborted) {
      this.#lost.stopped += records.length;
      return;
    }
    const room = mostWaiting - this.#waiting.length - this.#underWay;
    this.#waiting.push(...records.slice(0, room));
    this.#lost.full += Math.max(0, records.length - room);
    if (this.#waiting.length >= batchCalls) this.#wake?.abort();
    this.#start();
  }

  get figures(): TraceFigures {
    return {
      sentCalls: this.#sentCalls,
      waitingCalls: this.#waiting.length + this.#underWay,
      lostCalls: { ...this.#lost },
      rejectedSpans: this.#rejectedSpans,
    };
  }

  /** Sends what waits, within some seconds; what then is left is lost. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.abort();
    const isDone = new AbortController();
    const ending = wait(closingMs, undefined, { signal: isDone.signal, ref: false }).then(
      () => {
        this.#isOver = true;
        this.#posting?.abort();
      },
      () => {},
    );
    while (this.#running !== undefined) await this.#running;
    isDone.abort();
    await ending;
  }

  #start(): void {
    if (this.#waiting.length === 0) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What came while it ended.
      this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (this.#waiting.length < batchCalls) await this.#pause(this.#pauses.gatherMs);
      const batch = this.#waiting.splice(0, batchCalls);
      this.#underWay = batch.length;
      await this.#deliver(batch);
      this.#underWay = 0;
      await nextTurn();
    }
  }

  async #deliver(records: readonly CallRecord[]): Promise<void> {
    const body = this.#bodyOf(records);
    if (body === undefined) {
      this.#lost.refused += records.length;
      return;
    }
    for (let pauseMs = this.#pauses.firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const outcome = await this.#post(body);
      if (outcome.kind === "taken") {
        this.#sentCalls += records.length;
        this.#rejectedSpans += outcome.rejectedSpans;
        this.#saidReason = "";
        return;
      }
      this.#say(outcome.words);
      if (outcome.kind === "refused") {
        this.#lost.refused += records.length;
        return;
      }
      if (this.#closing.signal.aborted) {
        // A collector that is away now is not asked for each batch.
        this.#lost.stopped += records.length + this.#waiting.splice(0).length;
        return;
      }
      await this.#retryPause(outcome.pauseMs ?? pauseMs * (0.5 + this.#options.random() / 2));
    }
  }

  /** Undefined for records that are not what they should be, as another version's may be. */
  #bodyOf(records: readonly CallRecord[]): string | undefined {
    const { settings, version } = this.#options;
    const { resource } = settings;
    try {
      return JSON.stringify(otlpTraces(records.flatMap(spansOfCall), { resource, version }));
    } catch {
      this.#say("Spans could not be made of some records.");
      return undefined;
    }
  }

  async #post(body: string): Promise<Outcome> {
    const { endpoint, timeoutMs } = this.#options.settings;
    const posting = new AbortController();
    const isDone = new AbortController();
    this.#posting = posting;
    if (this.#isOver) posting.abort();
    let isLate = false;
    const late = wait(timeoutMs, undefined, { signal: isDone.signal, ref: false }).then(
      () => {
        isLate = true;
        posting.abort();
      },
      () => {},
    );
    try {
      const reply = await fetch(endpoint, {
        method: "POST",
        headers: this.#headers,
        body,
        // The operator named this host, and no other.
        redirect: "manual",
        signal: posting.signal,
      });
      const text = await shortText(reply);
      if (reply.ok) return { kind: "taken", rejectedSpans: rejectedSpansIn(text) };
      const words = `The collector of traces answered ${reply.status}.`;
      if (!retryable.has(reply.status)) return { kind: "refused", words };
      return { kind: "later", words, pauseMs: retryAfterMs(reply) };
    } catch (error) {
      const words = isLate ? `did not answer within ${timeoutMs} ms` : `could not be reached${codeOf(error)}`;
      return { kind: "later", words: `The collector of traces ${words}.`, pauseMs: undefined };
    } finally {
      isDone.abort();
      await late;
    }
  }

  /** For others to come, up to a batch; a stop ends it. */
  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#closing.signal.aborted) return;
    await wait(ms, undefined, { signal: this.#wake.signal, ref: false }).catch(() => {});
  }

  async #retryPause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
  }

  #say(reason: string): void {
    if (reason === this.#saidReason) return;
    this.#saidReason = reason;
    this.#options.onFault(new Error(reason));
  }
}

/** The system's code, such as of a certificate that nobody vouches for: the words beside it may name more than an operator wrote. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? ` (${code})` : "";
}

function retryAfterMs(reply: Response): number | undefined {
  const date = reply.headers.get("date") ?? undefined;
  const seconds = retryAfterSeconds(reply.headers.get(pauseHeader) ?? undefined, date) ?? 0;
  return seconds > 0 ? Math.min(seconds * 1_000, longestPauseMs) : undefined;
}

async function shortText(reply: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of reply.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > mostAnswerBytes) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** `partialSuccess` of OTLP's answer. */
function rejectedSpansIn(text: string): number {
  try {
    const answer = JSON.parse(text) as { partialSuccess?: { rejectedSpans?: number | string } } | null;
    const count = Number(answer?.partialSuccess?.rejectedSpans ?? 0);
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  } catch {
    // Some collectors answer with nothing, or in protobuf.
    return 0;
  }
}
