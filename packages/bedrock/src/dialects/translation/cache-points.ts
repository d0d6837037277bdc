/**
 * Which cache marks stay. AWS refuses a request with more than four, with a mark that has nothing or thinking before it, with one of an hour
 * after one of five minutes, and any mark on a model that does not cache. Every mark that goes or changes is named.
 */
import type { CachePointBlock } from "../../converse/content.ts";
import { isBlank } from "./text-blocks.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

/** Blocks of a request in the order in which AWS caches them. */
interface MarkedList {
  place: "tools" | "system" | "messages";
  blocks: {
    cachePoint?: CachePointBlock | undefined;
    text?: unknown;
    document?: unknown;
    video?: unknown;
    reasoningContent?: unknown;
  }[];
}

const mostMarks = 4;

export function settleCachePoints(draft: TranslationDraft): void {
  const paths = draft.cacheMarks;
  if (paths === undefined) {
    return;
  }
  const lists = listsOf(draft);
  for (const list of lists) {
    const isTaken = draft.model.can.cache.includes(list.place);
    keepMarks(list, (point, before) => {
      // A mark ends something: it is neither the first of its list nor behind another mark. Thinking takes none: Anthropic's guide to caching.
      const isKept =
        isTaken && before !== undefined && before.cachePoint === undefined && before.reasoningContent === undefined;
      if (!isKept) {
        drop(draft, paths.get(point) ?? list.place);
      }
      return isKept;
    });
  }
  keepFour(draft, lists, paths);
  for (const list of lists) {
    partFromMedia(draft, list, paths);
  }
  settleTimes(draft, lists, paths);
  removeEmpty(draft);
}

function listsOf(draft: TranslationDraft): MarkedList[] {
  const lists: MarkedList[] = [];
  if (draft.tools !== undefined) {
    lists.push({ place: "tools", blocks: draft.tools });
  }
  if (draft.system !== undefined) {
    lists.push({ place: "system", blocks: draft.system });
  }
  for (const message of draft.messages) {
    lists.push({ place: "messages", blocks: message.content });
  }
  return lists;
}

/** Removes, in place and in one pass, the marks that are not to be kept. `before` is the block that then stands before the mark. */
function keepMarks(
  list: MarkedList,
  isKept: (point: CachePointBlock, before: MarkedList["blocks"][number] | undefined) => boolean,
): void {
  const { blocks } = list;
  let end = 0;
  for (const block of blocks) {
    if (block.cachePoint === undefined || isKept(block.cachePoint, blocks[end - 1])) {
      blocks[end] = block;
      end += 1;
    } else if (end > 1 && isBlankText(blocks[end - 1])) {
      // It stood there for the mark alone.
      end -= 1;
    }
  }
  blocks.length = end;
}

function isBlankText(block: MarkedList["blocks"][number] | undefined): boolean {
  return typeof block?.text === "string" && isBlank(block.text);
}

/**
 * Directly behind a document or a video AWS takes no mark. Behind a line break that follows a document Claude does (recorded); for other
 * families the mark stands before the media (recorded with Nova), where there is something before them.
 */
function partFromMedia(draft: TranslationDraft, list: MarkedList, paths: ReadonlyMap<CachePointBlock, string>): void {
  const { blocks } = list;
  for (let index = blocks.length - 1; index > 0; index -= 1) {
    const point = blocks[index]?.cachePoint;
    if (point === undefined || !isLateMedia(blocks[index - 1])) {
      continue;
    }
    if (draft.model.family === "anthropic") {
      blocks.splice(index, 0, { text: "\n" });
      continue;
    }
    drop(draft, paths.get(point) ?? list.place);
    let start = index;
    while (isLateMedia(blocks[start - 1])) {
      start -= 1;
    }
    blocks.splice(index, 1);
    if (start > 0 && blocks[start - 1]?.cachePoint === undefined) {
      blocks.splice(start, 0, { cachePoint: point });
    }
  }
}

function isLateMedia(block: MarkedList["blocks"][number] | undefined): boolean {
  return (block?.document ?? block?.video) !== undefined;
}

/** The marks of tools and system serve every conversation, the last ones of the messages the next turn: those between go first. */
function keepFour(
  draft: TranslationDraft,
  lists: readonly MarkedList[],
  paths: ReadonlyMap<CachePointBlock, string>,
): void {
  let excess = -mostMarks;
  for (const list of lists) {
    excess += list.blocks.filter((block) => block.cachePoint !== undefined).length;
  }
  for (const place of ["messages", "system", "tools"] as const) {
    for (const list of lists) {
      if (list.place !== place || excess <= 0) {
        continue;
      }
      keepMarks(list, (point) => {
        if (excess <= 0) {
          return true;
        }
        excess -= 1;
        drop(draft, paths.get(point) ?? place);
        return false;
      });
    }
  }
}

/** An hour only where the model has it, and never behind five minutes. */
function settleTimes(
  draft: TranslationDraft,
  lists: readonly MarkedList[],
  paths: ReadonlyMap<CachePointBlock, string>,
): void {
  let hourIsOver = !draft.model.can.cacheOneHour;
  for (const list of lists) {
    for (const { cachePoint: point } of list.blocks) {
      if (point === undefined) {
        continue;
      }
      const isRefused = point.ttl !== undefined && !draft.model.can.cacheTtl;
      if (point.ttl !== "1h" && !isRefused) {
        hourIsOver = true;
      } else if (hourIsOver) {
        delete point.ttl;
        drop(draft, `${paths.get(point) ?? list.place}.ttl`);
      }
    }
  }
}

/** A list that held nothing but marks is no list that AWS takes. */
function removeEmpty(draft: TranslationDraft): void {
  if (draft.tools?.length === 0) {
    draft.tools = undefined;
  }
  if (draft.system?.length === 0) {
    draft.system = undefined;
  }
}
