/** Citations between Converse's shape and Anthropic's. */
import type { Citation, CitationLocation } from "../../converse/content.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";

/** Undefined for a citation whose place has no shape here. */
export function messagesCitationFrom(citation: Citation): JsonObject | undefined {
  const { location, source, title = null } = citation;
  const cited_text = (citation.sourceContent ?? []).map(({ text }) => text).join("");
  const { documentChar: chars, documentPage: pages, documentChunk: blocks } = location ?? {};
  const { searchResultLocation: result, web } = location ?? {};
  const document = { cited_text, document_title: title };
  if (chars !== undefined) {
    return {
      type: "char_location",
      ...document,
      ...place(chars, "document_index", "start_char_index", "end_char_index"),
    };
  }
  if (pages !== undefined) {
    return {
      type: "page_location",
      ...document,
      ...place(pages, "document_index", "start_page_number", "end_page_number"),
    };
  }
  if (blocks !== undefined) {
    const at = place(blocks, "document_index", "start_block_index", "end_block_index");
    return { type: "content_block_location", ...document, ...at };
  }
  if (result !== undefined) {
    const { searchResultIndex: documentIndex, ...range } = result;
    const at = place({ documentIndex, ...range }, "search_result_index", "start_block_index", "end_block_index");
    return { type: "search_result_location", cited_text, source: source ?? "", title, ...at };
  }
  // What Anthropic's own search encrypts has no part in a search of AWS's; the address is what the reader wants.
  return web?.url === undefined
    ? undefined
    : { type: "web_search_result_location", cited_text, encrypted_index: "", title, url: web.url };
}

type Range = { documentIndex?: number | undefined; start?: number; end?: number };

function place({ documentIndex, start, end }: Range, index: string, from: string, to: string): JsonObject {
  return {
    ...(documentIndex !== undefined && { [index]: documentIndex }),
    ...(start !== undefined && { [from]: start }),
    ...(end !== undefined && { [to]: end }),
  };
}

/** The way back, for an assistant's turn that is replayed. Undefined for a citation that Converse has no place for. */
export function citationFromMessages(citation: unknown): Citation | undefined {
  if (!isJsonObject(citation)) {
    return undefined;
  }
  const location = locationOf(citation);
  if (location === undefined) {
    return undefined;
  }
  const { cited_text: text, source } = citation;
  const title = citation["document_title"] ?? citation["title"];
  return {
    ...(typeof title === "string" && { title }),
    ...(typeof source === "string" && source !== "" && { source }),
    ...(typeof text === "string" && text !== "" && { sourceContent: [{ text }] }),
    location,
  };
}

function locationOf(citation: JsonObject): CitationLocation | undefined {
  const range = (index: string, from: string, to: string): Range => {
    const [documentIndex, start, end] = [index, from, to].map((name) => wholeNumber(citation[name]));
    return {
      ...(documentIndex !== undefined && { documentIndex }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
    };
  };
  const { type } = citation;
  switch (typeof type === "string" ? type : undefined) {
    case "char_location":
      return { documentChar: documentRange(range("document_index", "start_char_index", "end_char_index")) };
    case "page_location":
      return { documentPage: documentRange(range("document_index", "start_page_number", "end_page_number")) };
    case "content_block_location":
      return { documentChunk: documentRange(range("document_index", "start_block_index", "end_block_index")) };
    case "search_result_location": {
      const { documentIndex: searchResultIndex, ...rest } = range(
        "search_result_index",
        "start_block_index",
        "end_block_index",
      );
      return { searchResultLocation: { ...rest, ...(searchResultIndex !== undefined && { searchResultIndex }) } };
    }
    case "web_search_result_location":
      return typeof citation["url"] === "string" ? { web: { url: citation["url"] } } : undefined;
    case undefined:
    default:
      return undefined;
  }
}

function documentRange({ documentIndex, ...rest }: Range): { documentIndex?: number; start?: number; end?: number } {
  return { ...rest, ...(documentIndex !== undefined && { documentIndex }) };
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}
