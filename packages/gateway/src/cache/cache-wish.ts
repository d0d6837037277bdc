/** What a request asks of the cache: by its config, or by Portkey's headers. */
import type { CallerHeaders } from "../http/request/caller-headers.ts";
import { flagIn } from "../http/request/header-flag.ts";
import { refusesKeeping } from "../http/request/refuses-keeping.ts";
import type { CacheRule } from "../routing/config/config-schema.ts";

export interface CacheWish {
  maxAgeMs: number;
  /** The stored answer is passed over, and replaced. */
  forcesRefresh: boolean;
  /** What parts the answers of one tenant: the namespace, else the metadata, as Portkey has it. */
  partition: string;
  /** True where a header asked for the semantic cache: the simple one serves. Of a config's mode the config tells. */
  isOtherMode: boolean;
}

const dayMs = 24 * 60 * 60 * 1_000;
const defaultAgeMs = 7 * dayMs;
/** Portkey's own limit. */
const longestAgeMs = 90 * dayMs;

/**
 * Undefined where no answer is to be stored or looked up, as for a caller who wants nothing kept. @throws AditError `invalid_request` for a
 * switch that is neither true nor false.
 */
export function cacheWish(rule: CacheRule | undefined, headers: CallerHeaders): CacheWish | undefined {
  const forcesRefresh = flagIn(headers, "cache-force-refresh") ?? false;
  const mode = rule?.mode ?? headers.get("cache");
  if ((mode !== "simple" && mode !== "semantic") || refusesKeeping(headers)) return undefined;
  const seconds = rule === undefined ? ageInHeaders(headers) : rule.max_age;
  return {
    maxAgeMs: seconds === undefined ? defaultAgeMs : Math.min(seconds * 1_000, longestAgeMs),
    forcesRefresh,
    partition: partitionOf(headers),
    isOtherMode: rule === undefined && mode === "semantic",
  };
}

/** The headers of before configs: `x-portkey-cache-ttl`, or `cache-control: max-age=N`. */
function ageInHeaders(headers: CallerHeaders): number | undefined {
  const text = headers.get("cache-ttl") ?? /(?:^|[\s,])max-age=(\d+)/.exec(headers.raw("cache-control") ?? "")?.[1];
  const seconds = text === undefined ? Number.NaN : Number(text);
  // Who wants none that is any older wants a new one, and none kept.
  return seconds >= 0 ? seconds : undefined;
}

function partitionOf(headers: CallerHeaders): string {
  const namespace = headers.get("cache-namespace");
  if (namespace !== undefined) return `namespace ${namespace}`;
  return `metadata ${headers.get("metadata") ?? ""}`;
}
