import type { CancelSignal } from "../cancel-signal.ts";
import type { Clock } from "../clock.ts";
import { AditError } from "../errors/adit-error.ts";
import type { ErrorCode } from "../errors/error-table.ts";
import { areSame, type Credentials, type CredentialSource } from "./credentials.ts";
import { resolveEndpoint, type Environment } from "./endpoints.ts";
import { serverTimeOf } from "./server-time.ts";
import { Signer } from "./sigv4.ts";
import { withoutSecrets } from "./withheld-secrets.ts";
import { xmlText } from "./xml-text.ts";

/** An answer of STS; header names in lower case. */
export interface StsAnswer {
  status: number;
  body: string;
  headers: Readonly<Record<string, string | undefined>>;
}

/** Sends a request to STS. Rejects where no answer came, and within time limits of its own. */
export type SendSts = (request: {
  url: string;
  headers: Record<string, string>;
  body: string;
  signal?: CancelSignal;
}) => Promise<StsAnswer>;

/** Where and as whom STS is called. */
export interface StsContext {
  /** The regional endpoint of this region is called. */
  region: string;
  /** Signs the call, with its session token where it has one. */
  source: CredentialSource;
  send: SendSts;
  clock: Clock;
  environment: Environment;
}

export interface StsCall {
  action: "AssumeRole" | "GetCallerIdentity";
  parameters: Readonly<Record<string, string>>;
  /** What fails if it fails, such as `Assuming role arn:...`. */
  purpose: string;
  /** What to do where STS denies it. */
  deniedRemedy: string;
}

/** What STS said, and how far its clock proved to be ahead of ours; 0 where nothing was learned. */
export interface StsReply {
  xml: string;
  skewMs: number;
}

interface StsRefusal {
  status: number;
  /** STS's error code; undefined where the answer was none of STS's. */
  code?: string;
  message: string;
  requestId?: string;
  /** From the `Date` header, milliseconds since 1970. */
  serverTime?: number;
  cause?: unknown;
}

/** What can be done once about a refusal before it is given to the caller. */
type Mend = "clock" | "credentials" | "pause";

const pauseMs = 250;
const skewToleratedMs = 60_000;

/** STS's codes under the names that Bedrock uses for the same. */
const codes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["AccessDenied", "AccessDeniedException"],
  ["AccessDeniedException", "AccessDeniedException"],
  ["InvalidClientTokenId", "UnrecognizedClientException"],
  ["UnrecognizedClientException", "UnrecognizedClientException"],
  ["SignatureDoesNotMatch", "InvalidSignatureException"],
  ["InvalidSignatureException", "InvalidSignatureException"],
  ["IncompleteSignature", "IncompleteSignatureException"],
  ["MissingAuthenticationToken", "MissingAuthenticationTokenException"],
  ["ExpiredToken", "ExpiredTokenException"],
  ["ExpiredTokenException", "ExpiredTokenException"],
  ["Throttling", "ThrottlingException"],
  ["ThrottlingException", "ThrottlingException"],
  ["RequestLimitExceeded", "ThrottlingException"],
  ["ValidationError", "ValidationException"],
]);

/**
 * Calls STS at its regional endpoint by the query protocol and gives the XML of its answer. Each of these is mended once: a clock
 * that is off (by STS's `Date`), source credentials that are no more (by fresh ones), throttling and failures (after 250 ms).
 * Rejects with AditError: AWS's code where STS named one that Bedrock has too, else `credentials_unavailable`; STS's words are in it.
 */
export async function callSts(context: StsContext, call: StsCall): Promise<StsReply> {
  const mended = new Set<Mend>();
  let skewMs = 0;
  for (;;) {
    const credentials = await context.source.get();
    const answer = await exchange(context, call, credentials, skewMs);
    if (typeof answer === "string") {
      return { xml: answer, skewMs };
    }
    const mend = mendOf(answer, context.clock.now() + skewMs);
    if (mend === undefined || mended.has(mend)) {
      throw errorOf(answer, context, call);
    }
    mended.add(mend);
    if (mend === "clock") {
      skewMs = (answer.serverTime ?? context.clock.now()) - context.clock.now();
    } else if (mend === "credentials") {
      if (!(await getsOthers(context.source, credentials))) {
        throw errorOf(answer, context, call);
      }
    } else {
      await context.clock.sleep(pauseMs);
    }
  }
}

