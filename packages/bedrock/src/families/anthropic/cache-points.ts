import type { CachePointBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import type { NativeDraft } from "../native-draft.ts";

/**
 * Converse marks the end of a cached prefix by a block of its own, Claude's body by `cache_control` on the block before it. `translate` makes the
 * native blocks of any other block.
 */
export function nativeBlocks<Block extends { cachePoint?: CachePointBlock | undefined }>(
  draft: NativeDraft,
  blocks: readonly Block[],
  path: string,
  translate: (block: Block, path: string) => JsonObject[],
): JsonObject[] {
  const native: JsonObject[] = [];
  for (const [index, block] of blocks.entries()) {
    const blockPath = `${path}[${index}]`;
    if (block.cachePoint === undefined) {
      native.push(...translate(block, blockPath));
      continue;
    }
    const marked = native.pop();
    if (marked === undefined) {
      throw draft.invalid(`${blockPath}.cachePoint`, "a cache point needs a block before it, whose end it marks");
    }
    if (marked["cache_control"] !== undefined) {
      // Two points at one place: the later one counts, and stands for both.
      draft.drop(`${blockPath}.cachePoint`);
    }
    const { ttl } = block.cachePoint;
    native.push({ ...marked, cache_control: { type: "ephemeral", ...(ttl !== undefined && { ttl }) } });
  }
  return native;
}
