/** The session in its cookie, and what keeps other sites from using it. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { AditError, Secret } from "@adit/bedrock";
import { parseUrl } from "@adit/bedrock/gateway";
import type { CallerHeaders } from "../http/request/caller-headers.ts";
import type { Incoming } from "../http/routes/route.ts";
import type { Stored } from "../stored.ts";
import type { LiveSession } from "./sessions.ts";

/** Browsers take a `__Host-` cookie over TLS alone, from this very host, for all paths (RFC 6265bis, section 4.1.3). */
const secureName = "__Host-adit_session";
/** Over plain HTTP on the machine itself. */
const plainName = "adit_session";

/** The session of the request's cookie. A change must show that the gateway's own page asks for it. */
export async function personOfCookie(incoming: Incoming, stored: Stored): Promise<LiveSession | undefined> {
  const token = sessionToken(incoming.headers);
  if (token === undefined) return undefined;
  const { sessions } = await stored.ready();
  const session = await sessions.find(token);
  if (session !== undefined && incoming.method !== "GET" && incoming.method !== "HEAD") {
    checkOrigin(incoming.headers);
    checkCsrfToken(incoming.headers, token);
  }
  return session;
}

/** @throws AditError `forbidden` where a page of another origin sends the request. A client that is no browser says no origin. */
export function checkOrigin(headers: CallerHeaders): void {
  const origin = headers.raw("origin");
  const site = headers.raw("sec-fetch-site");
  const isOwn = origin === undefined ? site === undefined || site === "none" : isOwnOrigin(origin, headers);
  if (isOwn && (site === undefined || site === "same-origin" || site === "none")) return;
  throw new AditError("forbidden", "A page of another origin may not use a session here.", {
    remedy:
      "Use the gateway's own page, or a gateway key. Behind a proxy, have it pass on the header Host as the browser sent it.",
  });
}

function isOwnOrigin(origin: string, headers: CallerHeaders): boolean {
  const host = headers.raw("host") ?? headers.raw(":authority");
  return host !== undefined && parseUrl(origin)?.host === host.toLowerCase();
}

/** What a page shows beside its cookie. Made of the token, which only the gateway's own answers give to the page. */
export function csrfTokenOf(token: Secret): string {
  return createHmac("sha256", token.reveal()).update("adit csrf token").digest("base64url");
}

function checkCsrfToken(headers: CallerHeaders, token: Secret): void {
  const shown = Buffer.from(headers.get("csrf-token") ?? "");
  const expected = Buffer.from(csrfTokenOf(token));
  if (shown.length === expected.length && timingSafeEqual(shown, expected)) return;
  throw new AditError("forbidden", "The header x-adit-csrf-token is missing or not this session's.", {
    remedy: "Send the csrf_token of GET /v1/session in x-adit-csrf-token.",
  });
}

export function sessionToken(headers: CallerHeaders): Secret | undefined {
  const cookies = new Map(
    (headers.raw("cookie") ?? "").split(";").map((pair): [string, string] => {
      const mark = pair.indexOf("=");
      return mark === -1 ? ["", ""] : [pair.slice(0, mark).trim(), pair.slice(mark + 1).trim()];
    }),
  );
  // Elsewhere a neighbour under the same domain could set the plain one, and have somebody work in a session of the neighbour's choice.
  const plain = isOnThisMachine(headers) ? cookies.get(plainName) : undefined;
  const token = cookies.get(secureName) ?? plain ?? "";
  return token === "" ? undefined : new Secret(token);
}

/** `Set-Cookie` of a new session. */
export function sessionCookie(token: Secret, headers: CallerHeaders, maxAgeMs: number): string {
  return cookie(token.reveal(), headers, Math.floor(maxAgeMs / 1_000));
}

/** `Set-Cookie` that takes the session away. */
export function endedCookie(headers: CallerHeaders): string {
  return cookie("", headers, 0);
}

function cookie(value: string, headers: CallerHeaders, seconds: number): string {
  const common = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`;
  return isOnThisMachine(headers) ? `${plainName}=${value}; ${common}` : `${secureName}=${value}; ${common}; Secure`;
}

/** Not every browser keeps a cookie for TLS alone that comes from its own machine in clear. */
function isOnThisMachine(headers: CallerHeaders): boolean {
  const host = headers.raw("host") ?? headers.raw(":authority") ?? "";
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i.test(host) && headers.raw("x-forwarded-proto") !== "https";
}
