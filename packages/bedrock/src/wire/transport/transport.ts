import { Buffer } from "node:buffer";
import type { SecureContext } from "node:tls";
import { Pool, type Dispatcher } from "undici/index.js";
import type { Environment } from "../../auth/environment.ts";
import { systemClock, type Clock } from "../../clock.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "./exchange.ts";
import { PendingConnections } from "./pending-connections.ts";
import { Proxies, tunnelsThrough } from "./proxies.ts";
import { DeadlineWatch } from "./time-limits.ts";
import { trustedCertificates } from "./trusted-certificates.ts";
import { UpstreamRequest, type SharedParts } from "./upstream-request.ts";
import { aClock, anObject, needMembers, type OptionForm } from "../../known-options.ts";

export interface TransportOptions {
  /** Default: the machine's. */
  clock?: Clock;
  /** For `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` (lower case wins) and `AWS_CA_BUNDLE`; default none, so no proxy. */
  environment?: Environment;
}

const optionForms: ReadonlyMap<string, OptionForm> = new Map([
  ["clock", aClock],
  ["environment", anObject],
]);

/** Idle connections are kept this long, unless the server names a shorter time. */
const keepAliveMs = 30_000;
const defaultConnectMs = 10_000;
/** Regions come from callers: pools of the oldest origins are closed beyond this many. */
const poolLimit = 256;

/**
 * HTTP/1.1 toward AWS on undici's dispatch: a pool of kept-alive connections an origin, as many as there are calls at once.
 * A request is sent once: what is to be sent again is signed again first, by the caller.
 */
export class Transport {
  readonly #shared: SharedParts;
  readonly #proxies: Proxies;
  readonly #secureContext: SecureContext | undefined;
  readonly #dispatchers = new Map<string, Dispatcher>();
  readonly #pending = new PendingConnections();
  #isClosed = false;

  /** Throws AditError: `invalid_config` for a variable that cannot be used, `invalid_request` for an option of the wrong type. */
  constructor(options: TransportOptions = {}) {
    needMembers(options, optionForms, [], "new Transport");
    const environment = options.environment ?? {};
    this.#proxies = new Proxies(environment);
    this.#secureContext = trustedCertificates(environment);
    const clock = options.clock ?? systemClock;
    this.#shared = { clock, watch: new DeadlineWatch(clock), heldOfAll: { bytes: 0 } };
  }

  /** Starts the exchange. Errors reach the handler, never the caller of this. */
  dispatch(call: UpstreamCall, handler: ReplyHandler): UpstreamExchange {
    const request = new UpstreamRequest(call, handler, this.#shared);
    if (call.signal?.aborted === true) {
      request.abort(call.signal.reason);
      return request;
    }
    if (this.#isClosed) {
      // A call that was under way would be tried again otherwise, over a connection that nobody closes.
      request.abort(new Error("The connections were closed."));
      return request;
    }
    this.#dispatcherFor(call).dispatch(
      {
        origin: call.origin,
        path: call.path,
        method: call.method,
        headers: call.headers,
        body: typeof call.body === "string" ? Buffer.from(call.body) : (call.body ?? null),
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      request,
    );
    return request;
  }

  /** Closes all connections; calls under way fail, and so do later ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const open = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(open.map((dispatcher) => dispatcher.destroy()));
    this.#pending.destroy();
  }

  #dispatcherFor(call: UpstreamCall): Dispatcher {
    const connectMs = call.limits.connectMs;
    const key = connectMs === defaultConnectMs ? call.origin : `${call.origin} ${connectMs}`;
    const known = this.#dispatchers.get(key);
    if (known !== undefined) {
      return known;
    }
    for (const [oldest, idle] of this.#dispatchers) {
      if (this.#dispatchers.size < poolLimit) {
        break;
      }
      this.#dispatchers.delete(oldest);
      void idle.close();
    }
    const dispatcher = this.#open(call.origin, connectMs);
    this.#dispatchers.set(key, dispatcher);
    return dispatcher;
  }

  #open(origin: string, connectMs: number): Dispatcher {
    const options = {
      allowH2: false,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      connect: {
        timeout: connectMs,
        ...(this.#secureContext !== undefined && { secureContext: this.#secureContext }),
      },
    };
    const proxy = this.#proxies.of(origin);
    if (proxy !== undefined) return tunnelsThrough(proxy, options, this.#pending);
    return new Pool(origin, { ...options, connect: this.#pending.connector(options.connect) });
  }
}
