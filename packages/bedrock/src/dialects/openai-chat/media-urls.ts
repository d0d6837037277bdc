import type { ChatMessage, ChatPart, ChatRequest } from "./chat-request.ts";
import { mediaUrlsIn } from "../translation/media/media-urls.ts";

/** Images, video and files of every message, those in tool results too: see {@link mediaUrlsIn}. */
export function mediaUrlsOf({ messages }: ChatRequest): ReadonlyMap<string, string> {
  return mediaUrlsIn(messages, places);
}

const places = { list: "messages", partsOf, urlOf };

/** The parts that the translation will read, and the field that holds them. */
function partsOf(message: ChatMessage): { parts: ChatPart[]; field: string } | undefined {
  if (message.role === "assistant" && Array.isArray(message.content_blocks) && message.content_blocks.length > 0) {
    return { parts: message.content_blocks, field: "content_blocks" };
  }
  return Array.isArray(message.content) ? { parts: message.content, field: "content" } : undefined;
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
