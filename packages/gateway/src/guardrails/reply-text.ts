/** Changes the text of a whole answer where a check changed it, and adds what the hooks found: all else keeps its bytes. */
import type { JsonObject } from "@adit/bedrock";
import { withValuesAt } from "@adit/bedrock/gateway";
import type { RequestType } from "./check.ts";
import type { HookResults } from "./hook-result.ts";
import { answerTexts, repeatsOf } from "./answer-texts.ts";
import { tokensBeside, type PlacedText, type PlacedValue } from "./placed-text.ts";

interface ReplyChange {
  type: RequestType;
  /** The answer as it came. */
  before: JsonObject;
  /** Its texts as they are to be, all of them, in the places that they had; none where no check changed one. */
  changes: readonly PlacedText[];
  results: HookResults | undefined;
}

export function replyTextWith(text: string, { type, before, changes, results }: ReplyChange): string {
  const changed = changes.length === 0 ? text : withChanges(text, { type, before, changes });
  return results === undefined ? changed : withMember(changed, "hook_results", results);
}

function withChanges(text: string, { type, before, changes }: Omit<ReplyChange, "results">): string {
  const texts = answerTexts(type, before);
  const changed = changes.filter(({ text: written }, index) => written !== texts[index]?.text);
  const values: PlacedValue[] = [...changed, ...repeatsOf(type, before, changed), ...changed.map(tokensBeside)];
  return withValuesAt(
    text,
    values.map(({ path, text: written }) => ({ path, json: JSON.stringify(written) })),
  );
}

/** Puts a member at the end of an object's text. */
function withMember(text: string, name: string, value: object): string {
  const end = text.lastIndexOf("}");
  if (end === -1) return text;
  const isEmpty = /\{\s*$/.test(text.slice(0, end));
  return `${text.slice(0, end)}${isEmpty ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(value)}${text.slice(end)}`;
}
