/** `forward-headers`: headers of the caller that travel upstream by their own names. */
import type { CallerHeaders } from "../http/caller-headers.ts";

/** Never upstream, whoever lists them: identity, framing, AWS's own, and the way from hop to hop. */
const forbidden = new Set([
  "host",
  "authorization",
  "proxy-authorization",
  "proxy-authenticate",
  "x-api-key",
  "api-key",
  "cookie",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "content-length",
  "content-type",
  "content-encoding",
  "accept-encoding",
  "forwarded",
  "via",
]);

const forbiddenPrefixes = ["x-amz-", "x-amzn-", "x-forwarded-", "x-adit-", "x-portkey-", "x-obiguard-", "proxy-", ":"];

/** The listed headers that may travel, lower case; the rest is left out and the call goes on. */
export function forwardedHeaders(headers: CallerHeaders): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const entry of (headers.get("forward-headers") ?? "").split(",")) {
    const name = entry.trim().toLowerCase();
    if (name === "" || forbidden.has(name) || forbiddenPrefixes.some((prefix) => name.startsWith(prefix))) continue;
    const value = headers.raw(name);
    if (value !== undefined) forwarded[name] = value;
  }
  return forwarded;
}
