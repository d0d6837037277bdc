import type { ChatMessage, ChatPart, ChatRequest } from "./chat-request.ts";
import { mustBeFetched } from "../translation/media/data-url.ts";

const noUrls: ReadonlyMap<string, string> = new Map();

/**
 * Addresses whose bytes are needed before the translation, each once, in order, with the path of the field that named it first:
 * images, video and files of every message, those in tool results too. Data URLs and places in S3 are none of them; addresses that
 * may not be fetched (http, file, inner hosts) are, and the fetcher refuses them.
 */
export function mediaUrlsOf(request: ChatRequest): ReadonlyMap<string, string> {
  let urls: Map<string, string> | undefined;
  for (const [index, message] of request.messages.entries()) {
    const found = partsOf(message);
    for (const [place, part] of found?.parts.entries() ?? []) {
      const named = urlOf(part);
      if (named === undefined || !mustBeFetched(named.url)) {
        continue;
      }
      urls ??= new Map();
      if (!urls.has(named.url)) {
        urls.set(named.url, `messages[${index}].${found?.member}[${place}].${named.field}`);
      }
    }
  }
  return urls ?? noUrls;
}

/** The parts that the translation will read, and the member that holds them. */
function partsOf(message: ChatMessage): { parts: ChatPart[]; member: string } | undefined {
  if (message.role === "assistant" && Array.isArray(message.content_blocks) && message.content_blocks.length > 0) {
    return { parts: message.content_blocks, member: "content_blocks" };
  }
  return Array.isArray(message.content) ? { parts: message.content, member: "content" } : undefined;
}

function urlOf(part: ChatPart): { url: string; field: string } | undefined {
  if (part.type === "image_url") {
    return typeof part.image_url === "string"
      ? { url: part.image_url, field: "image_url" }
      : { url: part.image_url.url, field: "image_url.url" };
  }
  if (part.type === "video_url") {
    return typeof part.video_url === "string"
      ? { url: part.video_url, field: "video_url" }
      : { url: part.video_url.url, field: "video_url.url" };
  }
  const url = part.type === "file" ? (part.file.file_url ?? undefined) : undefined;
  return url === undefined ? undefined : { url, field: "file.file_url" };
}
