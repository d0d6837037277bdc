import { createHmac, hash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { dropOldest } from "../memory/drop-oldest.ts";
import type { AwsKeys, Credentials } from "./credentials.ts";
import type { Secret } from "../secret.ts";
import { RecentMap } from "../memory/recent-map.ts";
import { HmacKey } from "./hmac-key.ts";

/** What is signed. Nothing here may change between signing and the socket. */
export interface SignInput {
  method: string;
  /** Path as on the wire, percent-encoded once, with `?query` if any. */
  path: string;
  /** Lower-case names; must hold `host`. What an earlier attempt added is replaced, never signed again. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | string;
  /** Name in the credential scope: `bedrock` for bedrock-runtime and bedrock alike, `bedrock-mantle`, `sts`. */
  service: string;
  region: string;
  credentials: Credentials;
  /** Milliseconds since 1970: the clock's (the default), corrected by the skew that AWS's `Date` showed. */
  now?: number;
}

/** Days' keys kept at once; the oldest goes first. One entry is about 300 bytes. */
const dayKeyLimit = 1_000;

const contentHash = "x-amz-content-sha256";
/** Headers that the signer itself writes: values left over from an earlier attempt are never signed. */
const ownHeaders: ReadonlySet<string> = new Set(["x-amz-date", "x-amz-security-token", contentHash]);

/**
 * Signs requests by AWS's Signature Version 4 (IAM user guide, "Create a signed AWS API request"), or writes the bearer token.
 * Only `host`, `content-type` and `x-amz-*` are signed: proxies change the others. The key of the day, four HMACs deep, is
 * kept per access key, secret, day, region and service. Meant to be called as the last step before the socket, on every attempt:
 * AWS refuses a signature that arrives more than five minutes after its date.
 */
export class Signer {
  readonly #clock: Clock;
  readonly #dayKeys = new Map<string, HmacKey>();
  /** The last key, and for what: most calls of a process are for the same. */
  #last: { keys: AwsKeys; day: string; region: string; service: string; key: HmacKey } | undefined;
  /** The last second signed in, and its text. */
  #second = Number.NaN;
  #dateTime = "";

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Gives the headers to add: `authorization`, and for key pairs `x-amz-date` and, where there is a session token,
   * `x-amz-security-token`. `x-amz-content-sha256` is written anew where the request has one; AWS asks for it in S3 alone.
   */
  sign(input: SignInput): Record<string, string> {
    const { credentials } = input;
    if (credentials.kind === "bearer") {
      return { authorization: `Bearer ${credentials.token.reveal()}` };
    }
    const dateTime = this.#dateTimeOf(input.now ?? this.#clock.now());
    const payloadHash = hash("sha256", input.body);
    const added: Record<string, string> = { "x-amz-date": dateTime };
    if (credentials.sessionToken !== undefined) {
      added["x-amz-security-token"] = credentials.sessionToken.reveal();
    }
    if (input.headers[contentHash] !== undefined) {
      added[contentHash] = payloadHash;
    }
    const { text, signedHeaders } = canonicalRequest(input, added, payloadHash);
    const day = dateTime.slice(0, 8);
    const scope = `${day}/${input.region}/${input.service}/aws4_request`;
    const key = this.#dayKey(credentials, day, input.region, input.service);
    const signature = key.sign(stringToSign(dateTime, scope, text));
    added["authorization"] =
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return added;
  }

  #dateTimeOf(now: number): string {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#dateTime = amzDate(second * 1_000);
      this.#second = second;
    }
    return this.#dateTime;
  }

  #dayKey(keys: AwsKeys, day: string, region: string, service: string): HmacKey {
    const last = this.#last;
    if (last?.keys === keys && last.day === day && last.region === region && last.service === service) {
      return last.key;
    }
    const key = this.#keptDayKey(keys, day, region, service);
    this.#last = { keys, day, region, service, key };
    return key;
  }

  #keptDayKey(keys: AwsKeys, day: string, region: string, service: string): HmacKey {
    const secret = keys.secretAccessKey.reveal();
    const name = [keys.accessKeyId, hash("sha256", secret), day, region, service].join("\n");
    const known = this.#dayKeys.get(name);
    if (known !== undefined) {
      return known;
    }
    const key = dayKeyOf(keys.secretAccessKey, { day, region, service });
    this.#dayKeys.set(name, key);
    dropOldest(this.#dayKeys, dayKeyLimit);
    return key;
  }
}

/** What a day's requests for one region and service are signed with. */
export function dayKeyOf(secret: Secret, scope: { day: string; region: string; service: string }): HmacKey {
  const { day, region, service } = scope;
  return new HmacKey(hmac(hmac(hmac(hmac(`AWS4${secret.reveal()}`, day), region), service), "aws4_request"));
}

