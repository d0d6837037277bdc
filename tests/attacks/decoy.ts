/** Hosts of the attacker's: what must never be called, and a proxy that says which host would have been. */
import { createServer, type Server, type Socket } from "node:net";

export interface Decoy {
  port: number;
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** First bytes of each connection that came, the oldest first. */
  heard: string[];
  close: () => Promise<void>;
}

/** Takes connections, writes down what they say, and gives each `answer`. */
export async function openDecoy(
  answer = "HTTP/1.1 502 Decoy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
): Promise<Decoy> {
  const heard: string[] = [];
  const { server, sockets } = listenRaw((socket) => {
    socket.once("data", (bytes: Buffer) => {
      heard.push(bytes.toString("latin1").slice(0, 4_096));
      socket.end(answer);
    });
  });
  const port = await portOf(server);
  return { port, url: `http://127.0.0.1:${port}`, heard, close: () => closeRaw(server, sockets) };
}

/** A host under the attacker's hand: `speak` is called with each connection once its request's head has come. */
export async function openHostile(speak: (socket: Socket, head: string) => void): Promise<Decoy> {
  const heard: string[] = [];
  const { server, sockets } = listenRaw((socket) => {
    let head = "";
    const onData = (bytes: Buffer): void => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", onData);
      socket.resume();
      heard.push(head);
      speak(socket, head);
    };
    socket.on("data", onData);
  });
  const port = await portOf(server);
  return { port, url: `http://127.0.0.1:${port}`, heard, close: () => closeRaw(server, sockets) };
}

function listenRaw(onSocket: (socket: Socket) => void): { server: Server; sockets: Set<Socket> } {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // The gateway breaks off what it has had enough of.
    socket.on("error", () => {});
    onSocket(socket);
  });
  return { server, sockets };
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

function closeRaw(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => void server.close(() => resolve()));
}
