/** Small servers that stand between the gateway and AWS: a proxy that connects where a test says, and an endpoint that keeps what it got. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from "node:net";

interface Listening {
  port: number;
  close: () => Promise<void>;
}

export interface TunnelProxy extends Listening {
  /** `host:port` of each CONNECT, in order. */
  asked: string[];
  /** The port of this machine that every CONNECT leads to; undefined: each is refused by 403. */
  target: number | undefined;
}

/** A proxy of HTTP's CONNECT that refuses until it has a target. */
export async function openTunnelProxy(): Promise<TunnelProxy> {
  const server = createServer((_request, response) => response.writeHead(405).end());
  const sockets = new Set<Socket>();
  server.on("connect", (request, caller: Socket) => {
    proxy.asked.push(request.url ?? "");
    sockets.add(caller);
    caller.on("error", () => caller.destroy());
    if (proxy.target === undefined) {
      caller.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const target = connect(proxy.target, "127.0.0.1", () => {
      caller.write("HTTP/1.1 200 Connection established\r\n\r\n");
      caller.pipe(target).pipe(caller);
    });
    target.on("error", () => caller.destroy());
    caller.on("close", () => target.destroy());
  });
  const listening = await listen(server);
  const proxy: TunnelProxy = {
    asked: [],
    target: undefined,
    port: listening.port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await listening.close();
    },
  };
  return proxy;
}

export interface KeptRequest {
  method: string;
  /** As on the wire. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface KeepingEndpoint extends Listening {
  requests: KeptRequest[];
}

/** An endpoint that keeps each request and gives every one the same answer. */
export async function openKeepingEndpoint(status: number, body: object): Promise<KeepingEndpoint> {
  const requests: KeptRequest[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      requests.push({ method, path: url, headers, body: Buffer.concat(pieces) });
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  return { requests, ...(await listen(server)) };
}

export interface Relay extends Listening {
  /** The port of this machine that the bytes go to. To be set before the first connection. */
  target: number | undefined;
  /** Bytes that came from the target and that the caller's side has taken. */
  bytesDown: number;
  /** Connections that are open on the caller's side. */
  openCount: number;
  /** Connections that have ended. */
  closedCount: number;
}

/** Passes bytes on, both ways, at the pace of the slower side, and counts them. */
export async function openRelay(): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((caller) => {
    const target = connect(relay.target ?? 0, "127.0.0.1");
    sockets.add(caller);
    relay.openCount += 1;
    target.on("data", (piece) => {
      relay.bytesDown += piece.length;
    });
    caller.pipe(target).pipe(caller);
    for (const [one, other] of [
      [caller, target],
      [target, caller],
    ] as const) {
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    }
    caller.on("close", () => {
      sockets.delete(caller);
      relay.openCount -= 1;
      relay.closedCount += 1;
    });
  });
  const listening = await listen(server);
  const relay: Relay = {
    target: undefined,
    bytesDown: 0,
    openCount: 0,
    closedCount: 0,
    port: listening.port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await listening.close();
    },
  };
  return relay;
}

async function listen(server: Server | TcpServer): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
