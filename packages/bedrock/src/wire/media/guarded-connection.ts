import { Resolver } from "node:dns/promises";
import { isIP, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { fetchFailed, notAllowed, type MediaAddress } from "./media-address.ts";
import { isPublicAddress } from "./public-address.ts";

/** All IP addresses of a name; rejects where it has none. */
export type LookUp = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Where a connection goes: addresses that have been checked, and the name that the certificate must have. */
export interface DialTarget {
  addresses: readonly string[];
  host: string;
  port: number;
  signal: AbortSignal;
}

/** Opens a TLS connection to one of the addresses, looking nothing up. */
export type Dial = (target: DialTarget) => Promise<Socket>;

/** Addresses tried; all are checked. */
const mostDialled = 4;
/** An address that does not answer must leave time for the next. */
const attemptMs = 2_500;

/**
 * Connects to an address's host. The name is looked up once; when any of its addresses is not public, none is called, and the
 * socket goes to those that were checked: a second answer of the name's server is never asked for (DNS rebinding).
 * Rejects with AditError `media_not_allowed` or `media_fetch_failed`.
 */
export async function guardedConnection(
  address: MediaAddress,
  ways: { lookup: LookUp; dial: Dial },
  signal: AbortSignal,
): Promise<Socket> {
  const addresses = isIP(address.host) === 0 ? await resolved(address, ways.lookup, signal) : [address.host];
  if (addresses.length === 0) {
    throw fetchFailed(address, "names a host that has no address");
  }
  // Which address it was is not said: names of the inner network are not for callers to explore.
  if (!addresses.every((one) => isPublicAddress(one))) {
    throw notAllowed(address, "leads to a host that is not on the public internet");
  }
  try {
    return await ways.dial({
      addresses: alternating(addresses).slice(0, mostDialled),
      host: address.host,
      port: 443,
      signal,
    });
  } catch (cause) {
    throw fetchFailed(address, `could not be connected to: ${wordsOf(cause)}`, cause);
  }
}

/** The TLS connection that `Dial` describes; `more` is for a server whose certificate only a test knows. */
export function dialTls(target: DialTarget, more: ConnectionOptions = {}): Promise<Socket> {
  const { addresses, host, port, signal } = target;
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const isName = isIP(host) === 0;
  const options: ConnectionOptions & Pick<TcpNetConnectOpts, "autoSelectFamily" | "autoSelectFamilyAttemptTimeout"> = {
    ...more,
    host,
    port,
    ...(isName ? { servername: host } : {}),
    ALPNProtocols: ["http/1.1"],
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attemptMs,
    // Node calls this instead of the system's resolver.
    lookup: (_host, { all }, callback) => {
      const [first] = found;
      if (all === true || first === undefined) {
        callback(null, found);
      } else {
        callback(null, first.address, first.family);
      }
    },
  };
  return new Promise((resolve, reject) => {
    const socket = connectTls(options);
    const onAbort = (): void => {
      socket.destroy(new Error("The fetch was ended."));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", onAbort);
      resolve(socket);
    });
    socket.once("error", (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    });
    if (signal.aborted) {
      onAbort();
    }
  });
}

/**
 * Asks the name servers for both kinds of address. Not the system's getaddrinfo: that knows the hosts file and its names, and holds
 * one of Node's four worker threads while a slow name server thinks, so that a few such addresses would stop every look-up of the process.
 */
export async function lookUpByNameServers(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 5_000, tries: 2 });
  const onAbort = (): void => resolver.cancel();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    if (four.status === "rejected" && six.status === "rejected") {
      throw four.reason;
    }
    return [...(four.status === "fulfilled" ? four.value : []), ...(six.status === "fulfilled" ? six.value : [])];
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Both kinds in turn: a machine may reach the one and not the other. */
function alternating(addresses: readonly string[]): string[] {
  const [four, six] = [4, 6].map((family) => addresses.filter((address) => isIP(address) === family));
  return addresses.flatMap((_address, index) =>
    [four?.[index], six?.[index]].filter((address) => address !== undefined),
  );
}

async function resolved(address: MediaAddress, lookup: LookUp, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return await lookup(address.host, signal);
  } catch (cause) {
    throw fetchFailed(address, `names a host that could not be looked up: ${wordsOf(cause)}`, cause);
  }
}

/** The system's code where there is one: its words can hold more than the caller should see. */
function wordsOf(cause: unknown): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = (first as { code?: unknown } | null | undefined)?.code;
  if (typeof code === "string") {
    return code;
  }
  return first instanceof Error ? first.message.replace(/\.$/, "") : "an unknown fault";
}
