import type { ConverseResponse } from "../../../converse/response.ts";
import type { MessageStopEvent, MetadataEvent } from "../../../converse/stream-events.ts";
import type { TranslationNotes } from "../context.ts";
import { plainPath } from "../../../plain-path.ts";

/** Where a block stands in AWS's answer; of a stream, `index` is the block's `contentBlockIndex`. */
export function replyPath(index: number, member: string): string {
  return `output.message.content[${index}].${member}`;
}

/** A header holds fewer. Each name is looked for among all before it, which a stream of 100,000 blocks would make minutes of. */
const mostNames = 1_000;

/** Names a part of AWS's answer that the dialect cannot show. Once: the deltas of a stream repeat their block. */
export function noteDropped(notes: TranslationNotes, path: string): void {
  if (notes.dropped.length >= mostNames) {
    return;
  }
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

const known: ReadonlySet<string> = new Set<keyof ConverseResponse | "type">([
  "type",
  "output",
  "stopReason",
  "usage",
  "metrics",
  "additionalModelResponseFields",
  "trace",
  "performanceConfig",
  "serviceTier",
]);

/** The same of a stream, whose last two events hold what a whole answer has beside its message. */
export function noteUnknownOfEnd(notes: TranslationNotes, stop: MessageStopEvent, metadata: MetadataEvent): void {
  noteUnknownMembers(notes, stop);
  noteUnknownMembers(notes, metadata);
}

/** The members of an answer that this version does not know. */
export function unknownMembersOf(response: ConverseResponse): object {
  return Object.fromEntries(Object.entries(response).filter(([member]) => !known.has(member)));
}

/** Names the members of an answer that this version does not know: AWS adds some from time to time. */
export function noteUnknownMembers(
  notes: TranslationNotes,
  response: ConverseResponse | MessageStopEvent | MetadataEvent,
): void {
  for (const member in response) {
    if (!known.has(member)) {
      noteDropped(notes, member);
    }
  }
}
