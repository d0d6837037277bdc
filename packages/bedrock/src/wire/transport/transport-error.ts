import { AditError } from "../../errors/adit-error.ts";

/** How far an exchange had come when it failed. */
export type ExchangePhase = "connecting" | "sent" | "answering";

const notFound = "The host name does not exist: check the region, the endpoint and the proxy.";
const certificate = "Check the certificate of the endpoint or proxy, and AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS.";
/** Of a chain that nobody vouches for, and of TLS (Node.js, "X509 certificate error codes"). */
const certificateCode = /CERT|SELF_SIGNED|TLS|SSL|LEAF_SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME/;
/** Undici's code. Who closes the transport ends its calls: that is no fault of the connection, and no other try could succeed. */
const closedByProgram = "UND_ERR_DESTROYED";
/** Undici's code, for a path or header that HTTP does not allow: nothing was connected to, and no other try could succeed. */
const notHttp = "UND_ERR_INVALID_ARG";
/** Undici's words. The proxy answers so with each try. */
const proxyRefusal = /^Proxy response \((4\d\d)\)/;
const proxyWantsUser =
  "The proxy asks for a user and a password: write them into HTTPS_PROXY or HTTP_PROXY, as http://USER:PASSWORD@HOST:PORT.";
const proxyRefuses = "The proxy does not let this host through: have it allowed there, or name it in NO_PROXY.";

/** The error of a connection that failed with `cause`, in words that name the origin and the system's own code; `client_closed` where the program closed it, `invalid_request` for what is no HTTP. */
export function transportError(cause: unknown, origin: string, phase: ExchangePhase): AditError {
  if (codeOf(cause) === closedByProgram) {
    return abortError(cause);
  }
  const reason = reasonOf(cause);
  if (codeOf(cause) === notHttp) {
    return new AditError("invalid_request", `The request to ${origin} cannot be sent: ${reason}`, { cause });
  }
  if (phase !== "connecting") {
    const when = phase === "sent" ? "before an answer came" : "in the middle of the answer";
    return new AditError("upstream_reset", `The connection to ${origin} broke ${when}: ${reason}`, { cause });
  }
  const message = `No connection to ${origin} could be made: ${reason}`;
  const code = codeOf(cause);
  if (code === "ENOTFOUND") {
    return new AditError("upstream_unreachable", message, { cause, retryable: false, remedy: notFound });
  }
  if (certificateCode.test(code)) {
    return new AditError("upstream_unreachable", message, { cause, retryable: false, remedy: certificate });
  }
  const status = proxyRefusal.exec(reason)?.[1];
  if (status !== undefined) {
    const remedy = status === "407" ? proxyWantsUser : proxyRefuses;
    return new AditError("upstream_unreachable", message, { cause, retryable: false, remedy });
  }
  return new AditError("upstream_unreachable", message, { cause });
}

/** The error of a call that its caller ended. A reason that is an AditError already (a limit of the gateway's) stands as it is. */
export function abortError(reason: unknown): AditError {
  if (AditError.isInstance(reason)) {
    return reason;
  }
  return new AditError("client_closed", "The call was ended before its answer was complete.", { cause: reason });
}

function codeOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function reasonOf(cause: unknown): string {
  // A host with several addresses fails with one error for each: the first says enough.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const words = first instanceof Error ? first.message : String(first);
  const code = codeOf(cause);
  return code === "" || words.includes(code) ? words : `${words} (${code})`;
}
