/** Citations of an answer in Anthropic's shape, and those of an answer that is replayed in Converse's. */
import { citationFrom, nativeCitation } from "../../anthropic/citations.ts";
import type { Citation } from "../../converse/content.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";

/** Undefined for a citation whose place has no shape here. */
export function messagesCitationFrom(citation: Citation): JsonObject | undefined {
  return nativeCitation(citation) ?? webCitation(citation);
}

/**
 * What Anthropic's own search encrypts has no part in a search of AWS's; the address is what the reader wants. Nova tells no titles, and for one that is
 * null the AI SDK throws the answer away.
 */
function webCitation({ location, title, sourceContent }: Citation): JsonObject | undefined {
  const url = location?.web?.url;
  return url === undefined
    ? undefined
    : {
        type: "web_search_result_location",
        cited_text: (sourceContent ?? []).map(({ text }) => text).join(""),
        encrypted_index: "",
        title: title ?? "",
        url,
      };
}

/** Undefined for a citation that Converse has no place for. */
export function citationFromMessages(given: unknown): Citation | undefined {
  const citation = isJsonObject(given) ? citationFrom(given) : undefined;
  return citation?.location === undefined ? undefined : citation;
}
