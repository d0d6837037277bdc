/**
 * Secrets that no search of a body's bytes finds: cut over the events of a stream, written with JSON's escapes, or in base64. Bodies are
 * read as JSON, and what belongs together is searched together. Pure.
 */
import { isUtf8 } from "node:buffer";
import {
  encodeFrame,
  EventStreamDecoder,
  isJsonObject,
  type Frame,
  type JsonObject,
  type JsonValue,
} from "@adit/bedrock";
import { parsedJson } from "@adit/bedrock/gateway";
import { fileOfText, isFileMember, textOfFile, type FileText } from "./secrets-in-files.ts";

/** The words without secrets; the same words where they hold none. */
export type Hide = (words: string) => string;

/** A replacement for what stands between two places of a text. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Members that tell apart what streams write side by side. */
const places = ["type", "index", "contentBlockIndex", "output_index", "content_index", "item_id"];
/** Base64 that is shorter holds no secret of a known form. */
const shortestBase64 = 16;
const base64 = /^(data:[^,]{0,200};base64,)?([A-Za-z0-9+/]+={0,2})$/;
const deepestBase64 = 3;
/** Base64 among other words, in either alphabet. No secret of a known form is shorter in it. */
const base64Run = /[A-Za-z0-9+/_-]{20,}={0,2}/g;
/** A search may start again this often within a run, and only within a run this long: an image has thousands of such letters. */
const mostBegins = 8;
const longestBegun = 8_192;
const dataLines = /(?:^data:[^\r\n]*(?:\r\n|\n|\r|$))+/gm;
const frameHeaders = [
  ":message-type",
  ":event-type",
  ":exception-type",
  ":error-code",
  ":error-message",
  ":content-type",
];

/** What is to change in a body of JSON, or in a stream of server-sent events, in their order. */
export function editsOf(text: string, hide: Hide): Edit[] {
  const whole = parsedJson(text);
  if (whole === undefined) {
    const events = eventsIn(text);
    return events.length > 0 ? changesIn(events, hide) : changesInTexts(text, hide);
  }
  return changesIn([{ start: 0, end: text.length, text: "", json: whole }], hide);
}

function changesIn(bodies: readonly (Edit & { json: JsonValue })[], hide: Hide): Edit[] {
  const changed = withoutSecrets(
    bodies.map(({ json }) => json),
    hide,
  );
  return bodies.flatMap(({ start, end, text: before, json }, index) =>
    changed.has(index) ? [{ start, end, text: before + JSON.stringify(json) }] : [],
  );
}

