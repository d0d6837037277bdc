import { exactJsonOfEach } from "../json-text/exact-numbers.ts";

/** The arguments of calls as AWS wrote them, by the index of the block; only where reading them as JSON would change a number. */
export type ExactInputs = ReadonlyMap<number, string>;

/** Those in the text of Converse's whole answer. */
export function exactInputsIn(answer: string): ExactInputs {
  return exactJsonOfEach(answer, { list: ["output", "message", "content"], inElement: ["toolUse", "input"] });
}

/**
 * The arguments of the call that is block `index`, where they are exact; `source` gives the text of Converse's whole answer. It is asked for
 * with the first call, and read once for all: an answer may have thousands.
 */
export function exactInputsOf(source: (() => string) | undefined): (index: number) => string | undefined {
  let inputs: ExactInputs | undefined;
  return (index) => (source === undefined ? undefined : (inputs ??= exactInputsIn(source())).get(index));
}
