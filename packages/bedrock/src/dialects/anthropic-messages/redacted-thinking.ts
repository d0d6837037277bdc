/** Converse carries a model's opaque string as a blob, so that its base64 is that of the string (recorded: base64 of Anthropic's base64). */
import { Buffer } from "node:buffer";

/** The string that Anthropic's `data` holds; undefined for bytes that are no text, which it could not give back. */
export function redactedDataFrom(redactedContent: string): string | undefined {
  const data = Buffer.from(redactedContent, "base64").toString("utf8");
  return redactedContentFrom(data) === redactedContent ? data : undefined;
}

export function redactedContentFrom(data: string): string {
  return Buffer.from(data, "utf8").toString("base64");
}
