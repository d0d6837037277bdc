import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createScope, getCanonicalHeaders, getSigningKey, SignatureV4Base } from "@smithy/signature-v4";
import type { ArrivedRequest } from "../server/arrived-request.ts";
import { clockFault, timeFromAmzDate } from "./amz-date.ts";
import { algorithm, parseAuthorization, scopeFault, type ClaimedSignature } from "./authorization-header.ts";
import type { KnownCredential, Keyring } from "./keyring.ts";
import { NodeSha256 } from "./node-sha256.ts";
import { expiredSession, invalidSignature, unknownKey, wrongSignature, type Refusal } from "./refusals.ts";

/** What a request's credentials come to. */
export interface Verified {
  credential: KnownCredential;
  region: string;
}

export interface VerifierContext {
  keyring: Keyring;
  /** Milliseconds since 1970. */
  now: number;
  /** Name that the credential scope must have: `bedrock`, `bedrock-mantle` or `sts`. */
  service: string;
}

/**
 * Verifies Signature Version 4 as AWS does on arrival: form, scope, key, session token, clock, and the signature itself, computed anew
 * by AWS's own signer over the path, the query, the signed headers and the body as they were received.
 */
export async function verifySigV4(request: ArrivedRequest, context: VerifierContext): Promise<Verified | Refusal> {
  // In the form of X-Amz-Date, `Date` does as well (AWS's guide, "Elements of a request signature").
  const date = request.headers["x-amz-date"] ?? request.headers["date"] ?? "";
  const claim = parseAuthorization(request.headers["authorization"] ?? "", date !== "");
  if ("status" in claim) {
    return claim;
  }
  const signedAt = timeFromAmzDate(date);
  if (signedAt === undefined) {
    return invalidSignature(
      `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  const known = context.keyring.find(claim.accessKeyId);
  const fault =
    scopeFault(claim, { date, service: context.service, region: regionOfHost(request) }) ??
    signedHeadersFault(claim, request) ??
    keyFault(known, request, context.now) ??
    clockFault(signedAt, context.now);
  if (fault !== undefined || known === undefined) {
    return fault ?? unknownKey;
  }
  const isBody = bodyHashHolds(request);
  const expected = await signatureOf(request, { claim, known, date });
  return isBody && isSame(expected, claim.signature) ? { credential: known, region: claim.region } : wrongSignature;
}

/** The region in a host of AWS's, such as `bedrock-runtime.us-east-1.amazonaws.com`; undefined for any other host. */
export function regionOfHost(request: Pick<ArrivedRequest, "headers">): string | undefined {
  const host = request.headers["host"] ?? request.headers[":authority"] ?? "";
  return /^(?:bedrock|bedrock-runtime|bedrock-mantle|sts)(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.|api\.)/.exec(
    host,
  )?.[1];
}

/** The host and every `x-amz-*` header must be signed (IAM user guide, "Create a signed AWS API request"). */
function signedHeadersFault(claim: ClaimedSignature, request: ArrivedRequest): Refusal | undefined {
  const signed = new Set(claim.signedHeaders);
  if (!signed.has("host") && !signed.has(":authority")) {
    return invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const unsigned = Object.keys(request.headers).filter((name) => name.startsWith("x-amz-") && !signed.has(name));
  return unsigned.length === 0
    ? undefined
    : invalidSignature(`There were headers present in the request which were not signed: ${unsigned.join(", ")}`);
}

/** A session's key needs its own token; a key that is no session's must come without one. */
function keyFault(known: KnownCredential | undefined, request: ArrivedRequest, now: number): Refusal | undefined {
  if (known === undefined || (known.sessionToken ?? "") !== (request.headers["x-amz-security-token"] ?? "")) {
    return unknownKey;
  }
  return known.expiresAt !== undefined && known.expiresAt <= now ? expiredSession : undefined;
}

/** `UNSIGNED-PAYLOAD` does not hold: no SDK sends it to Bedrock. */
function bodyHashHolds(request: ArrivedRequest): boolean {
  const claimed = request.headers["x-amz-content-sha256"];
  return claimed === undefined || isSame(sha256Of(request.body), claimed);
}

interface Expected {
  claim: ClaimedSignature;
  known: KnownCredential;
  /** `20260102T030405Z`. */
  date: string;
}

/** A request as AWS's signer takes it. */
type Received = Parameters<typeof getCanonicalHeaders>[0] & { body: Buffer };

/**
 * AWS's signer, held to the headers that a request names as signed: its `sign` drops a `Date` that a client signed, and adds an `X-Amz-Date`
 * that a client may not have sent.
 */
class HeldSigner extends SignatureV4Base {
  constructor({ claim, known }: Expected) {
    super({ service: claim.service, region: claim.region, credentials: known, sha256: NodeSha256 });
  }

  async signature(received: Received, { claim, known, date }: Expected): Promise<string> {
    const { day, region, service, signedHeaders } = claim;
    const headers = getCanonicalHeaders(received, undefined, new Set(signedHeaders));
    const canonical = this.createCanonicalRequest(received, headers, sha256Of(received.body));
    const text = await this.createStringToSign(date, createScope(day, region, service), canonical, algorithm);
    const key = await getSigningKey(NodeSha256, known, day, region, service);
    return createHmac("sha256", key).update(text).digest("hex");
  }
}

async function signatureOf(request: ArrivedRequest, expected: Expected): Promise<string> {
  const query = queryOf(request.query);
  if (query === undefined) {
    return "";
  }
  const headers = Object.fromEntries(
    expected.claim.signedHeaders.map((name): [string, string] => [name, valueOf(request, name) ?? ""]),
  );
  const { method, path, body } = request;
  const received = { method, protocol: "http:", hostname: "localhost", path, query, headers, body };
  return new HeldSigner(expected).signature(received, expected);
}

function sha256Of(body: Buffer): string {
  return createHash("sha256").update(body).digest("hex");
}

/** HTTP/2 carries the host as `:authority`, and clients sign it under either name. */
function valueOf(request: ArrivedRequest, name: string): string | undefined {
  if (name === "host" || name === ":authority") {
    return request.headers["host"] ?? request.headers[":authority"];
  }
  return request.headers[name];
}

/** Decoded names and values, as AWS's signer takes them; undefined where the query is not percent-encoding. */
function queryOf(query: string): Record<string, string[]> | undefined {
  // Without a prototype: a name such as "constructor" would be found there.
  const pairs = Object.create(null) as Record<string, string[]>;
  try {
    for (const pair of query.split("&").filter((text) => text !== "")) {
      const mark = pair.indexOf("=");
      const name = decodeURIComponent(mark === -1 ? pair : pair.slice(0, mark));
      (pairs[name] ??= []).push(mark === -1 ? "" : decodeURIComponent(pair.slice(mark + 1)));
    }
  } catch {
    return undefined;
  }
  return pairs;
}

/** Compares in a time that does not depend on where they differ. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
