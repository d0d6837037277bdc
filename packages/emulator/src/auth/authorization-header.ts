import { createHash } from "node:crypto";
import { incompleteSignature, invalidSignature, type Refusal } from "./refusals.ts";

/** A signature as the `Authorization` header claims it. */
export interface ClaimedSignature {
  accessKeyId: string;
  /** `20260102`. */
  day: string;
  region: string;
  service: string;
  terminator: string;
  /** Lower-case names, as listed. */
  signedHeaders: string[];
  /** Hexadecimal. */
  signature: string;
}

export const algorithm = "AWS4-HMAC-SHA256";

/** Reads `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`; what is missing is named as AWS names it. */
export function parseAuthorization(header: string, hasDate: boolean): ClaimedSignature | Refusal {
  const pairs = new Map<string, string>();
  for (const part of header
    .slice(algorithm.length)
    .split(/[,\s]+/)
    .filter((text) => text !== "")) {
    const mark = part.indexOf("=");
    if (mark === -1) {
      return incompleteSignature(
        `'${hashed(part)}' not a valid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hashed(header)}'.`,
      );
    }
    pairs.set(part.slice(0, mark), part.slice(mark + 1));
  }
  const [credential, signature, signedHeaders] = ["Credential", "Signature", "SignedHeaders"].map((name) =>
    pairs.get(name),
  );
  if (!credential || !signature || !signedHeaders || !hasDate) {
    return incompleteSignature(missingParts(pairs, hasDate, header));
  }
  const scope = credential.split("/");
  const [accessKeyId = "", day = "", region = "", service = "", terminator = ""] = scope;
  if (scope.length !== 5 || accessKeyId === "") {
    return incompleteSignature(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  return { accessKeyId, day, region, service, terminator, signedHeaders: signedHeaders.split(";"), signature };
}

function missingParts(pairs: ReadonlyMap<string, string>, hasDate: boolean, header: string): string {
  const missing = ["Credential", "Signature", "SignedHeaders"]
    .filter((name) => !pairs.get(name))
    .map((name) => `Authorization header requires '${name}' parameter. `);
  if (!hasDate) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  return `${missing.join("")}(Hashed with SHA-256 and encoded with Base64) Authorization=${hashed(header)}`;
}

function hashed(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** Checks the scope before any key is looked at. `date` is `X-Amz-Date`; `region` is what the host names, if it names one. */
export function scopeFault(
  claim: ClaimedSignature,
  expected: { date: string; service: string; region: string | undefined },
): Refusal | undefined {
  if (claim.service !== expected.service) {
    return invalidSignature(`Credential should be scoped to correct service: '${expected.service}'. `);
  }
  const isRegion = /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(claim.region);
  if (!isRegion || (expected.region !== undefined && claim.region !== expected.region)) {
    return invalidSignature("Credential should be scoped to a valid region. ");
  }
  if (claim.terminator !== "aws4_request") {
    return invalidSignature(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${claim.terminator}'. `,
    );
  }
  const day = expected.date.slice(0, 8);
  if (claim.day !== day) {
    return invalidSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.day}' != '${day}', from '${expected.date}'.`,
    );
  }
  return undefined;
}
