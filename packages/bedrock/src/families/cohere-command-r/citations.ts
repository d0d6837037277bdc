import type { Citation, ContentBlock } from "../../converse/content.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { countOf } from "../../count.ts";
import { objectsOf } from "../json-parts.ts";

/** A citation and the part of the text that it stands behind, in characters of Unicode as Cohere counts them. */
interface CitedSpan {
  start: number;
  end: number;
  citations: Citation[];
}

/** The text in blocks: cited parts with their citations, what is between them plain. `documents` are those that the answer names. */
export function citedBlocks(
  text: string,
  citations: JsonValue | undefined,
  documents: JsonValue | undefined,
): ContentBlock[] {
  const characters = Array.from(text);
  const blocks: ContentBlock[] = [];
  let at = 0;
  const plainUntil = (end: number): void => {
    if (end > at) {
      blocks.push({ text: characters.slice(at, end).join("") });
    }
    at = Math.max(at, end);
  };
  for (const span of spansOf(citations, documents)) {
    if (span.start < at) {
      // It overlaps the one before it, whose block keeps both.
      const before = blocks.at(-1)?.citationsContent?.citations;
      // A spread would overflow the stack at some hundred thousand.
      for (const citation of span.citations) before?.push(citation);
      continue;
    }
    plainUntil(span.start);
    const part = characters.slice(at, span.end).join("");
    blocks.push({ citationsContent: { content: [{ text: part }], citations: span.citations } });
    // Who answers may be a host that ends one before its start.
    at = Math.max(at, span.end);
  }
  plainUntil(characters.length);
  return blocks;
}

function spansOf(citations: JsonValue | undefined, documents: JsonValue | undefined): CitedSpan[] {
  const byId = documentsById(documents);
  return objectsOf(citations)
    .map((native) => ({
      start: countOf(native["start"]) ?? 0,
      end: countOf(native["end"]) ?? 0,
      citations: citationsFrom(native, byId),
    }))
    .toSorted((one, other) => one.start - other.start);
}

type DocumentsById = ReadonlyMap<JsonValue | undefined, JsonObject>;

/** Those of an answer; of two with one id the first. */
export function documentsById(documents: JsonValue | undefined): DocumentsById {
  return new Map(
    objectsOf(documents)
      .toReversed()
      .map((document) => [document["id"], document]),
  );
}

/** One for each document behind it. */
export function citationsFrom(native: JsonObject, documents: DocumentsById): Citation[] {
  const ids = Array.isArray(native["document_ids"]) ? native["document_ids"] : [];
  return ids.map((id): Citation => {
    const { title, snippet, url } = documents.get(id) ?? {};
    const index = typeof id === "string" ? /^doc_(\d+)$/.exec(id)?.[1] : undefined;
    return {
      ...(typeof title === "string" && { title }),
      ...(typeof url === "string" ? { source: url } : typeof id === "string" && { source: id }),
      ...(typeof snippet === "string" && { sourceContent: [{ text: snippet }] }),
      ...(index !== undefined && { location: { documentChunk: { documentIndex: Number(index) } } }),
    };
  });
}
