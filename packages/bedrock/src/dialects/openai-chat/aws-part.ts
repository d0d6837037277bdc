/** Content parts in AWS's own shape: what OpenAI has no form for arrives as the Converse block that it is. */
import type { ContentBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";

const blockMembers: ReadonlySet<string> = new Set([
  "text",
  "image",
  "document",
  "video",
  "audio",
  "toolUse",
  "toolResult",
  "guardContent",
  "cachePoint",
  "reasoningContent",
  "citationsContent",
  "searchResult",
  "toolAddition",
  "toolRemoval",
  "json",
]);

/**
 * The one member of a Converse block in a part: `{"document": {...}}`, or with `type` set to the member's name, as an answer that is
 * not strict shows it. Undefined for any other part.
 */
export function awsMemberOf(part: JsonObject): string | undefined {
  const { type } = part;
  if (typeof type === "string") {
    return type !== "text" && blockMembers.has(type) && part[type] !== undefined ? type : undefined;
  }
  let found: string | undefined;
  for (const key in part) {
    if (part[key] === undefined || key === "type" || key === "cache_control") {
      continue;
    }
    if (found !== undefined || !blockMembers.has(key)) {
      return undefined;
    }
    found = key;
  }
  return found;
}

/** The part as the block that it is; AWS judges what is inside. */
export function asContentBlock(part: JsonObject, member: string): ContentBlock {
  return { [member]: part[member] } as unknown as ContentBlock;
}
