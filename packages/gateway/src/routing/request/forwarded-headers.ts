/** `forward-headers`: headers of the caller that travel upstream by their own names. */
import { mayTravelUpstream } from "@adit/bedrock/gateway";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { paramHeaders } from "./keywords-params.ts";

/**
 * Never sent upstream, even where a request lists them: keys, headers that may hold keys, and AWS's own headers. `mayTravelUpstream`
 * keeps back those of the connection and the signature.
 */
const keys = new Set(["x-api-key", "api-key", ...paramHeaders]);

const forbiddenPrefixes = ["x-amzn-", "x-adit-", "x-portkey-", "x-obiguard-", ":"];

/** What reads headers as CGI's variables takes `_` for `-`: so does this. */
function mayTravel(name: string): boolean {
  const plain = name.replaceAll("_", "-");
  return mayTravelUpstream(plain) && !keys.has(plain) && !forbiddenPrefixes.some((prefix) => plain.startsWith(prefix));
}

/** The names that `forward-headers` lists. */
export function namesToForward(headers: CallerHeaders): string[] {
  return headers.get("forward-headers")?.split(",") ?? [];
}

/** The listed headers that may travel, lower case; the rest is left out and the call goes on. */
export function forwardedHeaders(headers: CallerHeaders, listed: readonly string[]): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const entry of listed) {
    const name = entry.trim().toLowerCase();
    if (name === "" || !mayTravel(name)) continue;
    const value = headers.raw(name);
    if (value !== undefined) forwarded[name] = value;
  }
  return forwarded;
}
