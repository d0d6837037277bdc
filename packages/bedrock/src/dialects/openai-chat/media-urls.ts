import type { ChatMessage, ChatPart, ChatRequest } from "./chat-request.ts";

/**
 * Addresses whose bytes are needed before the translation, each once, in order: images, video and files of every message, those in tool
 * results too. Data URLs and places in S3 are none of them; addresses that may not be fetched (http, file, inner hosts) are, and the
 * fetcher refuses them.
 */
export function mediaUrlsOf(request: ChatRequest): string[] {
  let urls: Set<string> | undefined;
  for (const message of request.messages) {
    const parts = partsOf(message);
    if (parts === undefined) {
      continue;
    }
    for (const part of parts) {
      const url = urlOf(part);
      if (url !== undefined && !url.startsWith("data:") && !url.startsWith("s3://")) {
        (urls ??= new Set()).add(url);
      }
    }
  }
  return urls === undefined ? [] : [...urls];
}

/** The parts that the translation will read. */
function partsOf(message: ChatMessage): ChatPart[] | undefined {
  if (message.role === "assistant" && Array.isArray(message.content_blocks) && message.content_blocks.length > 0) {
    return message.content_blocks;
  }
  return Array.isArray(message.content) ? message.content : undefined;
}

function urlOf(part: ChatPart): string | undefined {
  if (part.type === "image_url") {
    return typeof part.image_url === "string" ? part.image_url : part.image_url.url;
  }
  if (part.type === "video_url") {
    return typeof part.video_url === "string" ? part.video_url : part.video_url.url;
  }
  return part.type === "file" ? (part.file.file_url ?? undefined) : undefined;
}
