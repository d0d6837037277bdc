import type { TranslationNotes } from "./context.ts";

/** Where a block stands in AWS's answer; of a stream, `index` is the block's `contentBlockIndex`. */
export function replyPath(index: number, member: string): string {
  return `output.message.content[${index}].${member}`;
}

/** Names a part of AWS's answer that this dialect cannot show. Once: the deltas of a stream repeat their block. */
export function noteDropped(notes: TranslationNotes, path: string): void {
  if (!notes.dropped.includes(path)) {
    notes.dropped.push(path);
  }
}