/** What is signed: the hash of the canonical request, with its time and scope. */
export function stringToSign(dateTime: string, scope: string, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${dateTime}\n${scope}\n${hash("sha256", canonical)}`;
}

/**
 * The canonical request, whose hash is signed, and the names of the headers in it joined by `;`.
 * `added` holds the headers that the signer writes; they stand in the place of any of the same name in the request.
 */
export function canonicalRequest(
  input: Pick<SignInput, "method" | "path" | "headers">,
  added: Readonly<Record<string, string>>,
  payloadHash: string,
): { text: string; signedHeaders: string } {
  const { headers } = input;
  // In alphabetical order: these two stand before all that begin with `x-amz-`.
  const names: string[] = [];
  if (headers["content-type"] !== undefined) {
    names.push("content-type");
  }
  if (headers["host"] !== undefined) {
    names.push("host");
  }
  const first = names.length;
  for (const name in added) {
    names.push(name);
  }
  for (const name in headers) {
    if (name.startsWith("x-amz-") && !ownHeaders.has(name)) {
      names.push(name);
    }
  }
  // Nearly always there is but one of them, the date.
  const ordered = names.length - first > 1 ? names.sort() : names;
  return canonicalText(input, {
    names: ordered,
    valueOf: (name) => added[name] ?? headers[name] ?? "",
    payloadHash,
  });
}

/** The text of a canonical request over the headers of these names, in their order, and the names joined by `;`. */
export function canonicalText(
  { method, path: target }: Pick<SignInput, "method" | "path">,
  parts: { names: readonly string[]; valueOf: (name: string) => string; payloadHash: string },
): { text: string; signedHeaders: string } {
  const mark = target.indexOf("?");
  const path = canonicalPath(mark === -1 ? target : target.slice(0, mark));
  const query = mark === -1 ? "" : canonicalQuery(target.slice(mark + 1));
  let headers = "";
  let signedHeaders = "";
  for (const name of parts.names) {
    headers += `${name}:${canonicalValue(parts.valueOf(name))}\n`;
    signedHeaders = signedHeaders === "" ? name : `${signedHeaders};${name}`;
  }
  const text = `${method}\n${path}\n${query}\n${headers}\n${signedHeaders}\n${parts.payloadHash}`;
  return { text, signedHeaders };
}

/**
 * Path for the canonical request: empty and dot segments resolved, then each segment of the wire path encoded once more, so that
 * `%3A` becomes `%253A` and a raw `:` becomes `%3A`. Every service but S3 is signed like this.
 */
export function canonicalPath(wirePath: string): string {
  const known = canonicalPaths.get(wirePath);
  if (known !== undefined) {
    return known;
  }
  const canonical = canonicalPathOf(wirePath);
  if (wirePath.length <= longestKeptPath) {
    canonicalPaths.set(wirePath, canonical);
  }
  return canonical;
}

/** Most calls of a process are of few models, each with one path. */
const canonicalPaths = new RecentMap<string, string>(500);
/** Room for any ARN; what is longer was made up to fill memory. */
const longestKeptPath = 1_000;

function canonicalPathOf(wirePath: string): string {
  const path = needsNormalizing.test(wirePath) ? normalizedPath(wirePath) : wirePath;
  // A path that is encoded strictly, as all of Adit's are, holds nothing to encode but its percent signs.
  return strictlyEncoded.test(path) ? path.replaceAll("%", "%25") : path.split("/").map(strictEncode).join("/");
}

const needsNormalizing = /^$|^[^/]|\/\/|\/\.\.?(\/|$)/;
const strictlyEncoded = /^[A-Za-z0-9\-_.~/%]*$/;

function normalizedPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") {
      segments.pop();
    } else if (segment !== "" && segment !== ".") {
      segments.push(segment);
    }
  }
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

/** Query for the canonical request: names and values encoded strictly, sorted by name and then by value. */
export function canonicalQuery(wireQuery: string): string {
  const pairs = wireQuery
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [name: string, value: string] => {
      const mark = pair.indexOf("=");
      return mark === -1 ? [reencode(pair), ""] : [reencode(pair.slice(0, mark)), reencode(pair.slice(mark + 1))];
    });
  // Encoded names and values are ASCII, so code-unit order is the byte order that AWS asks for.
  pairs.sort((one, other) => compare(one[0], other[0]) || compare(one[1], other[1]));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  return one < other ? -1 : 1;
}

function reencode(wireText: string): string {
  try {
    return strictEncode(decodeURIComponent(wireText));
  } catch {
    // Not an encoding: `%` stands for itself.
    return strictEncode(wireText);
  }
}

/** Percent-encodes all but the unreserved characters of RFC 3986, as AWS's UriEncode does. */
export function strictEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalValue(value: string): string {
  return whiteSpace.test(value) ? value.trim().replace(/\s+/g, " ") : value;
}

const whiteSpace = /\s/;

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** `20260102T030405Z`. */
export function amzDate(now: number): string {
  const text = new Date(now).toISOString();
  return `${text.slice(0, 4)}${text.slice(5, 7)}${text.slice(8, 13)}${text.slice(14, 16)}${text.slice(17, 19)}Z`;
}
