/** Changes the text of a whole answer where a check changed it, and adds what the hooks found: all else keeps its bytes. */
import type { JsonObject } from "@adit/bedrock";
import { spanAt } from "@adit/bedrock/gateway";
import type { RequestType } from "./check.ts";
import type { HookResults } from "./hook-result.ts";
import { answerTexts, repeatedTexts } from "./answer-texts.ts";
import { tokensBeside, type PlacedText, type PlacedValue } from "./placed-text.ts";

interface ReplyChange {
  type: RequestType;
  /** The answer as it came. */
  before: JsonObject;
  /** Its texts as they are to be, all of them; none where no check changed one. */
  changes: readonly PlacedText[];
  results: HookResults | undefined;
}

export function replyTextWith(text: string, { type, before, changes, results }: ReplyChange): string {
  let changed = text;
  if (changes.length > 0) {
    for (const { path, text: written } of [...changes, ...repeatsOf(type, before, changes)]) {
      const span = spanAt(changed, path);
      if (span === undefined) continue;
      changed = changed.slice(0, span.start) + JSON.stringify(written) + changed.slice(span.end);
    }
  }
  return results === undefined ? changed : withMember(changed, "hook_results", results);
}

/** What says a text again: the first piece gets it as it is to be, the others lose it, and the tokens of it go. */
function repeatsOf(type: RequestType, before: JsonObject, changes: readonly PlacedText[]): PlacedValue[] {
  const texts = answerTexts(type, before);
  const tokens = changes.filter(({ text }, index) => text !== texts[index]?.text).map(tokensBeside);
  const again = repeatedTexts(type, before).flatMap(({ of, texts: repeated }) => {
    const written = changes[of]?.text;
    if (written === undefined || written === texts[of]?.text) return [];
    return repeated.map(({ path }, index) => ({ path, text: index === 0 ? written : "" }));
  });
  return [...again, ...tokens];
}

/** Puts a member at the end of an object's text. */
function withMember(text: string, name: string, value: object): string {
  const end = text.lastIndexOf("}");
  if (end === -1) return text;
  const isEmpty = /\{\s*$/.test(text.slice(0, end));
  return `${text.slice(0, end)}${isEmpty ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(value)}${text.slice(end)}`;
}
