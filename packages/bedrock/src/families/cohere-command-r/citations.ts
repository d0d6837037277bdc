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
      blocks.at(-1)?.citationsContent?.citations?.push(...span.citations);
      continue;
    }
    plainUntil(span.start);
    const part = characters.slice(at, span.end).join("");
    blocks.push({ citationsContent: { content: [{ text: part }], citations: span.citations } });
    at = span.end;
  }
  plainUntil(characters.length);
  return blocks;
}

function spansOf(citations: JsonValue | undefined, documents: JsonValue | undefined): CitedSpan[] {
  return objectsOf(citations)
    .map((native) => ({
      start: countOf(native["start"]) ?? 0,
      end: countOf(native["end"]) ?? 0,
      citations: citationsFrom(native, documents),
    }))
    .toSorted((one, other) => one.start - other.start);
}

/** One for each document behind it. */
export function citationsFrom(native: JsonObject, documents: JsonValue | undefined): Citation[] {
  const ids = Array.isArray(native["document_ids"]) ? native["document_ids"] : [];
  return ids.map((id): Citation => {
    const document = objectsOf(documents).find((candidate) => candidate["id"] === id) ?? {};
    const { title, snippet, url } = document;
    const index = typeof id === "string" ? /^doc_(\d+)$/.exec(id)?.[1] : undefined;
    return {
      ...(typeof title === "string" && { title }),
      ...(typeof url === "string" ? { source: url } : typeof id === "string" && { source: id }),
      ...(typeof snippet === "string" && { sourceContent: [{ text: snippet }] }),
      ...(index !== undefined && { location: { documentChunk: { documentIndex: Number(index) } } }),
    };
  });
}
