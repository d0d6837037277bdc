/** Cache points: at most four, longer times first, none where the model keeps no cache. */
import type { CachePointBlock } from "@adit/bedrock";
import type { CachePlace } from "../model-list/traits.ts";
import type { Call, Rule } from "./call.ts";
import { extraneousKey, modelRefuses, unsupportedField, type Refusal } from "./refusal.ts";

export const cacheRules: readonly Rule[] = [kept, few, ordered];

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
