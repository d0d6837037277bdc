import { exactJsonAt } from "../json-text/exact-numbers.ts";

/**
 * The text of a call's arguments as AWS wrote it, where reading it as JSON would change a number of it; undefined elsewhere. `source` gives
 * the text of Converse's whole answer, `index` is the block's place in it.
 */
export function exactInput(source: (() => string) | undefined, index: number): string | undefined {
  const text = source?.();
  return text === undefined
    ? undefined
    : exactJsonAt(text, ["output", "message", "content", index, "toolUse", "input"]);
}
