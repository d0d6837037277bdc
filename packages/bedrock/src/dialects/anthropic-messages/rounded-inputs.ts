/** Numbers in the history's calls that a double does not hold: Converse's body is written anew, and AWS gets them rounded. */
import { losesNumbers } from "../../exact-numbers.ts";
import { childSpansOf, spanAt, type Span } from "../../json-span.ts";
import { drop, type TranslationDraft } from "../translation/translation-draft.ts";

/** Names the arguments in which a number changes. `source` is the request's own JSON. One pass, and only where the text has such a number. */
export function nameRoundedInputs(draft: TranslationDraft, source: string): void {
  if (!draft.hasToolHistory || !losesNumbers(source)) {
    return;
  }
  for (const { key: message, value: inMessage } of childrenAt(source, spanAt(source, ["messages"]))) {
    for (const { key: block, value: inBlock } of childrenAt(source, memberOf(source, inMessage, "content"))) {
      const input = memberOf(source, inBlock, "input");
      if (input !== undefined && losesNumbers(source.slice(input.start, input.end))) {
        drop(draft, `messages[${message}].content[${block}].input`);
      }
    }
  }
}

function childrenAt(source: string, span: Span | undefined): ReturnType<typeof childSpansOf> | [] {
  return span === undefined || source[span.start] !== "[" ? [] : childSpansOf(source, span.start);
}

/** Of a name that comes twice the last counts, as in JSON.parse. */
function memberOf(source: string, { start }: Span, name: string): Span | undefined {
  let found: Span | undefined;
  for (const { key, value } of source[start] === "{" ? childSpansOf(source, start) : []) {
    if (key === name) {
      found = value;
    }
  }
  return found;
}
