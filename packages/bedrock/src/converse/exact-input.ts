import { exactJsonAt } from "../exact-numbers.ts";

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

/** As much of an answer's text as {@link exactInput} reads: the JSON text of the arguments of its calls, by block. */
export function sourceOfInputs(inputs: readonly (string | undefined)[]): string {
  const blocks = inputs.map((input) => (input === undefined ? "{}" : `{"toolUse":{"input":${input}}}`));
  return `{"output":{"message":{"content":[${blocks.join(",")}]}}}`;
}
