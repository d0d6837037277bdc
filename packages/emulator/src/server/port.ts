import { createServer as createHttp1Server, type RequestListener } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";

/** What takes requests: the same for both protocols, save for their handles. */
export interface Listeners {
  http1: RequestListener;
  http2: (stream: ServerHttp2Stream, rawHeaders: string[]) => void;
}

export interface Port {
  address: AddressInfo;
  close(): Promise<void>;
}

/** The first bytes of HTTP/2 in cleartext by prior knowledge (RFC 9113, 3.4); no method of HTTP/1.1 begins so. */
const preface = Buffer.from("PRI");

/** Longer than clients keep a connection for: one that closes under a client's next request looks like a fault. */
const keepAliveMs = 75_000;

/** Listens for HTTP/1.1 and HTTP/2 on one port: the first bytes of a connection decide which server gets it. */
export async function openPort(listeners: Listeners, place: { host: string; port: number }): Promise<Port> {
  const http1 = createHttp1Server({ keepAliveTimeout: keepAliveMs }, listeners.http1);
  const http2 = createHttp2Server();
  http2.on("stream", (stream: ServerHttp2Stream, ...[, , rawHeaders]: [object, number, string[]]) =>
    listeners.http2(stream, rawHeaders),
  );
  http2.on("sessionError", () => {});
  const sockets = new Set<Socket>();
  const tcp = createTcpServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // A caller that breaks off is no fault of the server.
    socket.on("error", () => {});
    sniff(socket, (isHttp2) => (isHttp2 ? http2 : http1).emit("connection", socket));
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once("error", reject);
    tcp.listen(place.port, place.host, () => resolve());
  });
  return {
    address: tcp.address() as AddressInfo,
    close: async () => {
      const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

/** Looks at the first three bytes and puts them back. */
function sniff(socket: Socket, decide: (isHttp2: boolean) => void): void {
  const taken: Buffer[] = [];
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) {
      taken.push(chunk);
    }
    const bytes = Buffer.concat(taken);
    const seen = Math.min(bytes.length, preface.length);
    const isPreface = bytes.subarray(0, seen).equals(preface.subarray(0, seen));
    if (isPreface && seen < preface.length) {
      return;
    }
    socket.off("readable", look);
    // Bytes are put back only now: to put them back is to be told of them again.
    socket.unshift(bytes);
    decide(isPreface);
  };
  socket.on("readable", look);
}
