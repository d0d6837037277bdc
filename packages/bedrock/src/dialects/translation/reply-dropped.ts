import type { ConverseResponse } from "../../converse/response.ts";
import type { TranslationNotes } from "./context.ts";
import { plainPath } from "./plain-path.ts";

/** Where a block stands in AWS's answer; of a stream, `index` is the block's `contentBlockIndex`. */
export function replyPath(index: number, member: string): string {
  return `output.message.content[${index}].${member}`;
}

/** Names a part of AWS's answer that the dialect cannot show. Once: the deltas of a stream repeat their block. */
export function noteDropped(notes: TranslationNotes, path: string): void {
  const plain = plainPath(path);
  if (!notes.dropped.includes(plain)) {
    notes.dropped.push(plain);
  }
}

/** Names what only an answer in Bedrock's own words can show, where it is there. */
export function noteHiddenFields(notes: TranslationNotes, responseFields: unknown, trace: unknown): void {
  if (responseFields !== undefined) {
    noteDropped(notes, "additionalModelResponseFields");
  }
  if (trace !== undefined) {
    noteDropped(notes, "trace");
  }
}

const known: ReadonlySet<string> = new Set<keyof ConverseResponse>([
  "output",
  "stopReason",
  "usage",
  "metrics",
  "additionalModelResponseFields",
  "trace",
  "performanceConfig",
  "serviceTier",
]);

/** Names the members of an answer that this version does not know: AWS adds some from time to time. */
export function noteUnknownMembers(notes: TranslationNotes, response: ConverseResponse): void {
  for (const member in response) {
    if (!known.has(member)) {
      noteDropped(notes, member);
    }
  }
}
