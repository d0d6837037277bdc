import { Buffer } from "node:buffer";
import { AditError } from "../../errors/adit-error.ts";

/** One server-sent event. */
export interface ServerSentEvent {
  /** The field `event`; empty where there was none. */
  name: string;
  /** The fields `data`, joined by line feeds. */
  data: string;
}

/** Far beyond any event of a chat; what is held back for one is copied with every read. */
const longestEvent = 8 * 1024 * 1024;

const noBytes = Buffer.alloc(0);
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** With which the field `data` begins, and with which a byte order mark does. */
const firstOfData = 0x64;
const firstOfMark = 0xef;

/**
 * Cuts server-sent events out of bytes that come in any pieces (WHATWG HTML, "Server-sent events": lines end with LF, CRLF or CR, an
 * event with an empty line). The bytes of each event are given with it, so that they can be passed on as they are.
 */
export class SseReader {
  #held: Buffer = noBytes;
  /** `#held` is a part of it; what is behind that is free. Bytes that were given away are before it and stay as they are. */
  #room: Buffer = noBytes;
  #heldEnd = 0;
  /** Where the scan of `#held` goes on, and where its current line began. */
  #scanned = 0;
  #lineStart = 0;
  /** Whether a line since the last empty one may be data. */
  #mayTell = false;
  readonly #take: (event: ServerSentEvent | undefined, bytes: Buffer) => void;

  /**
   * `take` gets each event with its bytes, and undefined with what tells nothing: comments, empty lines and names without data. As many of
   * these as come in a row in one read are given together: a target may send millions. What it throws goes through `push`.
   */
  constructor(take: (event: ServerSentEvent | undefined, bytes: Buffer) => void) {
    this.#take = take;
  }

  /** Throws AditError `reply_too_large` for an event beyond 8 MiB. */
  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#append(chunk);
    let silentEnd = 0;
    for (let end = this.#nextEnd(); end !== undefined; end = this.#nextEnd()) {
      const mayTell = this.#mayTell;
      this.#mayTell = false;
      if (!mayTell) {
        silentEnd = end;
        continue;
      }
      this.#giveSilent(silentEnd);
      const bytes = this.#cut(end - silentEnd);
      silentEnd = 0;
      this.#take(readEvent(bytes), bytes);
    }
    this.#giveSilent(silentEnd);
    if (this.#held.length > longestEvent) {
      throw new AditError("reply_too_large", `An event of the stream is larger than ${longestEvent} bytes.`);
    }
  }

  #giveSilent(end: number): void {
    if (end > 0) this.#take(undefined, this.#cut(end));
  }

  /** Takes the first bytes off what is held. */
  #cut(end: number): Buffer {
    const bytes = this.#held.subarray(0, end);
    this.#held = this.#held.subarray(end);
    this.#scanned -= end;
    this.#lineStart -= end;
    return bytes;
  }

  /** What came alone is not copied. */
  #hold(chunk: Buffer): void {
    this.#held = chunk;
    this.#room = noBytes;
    this.#heldEnd = 0;
  }

  /** Room grows by doubling: an event that comes byte by byte is not copied for each. */
  #append(chunk: Buffer): void {
    const held = this.#held.length;
    if (held === 0) {
      this.#hold(chunk);
      return;
    }
    if (this.#room.length - this.#heldEnd < chunk.length) {
      this.#room = Buffer.allocUnsafe(2 * (held + chunk.length));
      this.#held.copy(this.#room);
      this.#heldEnd = held;
    }
    chunk.copy(this.#room, this.#heldEnd);
    this.#heldEnd += chunk.length;
    this.#held = this.#room.subarray(this.#heldEnd - held - chunk.length, this.#heldEnd);
  }

  /** What came after the last empty line: an event whose empty line never came, perhaps only a part of it. */
  rest(): { event: ServerSentEvent | undefined; bytes: Buffer } | undefined {
    return this.#held.length === 0 ? undefined : { event: readEvent(this.#held), bytes: this.#held };
  }

  /** Index after the next empty line; undefined where it has not come yet. */
  #nextEnd(): number | undefined {
    const held = this.#held;
    let at = this.#scanned;
    while (at < held.length) {
      const byte = held[at];
      if (byte !== lineFeed && byte !== carriageReturn) {
        if (at === this.#lineStart) this.#mayTell ||= byte === firstOfData || byte === firstOfMark;
        at += 1;
        continue;
      }
      if (byte === carriageReturn && at + 1 === held.length) {
        // Whether a line feed belongs to it is seen with the next byte.
        break;
      }
      const after = byte === carriageReturn && held[at + 1] === lineFeed ? at + 2 : at + 1;
      const isEmpty = at === this.#lineStart;
      this.#lineStart = after;
      at = after;
      if (isEmpty) {
        this.#scanned = after;
        return after;
      }
    }
    this.#scanned = at;
    return undefined;
  }
}

function readEvent(bytes: Buffer): ServerSentEvent | undefined {
  let name = "";
  const data: string[] = [];
  for (const line of bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      data.push(value);
    } else if (field === "event") {
      name = value;
    }
  }
  return data.length === 0 ? undefined : { name, data: data.join("\n") };
}
