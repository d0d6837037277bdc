import { Buffer } from "node:buffer";
import { isJsonObject } from "../../json.ts";
import type { MessagesRequest } from "./messages-request.ts";

/**
 * Figures of the estimate. It is to be near and rather above than below: what it is asked for is whether a conversation still fits. Claude's
 * tokens are about three to four characters of English or code each; other scripts take about a token a character, which is three bytes.
 */
const bytesOfText = 3.2;
/** Anthropic's page on vision: pixels divided by 750, and larger images are scaled down to about this. */
const tokensOfImage = 1600;
/** Anthropic's page on PDFs: 1,500 to 3,000 tokens of text a page, and the page's image. A page is taken for so many bytes of base64. */
const tokensOfPage = 3000;
const bytesOfPage = 100_000;
/** The tools' own instructions: from about 240 (Claude 3) to 600 (Claude 4.5), recorded. */
const tokensOfTools = 560;
const tokensOfMessage = 8;

/**
 * About how many tokens a request is, by rules of thumb, for models whose tokens nobody counts without a call. It is an estimate and must be
 * called so: no tokenizer is at work.
 */
export function estimateInputTokens(request: MessagesRequest): number {
  const { messages, system, tools } = request;
  let bytes = textBytes(system ?? "") + textBytes(tools ?? []);
  let media = 0;
  for (const { content } of messages) {
    bytes += textBytes(content);
    media += mediaTokens(content);
  }
  const markup = messages.length * tokensOfMessage + ((tools?.length ?? 0) > 0 ? tokensOfTools : 0);
  return Math.ceil(bytes / bytesOfText) + media + markup;
}

/** Bytes of all texts and of the numbers; names count where they are written into the prompt, as a tool's schema is. */
function textBytes(value: unknown): number {
  if (typeof value === "string") {
    return Buffer.byteLength(value);
  }
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, item) => sum + textBytes(item), 0);
  }
  if (!isJsonObject(value)) {
    return typeof value === "number" ? String(value).length : 0;
  }
  if (isMedia(value["source"])) {
    return textBytes(value["title"]) + textBytes(value["context"]);
  }
  if (value["input_schema"] !== undefined || value["type"] === "tool_use") {
    return Buffer.byteLength(JSON.stringify(value));
  }
  return Object.entries(value).reduce((sum, [key, item]) => (labels.has(key) ? sum : sum + textBytes(item)), 0);
}

/** Members that say what a block is, and are no part of the prompt's text. */
const labels: ReadonlySet<string> = new Set(["type", "cache_control", "tool_use_id", "signature", "media_type"]);

function isMedia(source: unknown): boolean {
  return isJsonObject(source) && (source["type"] === "base64" || source["type"] === "url");
}

function mediaTokens(content: unknown): number {
  if (!Array.isArray(content)) {
    return 0;
  }
  return content.reduce<number>((sum, block: unknown) => {
    if (!isJsonObject(block)) {
      return sum;
    }
    const { source, type } = block;
    if (!isMedia(source)) {
      return sum + mediaTokens(block["content"]) + mediaTokens(isJsonObject(source) ? source["content"] : undefined);
    }
    return sum + (type === "image" ? tokensOfImage : pagesIn(source) * tokensOfPage);
  }, 0);
}

function pagesIn(source: unknown): number {
  const data = isJsonObject(source) ? source["data"] : undefined;
  return typeof data === "string" ? Math.max(1, Math.ceil(data.length / bytesOfPage)) : 1;
}
