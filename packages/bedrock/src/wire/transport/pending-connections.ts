import { Socket } from "node:net";
import { buildConnector } from "undici/index.js";

/**
 * Connections that are being made. Undici cannot call one off: it lives on until its own limit of time when the call that it was made for
 * has ended, and would hold the process for as long. A call that still waits is watched by its deadlines, whose timer holds the process.
 */
export class PendingConnections {
  readonly #sockets = new Set<Socket>();

  /** What makes connections with these options. One for a tunnel is not yet made when the proxy is reached: its user lets it hold the process. */
  connector(options: buildConnector.BuildOptions, purpose: "call" | "tunnel" = "call"): buildConnector.connector {
    const connect = buildConnector(options);
    return (asked, callback) => {
      // The socket, though undici's types do not say so.
      const made: unknown = connect(asked, callback);
      const ready = asked.protocol === "https:" ? "secureConnect" : "connect";
      if (made instanceof Socket) this.#follow(made, ready, purpose);
    };
  }

  /** Gives them up. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #follow(socket: Socket, ready: "secureConnect" | "connect", purpose: "call" | "tunnel"): void {
    this.#sockets.add(socket);
    socket.unref();
    // Before undici looks: it lets go of a connection that nobody waits for any more.
    socket.prependOnceListener(ready, () => {
      this.#sockets.delete(socket);
      if (purpose === "call") socket.ref();
    });
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
