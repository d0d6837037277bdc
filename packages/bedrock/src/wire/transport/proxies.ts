/** Proxies toward AWS, as the environment names them: `HTTPS_PROXY`, `HTTP_PROXY`, for both `ALL_PROXY`, and `NO_PROXY`; lower case wins. */
import { Buffer } from "node:buffer";
import { BlockList, isIP } from "node:net";
import { Pool, ProxyAgent, Socks5ProxyAgent, type buildConnector, type Dispatcher } from "undici/index.js";
import { variable, type Environment } from "../../auth/environment.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { PendingConnections } from "./pending-connections.ts";
import { parseUrl } from "../../parse-url.ts";

/** A proxy cannot reach this machine's own loopback: an emulator there is called directly, as Go's clients do. */
const loopback = "localhost,127.0.0.0/8,::1";

const schemes: ReadonlySet<string> = new Set(["http:", "https:", "socks:", "socks5:"]);

export interface Proxy {
  url: URL;
  /** The value of `Proxy-Authorization`. */
  authorization: string | undefined;
}

/** Which proxy an origin is called through. Throws AditError `invalid_config` for a variable that names none. */
export class Proxies {
  readonly #forHttp: Proxy | undefined;
  readonly #forHttps: Proxy | undefined;
  readonly #direct: DirectHosts;

  constructor(environment: Environment) {
    const forAll = proxyIn(environment, "ALL_PROXY");
    this.#forHttp = proxyIn(environment, "HTTP_PROXY") ?? forAll;
    this.#forHttps = proxyIn(environment, "HTTPS_PROXY") ?? forAll;
    this.#direct = new DirectHosts(`${loopback},${eitherCase(environment, "NO_PROXY") ?? ""}`);
  }

  /** Undefined where the origin is called directly. */
  of(origin: string): Proxy | undefined {
    const url = new URL(origin);
    const proxy = url.protocol === "https:" ? this.#forHttps : this.#forHttp;
    return proxy === undefined || this.#direct.has(url) ? undefined : proxy;
  }
}

/** Of `NO_PROXY`: `*` is every host; a name is that host and all below it, with a port at that port alone; networks are `10.0.0.0/8`. */
class DirectHosts {
  readonly #names: { host: string; port: string | undefined }[] = [];
  readonly #networks = new BlockList();
  #isEvery = false;

  constructor(list: string) {
    for (const entry of list.split(/[\s,]+/)) {
      this.#add(entry);
    }
  }

  has({ hostname, port, protocol }: URL): boolean {
    const host = withoutRootDot(bare(hostname));
    const asked = port === "" ? (protocol === "https:" ? "443" : "80") : port;
    const version = isIP(host);
    return (
      this.#isEvery ||
      (version !== 0 && this.#networks.check(host, `ipv${version as 4 | 6}`)) ||
      this.#names.some(
        (name) =>
          (name.port === undefined || name.port === asked) && (host === name.host || host.endsWith(`.${name.host}`)),
      )
    );
  }

  #add(entry: string): void {
    if (entry === "*") {
      this.#isEvery = true;
      return;
    }
    const [address = "", bits] = entry.split("/");
    const version = isIP(bare(address));
    if (version !== 0 && /^\d{1,3}$/.test(bits ?? "32")) {
      const most = version === 4 ? 32 : 128;
      this.#networks.addSubnet(bare(address), Math.min(Number(bits ?? most), most), `ipv${version as 4 | 6}`);
      return;
    }
    const [, named = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
    const host = withoutRootDot(bare(named).replace(/^\*?\./, "")).toLowerCase();
    if (host !== "") {
      this.#names.push({ host, port });
    }
  }
}

/** An IPv6 address without the brackets that it has in URLs. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** `example.com.` is `example.com`, told to resolvers as a whole name. */
function withoutRootDot(host: string): string {
  return host.replace(/\.$/, "");
}

function eitherCase(environment: Environment, name: string): string | undefined {
  return variable(environment, name.toLowerCase()) ?? variable(environment, name);
}

function proxyIn(environment: Environment, name: string): Proxy | undefined {
  const value = eitherCase(environment, name);
  if (value === undefined) {
    return undefined;
  }
  // As other programs read it.
  const url = parseUrl(value.includes("://") ? value : `http://${value}`);
  if (url === undefined || url.hostname === "" || !schemes.has(url.protocol)) {
    throw faultIn(name, "is not the address of a proxy, such as http://proxy.example.com:3128.");
  }
  return { url, authorization: authorizationFor(url, name) };
}

function authorizationFor({ username, password }: URL, name: string): string | undefined {
  if (username === "") {
    return undefined;
  }
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  } catch {
    throw faultIn(name, "holds a user or password with a % that must be written as %25.");
  }
}

/** The value is not shown: it may hold a password. */
function faultIn(name: string, words: string): AditError {
  return new AditError("invalid_config", `${name} ${words}`, { param: name, remedy: `Correct or unset ${name}.` });
}

type TunnelOptions = Omit<Pool.Options, "connect"> & { connect: buildConnector.BuildOptions & { timeout: number } };

/** A dispatcher that tunnels through the proxy. */
export function tunnelsThrough(
  { url, authorization }: Proxy,
  options: TunnelOptions,
  pending: PendingConnections,
): Dispatcher {
  const { connect } = options;
  if (url.protocol.startsWith("socks")) {
    // Without `proxyTls`: undici would speak TLS to the proxy, which no SOCKS proxy does. `requestTls` is missing in its types.
    const reach = pending.connector(connect, "tunnel");
    const given = { requestTls: connect, connect: answeringWithin(connect.timeout, reach) };
    return new Socks5ProxyAgent(url, given);
  }
  return new ProxyAgent({
    ...options,
    uri: url.href,
    ...(authorization !== undefined && { token: authorization }),
    requestTls: connect,
    proxyTls: connect,
    clientFactory: (origin, given) =>
      new ProxyConnections(origin, {
        ...given,
        connect: pending.connector(connect, "tunnel"),
        headersTimeout: connect.timeout,
      }),
    factory: (origin, given) => new TunnelledConnections(origin, given),
  });
}

/** Bytes of a SOCKS proxy's answers until its tunnel stands, at least. */
const socksAnswers = 12;

/** Undici gives up a SOCKS proxy that does not answer, and leaves the connection open. */
function answeringWithin(limitMs: number, connect: buildConnector.connector): buildConnector.connector {
  return (asked, callback) =>
    connect(asked, (...made) => {
      const [, socket] = made;
      const giveUp = (): void => {
        if (socket !== null && socket.bytesRead < socksAnswers) socket.destroy();
      };
      setTimeout(giveUp, limitMs).unref();
      callback(...made);
    });
}

/** Connections that are used once the tunnel stands: then they hold the process, as every connection in use does. */
class TunnelledConnections extends Pool {
  constructor(origin: string | URL, options: Pool.Options) {
    const { connect } = options;
    super(
      origin,
      typeof connect === "function"
        ? {
            ...options,
            connect: (asked: buildConnector.Options, callback: buildConnector.Callback): void =>
              connect(asked, (...made) => {
                made[1]?.ref();
                callback(...made);
              }),
          }
        : options,
    );
  }
}

class ProxyConnections extends Pool {
  /**
   * A proxy that closes the connection in its answer's stead fails who waits for the tunnel. Undici takes that error for one of a connection
   * that had been idle, and would ask anew at once, for ever, also when nobody waits any more.
   */
  override async connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    try {
      return await super.connect(options);
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== "UND_ERR_SOCKET") {
        throw cause;
      }
      throw new Error("the proxy closed the connection without an answer", { cause });
    }
  }
}
