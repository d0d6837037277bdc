import type { CallerHeaders } from "./caller-headers.ts";
import { flagIn } from "./header-flag.ts";

/**
 * `x-portkey-debug: false` and its spellings, and a caller that does not want to be tracked: nothing of what is said is kept. Until a word
 * that is neither yes nor no is refused (`checkKeeping`), it counts as this wish.
 */
export function refusesKeeping(headers: CallerHeaders): boolean {
  const debug = headers.get("debug");
  const doNotTrack = headers.get("do-not-track");
  return (
    (debug !== undefined && !isTrue(debug)) ||
    (doNotTrack !== undefined && !/^(?:false|0)$/i.test(doNotTrack)) ||
    isTrue(headers.raw("dnt"))
  );
}

/** @throws AditError `invalid_request` for a switch that is neither. A browser's own `dnt` may have other words. */
export function checkKeeping(headers: CallerHeaders): void {
  flagIn(headers, "debug");
  flagIn(headers, "do-not-track");
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value?.toLowerCase() === "true";
}
