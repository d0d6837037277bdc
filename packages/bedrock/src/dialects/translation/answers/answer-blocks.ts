/** Blocks of an answer, read. */
import type { Citation, ContentBlock } from "../../../converse/content.ts";

/** The text that a block's citations support: a part of the answer's text. */
export function citedText(block: ContentBlock): string {
  return (block.citationsContent?.content ?? []).map((part) => part.text).join("");
}

/** The citations of a block. */
export function citationsOf(block: ContentBlock): Citation[] {
  return block.citationsContent?.citations ?? [];
}

/** The name of a block's member, such as `image`; of one that this version does not know too. */
export function memberOf(block: object): string {
  return Object.keys(block)[0] ?? "empty";
}

/** A call's arguments as JSON text. A call without arguments streams as an empty text; the whole answer may lack the input as well. */
export function inputText(input: unknown): string {
  return input === undefined || input === null || input === "" ? "{}" : JSON.stringify(input);
}
