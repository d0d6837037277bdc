/** What checks ask others with: hosts that the operator listed, the public internet as media are fetched from it, Bedrock. */
import {
  fetchMedia,
  isJsonObject,
  lookUpByNameServers,
  type BedrockClient,
  type CredentialSource,
  type JsonObject,
} from "@adit/bedrock";
import type { BedrockOptions, CheckTools } from "./check.ts";
import { postJson } from "./post-json.ts";

/** Who signs a call of a check's to Bedrock, and where it goes. */
export interface CheckSigner {
  credentials: CredentialSource;
  region: string;
  baseUrl: string | undefined;
}

export interface CheckToolsOptions {
  client: BedrockClient;
  /** `ADIT_FETCH_MEDIA`: false: addresses in texts are not fetched either. */
  fetchMedia: boolean;
  /** Marks calls to other hosts, so that a loop is seen. */
  hop: Readonly<Record<string, string>>;
  /** By the target's own credential, or a virtual key's. Rejects with AditError. */
  signer: (options: BedrockOptions) => Promise<CheckSigner>;
}

export function checkToolsOf({ client, fetchMedia: isFetching, hop, signer }: CheckToolsOptions): CheckTools {
  return {
    post: (url, body, options) => postJson(url, body, { ...options, headers: { ...options.headers, ...hop } }),
    lookUp: async (host, timeoutMs) => {
      await lookUpByNameServers(host, AbortSignal.timeout(timeoutMs));
    },
    reach: async (url, timeoutMs) => {
      await fetchMedia([url], { enabled: isFetching, timeoutMs });
    },
    bedrock: async (path, body, options) => {
      const { credentials, region, baseUrl } = await signer(options);
      const reply = await client.passRuntime({
        path,
        region,
        credentials,
        body: Buffer.from(JSON.stringify(body)),
        contentType: "application/json",
        accept: "application/json",
        signal: AbortSignal.timeout(options.timeoutMs),
        ...(baseUrl !== undefined && { baseUrl }),
      });
      return objectIn(reply.body);
    },
  };
}

function objectIn(body: Buffer): JsonObject {
  const value: unknown = JSON.parse(body.toString("utf8"));
  if (isJsonObject(value)) return value;
  throw new Error("AWS answered without an object.");
}
