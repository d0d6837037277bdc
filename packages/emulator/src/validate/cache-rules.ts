/** Cache points: at most four, longer times first, none where the model keeps no cache. */
import type { CachePointBlock } from "@adit/bedrock";
import type { CachePlace } from "../model-list/traits.ts";
import type { Call, Rule } from "./call.ts";
import { extraneousKey, invalid, modelRefuses, unsupportedField, type Refusal } from "./refusal.ts";

export const cacheRules: readonly Rule[] = [kept, behindContent, few, ordered];

/** A cache point and where it stands, in the order in which models read: tools, system, messages. */
export interface PlacedCachePoint {
  point: CachePointBlock;
  place: CachePlace;
  /** Counted from 0, such as `messages.0.content.1`. */
  path: string;
}

const mostPoints = 4;

export function cachePointsOf({ request }: Call): PlacedCachePoint[] {
  const found: PlacedCachePoint[] = [];
  const add = (place: CachePlace, point: CachePointBlock | undefined, path: string) => {
    if (point !== undefined) found.push({ point, place, path });
  };
  request.toolConfig?.tools.forEach((tool, index) => add("tools", tool.cachePoint, `toolConfig.tools.${index}`));
  request.system?.forEach((block, index) => add("system", block.cachePoint, `system.${index}`));
  request.messages?.forEach((message, index) =>
    message.content.forEach((block, at) => add("messages", block.cachePoint, `messages.${index}.content.${at}`)),
  );
  return found;
}

function kept(call: Call): Refusal | undefined {
  const points = cachePointsOf(call);
  const { cache, cacheOneHour, family } = call.traits;
  if (points.length > 0 && cache.length === 0)
    return {
      status: 403,
      errorType: "AccessDeniedException",
      message:
        "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.",
    };
  const astray = points.find(({ place }) => !cache.includes(place));
  if (astray !== undefined) return extraneousKey(`#/${astray.path.replaceAll(".", "/")}`, "cachePoint");
  // Claude's older generations are not known to refuse an hour; Nova has no times.
  return family === "nova" && !cacheOneHour && points.some(({ point }) => point.ttl !== undefined)
    ? unsupportedField("ttl")
    : undefined;
}

/** A point marks what stands before it in its list. The wording is not confirmed. */
function behindContent({ request }: Call): Refusal | undefined {
  const lists: [path: string, blocks: readonly { cachePoint?: CachePointBlock | undefined }[]][] = [
    ["toolConfig.tools", request.toolConfig?.tools ?? []],
    ["system", request.system ?? []],
  ];
  request.messages?.forEach(({ content }, index) => lists.push([`messages.${index}.content`, content]));
  for (const [path, blocks] of lists) {
    const at = blocks.findIndex(
      ({ cachePoint }, index) =>
        cachePoint !== undefined && (index === 0 || blocks[index - 1]?.cachePoint !== undefined),
    );
    if (at !== -1) return invalid(`The cachePoint at ${path}.${at} must follow content that can be cached.`);
  }
  return undefined;
}

function few(call: Call): Refusal | undefined {
  const count = cachePointsOf(call).length;
  return count > mostPoints
    ? modelRefuses(`A maximum of ${mostPoints} blocks with cache_control may be provided. Found ${count}.`)
    : undefined;
}

/** Anthropic's words for an hour after five minutes. */
function ordered(call: Call): Refusal | undefined {
  const points = cachePointsOf(call);
  const short = points.findIndex(({ point }) => (point.ttl ?? "5m") === "5m");
  const late = short === -1 ? undefined : points.slice(short).find(({ point }) => point.ttl === "1h");
  return late === undefined
    ? undefined
    : modelRefuses(
        `${late.path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
      );
}
