import type { ArrivedRequest } from "../server/arrived-request.ts";
import { algorithm } from "./authorization-header.ts";
import { verifyBearer } from "./bearer-verifier.ts";
import type { Identity, Keyring } from "./keyring.ts";
import { missingAuthentication, type Refusal } from "./refusals.ts";
import { regionOfHost, verifySigV4 } from "./sigv4-verifier.ts";

/** A caller whose credentials hold. */
export interface Caller {
  scheme: "sigv4" | "bearer";
  identity: Identity;
  /** That signs, or that the host names; else us-east-1. */
  region: string;
}

/** Names of services in the scope of a signature. */
export type ServiceName = "bedrock" | "bedrock-mantle" | "sts";

/** Finds who calls a service, or why AWS would not hear it. */
export async function authenticate(
  request: ArrivedRequest,
  context: { keyring: Keyring; now: number; services: readonly ServiceName[] },
): Promise<Caller | Refusal> {
  const { keyring, now, services } = context;
  const header = request.headers["authorization"] ?? "";
  if (header.startsWith(algorithm)) {
    const claimed = services.find((name) => header.includes(`/${name}/aws4_request`));
    const service = claimed ?? services[0] ?? "bedrock";
    const verified = await verifySigV4(request, { keyring, now, service });
    return "status" in verified
      ? verified
      : { scheme: "sigv4", identity: verified.credential.identity, region: verified.region };
  }
  const token = bearerToken(header) ?? apiKeyOf(request, services);
  if (token === undefined || services.includes("sts")) {
    return missingAuthentication;
  }
  const region = regionOfHost(request);
  const key = await verifyBearer(token, { keyring, now, region });
  if ("status" in key) {
    return key;
  }
  const { account } = key;
  const identity: Identity = key.credential?.identity ?? {
    account,
    arn: `arn:aws:iam::${account}:user/BedrockAPIKey-emulator`,
    userId: account,
    isSession: false,
  };
  return { scheme: "bearer", identity, region: key.region ?? region ?? "us-east-1" };
}

/** Anthropic's clients send the key in a header of their own, which bedrock-mantle takes. */
function apiKeyOf({ headers }: ArrivedRequest, services: readonly ServiceName[]): string | undefined {
  return services.includes("bedrock-mantle") ? headers["x-api-key"] : undefined;
}

function bearerToken(header: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/** What a request says of its credentials, whether they hold or not. */
export function claimedCredentials(request: ArrivedRequest): {
  accessKeyId?: string;
  region?: string;
  sessionToken?: string;
  bearer?: boolean;
} {
  const header = request.headers["authorization"] ?? "";
  if (bearerToken(header) !== undefined || request.headers["x-api-key"] !== undefined) {
    return { bearer: true };
  }
  const [, accessKeyId, region] = /Credential=([^/,\s]+)\/[^/,\s]*\/([^/,\s]*)\//.exec(header) ?? [];
  const sessionToken = request.headers["x-amz-security-token"];
  return {
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(region !== undefined && { region }),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}
