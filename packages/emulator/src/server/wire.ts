import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";

/** The way back to a caller, over HTTP/1.1 or HTTP/2. */
export interface Wire {
  /** Aborted when the exchange is over or the caller has left. */
  readonly gone: AbortSignal;
  head(status: number, headers: Record<string, string>): void;
  /** Settles when the bytes have left for the caller, or the caller is gone. */
  write(bytes: Buffer): Promise<void>;
  /** The proper end. */
  end(): void;
  /** Breaks off: HTTP/1.1 closes the connection in the middle of the body, HTTP/2 ends the stream with an error. */
  close(): void;
  /** RST of the connection; under HTTP/2 RST_STREAM, since other requests share the connection. */
  reset(): void;
}

/** Between the last bytes and a reset: bytes that nobody has read yet are lost with it, and a busy machine brings them late. */
const beforeResetMs = 100;

export function http1Wire(request: IncomingMessage, response: ServerResponse): Wire {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.sendDate = false;
  const { socket } = request;
  return {
    gone: gone.signal,
    head: (status, headers) => {
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    write: (bytes) => flushed(gone.signal, (done) => response.write(bytes, done)),
    end: () => response.end(),
    close: () => socket.end(() => socket.destroy()),
    reset: () => afterLastBytes(response.headersSent, () => socket.resetAndDestroy()),
  };
}

export function http2Wire(stream: ServerHttp2Stream): Wire {
  const gone = new AbortController();
  stream.once("close", () => gone.abort());
  // A caller that resets its stream is no fault of the server.
  stream.on("error", () => {});
  return {
    gone: gone.signal,
    head: (status, headers) => {
      const named = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
      stream.respond({ ":status": status, ...Object.fromEntries(named) });
    },
    write: (bytes) => flushed(gone.signal, (done) => stream.write(bytes, done)),
    end: () => stream.end(),
    close: () => breakOff(stream),
    reset: () => afterLastBytes(stream.headersSent, () => breakOff(stream)),
  };
}

function afterLastBytes(isBegun: boolean, reset: () => void): void {
  if (isBegun) {
    // A caller in this process reads after the timers: it gets its turn where the event loop was busy for all that time.
    setTimeout(() => setImmediate(reset), beforeResetMs);
  } else {
    reset();
  }
}

/** RST_STREAM with INTERNAL_ERROR. `stream.close` would send a proper end before it. */
function breakOff(stream: ServerHttp2Stream): void {
  stream.destroy(new Error("broken off on demand"));
}

function flushed(gone: AbortSignal, write: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      gone.removeEventListener("abort", settle);
      resolve();
    };
    if (gone.aborted) {
      resolve();
      return;
    }
    gone.addEventListener("abort", settle);
    write(settle);
  });
}
