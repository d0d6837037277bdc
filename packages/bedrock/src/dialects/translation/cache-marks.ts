import type { CachePointBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import type { TranslationDraft } from "./translation-draft.ts";

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

/** A mark in AWS's own shape, which obeys the same rules. */
export function knownMark(
  draft: TranslationDraft,
  cachePoint: CachePointBlock,
  path: string,
): { cachePoint: CachePointBlock } {
  (draft.cacheMarks ??= new Map()).set(cachePoint, path);
  return { cachePoint };
}
