import type { IncomingMessage, ServerResponse } from "node:http";
import { Http2ServerRequest, type Http2ServerResponse } from "node:http2";

/** A request of either version of HTTP. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/**
 * A response of either version of HTTP, as far as both are the same. The types of node:http2 leave out that its `writeHead`
 * takes an array and that it has `flushHeaders`, as node:http's has; both are in node's sources since version 18.
 */
export interface NodeResponse extends Pick<
  ServerResponse | Http2ServerResponse,
  "writableEnded" | "writeContinue" | "socket"
> {
  /** `headers`: names and values in turns. */
  writeHead(status: number, headers: string[]): void;
  flushHeaders(): void;
  write(text: string | Uint8Array): boolean;
  end(text?: string | Uint8Array): void;
  on(event: "close" | "drain" | "finish", listener: () => void): void;
}

/** True for a request that came by HTTP/2. The version does not tell: node takes a first line that ends in `HTTP/2.0` by HTTP/1.1 too. */
export function isHttp2(request: NodeRequest): request is Http2ServerRequest {
  return request instanceof Http2ServerRequest;
}

/** Breaks the answer off, so that the caller cannot take it for a whole one. */
export function breakOff(request: NodeRequest): void {
  // 2 is INTERNAL_ERROR (RFC 9113, section 7): a stream closed with it did not end well.
  if (isHttp2(request)) request.stream.close(2);
  else request.socket.destroy();
}

/** When an answer is closed: true where the caller cannot have got all of it. */
export function isCutShort(request: NodeRequest, response: NodeResponse): boolean {
  if (isHttp2(request)) return !response.writableEnded || request.stream.rstCode !== 0;
  return !(response as NodeResponse & { writableFinished: boolean }).writableFinished;
}