async function getsOthers(source: CredentialSource, refused: Credentials): Promise<boolean> {
  source.invalidate();
  return !areSame(refused, await source.get());
}

async function exchange(
  context: StsContext,
  call: StsCall,
  credentials: Credentials,
  skewMs: number,
): Promise<string | StsRefusal> {
  const { source, clock, environment } = context;
  const endpoint = resolveEndpoint("sts", context.region, environment);
  if (credentials.kind === "bearer") {
    throw new AditError("invalid_request", `${call.purpose} needs an AWS key pair: STS takes no Bedrock API key.`, {
      remedy: `Give a key pair in place of the Bedrock API key (${source.label}).`,
    });
  }
  const path = `${endpoint.basePath}/`;
  const body = new URLSearchParams({ Action: call.action, Version: "2011-06-15", ...call.parameters }).toString();
  const headers = {
    host: endpoint.hostHeader,
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
  };
  const added = new Signer(clock).sign({
    method: "POST",
    path,
    headers,
    body,
    service: endpoint.signingService,
    region: endpoint.signingRegion,
    credentials,
    now: clock.now() + skewMs,
  });
  try {
    const answer = await context.send({ url: `${endpoint.origin}${path}`, headers: { ...headers, ...added }, body });
    return answer.status === 200 ? answer.body : refusalOf(answer, credentials);
  } catch (cause) {
    return { status: 0, message: cause instanceof Error ? cause.message : "no answer came", cause };
  }
}

function refusalOf(answer: StsAnswer, credentials: Credentials): StsRefusal {
  const code = xmlText(answer.body, "Code");
  const requestId = xmlText(answer.body, "RequestId") ?? answer.headers["x-amzn-requestid"];
  const serverTime = serverTimeOf(answer.headers["date"]);
  return {
    status: answer.status,
    message: withoutSecrets(xmlText(answer.body, "Message") ?? `STS answered with HTTP ${answer.status}`, credentials),
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId }),
    ...(serverTime !== undefined && { serverTime }),
  };
}

function mendOf(refusal: StsRefusal, signedAt: number): Mend | undefined {
  const code = codes.get(refusal.code ?? "");
  if (code === "InvalidSignatureException") {
    const off = Math.abs((refusal.serverTime ?? signedAt) - signedAt);
    // A secret that was written wrong may have been corrected since.
    return off > skewToleratedMs ? "clock" : "credentials";
  }
  if (code === "ExpiredTokenException" || code === "UnrecognizedClientException") {
    return "credentials";
  }
  return code === "ThrottlingException" || refusal.status === 0 || refusal.status >= 500 ? "pause" : undefined;
}

/** Where it is not that of the code: a role has no part in what never reached STS, nor in a call that assumes none. */
function remedyOf(refusal: StsRefusal, call: StsCall, code: ErrorCode): string | undefined {
  if (code === "AccessDeniedException") {
    return call.deniedRemedy;
  }
  if (refusal.status === 0) {
    return AditError.isInstance(refusal.cause)
      ? refusal.cause.remedy
      : "STS did not answer: check the region, DNS, proxies and firewalls.";
  }
  return code === "credentials_unavailable" && call.action === "GetCallerIdentity"
    ? "Try again; if it stays, check the region, and that STS is active in it for the account."
    : undefined;
}

function errorOf(refusal: StsRefusal, context: StsContext, call: StsCall): AditError {
  const code = codes.get(refusal.code ?? "") ?? "credentials_unavailable";
  const remedy = remedyOf(refusal, call, code);
  const error = new AditError(code, `${call.purpose} failed: ${refusal.message}`, {
    // A refusal that has a name stays one on another try; what broke on the way may not.
    ...(code === "credentials_unavailable" && { retryable: refusal.status === 0 || refusal.status >= 500 }),
    ...(remedy !== undefined && { remedy }),
    ...(refusal.cause !== undefined && { cause: refusal.cause }),
    ...(refusal.code !== undefined && {
      aws: {
        type: refusal.code,
        message: refusal.message,
        ...(refusal.requestId !== undefined && { requestId: refusal.requestId }),
      },
    }),
  });
  error.place = { region: context.region, credential: context.source.label };
  return error;
}
