import { AditError } from "../../errors/adit-error.ts";
import { strictEncode } from "../../auth/sigv4.ts";
import { RecentMap } from "../../memory/recent-map.ts";

/** Goes out with every call; nothing in it depends on the caller. */
export const userAgent = "adit";

/** Headers that are the connection's, the signature's or the body's: a caller's value never travels upstream. */
const ownHeaders: ReadonlySet<string> = new Set([
  "host",
  "authorization",
  "cookie",
  "content-length",
  "content-type",
  "content-encoding",
  "accept",
  "accept-encoding",
  "user-agent",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "forwarded",
  "via",
]);
const ownPrefixes = ["x-amz-", "x-forwarded-", "proxy-"];

/** True for a header, in lower case, that a caller may add to a call upstream. */
export function mayTravelUpstream(name: string): boolean {
  return !ownHeaders.has(name) && !ownPrefixes.some((prefix) => name.startsWith(prefix));
}

/**
 * The headers of a call before signing. Of `extra` (any case) those that the connection, the signature or the body own
 * are left out. Throws AditError `invalid_request` for a name or value that HTTP does not allow.
 */
export function requestHeaders(
  host: string,
  accept: string,
  extra: Readonly<Record<string, string>> | undefined,
  contentType = "application/json",
): Record<string, string> {
  const headers: Record<string, string> = {
    host,
    "content-type": contentType,
    accept,
    "user-agent": userAgent,
  };
  for (const given in extra) {
    const value = extra[given] ?? "";
    const name = given.toLowerCase();
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name) || !/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) {
      throw new AditError("invalid_request", "A header for AWS has a name or value that HTTP does not allow.", {
        param: name,
      });
    }
    if (mayTravelUpstream(name)) {
      headers[name] = value;
    }
  }
  return headers;
}

/**
 * A model id or ARN as one path segment: everything but unreserved characters is percent-encoded (`:` `%3A`, `/` `%2F`), so that an id can
 * never reach another path. Throws AditError `invalid_request` for an id that cannot be a segment.
 */
export function modelSegment(model: string): string {
  const known = segments.get(model);
  if (known !== undefined) {
    return known;
  }
  const segment = model === "." || model === ".." ? undefined : encoded(model);
  if (segment === undefined || segment === "") {
    throw new AditError("invalid_request", "The model id is empty or cannot be part of a path.", { param: "model" });
  }
  if (segment.length <= longestKept) {
    segments.set(model, segment);
  }
  return segment;
}

/** Most calls of a process are of few models. */
const segments = new RecentMap<string, string>(500);
const longestKept = 1_000;

function encoded(text: string): string | undefined {
  try {
    return strictEncode(text);
  } catch {
    // Half of a surrogate pair has no UTF-8.
    return undefined;
  }
}
