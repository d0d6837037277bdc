import { SignatureV4 } from "@smithy/signature-v4";
import { timeFromAmzDate } from "./amz-date.ts";
import { exampleAccount } from "./example-keys.ts";
import type { KnownCredential, Keyring } from "./keyring.ts";
import { NodeSha256 } from "./node-sha256.ts";
import { badApiKey, type Refusal } from "./refusals.ts";
import { isSame } from "./sigv4-verifier.ts";

/** What a Bedrock API key comes to. */
export interface VerifiedKey {
  account: string;
  /** The region that a short-term key is bound to. */
  region?: string;
  /** The key pair that made a short-term key. */
  credential?: KnownCredential;
}

const shortTermPrefix = "bedrock-api-key-";
const host = "bedrock.amazonaws.com";
const longestSeconds = 43_200;

/**
 * Verifies a Bedrock API key: a long-term one must be known; a short-term one is a presigned request whose signature, term and region
 * are checked. `region` is the one that was called, where the host says so. AWS has one answer for all that is wrong with a key.
 */
export async function verifyBearer(
  token: string,
  context: { keyring: Keyring; now: number; region: string | undefined },
): Promise<VerifiedKey | Refusal> {
  if (!token.startsWith(shortTermPrefix)) {
    const account = context.keyring.accountOfApiKey(token);
    return account === undefined ? badApiKey : { account };
  }
  const claim = presignedClaim(Buffer.from(token.slice(shortTermPrefix.length), "base64").toString("utf8"));
  const known = claim === undefined ? undefined : context.keyring.find(claim.accessKeyId);
  if (claim === undefined || known === undefined) {
    return badApiKey;
  }
  const expiresAt = Math.min(claim.signedAt + claim.seconds * 1_000, known.expiresAt ?? Number.POSITIVE_INFINITY);
  const holds =
    claim.signedAt <= context.now + 300_000 &&
    context.now < expiresAt &&
    (context.region === undefined || context.region === claim.region) &&
    (known.sessionToken ?? "") === claim.sessionToken &&
    isSame(await presignedSignature(claim, known), claim.signature);
  return holds ? { account: known.account ?? exampleAccount, region: claim.region, credential: known } : badApiKey;
}

interface PresignedClaim {
  accessKeyId: string;
  region: string;
  /** Milliseconds since 1970. */
  signedAt: number;
  seconds: number;
  sessionToken: string;
  signature: string;
}

/** Reads `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-...&Version=1`. */
function presignedClaim(text: string): PresignedClaim | undefined {
  if (!text.startsWith(`${host}/?`)) {
    return undefined;
  }
  const query = new URLSearchParams(text.slice(host.length + 2));
  const [accessKeyId = "", , region = "", service, terminator] = (query.get("X-Amz-Credential") ?? "").split("/");
  const signedAt = timeFromAmzDate(query.get("X-Amz-Date") ?? "");
  const seconds = Number(query.get("X-Amz-Expires"));
  const isWhole =
    query.get("Action") === "CallWithBearerToken" &&
    service === "bedrock" &&
    terminator === "aws4_request" &&
    signedAt !== undefined &&
    Number.isInteger(seconds) &&
    seconds >= 1 &&
    seconds <= longestSeconds;
  return isWhole
    ? {
        accessKeyId,
        region,
        signedAt,
        seconds,
        sessionToken: query.get("X-Amz-Security-Token") ?? "",
        signature: query.get("X-Amz-Signature") ?? "",
      }
    : undefined;
}

/** `Version=1` is put behind the signed address, so it is no part of what is signed. */
async function presignedSignature(claim: PresignedClaim, known: KnownCredential): Promise<string> {
  const signer = new SignatureV4({ service: "bedrock", region: claim.region, credentials: known, sha256: NodeSha256 });
  const presigned = await signer.presign(
    {
      method: "POST",
      protocol: "https:",
      hostname: host,
      path: "/",
      query: { Action: "CallWithBearerToken" },
      headers: { host },
    },
    { signingDate: new Date(claim.signedAt), expiresIn: claim.seconds },
  );
  const signature = presigned.query?.["X-Amz-Signature"];
  return typeof signature === "string" ? signature : "";
}
