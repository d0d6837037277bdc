import { isIP } from "node:net";
import { AditError } from "../../errors/adit-error.ts";
import { isPublicAddress } from "./public-address.ts";
import { parseUrl } from "../../parse-url.ts";

/** An address that may be looked up: https, port 443, no user, no inner IP address. */
export interface MediaAddress {
  /** As the caller wrote it. */
  url: string;
  /** For messages: without query, fragment, user and password. */
  shown: string;
  /** Path of the field that holds it, where that is known. */
  param: string | undefined;
  /** Name in ASCII, or an IP address without brackets; no trailing dot. */
  host: string;
  /** Path and query as they go on the wire. */
  path: string;
}

const longestShown = 200;
/** Far longer than any signed address; what is longer is data in the wrong field. */
const longestUrl = 8192;

/**
 * Reads an address. The URL grammar (WHATWG) turns octal, hexadecimal, short and decimal IPv4 forms into plain ones, and other
 * alphabets' dots, digits and letters into ASCII, so that what is checked is what will be called.
 * Throws AditError `media_not_allowed`.
 */
export function mediaAddress(url: string, param: string | undefined): MediaAddress {
  const parsed = url.length <= longestUrl ? parseUrl(url) : undefined;
  const shown = shownAddress(url, parsed);
  const fault = parsed === undefined ? unreadable(url) : faultOf(parsed);
  if (parsed === undefined || fault !== undefined) {
    throw notAllowed({ shown, param }, fault ?? unreadable(url));
  }
  return { url, shown, param, host: hostOf(parsed), path: parsed.pathname + parsed.search };
}

/** The error of an address that may not be fetched; `fault` goes on after the address. */
export function notAllowed(address: Pick<MediaAddress, "shown" | "param">, fault: string, remedy?: string): AditError {
  return new AditError("media_not_allowed", `The address ${address.shown} ${fault}.`, {
    ...(address.param === undefined ? {} : { param: address.param }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** The error of a fetch that failed; `fault` goes on after the address. */
export function fetchFailed(address: Pick<MediaAddress, "shown" | "param">, fault: string, cause?: unknown): AditError {
  return new AditError("media_fetch_failed", `The address ${address.shown} ${fault}.`, {
    ...(address.param === undefined ? {} : { param: address.param }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function unreadable(url: string): string {
  return url.length > longestUrl ? `is longer than ${longestUrl} characters` : "is not a URL";
}

function faultOf(url: URL): string | undefined {
  if (url.protocol !== "https:") {
    return schemeFault(url.protocol);
  }
  if (url.username !== "" || url.password !== "") {
    return "holds a user or password, which is never sent";
  }
  if (url.port !== "") {
    return `names port ${url.port}: only 443 is fetched from`;
  }
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) {
    return "is not on the public internet";
  }
  return host === "" ? "names no host" : undefined;
}

function schemeFault(protocol: string): string {
  switch (protocol) {
    case "data:":
      return "is a data URL that is not written as one: data:TYPE;base64,BYTES is expected";
    case "s3:":
      return "is a place in Amazon S3, which cannot stand here";
    default:
      return `begins with ${protocol.slice(0, 20)} and only https: is fetched`;
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function shownAddress(url: string, parsed: URL | undefined): string {
  // What is no URL may be anything, a secret in the wrong field too: of that nothing is shown.
  const text = parsed === undefined ? undefined : showParsed(parsed);
  if (text === undefined) {
    return `of ${url.length} characters`;
  }
  return text.length > longestShown ? `${text.slice(0, longestShown)}...` : text;
}

function showParsed(url: URL): string {
  return url.host === "" ? url.protocol : `${url.protocol}//${url.host}${url.pathname}`;
}
