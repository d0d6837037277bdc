import type { DocumentBlock, ImageBlock, SearchResultBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import { decodedText, isTextFormat } from "../document-text.ts";
import type { NativeDraft } from "../native-draft.ts";

/** How base64 of `%PDF-` begins. */
const pdfStart = "JVBERi0";

export function nativeImage(draft: NativeDraft, image: ImageBlock, path: string): JsonObject {
  const { bytes } = image.source;
  if (bytes === undefined) {
    throw draft.unsupported(`${path}.source.s3Location`, "files in S3 (send their bytes)");
  }
  return { type: "image", source: { type: "base64", media_type: `image/${image.format}`, data: bytes } };
}

export function nativeDocument(draft: NativeDraft, document: DocumentBlock, path: string): JsonObject {
  const { name, context, citations } = document;
  return {
    type: "document",
    source: documentSource(draft, document, path),
    title: name,
    ...(context !== undefined && { context }),
    ...(citations !== undefined && { citations: { enabled: citations.enabled } }),
  };
}

export function nativeSearchResult(result: SearchResultBlock): JsonObject {
  const { source, title, content, citations } = result;
  return {
    type: "search_result",
    source,
    title,
    content: textBlocks(content),
    ...(citations !== undefined && { citations: { enabled: citations.enabled } }),
  };
}

/** Text parts of Converse as Claude's text blocks. */
function textBlocks(parts: readonly { text: string }[]): JsonObject[] {
  return parts.map(({ text }) => ({ type: "text", text }));
}

function documentSource(draft: NativeDraft, { source, format }: DocumentBlock, path: string): JsonObject {
  if (source.text !== undefined) {
    return plainText(source.text);
  }
  if (source.content !== undefined) {
    return { type: "content", content: textBlocks(source.content) };
  }
  if (source.bytes === undefined) {
    throw draft.unsupported(`${path}.source.s3Location`, "files in S3 (send their bytes)");
  }
  if (format === "pdf" || (format === undefined && source.bytes.startsWith(pdfStart))) {
    return { type: "base64", media_type: "application/pdf", data: source.bytes };
  }
  if (format === undefined) {
    throw draft.invalid(`${path}.format`, "the format of the document must be said where its bytes are no PDF");
  }
  if (!isTextFormat(format)) {
    throw draft.unsupported(`${path}.format`, `documents of format ${format}`);
  }
  return plainText(decodedText(draft, source.bytes, `${path}.source.bytes`));
}

function plainText(data: string): JsonObject {
  return { type: "text", media_type: "text/plain", data };
}
