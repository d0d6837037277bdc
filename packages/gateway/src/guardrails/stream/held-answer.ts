/** The events of a stream on their way through its guardrails: held back as long as a text in them is not judged, in their order. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { valueAt } from "@adit/bedrock/gateway";
import type { HookResult } from "../hook-result.ts";
import { jsonBegin, jsonBehind, type JsonPlace } from "../checks/json-number.ts";
import { tokensBeside, withTexts, type PlacedText } from "../placed-text.ts";
import type { PieceJudge } from "./piece-judge.ts";
import type { StreamForm, StreamPiece, StreamRepeat } from "./stream-forms.ts";

/** One event of a stream, whatever it is written in. */
export interface StreamItem {
  /** Undefined for what is no JSON object. */
  json: JsonObject | undefined;
  /** The same, read once more: what waits holds no JSON, which takes up to seventy times the memory of its text. */
  again: () => JsonObject | undefined;
  /** How long it is as it came. */
  bytes: number;
  /** Hands it on: as it came, or with other JSON. */
  emit: (changed: JsonObject | undefined) => void;
}

/** One of the answer's texts. */
interface Slot {
  /** The text that it says again, if it does. */
  mirrors: string | undefined;
  /** All that has come. A text is put together of its pieces wherever it is cut: this one only at the end. */
  raw: string;
  /** What of it has not gone out. */
  pending: string;
  /** What the caller has got for it. */
  sent: string;
  /** The end of that, of the window's length at least. */
  sentEnd: string;
  /** Where in its JSON what has not gone out goes on, for checks that change it. */
  jsonPlace: JsonPlace;
  /** True: the caller has got something else than has come. */
  isChanged: boolean;
  /** True: nothing more is to come. */
  isOver: boolean;
}

interface HeldItem extends Pick<StreamItem, "again" | "emit"> {
  pieces: readonly StreamPiece[];
  repeats: readonly StreamRepeat[];
  /** That it takes while it waits, about. */
  memory: number;
}

/** More is not held for anybody. */
const mostHeld = 4_000_000;
/** Of memory, for the events that wait, such as a tool's arguments behind a held text, and for what is known of all the texts. */
const mostMemory = 256 * 1024 * 1024;
/** What an event takes beside its letters, and a piece of a text, once while it waits and once for good, in round figures: a host may send millions of nearly none. */
const eventMemory = 512;
const pieceMemory = 256;
/** Places that are tried for a cut. */
const mostCuts = 8;
/**
 * What is held is judged again only after a share of it more has come: otherwise every word of a stream would cost a check of the whole
 * window, and a match that goes on and on, behind which nothing can go out, the square of its length.
 */
const stepShare = 4;

const none: readonly never[] = [];

export class HeldAnswer {
  readonly #form: StreamForm;
  readonly #judge: PieceJudge;
  readonly #slots = new Map<string, Slot>();
  #queue: HeldItem[] = [];
  #held = 0;
  #memory = 0;
  /** What must have come before the next look. */
  #nextLook = 0;

  constructor(form: StreamForm, judge: PieceJudge) {
    this.#form = form;
    this.#judge = judge;
  }

  /** The texts that have come; one that says another again only where it says something else. */
  get texts(): string[] {
    return this.#judgedSlots().map(({ raw }) => raw);
  }

