/** What OpenAI's dialects write of content, in Converse's terms. */
import type { ImageBlock, JsonValue } from "@adit/bedrock";
import { parsedJson } from "../validate/parsed-json.ts";
import { isUnreadable } from "../validate/read-shape.ts";

/** A call's arguments. What is no JSON is no fault: models take back what they wrote, whatever it is. */
export function argumentsFrom(text = "{}"): JsonValue {
  try {
    const value = parsedJson(text) as JsonValue;
    return isUnreadable(value) ? {} : value;
  } catch {
    return {};
  }
}

/** A URL that holds no data has no bytes: the emulator fetches nothing. */
export function imageFrom(url: string): ImageBlock {
  const [, format = "png", bytes = ""] = /^data:image\/([a-z]+);base64,(.*)$/s.exec(url) ?? [];
  return { format: format as ImageBlock["format"], source: { bytes } };
}

export function textFrom(content: string | readonly { text?: string }[] | null | undefined): string {
  return typeof content === "string" ? content : (content ?? []).map(({ text = "" }) => text).join("\n");
}
