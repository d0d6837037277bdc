/**
 * `encrypted_content` of a reasoning item: what the model wants back of its reasoning, byte for byte (Claude refuses a changed text or
 * signature), in one string that a caller passes on unread. It is encoded, not encrypted: it holds nothing that the answer does not show.
 */
import { Buffer } from "node:buffer";
import type { ReasoningContentBlock } from "../../converse/content.ts";
import { isJsonObject, parsedJson } from "../../json.ts";

/** Names who wrote it, and how: another version will have another number. */
const mark = "adit-reasoning-1.";

export function encryptedContent(block: ReasoningContentBlock): string {
  return mark + Buffer.from(JSON.stringify(block)).toString("base64url");
}

/** The block; undefined where somebody else wrote the content, or it was changed on the way. */
export function reasoningFromEncrypted(content: string): ReasoningContentBlock | undefined {
  if (!content.startsWith(mark)) {
    return undefined;
  }
  const value = parsedJson(Buffer.from(content.slice(mark.length), "base64url").toString());
  if (!isJsonObject(value)) {
    return undefined;
  }
  const { redactedContent, reasoningText } = value;
  if (typeof redactedContent === "string") {
    return { redactedContent };
  }
  if (!isJsonObject(reasoningText) || typeof reasoningText["text"] !== "string") {
    return undefined;
  }
  const { text, signature } = reasoningText;
  return { reasoningText: typeof signature === "string" ? { text, signature } : { text } };
}
