/** Images, documents and search results. Documents in pieces, citations and search results are Claude's alone: others get what they hold. */
import { Buffer } from "node:buffer";
import type { ContentBlock, DocumentBlock as ConverseDocument } from "../../../converse/content.ts";
import { mayBeClaude } from "../../../models/may-be-claude.ts";
import { sentDocumentName } from "../../translation/media/document-names.ts";
import { isDataUrl } from "../../translation/media/data-url.ts";
import { checkAsNamed, mediaAt, mediaBlock, mediaInData, type FoundMedia } from "../../translation/media/media.ts";
import type { MediaKind } from "../../translation/media/media-format.ts";
import { unsupported } from "../../translation/fields/request-fault.ts";
import { isBlank } from "../../translation/text-blocks.ts";
import { drop, here, type TranslationDraft } from "../../translation/translation-draft.ts";
import { nameUnread } from "../../translation/fields/unread-fields.ts";
import type { DocumentBlock, ImageBlock, MediaSource, SearchResultBlock, TextBlock } from "../messages-request.ts";

export function imageBlock(draft: TranslationDraft, { source }: ImageBlock): ContentBlock {
  const { found, path } = foundIn(draft, source);
  const block = mediaBlock(draft, found, { path, name: undefined, namePath: "", kind: "image" });
  if (source.type === "url" && !isDataUrl(source.url ?? "")) {
    checkAsNamed(block, source.url ?? "", path);
  }
  return block;
}

/** Undefined for an empty one, which AWS refuses; it is named. */
export function documentBlock(draft: TranslationDraft, block: DocumentBlock): ContentBlock | undefined {
  const { source, title } = block;
  if (source.type !== "text" && source.type !== "content") {
    const { found, path } = foundIn(draft, source);
    const kind: MediaKind = "document";
    const sent = mediaBlock(draft, found, { path, name: title ?? undefined, namePath: `${here(draft)}.title`, kind });
    return sent.document === undefined ? sent : { document: { ...sent.document, ...settingsOf(draft, block) } };
  }
  const texts = source.type === "text" ? [source.data ?? ""] : piecesOf(draft, source);
  const pieces = texts.filter((text) => !isBlank(text));
  if (pieces.length === 0) {
    drop(draft, here(draft));
    return undefined;
  }
  const name = sentDocumentName(draft, title ?? undefined, `${here(draft)}.title`);
  const document: ConverseDocument = { format: "txt", name, source: textSource(draft, source.type, pieces) };
  return { document: { ...document, ...settingsOf(draft, block) } };
}

/** Claude counts by characters and pieces, so that it gets them as they are (recorded); of the others it is not known, and all take a file. */
function textSource(
  draft: TranslationDraft,
  type: "text" | "content",
  pieces: readonly string[],
): ConverseDocument["source"] {
  if (mayBeClaude(draft.model)) {
    return type === "text" ? { text: pieces.join("") } : { content: pieces.map((text) => ({ text })) };
  }
  return { bytes: Buffer.from(pieces.join("\n\n")).toString("base64") };
}

function piecesOf(draft: TranslationDraft, { content }: MediaSource): string[] {
  if (typeof content === "string") {
    return [content];
  }
  return textsOf(draft, content ?? [], "source.content");
}

/** Converse's documents and search results hold text alone. */
function textsOf(draft: TranslationDraft, pieces: readonly (TextBlock | ImageBlock)[], member: string): string[] {
  return pieces.map((piece, index) => {
    const path = `${here(draft)}.${member}[${index}]`;
    if (piece.type !== "text") {
      throw unsupported(
        path,
        `${path}: Converse's documents and search results hold text alone: send the image as a block of its own`,
      );
    }
    nameUnread(draft, piece, ofPiece, path);
    return piece.text;
  });
}

const ofPiece: ReadonlySet<string> = new Set(["type", "text"]);

function settingsOf(draft: TranslationDraft, { context, citations }: DocumentBlock): Partial<ConverseDocument> {
  const wantsCitations = citations?.enabled === true;
  const hasContext = typeof context === "string" && context !== "";
  if (mayBeClaude(draft.model)) {
    return { ...(hasContext && { context }), ...(wantsCitations && { citations: { enabled: true } }) };
  }
  if (hasContext) {
    drop(draft, `${here(draft)}.context`);
  }
  if (wantsCitations) {
    drop(draft, `${here(draft)}.citations`);
  }
  return {};
}

export function searchResultBlock(draft: TranslationDraft, block: SearchResultBlock): ContentBlock {
  const { source, title, content, citations } = block;
  const texts = textsOf(draft, content, "content");
  if (mayBeClaude(draft.model)) {
    return {
      searchResult: {
        source,
        title,
        content: texts.map((text) => ({ text })),
        ...(citations?.enabled === true && { citations: { enabled: true } }),
      },
    };
  }
  drop(draft, `${here(draft)}.type`);
  return { text: [title, source, ...texts].join("\n") };
}

function foundIn(draft: TranslationDraft, source: MediaSource): { found: FoundMedia; path: string } {
  if (source.type === "url") {
    const path = `${here(draft)}.source.url`;
    return { found: mediaAt(draft, source.url ?? "", { path, mimeType: undefined, bucketOwner: undefined }), path };
  }
  const path = `${here(draft)}.source.data`;
  return { found: mediaInData(source.data ?? "", path, source.media_type), path };
}
