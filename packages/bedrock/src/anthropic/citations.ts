/** Citations in Claude's form and in Converse's: what Claude's family and Anthropic's dialect share. Sources: Anthropic's API reference, AWS's service model. */
import type { Citation, CitationLocation } from "../converse/content.ts";
import { countOf } from "../count.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** How one kind of place is written on either side. `start` and `end` keep their meaning: half open, pages from 1. */
interface PlaceForm {
  type: string;
  member: "documentChar" | "documentPage" | "documentChunk" | "searchResultLocation";
  index: readonly [native: string, converse: "documentIndex" | "searchResultIndex"];
  start: string;
  end: string;
}

const document: PlaceForm["index"] = ["document_index", "documentIndex"];

const placeForms: readonly PlaceForm[] = [
  { type: "char_location", member: "documentChar", index: document, start: "start_char_index", end: "end_char_index" },
  {
    type: "page_location",
    member: "documentPage",
    index: document,
    start: "start_page_number",
    end: "end_page_number",
  },
  {
    type: "content_block_location",
    member: "documentChunk",
    index: document,
    start: "start_block_index",
    end: "end_block_index",
  },
  {
    type: "search_result_location",
    member: "searchResultLocation",
    index: ["search_result_index", "searchResultIndex"],
    start: "start_block_index",
    end: "end_block_index",
  },
];

/** A citation of an answer. A kind of place that Converse does not know leaves its text and title. */
export function citationFrom(native: JsonObject): Citation {
  const { source, cited_text: text } = native;
  const title = native["document_title"] ?? native["title"];
  const location = locationFrom(native);
  return {
    ...(typeof title === "string" && { title }),
    ...(typeof source === "string" && { source }),
    ...(typeof text === "string" && { sourceContent: [{ text }] }),
    ...(location !== undefined && { location }),
  };
}

function locationFrom(native: JsonObject): CitationLocation | undefined {
  if (native["type"] === "web_search_result_location") {
    return typeof native["url"] === "string" ? { web: { url: native["url"] } } : undefined;
  }
  const form = placeForms.find(({ type }) => type === native["type"]);
  if (form === undefined) {
    return undefined;
  }
  const [index, start, end] = [form.index[0], form.start, form.end].map((name) => countOf(native[name]));
  const place = {
    ...(index !== undefined && { [form.index[1]]: index }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
  };
  return { [form.member]: place } as unknown as CitationLocation;
}

/** The citations of a native text block. */
export function citationsIn(block: JsonObject): Citation[] {
  const { citations } = block;
  return Array.isArray(citations) ? citations.filter(isJsonObject).map(citationFrom) : [];
}

/**
 * A citation of the history in Claude's form; undefined where Claude would refuse it: without a place, or of the web, whose
 * `encrypted_index` Converse does not keep.
 */
export function nativeCitation(citation: Citation): JsonObject | undefined {
  const { location, title, source, sourceContent } = citation;
  const form = placeForms.find(({ member }) => location?.[member] !== undefined);
  const place = form === undefined ? undefined : (location?.[form.member] as Record<string, JsonValue> | undefined);
  if (form === undefined || place === undefined) {
    return undefined;
  }
  const isSearchResult = form.member === "searchResultLocation";
  return {
    type: form.type,
    cited_text: (sourceContent ?? []).map((part) => part.text).join(""),
    ...(isSearchResult
      ? { title: title ?? null, ...(source !== undefined && { source }) }
      : { document_title: title ?? null }),
    [form.index[0]]: place[form.index[1]],
    [form.start]: place["start"],
    [form.end]: place["end"],
  };
}
