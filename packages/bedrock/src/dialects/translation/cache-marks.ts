import type { CachePointBlock } from "../../converse/content.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { drop, here, type TranslationDraft } from "./translation-draft.ts";

/** Anthropic's mark: the prefix up to and including this block is to be cached. */
export interface CacheControl extends JsonObject {
  ttl?: "5m" | "1h" | null;
}

/** The cache mark that stands after a block with `cache_control`; whether it may stay is settled when all are known. */
export function cacheMark(
  draft: TranslationDraft,
  control: CacheControl,
  path: string,
): { cachePoint: CachePointBlock } {
  const { ttl } = control;
  return knownMark(draft, typeof ttl === "string" ? { type: "default", ttl } : { type: "default" }, path);
}

/** The mark behind a part of OpenAI's formats, by Anthropic's field or by OpenAI's own. */
export function markOfPart(draft: TranslationDraft, part: JsonObject): { cachePoint: CachePointBlock } | undefined {
  const { cache_control: control, prompt_cache_breakpoint: breakpoint } = part;
  if (isJsonObject(control)) {
    return cacheMark(draft, control, `${here(draft)}.cache_control`);
  }
  return isJsonObject(breakpoint)
    ? breakpointMark(draft, breakpoint, `${here(draft)}.prompt_cache_breakpoint`)
    : undefined;
}

/** OpenAI's own mark. Its times (30 minutes, 12 hours) are none of Bedrock's. */
function breakpointMark(
  draft: TranslationDraft,
  breakpoint: JsonObject,
  path: string,
): { cachePoint: CachePointBlock } {
  if (typeof breakpoint["ttl"] === "string") {
    drop(draft, `${path}.ttl`);
  }
  return cacheMark(draft, {}, path);
}

/** The request's own mark, as Anthropic's API has it: on the last block, unless that has one. */
export function markLastBlock(draft: TranslationDraft, control: JsonValue | undefined): void {
  const content = draft.messages.at(-1)?.content;
  if (isJsonObject(control) && content !== undefined && content.at(-1)?.cachePoint === undefined) {
    content.push(cacheMark(draft, control, "cache_control"));
  }
}

/** A mark in AWS's own shape, which obeys the same rules. */
export function knownMark(
  draft: TranslationDraft,
  cachePoint: CachePointBlock,
  path: string,
): { cachePoint: CachePointBlock } {
  (draft.cacheMarks ??= new Map()).set(cachePoint, path);
  return { cachePoint };
}