/** A text of JSON, or the beginning of one. */
const jsonText = /"(?:[^"\\]|\\.)*(?:"|\\?$)/gs;

/**
 * What is no whole JSON, such as JSON that is cut, line by line, or among the parts of a form: its texts are read one by one, and base64
 * wherever it stands.
 */
function changesInTexts(text: string, hide: Hide): Edit[] {
  const texts = [...text.matchAll(jsonText)].flatMap(({ index, 0: written }) => {
    // What is short and has no escapes is found as it stands.
    const read = written.length > shortestBase64 || written.includes("\\") ? meantBy(written) : undefined;
    return read === undefined ? [] : [{ start: index, end: index + written.length, ...read }];
  });
  // Each stands apart: two texts of a body are not one. Under what name it stands is not read: it may be a file.
  const bodies = texts.map(({ value }, index) => ({ [index]: { data: value } }));
  const changed = withoutSecrets(bodies, hide);
  const edits = texts.flatMap(({ start, end, isCut }, index) => {
    const written = JSON.stringify(bodies[index]?.[index]?.data ?? "");
    return changed.has(index) ? [{ start, end, text: isCut ? written.slice(0, -1) : written }] : [];
  });
  const safe = withoutSecretsInRuns(edited([text], edits).join(""), hide);
  return safe === text ? [] : [{ start: 0, end: text.length, text: safe }];
}

/** Of one that is cut, as far as it goes. */
function meantBy(written: string): { value: string; isCut: boolean } | undefined {
  const whole = parsedJson(written);
  const value = whole ?? parsedJson(`${written.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, "")}"`);
  return typeof value === "string" ? { value, isCut: whole === undefined } : undefined;
}

/** The pieces of a text, edited: an edit that goes over several of them stands in the first. */
export function edited(pieces: readonly string[], edits: readonly Edit[]): string[] {
  let begin = 0;
  let next = 0;
  return pieces.map((piece) => {
    const from = begin;
    begin += piece.length;
    let text = "";
    let at = from;
    while ((edits[next]?.end ?? Infinity) <= from) next += 1;
    for (let index = next; ; index += 1) {
      const edit = edits[index];
      if (edit === undefined || edit.start >= begin) break;
      const { start, end, text: words } = edit;
      text += piece.slice(at - from, Math.max(0, start - from)) + (start >= from ? words : "");
      at = Math.min(end, begin);
    }
    return text + piece.slice(at - from);
  });
}

/** AWS's event stream without secrets, up to what can be read of it; undefined where the bytes are none. */
export function framesWithoutSecrets(bytes: Buffer, hide: Hide): { bytes: Buffer; isCut: boolean } | undefined {
  const { frames, isCut } = framesIn(bytes);
  if (frames.length === 0) return undefined;
  const payloads = frames.map(({ payload }) => parsedJson(payload) ?? payload);
  const changed = withoutSecrets(payloads, hide);
  const safe = frames.map((frame, index) => {
    const words = changed.has(index) ? asText(payloads[index] ?? null) : frame.payload;
    const hidden = hide(words);
    return hidden === frame.payload ? frame.bytes : encodeFrame(frame.headers, Buffer.from(hidden));
  });
  return { bytes: Buffer.concat(safe), isCut };
}

interface ReadFrame {
  headers: Parameters<typeof encodeFrame>[0];
  payload: string;
  bytes: Buffer;
}

/** What is whole and sound, in order; `isCut` says that there was more. */
export function framesIn(bytes: Buffer): { frames: ReadFrame[]; isCut: boolean } {
  const decoder = new EventStreamDecoder();
  const frames: ReadFrame[] = [];
  let begin = 0;
  const take = (frame: Frame): void => {
    const headers = frameHeaders.flatMap((name) => {
      const value = frame.header(name);
      return value === undefined ? [] : [[name, value] as [string, typeof value]];
    });
    // All bytes are given at once, so frames are read where they stand; behind each is its checksum.
    const end = frame.payloadEnd + 4;
    frames.push({ headers, payload: frame.text(), bytes: bytes.subarray(begin, end) });
    begin = end;
  };
  try {
    decoder.push(bytes, take);
  } catch {
    return { frames, isCut: true };
  }
  return { frames, isCut: decoder.isInsideFrame };
}

/** The JSON of each event, with the lines that it stands in. */
function eventsIn(text: string): (Edit & { json: JsonValue })[] {
  return [...text.matchAll(dataLines)].flatMap(({ index, 0: lines }) => {
    const written = lines.trimEnd();
    const data = written
      .split(/\r\n|\n|\r/)
      .map((line) => line.slice("data:".length))
      .join("\n");
    const json = parsedJson(data);
    return json === undefined ? [] : [{ start: index, end: index + written.length, text: "data: ", json }];
  });
}

/** A text somewhere in a body. */
interface Leaf {
  /** Number of the body. */
  body: number;
  text: string;
  /** True where it is base64 itself, which is searched for itself. */
  isBase64: boolean;
  set: (text: string) => void;
}

/** Takes secrets out of the bodies, in place; gives the numbers of those that held one. */
function withoutSecrets(bodies: readonly JsonValue[], hide: Hide): Set<number> {
  const leaves = new Leaves(hide);
  for (const [index, body] of bodies.entries()) leaves.add(index, body);
  leaves.hideAll();
  return leaves.changed;
}

/** Places of bodies as numbers: written out, a place would be as long as all names that lead to it, for each text below them. */
class Places {
  readonly #numbers = new Map<string, number>();

  below(place: number, step: string): number {
    const key = `${place} ${step}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return number;
  }
}

/** Of a whole body. */
const root = 0;

/** Where something stands: in which body, at which place, within how many texts of base64. */
interface Standing {
  body: number;
  place: number;
  depth: number;
  /** Of the member; none of a list's entry. */
  name?: string;
}

class Leaves {
  readonly changed = new Set<number>();
  readonly #hide: Hide;
  readonly #places = new Places();
  /** What is written piece by piece at one place, together. */
  readonly #byPlace = new Map<number, Leaf[]>();
  /** Writes what was in base64 back into it, the innermost first. */
  readonly #wrappings: (() => void)[] = [];

  constructor(hide: Hide) {
    this.#hide = hide;
  }

  add(body: number, value: JsonValue): void {
    this.#walk({ body, place: root, depth: 0 }, value);
  }

  hideAll(): void {
    for (const leaves of this.#byPlace.values()) {
      const joined = leaves.map(({ text }) => text).join("");
      const safe = this.#hide(joined);
      const hidden = leaves.every(({ isBase64 }) => isBase64) ? safe : withoutSecretsInRuns(safe, this.#hide);
      if (hidden === joined) continue;
      // Where a border of the pieces would fall in it cannot be known.
      for (const [index, { body, set }] of leaves.entries()) {
        set(index === 0 ? hidden : "");
        this.changed.add(body);
      }
    }
    for (const wrap of this.#wrappings) wrap();
  }

  #walk(at: Standing, value: JsonValue): void {
    if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) {
        // Of numbers there may be very many.
        if (typeof entry === "number") continue;
        this.#member(
          { ...at, place: this.#places.below(at.place, `[${index}]`) },
          entry,
          (text) => (value[index] = text),
        );
      }
      return;
    }
    if (!isJsonObject(value)) return;
    const apart = places.map((name) => wordOf(value[name])).join(" ");
    for (const [name, entry] of Object.entries(value)) {
      if (entry === undefined) continue;
      const place = this.#places.below(at.place, `${apart}.${name}`);
      this.#member({ ...at, place, name }, entry, (text) => (value[name] = text));
    }
  }

  #member(at: Standing, value: JsonValue, set: (text: string) => void): void {
    if (typeof value !== "string") return this.#walk(at, value);
    const inner = at.depth < deepestBase64 ? textWithin(at.name ?? "", value) : undefined;
    // A piece of a plain text may look like base64 that it is not.
    if (inner !== undefined) this.#within({ ...at, place: this.#places.below(at.place, "base64") }, inner, set);
    // Percent escapes hide a secret, and show the next.
    if (inner?.encoding === "percent") return;
    this.#leaf(at.place, { body: at.body, text: value, isBase64: inner !== undefined, set });
  }

  /** What stands in base64 is searched as if it stood there itself. */
  #within(at: Standing, file: FileText, set: (text: string) => void): void {
    const { text } = file;
    const write = (words: string): void => set(fileOfText(file, words));
    const json = parsedJson(text);
    if (json === undefined || typeof json !== "object" || json === null) {
      return this.#leaf(at.place, { body: at.body, text, isBase64: false, set: write });
    }
    const written = JSON.stringify(json);
    this.#walk({ ...at, depth: at.depth + 1 }, json);
    this.#wrappings.push(() => {
      const now = JSON.stringify(json);
      const hidden = this.#hide(now === written ? text : now);
      if (hidden === text) return;
      write(hidden);
      this.changed.add(at.body);
    });
  }

  #leaf(place: number, leaf: Leaf): void {
    const leaves = this.#byPlace.get(place);
    if (leaves === undefined) this.#byPlace.set(place, [leaf]);
    else leaves.push(leaf);
  }
}

/** Types, numbers and ids are short. */
const longestWord = 128;

function wordOf(value: JsonValue | undefined): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.slice(0, longestWord) : "";
}

/** The text that is encoded as base64, or in a file; undefined where it is not base64, or holds no text, as with pictures. */
function textWithin(name: string, value: string): FileText | undefined {
  if (value.length < shortestBase64) return undefined;
  const [, head = "", written] = base64.exec(value) ?? [];
  const text = written === undefined ? undefined : utf8In(Buffer.from(written, "base64"));
  if (text !== undefined) return { head, text, encoding: "utf8" };
  return isFileMember(name, value) ? textOfFile(value) : undefined;
}

/** Of a long one, that may be cut, without the beginning of the letter that it is cut in. */
function utf8In(bytes: Buffer): string | undefined {
  const ends = bytes.length < longestBegun ? [0] : [0, 1, 2, 3];
  const cut = ends.find((few) => isUtf8(bytes.subarray(0, bytes.length - few)));
  return cut === undefined ? undefined : bytes.toString("utf8", 0, bytes.length - cut);
}

/** What stands in base64 among other words, without secrets. */
function withoutSecretsInRuns(words: string, hide: Hide): string {
  return words.replaceAll(base64Run, (run) => {
    for (const begin of beginsIn(run)) {
      const safe = withoutSecretsInRun(run.slice(begin), hide);
      if (safe !== undefined) return run.slice(0, begin) + safe;
    }
    return run;
  });
}

/** A path or a name before it may be of the same letters. */
function beginsIn(run: string): number[] {
  const begins = [0];
  if (run.length > longestBegun) return begins;
  for (const { index } of run.matchAll(/[/_-]/g)) if (begins.push(index + 1) >= mostBegins) break;
  return begins;
}

/** Undefined where it holds none, or is no text in base64. */
function withoutSecretsInRun(run: string, hide: Hide): string | undefined {
  const bytes = Buffer.from(run, "base64");
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  const hidden = hide(text);
  return hidden === text ? undefined : Buffer.from(hidden).toString(/[_-]/.test(run) ? "base64url" : "base64");
}

function asText(value: JsonValue | JsonObject): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
