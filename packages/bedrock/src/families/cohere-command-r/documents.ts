/** Documents and search results in the form that Command R cites: a title and a snippet. */
import type { ContentBlock, DocumentBlock, SearchResultBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import { decodedText, isTextFormat } from "../document-text.ts";
import { blockSeparator, type NativeDraft } from "../native-draft.ts";

export function documentOf(draft: NativeDraft, block: ContentBlock, path: string): JsonObject {
  if (block.searchResult !== undefined) {
    return textOfSearchResult(block.searchResult);
  }
  const document = block.document as DocumentBlock;
  const { name, context } = document;
  if (document.citations !== undefined) {
    // Command R cites whatever it is given.
    draft.drop(`${path}.document.citations`);
  }
  return {
    title: name,
    snippet: snippetOf(draft, document, `${path}.document`),
    ...(context !== undefined && { context }),
  };
}

export function textOfSearchResult({ source, title, content }: SearchResultBlock): JsonObject {
  return { title, snippet: content.map((part) => part.text).join(blockSeparator), url: source };
}

function snippetOf(draft: NativeDraft, { source, format }: DocumentBlock, path: string): string {
  if (source.text !== undefined) {
    return source.text;
  }
  if (source.content !== undefined) {
    return source.content.map((part) => part.text).join(blockSeparator);
  }
  if (source.bytes === undefined) {
    throw draft.unsupported(`${path}.source.s3Location`, "files in S3 (send their bytes)");
  }
  if (!isTextFormat(format)) {
    throw draft.unsupported(`${path}.format`, `documents of format ${format ?? "that is not said"}`);
  }
  return decodedText(draft, source.bytes, `${path}.source.bytes`);
}
