import { childSpansOf } from "../../json-text/json-span.ts";
import type { ValuePath } from "../../json.ts";

/** What happens to the value at a place: gone, other text, or changes further in. */
interface Change {
  text?: string;
  isRemoved?: boolean;
  /** By name or index. Names that the object does not have are added. */
  inner?: Map<string | number, Change>;
}

/**
 * Changes to JSON that are made in its text: what no change touches keeps its text, so that numbers which a double cannot hold and the
 * order of members stay as they were written. Of two changes to one place the last counts.
 */
export class JsonEdits {
  readonly #root: Change = {};

  /** Takes the member or the element away. */
  remove(path: ValuePath): void {
    const change = this.#at(path);
    change.isRemoved = true;
    delete change.text;
  }

  /** Sets the value, `text` being its JSON; adds the member where the object has none. */
  set(path: ValuePath, text: string): void {
    const change = this.#at(path);
    change.text = text;
    delete change.isRemoved;
  }

  get isEmpty(): boolean {
    return this.#root.inner === undefined;
  }

  /** The changed text. `json` has been parsed before. */
  applyTo(json: string): string {
    // Only the start of a value is needed: a container in which something changed is written again from its members.
    return this.isEmpty ? json : changed(json, { start: json.search(/\S/), end: json.length }, this.#root);
  }

  #at(path: ValuePath): Change {
    let change = this.#root;
    for (const step of path) {
      change.inner ??= new Map();
      const next: Change = change.inner.get(step) ?? {};
      change.inner.set(step, next);
      change = next;
    }
    return change;
  }
}

function changed(json: string, span: { start: number; end: number }, change: Change): string {
  if (change.text !== undefined) {
    return change.text;
  }
  if (change.inner === undefined) {
    return json.slice(span.start, span.end);
  }
  const isList = json[span.start] === "[";
  const open = new Map(change.inner);
  const parts: string[] = [];
  for (const child of childSpansOf(json, span.start)) {
    const inner = change.inner.get(child.key);
    open.delete(child.key);
    if (inner === undefined) {
      parts.push(json.slice(child.start, child.end));
    } else if (inner.isRemoved !== true) {
      parts.push(json.slice(child.start, child.value.start) + changed(json, child.value, inner));
    }
  }
  if (!isList) {
    parts.push(...added(open));
  }
  return isList ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

/** Members that an object did not have, with objects around them where those are missing too. */
function added(members: ReadonlyMap<string | number, Change>): string[] {
  return [...members].flatMap(([key, { text, isRemoved, inner }]) => {
    if (isRemoved === true) {
      return [];
    }
    const within = text === undefined && inner !== undefined ? added(inner) : [];
    const value = within.length > 0 ? `{${within.join(",")}}` : text;
    return value === undefined ? [] : [`${JSON.stringify(key)}:${value}`];
  });
}
