import { Buffer } from "node:buffer";
import { EnvHttpProxyAgent, Pool, type Dispatcher } from "undici";
import { variable, type Environment } from "../auth/environment.ts";
import { systemClock, type Clock } from "../clock.ts";
import { AditError } from "../errors/adit-error.ts";
import { parseUrl } from "../parse-url.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "./exchange.ts";
import { DeadlineWatch } from "./time-limits.ts";
import { UpstreamRequest } from "./upstream-request.ts";

export type { ReplyHandler, UpstreamCall, UpstreamExchange } from "./exchange.ts";

export interface TransportOptions {
  /** Default: the machine's. */
  clock?: Clock;
  /** For `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (lower case wins); default none, so no proxy. */
  environment?: Environment;
}

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
  readonly #watch: DeadlineWatch;
  readonly #clock: Clock;
  readonly #environment: Environment;
  readonly #dispatchers = new Map<string, Dispatcher>();
  #isClosed = false;

  /** @throws AditError `invalid_config` for a variable that is no address of a proxy. */
  constructor(options: TransportOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#environment = options.environment ?? {};
    for (const name of ["https_proxy", "http_proxy"]) checkProxy(this.#environment, name);
    this.#watch = new DeadlineWatch(this.#clock);
  }

  /** Starts the exchange. Errors reach the handler, never the caller of this. */
  dispatch(call: UpstreamCall, handler: ReplyHandler): UpstreamExchange {
    const request = new UpstreamRequest(call, handler, { clock: this.#clock, watch: this.#watch });
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
      connect: { timeout: connectMs },
    };
    const httpProxy = proxyVariable(this.#environment, "http_proxy").value;
    const httpsProxy = proxyVariable(this.#environment, "https_proxy").value;
    const noProxy = proxyVariable(this.#environment, "no_proxy").value ?? "";
    const needed = origin.startsWith("https:") ? httpsProxy : httpProxy;
    if (needed === undefined) {
      return new Pool(origin, options);
    }
    return new EnvHttpProxyAgent({
      ...options,
      // An empty string keeps undici from looking into the process's own environment.
      httpProxy: httpProxy ?? "",
      httpsProxy: httpsProxy ?? "",
      // A star is every host to undici only where it stands alone.
      noProxy: noProxy === "*" ? noProxy : `${loopback},${noProxy}`,
    });
  }
}

/** The value in lower or upper case, whichever counts, and the name that it was found by. */
function proxyVariable(environment: Environment, lowerCase: string): { name: string; value: string | undefined } {
  const name = variable(environment, lowerCase) === undefined ? lowerCase.toUpperCase() : lowerCase;
  return { name, value: variable(environment, name) };
}

const proxyProtocols: ReadonlySet<string> = new Set(["http:", "https:", "socks5:", "socks:"]);

/** Curl takes `proxy.example:3128` too; undici reads a scheme in it, or nothing. */
function checkProxy(environment: Environment, lowerCase: string): void {
  const { name, value } = proxyVariable(environment, lowerCase);
  if (value === undefined) return;
  const url = parseUrl(value);
  if (url !== undefined && proxyProtocols.has(url.protocol) && url.hostname !== "") return;
  throw new AditError("invalid_config", `${name} is not the URL of a proxy.`, {
    param: name,
    remedy: `Set ${name} to one such as http://proxy.example:3128, or unset it.`,
  });
}

/** A proxy cannot reach this machine's own loopback: an emulator there is called directly, as Go's clients do. */
const loopback = "localhost,127.0.0.1,[::1]";
