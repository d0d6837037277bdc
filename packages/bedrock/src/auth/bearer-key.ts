import { AditError } from "../errors/adit-error.ts";
import { Secret } from "../secret.ts";
import type { BearerKey } from "./credentials.ts";
import { parseUrl } from "../parse-url.ts";
import { needText } from "../known-options.ts";

/** What a Bedrock API key says about itself. */
export interface BearerKeyFacts {
  /** `long-term` keys belong to an IAM user; `short-term` ones hold a presigned URL; `unknown` is any other text. */
  kind: "long-term" | "short-term" | "unknown";
  /** Milliseconds since 1970; short-term keys only. AWS lets them live 12 hours at most, and no longer than their session. */
  expiresAt?: number;
  /** The one region in which a short-term key is valid. */
  region?: string;
}

const shortTermPrefix = "bedrock-api-key-";

/**
 * Makes a credential of a Bedrock API key, with the expiry that a short-term key carries.
 * Throws AditError `invalid_request` where it holds what no header can carry.
 */
export function bearerKey(token: string): BearerKey {
  needText(token, "api_key");
  const trimmed = token.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new AditError("invalid_request", "The Bedrock API key is empty or holds a character that no key has.", {
      param: "api_key",
    });
  }
  const { expiresAt } = bearerKeyFacts(trimmed);
  return { kind: "bearer", token: new Secret(trimmed), ...(expiresAt !== undefined && { expiresAt }) };
}

/**
 * Reads what can be read in a Bedrock API key without asking AWS: a short-term key is `bedrock-api-key-` and the base64 of a
 * presigned URL without its scheme (AWS's token generator, aws-bedrock-token-generator); a long-term one begins with `ABSK`.
 */
export function bearerKeyFacts(token: string): BearerKeyFacts {
  needText(token, "api_key");
  if (token.startsWith("ABSK")) {
    return { kind: "long-term" };
  }
  if (!token.startsWith(shortTermPrefix)) {
    return { kind: "unknown" };
  }
  const url = `https://${Buffer.from(token.slice(shortTermPrefix.length), "base64").toString("latin1")}`;
  const query = parseUrl(url)?.searchParams;
  if (query === undefined) {
    return { kind: "short-term" };
  }
  const expiresAt = expiryOf(query.get("X-Amz-Date") ?? "", query.get("X-Amz-Expires") ?? "");
  const region = /^[^/]+\/\d{8}\/([a-z0-9-]+)\/bedrock\/aws4_request$/.exec(query.get("X-Amz-Credential") ?? "")?.[1];
  return {
    kind: "short-term",
    ...(expiresAt !== undefined && { expiresAt }),
    ...(region !== undefined && { region }),
  };
}

function expiryOf(dateTime: string, seconds: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(dateTime);
  if (parts === null || !/^\d{1,6}$/.test(seconds)) {
    return undefined;
  }
  const [, year, month, day, hour, minute, second] = parts;
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(signedAt) ? undefined : signedAt + Number(seconds) * 1_000;
}
