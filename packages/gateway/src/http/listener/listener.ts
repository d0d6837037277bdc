/** The one port of the gateway: HTTP/1.1 and HTTP/2, in clear or over TLS. */
import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { AditError } from "@adit/bedrock";
import type { Settings, TlsFiles } from "../../settings.ts";
import { Connections } from "./connections.ts";
import { Departures } from "../reply/departures.ts";
import { BodyRoom, roomForBodies } from "../request/body-room.ts";
import { HopMark } from "../request/hop-mark.ts";
import { defaultHttpLimits, type HttpLimits } from "./http-limits.ts";
import type { NodeRequest, NodeResponse } from "../node-http.ts";
import { refuseHead } from "./refused-head.ts";
import { UuidV7Source } from "../request/request-id.ts";
import type { BeforeEnd, GoesOn, Route, TapContent } from "../routes/route.ts";
import { RouteRunner, type Doorkeeper, type FinishedRequest } from "../routes/run-route.ts";
import { stopGracefully } from "./stop.ts";
import { Ticker } from "../ticker.ts";
import { readTlsFiles } from "./tls-files.ts";
import { TrustedProxies } from "../request/trusted-proxies.ts";

export interface ListenerOptions {
  settings: Pick<
    Settings,
    | "host"
    | "port"
    | "tls"
    | "maxBodyBytes"
    | "keepAliveCommentMs"
    | "corsOrigins"
    | "trustedProxies"
    | "shutdownSeconds"
  >;
  routes: readonly Route[];
  door: Doorkeeper;
  /** Called once a request, when its answer has left or its caller has. */
  onDone?: (finished: FinishedRequest) => void;
  /** Called once a request at most, before the last byte of its answer leaves; not where the caller has left before. */
  beforeEnd?: BeforeEnd;
  /** Called before answers leave that `beforeEnd` was called for, once for all of them. */
  beforeLeaving?: () => void;
  /** Asked when a caller leaves before its answer was whole; absent: nothing goes on then. */
  goesOn?: GoesOn;
  /** Asked once for each call of a model. */
  tapContent?: TapContent;
  /** The mark that this gateway puts on its calls to other hosts; default: one of its own, which nothing bears. */
  hop?: HopMark;
  limits?: Partial<HttpLimits>;
  /** What the bodies of all requests under way may hold together; default: as the memory of the process allows. */
  bodiesBytes?: number;
}

export interface Listener {
  port: number;
  /** With the host that it listens on, such as `http://127.0.0.1:8787`. */
  url: string;
  /** Lets requests under way end, within `shutdownSeconds`, and closes everything. The same promise each time. */
  stop(): Promise<void>;
}

/**
 * Listens.
 * @throws AditError `invalid_request` where the address is taken or not this machine's, or a TLS file cannot be used.
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { settings } = options;
  const limits = { ...defaultHttpLimits, ...options.limits };
  const ticker = new Ticker(limits.tickMs);
  const ids = new UuidV7Source();
  const runner = new RouteRunner({
    routes: options.routes,
    door: options.door,
    corsOrigins: settings.corsOrigins,
    hop: options.hop ?? new HopMark(),
    watch: {
      limits,
      ticker,
      ids,
      room: new BodyRoom(options.bodiesBytes ?? roomForBodies()),
      maxBodyBytes: settings.maxBodyBytes,
      proxies: settings.trustedProxies.length === 0 ? undefined : new TrustedProxies(settings.trustedProxies),
      keepAliveCommentMs: settings.keepAliveCommentMs,
      departures: new Departures(options.beforeLeaving),
      beforeEnd: options.beforeEnd,
      goesOn: options.goesOn,
      askAgain: (incoming, principal) => options.door.again(incoming, principal),
    },
    onDone: options.onDone,
    tapContent: options.tapContent,
  });
  const { server, connections } = makeServers(settings.tls, limits, (request, response) =>
    runner.serve(request, response),
  );
  server.on("clientError", (error, socket) =>
    refuseHead(error, socket as Socket, ids.next(Date.now()), limits.lingerMs),
  );
  await listen(server, settings);
  const { port, address, family } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  let stopped: Promise<void> | undefined;
  return {
    port,
    url: `${settings.tls === undefined ? "http" : "https"}://${host}:${port}`,
    stop: () =>
      (stopped ??= stopGracefully({
        server,
        connections,
        runner,
        patienceMs: settings.shutdownSeconds * 1000,
        abortGraceMs: limits.abortGraceMs,
      })),
  };
}

type Serve = (request: NodeRequest, response: NodeResponse) => void;

/**
 * node:http's server listens, so that its own watch over slow headers and idle connections works; what it would do with a
 * new connection is held back until the version is known.
 */
