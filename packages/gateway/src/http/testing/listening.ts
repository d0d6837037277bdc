/** A listener for tests, with limits short enough to wait for, and clients that send what no good client would. */
import { connect, type Socket } from "node:net";
import { AditError, openAiErrorBody } from "@adit/bedrock";
import { startListener, type Listener, type ListenerOptions } from "../listener/listener.ts";
import type { KeyRoute, Reply, Incoming, Route, RouteMethod } from "../routes/route.ts";
import type { FinishedRequest } from "../routes/run-route.ts";

const gatewayKey = "test-gateway-key-0123456789";

export interface TestListener extends Listener {
  /** What ended so far, the oldest first. */
  finished: FinishedRequest[];
}

const settings: ListenerOptions["settings"] = {
  host: "127.0.0.1",
  port: 0,
  tls: undefined,
  maxBodyBytes: 1_048_576,
  keepAliveCommentMs: 15_000,
  corsOrigins: new Set<string>(),
  trustedProxies: [],
  shutdownSeconds: 5,
};

/** Starts one. Its door opens for `gatewayKey` in `x-adit-api-key` or `Authorization`. */
export async function listening(
  routes: Route[],
  changes: Omit<Partial<ListenerOptions>, "settings"> & { settings?: Partial<ListenerOptions["settings"]> } = {},
): Promise<TestListener> {
  const finished: FinishedRequest[] = [];
  const listener = await startListener({
    routes,
    door: {
      caller({ headers }) {
        const key = headers.get("api-key") ?? headers.raw("authorization")?.slice("Bearer ".length);
        if (key === undefined) throw new AditError("missing_gateway_key", "No gateway key was sent.");
        if (key !== gatewayKey) throw new AditError("invalid_gateway_key", "The gateway key is not known here.");
        return { kind: "admin_key", isGatewayKey: () => false };
      },
      principal: () => Promise.reject(new Error("These tests ask nothing of the control API.")),
      again: () => Promise.resolve(),
    },
    onDone: (request) => finished.push(request),
    ...changes,
    settings: { ...settings, ...changes.settings },
  });
  return { ...listener, finished };
}

/** A route that asks for the key. */
export function keyRoute(
  path: string,
  handle: (incoming: Incoming, reply: Reply) => Promise<void>,
  method: RouteMethod = "POST",
): KeyRoute {
  return { method, path, access: "key", errorBody: openAiErrorBody, handle };
}

/** Answers with the length of the body that it read. */
export const lengthRoute = keyRoute("/v1/length", async (incoming, reply) => {
  const body = await incoming.readBody();
  reply.send(200, { length: body.length });
});

export const goodHeaders = { authorization: `Bearer ${gatewayKey}`, "content-type": "application/json" };

/** A connection of bytes. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
    });
    // The server may reset what it refuses: the test looks at what came and at the end.
    this.socket.on("error", () => {});
    this.socket.on("end", () => {
      this.isClosed = true;
    });
    this.socket.on("close", () => {
      this.isClosed = true;
    });
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  /** The statuses of the answers so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  }

  destroy(): void {
    this.socket.destroy();
  }
}

const endHeaders = 0x4;
const endStream = 0x1;

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
function http2Frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** How a client begins that speaks HTTP/2 by prior knowledge, and asks for `/health`. */
export const http2Health = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  http2Frame(0x4, 0, 0, Buffer.alloc(0)),
  // `:method: GET` and `:scheme: http` stand in HPACK's table; the path and the authority have only their names there.
  http2Frame(0x1, endHeaders | endStream, 1, Buffer.from("\x82\x86\x04\x07/health\x01\x01x", "latin1")),
]);

/** A client's farewell of HTTP/2: it asks for nothing more, and nothing was wrong. */
export const http2GoAway = http2Frame(0x7, 0, 0, Buffer.alloc(8));

/** Waits until it is so; fails after `ms`. */
export async function until(isSo: () => boolean, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`It did not become so within ${ms} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
