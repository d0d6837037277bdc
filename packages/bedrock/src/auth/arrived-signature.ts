/**
 * Signature Version 4 from the other side: a request that has arrived signed, checked as AWS checks it, with AWS's words for what is wrong
 * (IAM user guide, "Create a signed AWS API request"; the words are those of recorded refusals).
 */
import { hash, timingSafeEqual } from "node:crypto";
import { AditError } from "../errors/adit-error.ts";
import type { ErrorCode } from "../errors/error-table.ts";
import type { Secret } from "../secret.ts";
import { amzDate, canonicalText, dayKeyOf, stringToSign } from "./sigv4.ts";

/** A request as it came. */
export interface ArrivedRequest {
  method: string;
  /** Path and query as on the wire. */
  target: string;
  /** The value of a header by its name in lower case, or of HTTP/2's `:authority`; undefined where there is none. */
  header: (name: string) => string | undefined;
  /** Names of all its headers. */
  headerNames: () => readonly string[];
}

/** A signature as the request claims it. Its form, scope, date and list of headers are in order; whether it is right is not known yet. */
export interface ClaimedSignature {
  accessKeyId: string;
  region: string;
  service: string;
  /** `20260102`. */
  day: string;
  /** `20260102T030405Z`. */
  dateTime: string;
  signedHeaders: readonly string[];
  /** Hexadecimal. */
  signature: string;
}

const algorithm = "AWS4-HMAC-SHA256";
const toleratedMs = 5 * 60_000;
/** Longer than any that AWS's SDKs write. */
const longestHeader = 4_096;

export function isSigned(authorization: string | undefined): boolean {
  return authorization?.startsWith(`${algorithm} `) === true;
}

/**
 * Reads the claim before any key is looked at.
 * @throws AditError `IncompleteSignatureException` or `InvalidSignatureException`, in AWS's words.
 */
export function readSignature(request: ArrivedRequest, expected: { service: string; now: number }): ClaimedSignature {
  const claim = claimOf(request);
  checkScope(claim, expected.service);
  checkSignedHeaders(claim.signedHeaders, request);
  checkClock(claim.dateTime, expected.now);
  const { terminator: _terminator, ...rest } = claim;
  return rest;
}

/**
 * Refuses a signature that is not made of this request with this secret. Takes the same time whatever differs.
 * @throws AditError `InvalidSignatureException`, in AWS's words.
 */
export function checkSignature(
  claim: ClaimedSignature,
  request: ArrivedRequest,
  signed: { body: Uint8Array; secretAccessKey: Secret },
): void {
  const payloadHash = hash("sha256", signed.body);
  const { text: canonical } = canonicalText(
    { method: request.method, path: request.target },
    { names: claim.signedHeaders, valueOf: (name) => valueOf(request, name) ?? "", payloadHash },
  );
  const scope = `${claim.day}/${claim.region}/${claim.service}/aws4_request`;
  const expected = dayKeyOf(signed.secretAccessKey, claim).sign(stringToSign(claim.dateTime, scope, canonical));
  // `UNSIGNED-PAYLOAD` does not hold: no SDK sends it to Bedrock.
  const told = request.header("x-amz-content-sha256");
  if (isSame(expected, claim.signature) && (told === undefined || isSame(payloadHash, told))) return;
  throw invalidSignature(
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}

/** AWS's refusal of an access key that it does not know. */
export function unknownAccessKey(): AditError {
  return refusal("UnrecognizedClientException", "The security token included in the request is invalid.");
}

type Claim = ClaimedSignature & { terminator: string };

/** `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`. */
function claimOf({ header }: ArrivedRequest): Claim {
  const { credential, signedHeaders, signature } = partsOf(header("authorization") ?? "");
  const dateTime = header("x-amz-date") ?? "";
  const missing = Object.entries({ Credential: credential, Signature: signature, SignedHeaders: signedHeaders })
    .filter(([, value]) => value === "")
    .map(([name]) => `Authorization header requires '${name}' parameter. `);
  if (dateTime === "") missing.push("Authorization header requires existence of a 'X-Amz-Date' header. ");
  if (missing.length > 0) throw incomplete(missing.join("").trim());
  const scope = credential.split("/");
  const [accessKeyId = "", day = "", region = "", service = "", terminator = ""] = scope;
  if (scope.length !== 5 || accessKeyId === "") {
    throw incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.");
  }
  return {
    accessKeyId,
    day,
    region,
    service,
    terminator,
    dateTime,
    signedHeaders: signedHeaders.split(";"),
    signature,
  };
}

function partsOf(authorization: string): { credential: string; signedHeaders: string; signature: string } {
  if (authorization.length > longestHeader) throw incomplete("The Authorization header is too long.");
  const pairs = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length).split(/[,\s]+/)) {
    const mark = part.indexOf("=");
    if (mark !== -1) pairs.set(part.slice(0, mark), part.slice(mark + 1));
  }
  const part = (name: string): string => pairs.get(name) ?? "";
  return { credential: part("Credential"), signedHeaders: part("SignedHeaders"), signature: part("Signature") };
}

function checkScope({ day, dateTime, region, service, terminator }: Claim, expected: string): void {
  if (service !== expected) throw invalidSignature(`Credential should be scoped to correct service: '${expected}'. `);
  if (!/^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(region)) {
    throw invalidSignature("Credential should be scoped to a valid region. ");
  }
  if (terminator !== "aws4_request") {
    throw invalidSignature("Credential should be scoped with a valid terminator: 'aws4_request'. ");
  }
  if (day !== dateTime.slice(0, 8)) {
    throw invalidSignature(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: the scope's day is not the day of X-Amz-Date.",
    );
  }
}

/** The host and every `x-amz-*` header must be signed. */
function checkSignedHeaders(signed: readonly string[], request: ArrivedRequest): void {
  if (!signed.includes("host") && !signed.includes(":authority")) {
    throw invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const unsigned = request.headerNames().filter((name) => name.startsWith("x-amz-") && !signed.includes(name));
  if (unsigned.length === 0) return;
  throw invalidSignature(`There were headers present in the request which were not signed: ${unsigned.join(", ")}`);
}

/** A signature is taken within five minutes of its date, either way. */
function checkClock(dateTime: string, now: number): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(dateTime);
  const [, year, month, day, hour, minute, second] = parts ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signedAt)) throw invalidSignature("Date must be in ISO-8601 'basic format'.");
  const today = amzDate(now);
  const present = Math.floor(now / 1_000) * 1_000;
  if (signedAt < present - toleratedMs) {
    throw invalidSignature(
      `Signature expired: ${dateTime} is now earlier than ${amzDate(now - toleratedMs)} (${today} - 5 min.)`,
    );
  }
  if (signedAt > present + toleratedMs) {
    throw invalidSignature(
      `Signature not yet current: ${dateTime} is still later than ${amzDate(now + toleratedMs)} (${today} + 5 min.)`,
    );
  }
}

/** HTTP/2 has `:authority` in the host's place; a proxy may have turned one into the other. */
function valueOf({ header }: ArrivedRequest, name: string): string | undefined {
  if (name === "host") return header("host") ?? header(":authority");
  if (name === ":authority") return header(":authority") ?? header("host");
  return header(name);
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function invalidSignature(message: string): AditError {
  return refusal("InvalidSignatureException", message);
}

function incomplete(message: string): AditError {
  return refusal("IncompleteSignatureException", message);
}

function refusal(type: ErrorCode, message: string): AditError {
  return new AditError(type, message, {
    aws: { type, message },
    remedy: "Sign with a key pair of this gateway's, or send a gateway key.",
  });
}