function makeServers(
  tls: TlsFiles | undefined,
  limits: HttpLimits,
  serve: Serve,
): { server: Server; connections: Connections } {
  const options = httpOptions(limits);
  const server: Server =
    tls === undefined ? createServer(options) : createHttpsServer({ ...options, ...tlsOptions(tls) });
  server.keepAliveTimeout = limits.keepAliveMs;
  // The size of all headers is bounded; a bound on their number would leave out the rest without a word.
  server.maxHeadersCount = 0;
  const event = tls === undefined ? "connection" : "secureConnection";
  const serveHttp1 = server.listeners(event).at(-1) as (this: Server, socket: Socket) => void;
  server.removeListener(event, serveHttp1);
  const http2 = makeHttp2(limits, serve);
  const connections = new Connections({ limits, http2, serveHttp1: (socket) => serveHttp1.call(server, socket) });
  if (tls === undefined) server.on("connection", (socket) => connections.addClear(socket));
  else {
    server.prependListener("connection", (socket) => connections.addUnsecured(socket));
    server.on("secureConnection", (socket) => connections.addSecure(socket));
  }
  const serveSettled: Serve = (request, response) => {
    connections.settle(request.socket);
    serve(request, response);
  };
  server.on("request", serveSettled);
  // The route asks for the body when it wants it; a refusal before that spares the caller the sending.
  server.on("checkContinue", serveSettled);
  // An expectation that nobody knows may be passed over (RFC 9110, section 10.1.1); node's own refusal has no body and no id.
  server.on("checkExpectation", serveSettled);
  return { server, connections };
}

function httpOptions(limits: HttpLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: limits.headersCheckMs,
    // A large body may take long; how slow it may be is watched where bodies are read.
    requestTimeout: 0,
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };
}

/** As good as no bound: streams are counted, and what each holds is bounded as by HTTP/1.1. */
const sessionMegabytes = 1_000_000;

function makeHttp2(limits: HttpLimits, serve: Serve): Http2Server {
  const server = createHttp2Server({
    settings: {
      maxConcurrentStreams: limits.maxStreamsPerSession,
      maxHeaderListSize: limits.headerBytes,
      initialWindowSize: 262_144,
    },
    // Node counts what waits to be taken of a session's answers against ten megabytes: beyond them it would refuse every new stream of
    // that connection, and after fifty refusals end all of it, so that of a proxy's callers one slow reader of a picture hurts all.
    maxSessionMemory: sessionMegabytes,
    maxSessionInvalidFrames: 50,
    maxSessionRejectedStreams: 50,
  });
  server.on("request", serve);
  server.on("checkContinue", serve);
  server.on("checkExpectation", serve);
  // What breaks one session is over with it.
  server.on("sessionError", () => {});
  return server;
}

function tlsOptions(tls: TlsFiles): { cert: Buffer; key: Buffer; ALPNProtocols: string[]; handshakeTimeout: number } {
  return { ...readTlsFiles(tls), ALPNProtocols: ["h2", "http/1.1"], handshakeTimeout: 10_000 };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new AditError(
          "invalid_request",
          `Nothing can listen on ${host}, port ${port} (${error.code ?? error.message}).`,
          {
            remedy:
              "Set ADIT_HOST and ADIT_PORT (or --host and --port) to an address of this machine and a port that is free, and start again.",
            cause: error,
          },
        ),
      );
    });
    server.listen({ host, port, backlog: 4096 }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}
