/** The content of one call, taken down as it passes: what was asked and sent, what came back and what was answered, with times. */
import { isUtf8 } from "node:buffer";
import type { ExchangeTap } from "@adit/bedrock";
import type { ContentTap } from "../../http/routes/route.ts";
import type { Pair } from "./body-pairs.ts";
import { hiderOf, mostKnown, secretsIn, withoutSecretsIn } from "./hide-secrets.ts";
import { edited, editsOf, framesWithoutSecrets, type Hide } from "./secrets-in-pieces.ts";

/** Of each part so many bytes are kept: the beginning. */
const longestPartBytes = 1024 * 1024;
/** Of all transmissions together: a request to embed may be thousands of them, and who reads the call reads them all. */
const mostExchangedBytes = 6 * 1024 * 1024;

/** What is kept of a part. Bytes that are no text are written in base64. */
export interface KeptText {
  text?: string;
  base64?: string;
  /** True where there was more. */
  isCut?: boolean;
}

/** As it is kept. */
export interface KeptContent {
  form: 1;
  /** The request as it came. */
  asked: KeptText | undefined;
  /** Each transmission: as it was sent, and what came back, as it came. */
  exchanges: { sent: KeptText | undefined; received: KeptText | undefined }[];
  /** The answer as it was given, whole; of a stream, its writes with their milliseconds since the arrival. */
  answered: KeptText | undefined;
  answeredEvents: [atMs: number, text: string][] | undefined;
}

/** True for what has the form of a kept content: what stands in the database may have been damaged there. */
export function isKeptContent(value: unknown): value is KeptContent {
  if (!isRecord(value) || value["form"] !== 1) return false;
  const { asked, exchanges, answered, answeredEvents } = value;
  if (![asked, answered].every(isMaybeText) || !Array.isArray(exchanges)) return false;
  const areExchanges = exchanges.every(
    (each) => isRecord(each) && isMaybeText(each["sent"]) && isMaybeText(each["received"]),
  );
  const isEvent = (event: unknown): boolean => Array.isArray(event) && typeof event[1] === "string";
  return (
    areExchanges && (answeredEvents === undefined || (Array.isArray(answeredEvents) && answeredEvents.every(isEvent)))
  );
}

