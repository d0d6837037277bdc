/** A request that is signed with a key pair of the gateway's: whose it is, once the signature holds. */
import { AditError } from "@adit/bedrock";
import { checkSignature, readSignature, unknownAccessKey, type ArrivedRequest } from "@adit/bedrock/gateway";
import type { Incoming } from "../http/routes/route.ts";
import type { KeyPair } from "./key-pair.ts";
import { KeyPairs } from "./key-pairs.ts";

/** The name in the scope of signatures for bedrock-runtime. */
const service = "bedrock";

/**
 * The pair that signed the request, and the region it signed for. The body is read only where the key is known and the date is right.
 * Rejects with AditError in AWS's words: `IncompleteSignatureException`, `InvalidSignatureException`, `UnrecognizedClientException`; with
 * `invalid_gateway_key` for a pair of AWS's own.
 */
export async function signerOf(
  incoming: Incoming,
  keyPairs: KeyPairs,
  now: number,
): Promise<{ keyPair: KeyPair; region: string }> {
  const { headers } = incoming;
  const request: ArrivedRequest = {
    method: incoming.method,
    target: incoming.target,
    header: (name) => headers.raw(name),
    headerNames: () => headers.names(),
  };
  const claim = readSignature(request, { service, now });
  if (!KeyPairs.isAccessKeyId(claim.accessKeyId)) throw foreignPair();
  const opened = await keyPairs.opened(claim.accessKeyId);
  // A pair of the gateway's is no session's: a token beside it belongs to something else.
  if (opened === undefined || opened.keyPair.disabled || headers.raw("x-amz-security-token") !== undefined) {
    throw unknownAccessKey();
  }
  const body = await incoming.readBody("any");
  // The body may have been long on its way.
  if ((await keyPairs.opened(claim.accessKeyId))?.keyPair.disabled !== false) throw unknownAccessKey();
  checkSignature(claim, request, { body, secretAccessKey: opened.secretAccessKey });
  return { keyPair: opened.keyPair, region: claim.region };
}

/** AWS's SDKs sign where they find a key pair: the words say what to give them in its place. */
function foreignPair(): AditError {
  return new AditError("invalid_gateway_key", "The request is signed with a key pair that is not the gateway's.", {
    remedy:
      "Sign with one of the gateway's key pairs, set AWS_BEARER_TOKEN_BEDROCK to the gateway key, or send the key in x-adit-api-key beside the signature.",
  });
}
