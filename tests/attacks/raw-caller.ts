/** A caller that writes its bytes itself: no library tidies what it sends. */
import { connect, type Socket } from "node:net";
import { chatPath, question } from "../support/asking.ts";
import type { House } from "../support/house.ts";
import { until } from "../support/asking.ts";

export class RawCaller {
  readonly socket: Socket;
  received = "";
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
    });
    // The gateway may reset what it refuses: the test looks at what came.
    this.socket.on("error", () => {});
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

  /** Waits for one whole answer, or for the end of the connection. */
  answered(ms = 10_000): Promise<void> {
    return until(() => this.isClosed || isWhole(this.received), ms);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

function isWhole(received: string): boolean {
  const end = received.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, Math.max(end, 0)))?.[1];
  return (
    end !== -1 && (length === undefined ? received.endsWith("0\r\n\r\n") : received.length >= end + 4 + Number(length))
  );
}

/** A chat of one question as bytes. `headers` come after the gateway's key; `more.host` stands in `Host`. */
export function rawRequest(
  house: House,
  headers: Record<string, string>,
  more: { host?: string; body?: string; authorization?: string } = {},
): string {
  const { host = "127.0.0.1", body = JSON.stringify(question("hello")), authorization = `Bearer ${house.key}` } = more;
  const type = headers["content-type"] === undefined ? "content-type: application/json\r\n" : "";
  const own = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  return (
    `POST ${chatPath} HTTP/1.1\r\nhost: ${host}\r\nauthorization: ${authorization}\r\n${type}${own}` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