function isMaybeText(part: unknown): boolean {
  if (part === undefined) return true;
  return (
    isRecord(part) && [part["text"], part["base64"]].every((text) => text === undefined || typeof text === "string")
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** So many pieces are held as they come: each takes some hundred bytes beside its own, and a host may send every byte by itself. */
const mostPieces = 1024;

/** A part as it grows, up to its bound. */
class Part {
  pieces: Uint8Array[] = [];
  bytes = 0;
  isCut = false;

  /** `most`: what there is room for besides. */
  add(piece: Uint8Array, most: number): void {
    const room = Math.min(longestPartBytes - this.bytes, most);
    if (room <= 0 || this.isCut) {
      this.isCut = this.isCut || piece.length > 0;
      return;
    }
    this.isCut = piece.length > room;
    // The rest of a large body is not held for its beginning.
    const kept = this.isCut ? Uint8Array.from(piece.subarray(0, room)) : piece;
    this.pieces.push(kept);
    this.bytes += kept.length;
  }

  /** Of pieces that nobody is shown by themselves. */
  join(): void {
    if (this.pieces.length >= mostPieces) this.pieces = [Buffer.concat(this.pieces)];
  }
}

/** One transmission. */
interface Exchange {
  sent: Part;
  received: Part;
}

export class CallContent implements ContentTap {
  readonly #now: () => number;
  readonly #begin: number;
  readonly #onBytes: (bytes: number) => void;
  readonly #asked = new Part();
  readonly #exchanges: Exchange[] = [];
  #exchangedBytes = 0;
  readonly #answered = new Part();
  readonly #times: number[] = [];
  /** What signed the call: the same for most of its transmissions. */
  readonly #hides = new Set<Hide>();
  #pairs: readonly Pair[] = [];

  /** `onBytes` is told how much more is held. */
  constructor(begin: number, now: () => number, onBytes: (bytes: number) => void) {
    this.#begin = begin;
    this.#now = now;
    this.#onBytes = onBytes;
  }

  asked(body: Uint8Array): void {
    this.#add(this.#asked, body);
  }

  about(pairs: readonly Pair[]): void {
    this.#pairs = [...this.#pairs, ...pairs];
  }

  /** What the body says of its call. */
  get pairs(): readonly Pair[] {
    return this.#pairs;
  }

  sent(body: Buffer | undefined, hide: Hide): void {
    this.#begun(body, hide);
  }

  received(chunk: Buffer): void {
    this.#came(this.#exchanges.at(-1), chunk);
  }

  apart(): ExchangeTap {
    let own: Exchange | undefined;
    return {
      sent: (body, hide) => void (own = this.#begun(body, hide)),
      received: (chunk) => this.#came(own, chunk),
    };
  }

  answered(part: string | Uint8Array): void {
    // Of a stream without end not even the times are held.
    if (this.#answered.isCut) return;
    this.#times.push(this.#now() - this.#begin);
    this.#add(this.#answered, typeof part === "string" ? Buffer.from(part) : part);
  }

  /** Without secrets; made once, when the call has ended. */
  kept(): KeptContent {
    const sent = [this.#asked, ...this.#exchanges.map((exchange) => exchange.sent)];
    const found = new Set(sent.flatMap((part) => secretsIn(Buffer.concat(part.pieces).toString("utf8"))));
    if (found.size > mostKnown) return this.#withheld();
    const hideKnown = hiderOf([...found]);
    const hides = [...this.#hides];
    const hide = (text: string): string =>
      hides.reduce((words, hideOwn) => hideOwn(words), withoutSecretsIn(text, hideKnown));
    const answered = keptOf(this.#answered, hide);
    const isStream = this.#answered.pieces.length > 1 && answered?.text !== undefined;
    const events = isStream ? this.#events(hide, answered?.text ?? "") : undefined;
    return {
      form: 1,
      asked: keptOf(this.#asked, hide),
      exchanges: this.#exchanges.map(({ sent, received }) => ({
        sent: keptOf(sent, hide),
        received: keptOf(received, hide),
      })),
      answered: events === undefined ? answered : answered?.isCut === true ? { isCut: true } : undefined,
      answeredEvents: events,
    };
  }

  /** That there was something, and nothing of it. */
  #withheld(): KeptContent {
    const cut = ({ bytes }: Part): KeptText | undefined => (bytes === 0 ? undefined : { isCut: true });
    return {
      form: 1,
      asked: cut(this.#asked),
      exchanges: this.#exchanges.map(({ sent, received }) => ({ sent: cut(sent), received: cut(received) })),
      answered: cut(this.#answered),
      answeredEvents: undefined,
    };
  }

  /** Its writes apart; undefined where a secret went over the border of two of them. */
  #events(hide: Hide, whole: string): [number, string][] | undefined {
    const decoder = new TextDecoder();
    const writes = this.#answered.pieces.map((piece) => decoder.decode(piece, { stream: true }));
    const edits = editsOf(writes.join(""), hide);
    const events = edited(writes, edits).map((write, index): [number, string] => [
      this.#times[index] ?? 0,
      hide(write),
    ]);
    return events.map(([, text]) => text).join("") === whole ? events : undefined;
  }

  #begun(body: Buffer | undefined, hide: Hide): Exchange {
    const exchange = { sent: new Part(), received: new Part() };
    this.#exchanges.push(exchange);
    this.#hides.add(hide);
    if (body !== undefined) this.#exchanged(exchange.sent, body);
    return exchange;
  }

  #came(exchange: Exchange | undefined, chunk: Buffer): void {
    if (exchange !== undefined) this.#exchanged(exchange.received, chunk);
  }

  #exchanged(part: Part, piece: Uint8Array): void {
    this.#exchangedBytes += this.#add(part, piece, mostExchangedBytes - this.#exchangedBytes);
    part.join();
  }

  /** @returns how many bytes of it are kept */
  #add(part: Part, piece: Uint8Array, most = Infinity): number {
    const before = part.bytes;
    part.add(piece, most);
    const added = part.bytes - before;
    this.#onBytes(added);
    return added;
  }
}

function keptOf(part: Part, hide: Hide): KeptText | undefined {
  if (part.bytes === 0 && !part.isCut) return undefined;
  const bytes = Buffer.concat(part.pieces);
  const cut = part.isCut ? { isCut: true } : {};
  // A cut may go through a letter.
  const isText =
    isUtf8(bytes) || (part.isCut && [1, 2, 3].some((few) => isUtf8(bytes.subarray(0, bytes.length - few))));
  if (isText) {
    const text = bytes.toString("utf8");
    return { text: hide(edited([text], editsOf(text, hide)).join("")), ...cut };
  }
  const frames = framesWithoutSecrets(bytes, hide);
  if (frames !== undefined) {
    const isCut = part.isCut || frames.isCut;
    return { base64: frames.bytes.toString("base64"), ...(isCut && { isCut }) };
  }
  return { base64: Buffer.from(hide(bytes.toString("latin1")), "latin1").toString("base64"), ...cut };
}
