/** New connections: which version of HTTP they speak, and how many may be undecided at once. */
import { constants as http2Codes, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HttpLimits } from "./http-limits.ts";

/** How a client that knows it speaks HTTP/2 begins (RFC 9113, section 3.4). No method of HTTP/1.1 is `PRI`. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const decisiveBytes = 4;

/**
 * What the bodies of a session may have on their way together. The 64 KiB that it begins with (RFC 9113, section 6.9.2) are one journey's load:
 * over a network of 100 ms both ways, images of 4 MB would take 6 s, and all others of the session as long. What waits to be read is bounded
 * stream by stream: Node takes what comes off this window at once.
 */
const sessionWindowBytes = 16_777_216;

interface Parts {
  limits: HttpLimits;
  /** Takes a socket for HTTP/1.1. */
  serveHttp1: (socket: Socket) => void;
  http2: Http2Server;
}

interface SessionState {
  socket: Socket;
  openStreams: number;
}

export class Connections {
  readonly #parts: Parts;
  /** Have not brought a whole request head yet; the oldest first. */
  readonly #fresh = new Set<Socket>();
  /** By their peers, since a TLS socket does not tell which one is below it. */
  readonly #unsecured = new Map<string, Socket>();
  readonly #sessions = new Map<ServerHttp2Session, SessionState>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A connection in clear: its first bytes say which version it speaks. */
  addClear(socket: Socket): void {
    this.#addFresh(socket);
    let held: Buffer | undefined;
    const timer = setTimeout(() => socket.destroy(), this.#parts.limits.firstByteMs).unref();
    const giveUp = (): void => void socket.destroy();
    const decide = (): void => {
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      held = held === undefined ? bytes : Buffer.concat([held, bytes]);
      if (isUndecided(held)) return;
      clearTimeout(timer);
      socket.off("readable", decide).off("end", giveUp).off("error", giveUp).off("close", forget);
      socket.unshift(held);
      if (held.subarray(0, decisiveBytes).equals(preface.subarray(0, decisiveBytes))) this.#addHttp2(socket);
      else this.#parts.serveHttp1(socket);
    };
    const forget = (): void => clearTimeout(timer);
    socket.on("readable", decide).on("end", giveUp).on("error", giveUp).on("close", forget);
  }

  /** A connection whose TLS handshake is still to come. What it holds until then is more than one in clear does. */
  addUnsecured(socket: Socket): void {
    const peer = peerOf(socket);
    this.#unsecured.set(peer, socket);
    socket.once("close", () => {
      if (this.#unsecured.get(peer) === socket) this.#unsecured.delete(peer);
    });
    this.#addFresh(socket);
  }

  /** A connection whose TLS handshake has settled the version. */
  addSecure(socket: TLSSocket): void {
    const peer = peerOf(socket);
    const bare = this.#unsecured.get(peer);
    if (bare !== undefined) this.#fresh.delete(bare);
    this.#unsecured.delete(peer);
    this.#addFresh(socket);
    if (socket.alpnProtocol === "h2") this.#addHttp2(socket);
    else this.#parts.serveHttp1(socket);
  }

  /** This connection of HTTP/1.1 has brought a whole request head: it is not fresh any more. */
  settle(socket: Socket): void {
    if (this.#fresh.size > 0) this.#fresh.delete(socket);
  }

  /** At a stop: nothing is under way on these. HTTP/2 sessions are told to open no more streams, and end with their last. */
  closeIdle(): void {
    for (const socket of this.#fresh) if (socket.bytesRead === 0) socket.destroy();
    for (const session of this.#sessions.keys()) if (!session.closed) session.close();
  }

  /** Breaks off whatever is left. */
  destroyAll(): void {
    for (const socket of this.#fresh) socket.destroy();
    for (const [session, { socket }] of this.#sessions) {
      session.destroy();
      // A session that was closed before has ended its own side alone, and Node waits for ever for a peer that never closes the other.
      socket.destroy();
    }
  }

  #addFresh(socket: Socket): void {
    this.#fresh.add(socket);
    socket.once("close", () => this.#fresh.delete(socket));
    if (this.#fresh.size <= this.#parts.limits.maxFreshConnections) return;
    const [oldest] = this.#fresh;
    oldest?.destroy();
  }

  #addHttp2(socket: Socket): void {
    const { http2 } = this.#parts;
    // node:http leaves sockets half open, and knows when to end them; node:http2 counts on them to end by themselves.
    socket.allowHalfOpen = false;
    // The server makes the session and says so before `emit` returns.
    http2.once("session", (session: ServerHttp2Session) => this.#watch(session, { socket, openStreams: 0 }));
    http2.emit("connection", socket);
  }

  #watch(session: ServerHttp2Session, state: SessionState): void {
    const { limits } = this.#parts;
    this.#sessions.set(session, state);
    session.once("close", () => this.#sessions.delete(session));
    // The same wait after a client's farewell: who says it and leaves the connection open would hold it for ever. What it still reads of its
    // last answer has as long as an idle connection.
    state.socket.once("finish", () => {
      const timer = setTimeout(() => state.socket.destroy(), limits.keepAliveMs).unref();
      state.socket.once("close", () => clearTimeout(timer));
    });
    if (!session.destroyed) session.setLocalWindowSize(sessionWindowBytes);
    session.setTimeout(limits.headersMs);
    session.on("timeout", () => {
      // With open streams it waits for a model; without, it is idle or never began.
      if (state.openStreams === 0) session.destroy();
    });
    session.on("stream", (stream) => {
      if (this.#fresh.delete(state.socket)) session.setTimeout(limits.keepAliveMs);
      state.openStreams += 1;
      // An answer that is whole and that nobody takes: node:http ends such a connection as an idle one.
      stream.setTimeout(limits.keepAliveMs, () => {
        if (stream.writableEnded) stream.close(http2Codes.NGHTTP2_CANCEL);
      });
      stream.once("close", () => {
        state.openStreams -= 1;
      });
    });
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function isUndecided(bytes: Buffer): boolean {
  return bytes.length < decisiveBytes && bytes.equals(preface.subarray(0, bytes.length));
}
