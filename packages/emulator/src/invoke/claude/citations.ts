/** A citation as Claude writes it in its own API. */
import type { Citation } from "@adit/bedrock";

/** Converse's location and the names that Claude's API has for it: type, index of the source, first and last place. */
const locationNames = {
  documentChar: ["char_location", "document_index", "start_char_index", "end_char_index"],
  documentPage: ["page_location", "document_index", "start_page_number", "end_page_number"],
  documentChunk: ["content_block_location", "document_index", "start_block_index", "end_block_index"],
  searchResultLocation: ["search_result_location", "search_result_index", "start_block_index", "end_block_index"],
} as const;

export function citationOf({ title, source, sourceContent, location }: Citation): object {
  const text = sourceContent?.map((part) => part.text).join("") ?? "";
  const kind = (Object.keys(locationNames) as (keyof typeof locationNames)[]).find(
    (name) => location?.[name] !== undefined,
  );
  const [type, indexName, startName, endName] = locationNames[kind ?? "documentChar"];
  // The members of each location differ in the name of its index alone.
  const place: Record<string, number> = { ...location?.[kind ?? "documentChar"] };
  const index = place["documentIndex"] ?? place["searchResultIndex"] ?? 0;
  return {
    type,
    cited_text: text,
    ...(kind === "searchResultLocation"
      ? { source: source ?? "", title: title ?? null }
      : { document_title: title ?? null }),
    [indexName]: index,
    [startName]: place["start"] ?? 0,
    [endName]: place["end"] ?? 0,
  };
}
