import { credentialsFromFields, type CredentialInput } from "../auth/credential-input.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject } from "../json.ts";
import { providerNamed } from "../models/model-name.ts";

/** The process's one key for Bedrock: ReqLLM's users put it once, and no call names it. */
let storedKey: CredentialInput | undefined;

/**
 * Keeps a credential for every later call that names none: a Bedrock API key, or a record of `accessKeyId`, `secretAccessKey`,
 * `sessionToken`, `region`, `apiKey`, `roleArn`, `externalId` under any of their names. `undefined` forgets it. `provider` is any of
 * Bedrock's names. Throws AditError `incomplete_credentials`, `invalid_region`, `unknown_provider`, or `invalid_request` for what is no
 * credential.
 *
 * @example
 * putKey("aws_bedrock", { accessKeyId: "AKIA...", secretAccessKey: "...", region: "us-east-1" });
 */
export function putKey(provider: string, key: string | Record<string, unknown> | undefined): void {
  if (providerNamed(provider) !== "bedrock") {
    throw new AditError("unknown_provider", `${JSON.stringify(provider.slice(0, 64))} is not Bedrock.`, {
      param: "provider",
      remedy: 'Put the key under "aws_bedrock".',
    });
  }
  storedKey = key === undefined ? undefined : inputFrom(key);
}

/** What `putKey` keeps. */
export function keptKey(): CredentialInput | undefined {
  return storedKey;
}

function inputFrom(key: string | Record<string, unknown>): CredentialInput {
  const input = credentialsFromFields(typeof key === "string" ? { apiKey: key } : isJsonObject(key) ? key : {}, "key");
  if (input?.credentials === undefined && input?.role === undefined) {
    throw new AditError("invalid_request", "The key holds no credential.", {
      param: "key",
      remedy: "Give a Bedrock API key, or accessKeyId and secretAccessKey, with a region if you like.",
    });
  }
  return input;
}
