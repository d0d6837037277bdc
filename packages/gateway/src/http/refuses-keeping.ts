import type { CallerHeaders } from "./caller-headers.ts";

/** `x-portkey-debug: false` and its spellings, and a caller that does not want to be tracked: nothing of what is said is kept. */
export function refusesKeeping(headers: CallerHeaders): boolean {
  return (
    headers.get("debug")?.toLowerCase() === "false" || isTrue(headers.get("do-not-track")) || isTrue(headers.raw("dnt"))
  );
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value?.toLowerCase() === "true";
}
