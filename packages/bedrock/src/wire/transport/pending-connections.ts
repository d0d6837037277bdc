import { Socket } from "node:net";
import { buildConnector } from "undici";

/**
 * Connections that are being made. Undici cannot call one off: it lives on until its own limit of time when the call that it was made for
 * has ended, and would hold the process for as long. A call that still waits is watched by its deadlines, whose timer holds the process.
 */
export class PendingConnections {
  readonly #sockets = new Set<Socket>();

  /** What makes connections with these options. */
  connector(options: buildConnector.BuildOptions): buildConnector.connector {
    const connect = buildConnector(options);
    return (asked, callback) => {
      // The socket, though undici's types do not say so.
      const made: unknown = connect(asked, callback);
      if (made instanceof Socket) this.#follow(made, asked.protocol === "https:" ? "secureConnect" : "connect");
    };
  }

  /** Gives them up. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #follow(socket: Socket, ready: "secureConnect" | "connect"): void {
    this.#sockets.add(socket);
    socket.unref();
    // Before undici looks: it lets go of a connection that nobody waits for any more.
    socket.prependOnceListener(ready, () => {
      this.#sockets.delete(socket);
      socket.ref();
    });
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