  /** @returns what a guardrail found that ends the stream. @throws AditError `reply_too_large` where it is too long to be held. */
  take({ json, again, bytes, emit }: StreamItem): HookResult | undefined {
    const repeats = json === undefined ? none : this.#form.repeats(json);
    const pieces = json === undefined ? none : this.#taken(json, repeats);
    if (json !== undefined) this.#end(this.#form.ends(json));
    const memory = eventMemory + 2 * bytes + pieceMemory * pieces.length;
    const item: HeldItem = { again, emit, pieces, repeats, memory };
    // What has come of a text is judged once more at the end.
    this.#memory += pieces.reduce((sum, { text }) => sum + pieceMemory + text.length, 0);
    const { holding } = this.#judge;
    if (holding.kind === "none" || (pieces.length === 0 && this.#queue.length === 0 && this.#waitsForNothing(json))) {
      this.#emit(item, undefined);
    } else {
      this.#queue.push(item);
      this.#held += lengthOf(pieces);
      this.#memory += memory;
    }
    if (this.#held > mostHeld) throw tooLong(`${mostHeld} characters`);
    if (this.#memory > mostMemory) throw tooLong(`what ${mostMemory} bytes of memory hold`);
    const isLookedAt = holding.kind === "window" && this.#held >= Math.max(this.#nextLook, holding.characters);
    return isLookedAt ? this.#look(holding.characters) : undefined;
  }

  /** Lets all go that is held, with the texts as the checks of the end have left them; undefined where they were judged as they came. */
  release(texts: readonly string[] | undefined): void {
    const changed = texts === undefined ? this.#changedPending() : this.#changedWhole(texts);
    this.#emitFirst(this.#queue.length, changed);
  }

  /** Of an event without a text that no other is held before: a check of the whole may refuse an answer without any, such as a tool's call. */
  #waitsForNothing(json: JsonObject | undefined): boolean {
    return this.#judge.holding.kind === "window" || (json !== undefined && this.#form.opens(json));
  }

  /** The pieces of an event. What would say a text again of which no piece has come is one: hosts tell some texts whole alone. */
  #taken(json: JsonObject, repeats: readonly StreamRepeat[]): StreamPiece[] {
    const pieces = this.#form.pieces(json).map((piece) => this.#placed(piece));
    for (const { slot, path } of repeats) {
      const text = valueAt(json, path.map(String));
      if (this.#slots.has(slot) || typeof text !== "string" || text === "") continue;
      const piece = { slot, path, text };
      this.#add(piece);
      pieces.push(piece);
    }
    return pieces;
  }

  /** What is a text by itself gets a slot of its own, which nothing is added to. */
  #placed(piece: StreamPiece): StreamPiece {
    const placed = piece.isWhole === true ? { ...piece, slot: `${piece.slot} whole ${this.#slots.size}` } : piece;
    this.#add(placed);
    return placed;
  }

  #add({ slot: name, mirrors, text, isWhole = false }: StreamPiece): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) {
      const nothingSent = { sent: "", sentEnd: "", jsonPlace: jsonBegin, isChanged: false };
      this.#slots.set(name, { mirrors, raw: text, pending: text, ...nothingSent, isOver: isWhole });
      return;
    }
    slot.raw += text;
    slot.pending += text;
    slot.isOver = false;
  }

  #end(names: readonly string[]): void {
    for (const name of names) {
      const slot = this.#slots.get(name);
      if (slot !== undefined) slot.isOver = true;
    }
  }

  #look(window: number): HookResult | undefined {
    this.#nextLook = this.#held + Math.ceil(Math.max(window, this.#held) / stepShare);
    for (const slot of this.#heldSlots().values()) {
      const { pending } = slot;
      if (pending === "") continue;
      const context = slot.sentEnd.slice(-window);
      slot.sentEnd = context;
      const isFromStart = context.length === slot.sent.length;
      const found = this.#judge.refusal({ context, pending, isFromStart, isOver: slot.isOver });
      if (found !== undefined) return found;
    }
    const cut = this.#cut(window);
    if (cut === undefined) return undefined;
    this.#emitFirst(cut.count, cut.changed);
    this.#nextLook = this.#held + Math.ceil(window / stepShare);
    return undefined;
  }

  /** How many events can go: as many as leave a window behind them, with no match of a changing check across the cut. */
  #cut(window: number): { count: number; changed: ReadonlyMap<string, string> } | undefined {
    const counts = this.#countsLeaving(window);
    const changed = this.#judge.changes ? this.#changedPending() : undefined;
    for (const count of counts) {
      const heads = this.#heads(count);
      if (changed === undefined) return { count, changed: heads };
      const parts = new Map([...heads].map(([name, head]) => [name, this.#judge.changed(head, this.#placeOf(name))]));
      const isClean = [...heads].every(([name, head]) => {
        const rest = this.#slots.get(name)?.pending.slice(head.length) ?? "";
        const behind = this.#judge.changed(rest, jsonBehind(this.#placeOf(name), head));
        return (parts.get(name) ?? "") + behind === changed.get(name);
      });
      if (isClean) return { count, changed: parts };
    }
    return undefined;
  }

  #placeOf(name: string): JsonPlace {
    return this.#slots.get(name)?.jsonPlace ?? jsonBegin;
  }

  /** The largest first; those behind which a word ends before the others. */
  #countsLeaving(window: number): number[] {
    const counts: { count: number; endsWord: boolean }[] = [];
    // Of a text that may go on a window stays behind, however much of others has come: these lie open at the place that is looked at.
    const open = this.#openSlots();
    for (let index = this.#queue.length - 1; index >= 0 && counts.length < mostCuts; index -= 1) {
      const pieces = this.#queue[index]?.pieces ?? [];
      if (open.size === 0 && pieces.length > 0) {
        const next = this.#queue.slice(index + 1).find((item) => item.pieces.length > 0);
        const endsWord = /\s$/.test(pieces.at(-1)?.text ?? "") || /^\s/.test(next?.pieces[0]?.text ?? "");
        counts.push({ count: index + 1, endsWord });
      }
      closeBehind(open, { pieces, index, window });
    }
    return [...counts.filter(({ endsWord }) => endsWord), ...counts.filter(({ endsWord }) => !endsWord)].map(
      ({ count }) => count,
    );
  }

  /** Texts that may go on, of which something is held: where they begin in the queue, and how much of them lies behind a place in it. */
  #openSlots(): Map<string, { first: number; after: number }> {
    const open = new Map<string, { first: number; after: number }>();
    for (const [index, { pieces }] of this.#queue.entries()) {
      for (const { slot } of pieces) {
        if (!open.has(slot) && this.#slots.get(slot)?.isOver === false) open.set(slot, { first: index, after: 0 });
      }
    }
    return open;
  }

  /** The texts of the first events, by slot. */
  #heads(count: number): Map<string, string> {
    const heads = new Map<string, string>();
    for (const { pieces } of this.#queue.slice(0, count)) {
      for (const { slot, text } of pieces) heads.set(slot, (heads.get(slot) ?? "") + text);
    }
    return heads;
  }

  /** Those of the events in the queue: an answer may have had very many before. */
  #heldSlots(): Map<string, Slot> {
    const held = new Map<string, Slot>();
    for (const { pieces } of this.#queue) {
      for (const { slot: name } of pieces) {
        const slot = this.#slots.get(name);
        if (slot !== undefined) held.set(name, slot);
      }
    }
    return held;
  }

  #changedPending(): Map<string, string> {
    return new Map(
      [...this.#heldSlots()].map(([name, { pending, jsonPlace }]) => [name, this.#judge.changed(pending, jsonPlace)]),
    );
  }

  /** For texts of which nothing has gone out. A text that says another again is what that one is. */
  #changedWhole(texts: readonly string[]): Map<string, string> {
    const judged = new Map(this.#judgedSlots().map((slot, index) => [slot, index]));
    return new Map(
      [...this.#slots].map(([name, slot]) => {
        const mirrored = this.#slots.get(slot.mirrors ?? name);
        const index = judged.get(slot) ?? (mirrored === undefined ? undefined : judged.get(mirrored));
        return [name, texts[index ?? -1] ?? slot.raw];
      }),
    );
  }

  #judgedSlots(): Slot[] {
    const all = [...this.#slots.values()];
    return all.filter(({ mirrors, raw }) => mirrors === undefined || this.#slots.get(mirrors)?.raw !== raw);
  }

  /** `changed`: the text of these events as it is to be, by slot. */
  #emitFirst(count: number, changed: ReadonlyMap<string, string>): void {
    const going = this.#queue.slice(0, count);
    const heads = this.#heads(count);
    this.#queue = this.#queue.slice(count);
    const given = new Set<string>();
    for (const item of going) {
      const texts = item.pieces.flatMap(({ slot, path }): PlacedText[] => {
        const written = changed.get(slot);
        if (written === undefined || written === heads.get(slot)) return [];
        // The first place gets all of it.
        const text = given.has(slot) ? "" : written;
        given.add(slot);
        return [{ path, text }];
      });
      this.#held -= lengthOf(item.pieces);
      this.#memory -= item.memory;
      this.#emit(item, texts);
    }
  }

  #emit(item: HeldItem, texts: readonly PlacedText[] | undefined): void {
    const changed = new Map((texts ?? []).map(({ path, text }) => [path, text]));
    for (const { slot: name, path, text } of item.pieces) {
      const slot = this.#slots.get(name);
      if (slot === undefined) continue;
      const given = changed.get(path) ?? text;
      slot.pending = slot.pending.slice(text.length);
      if (this.#judge.changes) slot.jsonPlace = jsonBehind(slot.jsonPlace, text);
      slot.sent += given;
      slot.sentEnd += given;
      slot.isChanged ||= given !== text;
    }
    const json = item.repeats.length > 0 || changed.size > 0 ? item.again() : undefined;
    if (json === undefined) {
      item.emit(undefined);
      return;
    }
    const mayDiffer = this.#judge.holding.kind === "none";
    const repeats = item.repeats.flatMap(({ slot: name, path }): PlacedText[] => {
      const slot = this.#slots.get(name);
      if (slot === undefined) return [];
      // What says more than the pieces did was not judged.
      const said = valueAt(json, path.map(String));
      const isOther = !mayDiffer && said !== "" && said !== slot.sent;
      return slot.isChanged || isOther ? [{ path, text: slot.sent }] : [];
    });
    const placed = [...(texts ?? []), ...repeats];
    const tokens = placed.map(tokensBeside).filter(({ path }) => (valueAt(json, path.map(String)) ?? null) !== null);
    item.emit(placed.length === 0 ? undefined : withTexts(json, [...placed, ...tokens]));
  }
}

/** The item goes behind the place that is looked at: texts that begin with it, or have a window behind that place now, no longer lie open there. */
function closeBehind(
  open: Map<string, { first: number; after: number }>,
  { pieces, index, window }: { pieces: readonly StreamPiece[]; index: number; window: number },
): void {
  for (const { slot, text } of pieces) {
    const place = open.get(slot);
    if (place === undefined) continue;
    place.after += text.length;
    if (place.after >= window || place.first === index) open.delete(slot);
  }
}

/** A text that says another again counts once. */
function lengthOf(pieces: readonly StreamPiece[]): number {
  const own = pieces.filter(({ mirrors }) => mirrors === undefined);
  return (own.length > 0 ? own : pieces).reduce((sum, { text }) => sum + text.length, 0);
}

function tooLong(most: string): AditError {
  return new AditError(
    "reply_too_large",
    `The answer is longer than ${most}, as long as its guardrails can be waited for.`,
  );
}
