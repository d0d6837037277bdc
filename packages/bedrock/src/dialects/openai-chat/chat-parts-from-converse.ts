/** Blocks of Converse as parts of OpenAI's messages; what OpenAI has no form for stays in AWS's own shape. */
import type {
  CachePointBlock,
  ContentBlock,
  MediaSource,
  SystemContentBlock,
  ToolResultContent,
} from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import type { CacheControl } from "../translation/cache-marks.ts";
import { mediaFormatOf, type MediaFormat } from "../translation/media/media-format.ts";
import type { ChatPart, MediaAddress } from "./chat-request.ts";

type AnyBlock = ContentBlock | SystemContentBlock | ToolResultContent;

/** The blocks as parts: a cache point becomes the `cache_control` of the part before it. */
export function partsFromBlocks(blocks: readonly AnyBlock[]): ChatPart[] {
  const parts: ChatPart[] = [];
  for (const block of blocks) {
    const point = "cachePoint" in block ? block.cachePoint : undefined;
    const before = parts.at(-1);
    if (point !== undefined && before !== undefined && before["cache_control"] === undefined) {
      before["cache_control"] = controlFrom(point);
    } else {
      parts.push(partFrom(block));
    }
  }
  return parts;
}

/** The content of a message: a string where that says it all. */
export function contentFrom(blocks: readonly AnyBlock[]): string | ChatPart[] {
  const only = blocks.length === 1 ? blocks[0]?.text : undefined;
  return typeof only === "string" ? only : partsFromBlocks(blocks);
}

/** Anthropic's mark for AWS's. */
export function controlFrom(point: CachePointBlock): CacheControl {
  return point.ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl: point.ttl };
}

function partFrom(block: AnyBlock): ChatPart {
  if (typeof block.text === "string") {
    return { type: "text", text: block.text };
  }
  const reasoning = "reasoningContent" in block ? block.reasoningContent : undefined;
  if (reasoning?.reasoningText !== undefined) {
    const { text, signature } = reasoning.reasoningText;
    return signature === undefined
      ? { type: "thinking", thinking: text }
      : { type: "thinking", thinking: text, signature };
  }
  if (reasoning?.redactedContent !== undefined) {
    return { type: "redacted_thinking", data: reasoning.redactedContent };
  }
  return mediaPart(block) ?? ({ ...block } as unknown as ChatPart);
}

/** Media in OpenAI's form, where its way back gives the same block. */
function mediaPart(block: AnyBlock): ChatPart | undefined {
  if ("image" in block && block.image !== undefined) {
    const address = addressOf(block.image.source, { kind: "image", format: block.image.format }, "image/");
    return address === undefined ? undefined : { type: "image_url", image_url: address };
  }
  if ("video" in block && block.video !== undefined) {
    const address = addressOf(block.video.source, { kind: "video", format: block.video.format }, "video/");
    return address === undefined ? undefined : { type: "video_url", video_url: address };
  }
  if ("audio" in block && block.audio?.source.bytes !== undefined && openAiAudio.has(block.audio.format)) {
    return { type: "input_audio", input_audio: { data: block.audio.source.bytes, format: block.audio.format } };
  }
  return "document" in block && block.document !== undefined ? filePart(block.document) : undefined;
}

const openAiAudio: ReadonlySet<string> = new Set(["wav", "mp3"]);

function addressOf(source: MediaSource, media: MediaFormat, typePrefix: string): MediaAddress | undefined {
  const mimeType = typePrefix + media.format;
  const { bytes, s3Location } = source;
  if (!tellsFormat(media, bytes === undefined ? { mimeType } : { mimeType, bytes })) {
    return undefined;
  }
  if (bytes !== undefined) {
    return { url: `data:${mimeType};base64,${bytes}` };
  }
  const { uri, bucketOwner } = s3Location;
  return bucketOwner === undefined ? { url: uri, mime_type: mimeType } : { url: uri, mime_type: mimeType, bucketOwner };
}

function tellsFormat(media: MediaFormat, hints: Parameters<typeof mediaFormatOf>[0]): boolean {
  const told = mediaFormatOf(hints);
  return told?.kind === media.kind && told.format === media.format;
}

const typesByFormat: ReadonlyMap<string, string> = new Map([
  ["pdf", "application/pdf"],
  ["csv", "text/csv"],
  ["doc", "application/msword"],
  ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["xls", "application/vnd.ms-excel"],
  ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["html", "text/html"],
  ["txt", "text/plain"],
  ["md", "text/markdown"],
]);

/** A document of bytes with a name and a format; citations, context and texts are AWS's own. */
function filePart(document: NonNullable<ContentBlock["document"]>): ChatPart | undefined {
  const { name, format, source, context, citations } = document;
  const mimeType = format === undefined ? undefined : typesByFormat.get(format);
  const isPlain = context === undefined && citations === undefined && !name.includes(".");
  if (format === undefined || mimeType === undefined || !isPlain || source.bytes === undefined) {
    return undefined;
  }
  if (!tellsFormat({ kind: "document", format }, { bytes: source.bytes, mimeType, extension: format })) {
    return undefined;
  }
  const file: JsonObject = { filename: `${name}.${format}`, file_data: `data:${mimeType};base64,${source.bytes}` };
  return { type: "file", file };
}
