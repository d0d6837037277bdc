/** What a request asks of the cache: by its config, or by Portkey's headers. */
import { AditError } from "@adit/bedrock";
import type { CallerHeaders } from "../http/caller-headers.ts";
import type { CacheRule } from "../routing/config-schema.ts";

export interface CacheWish {
  maxAgeMs: number;
  /** The stored answer is passed over, and replaced. */
  forcesRefresh: boolean;
  /** What parts the answers of one tenant: the namespace, else the metadata, as Portkey has it. */
  partition: string;
}

const dayMs = 24 * 60 * 60 * 1_000;
const defaultAgeMs = 7 * dayMs;
/** Portkey's own limit. */
const longestAgeMs = 90 * dayMs;

/** Undefined where nothing is to be stored or found. @throws AditError `invalid_request` for a switch that is none. */
export function cacheWish(rule: CacheRule | undefined, headers: CallerHeaders): CacheWish | undefined {
  // Portkey's word for "keep nothing of this": what is stored for it would be kept, and what was stored is another call's.
  if (headers.get("debug")?.toLowerCase() === "false") return undefined;
  const mode = rule?.mode ?? headers.get("cache");
  if (mode !== "simple" && mode !== "semantic") return undefined;
  const seconds = rule === undefined ? ageInHeaders(headers) : rule.max_age;
  return {
    maxAgeMs: seconds === undefined ? defaultAgeMs : Math.min(seconds * 1_000, longestAgeMs),
    forcesRefresh: isTrue(headers, "cache-force-refresh"),
    partition: partitionOf(headers),
  };
}

/** The headers of before configs: `x-portkey-cache-ttl`, or `cache-control: max-age=N`. */
function ageInHeaders(headers: CallerHeaders): number | undefined {
  const text = headers.get("cache-ttl") ?? /(?:^|[\s,])max-age=(\d+)/.exec(headers.raw("cache-control") ?? "")?.[1];
  const seconds = text === undefined ? Number.NaN : Number(text);
  return seconds > 0 ? seconds : undefined;
}

function partitionOf(headers: CallerHeaders): string {
  const namespace = headers.get("cache-namespace");
  if (namespace !== undefined) return `namespace ${namespace}`;
  return `metadata ${headers.get("metadata") ?? ""}`;
}

function isTrue(headers: CallerHeaders, name: string): boolean {
  const text = headers.get(name)?.toLowerCase() ?? "false";
  if (text === "true" || text === "false") return text === "true";
  throw new AditError("invalid_request", `${name} must be true or false.`, { param: name });
}
