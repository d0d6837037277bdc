/** What node's HTTP/1.1 parser refuses never becomes a request: it is answered on the bare socket. */
import type { Socket } from "node:net";
import { AditError, openAiErrorBody } from "@adit/bedrock";

type ParserError = Error & { code?: string };

/** The status and words for a code of node's (`HPE_*` are llhttp's). Nothing of what the caller sent is quoted. */
function errorOf(cause: ParserError): AditError {
  const code = cause.code ?? "unreadable";
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new AditError("invalid_request", "The request's headers are too large.", {
        status: 431,
        remedy: "Send less in headers; an inline config may travel in a saved one.",
      });
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new AditError("body_too_large", "The extensions of the body's chunks are too large.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new AditError("request_timeout", "The request did not come in time.", {
        remedy: "Send the request again over a faster connection.",
      });
    default:
      return new AditError("invalid_request", `The request is not valid HTTP/1.1 (${code}).`, {
        remedy: "Check what writes the request line, the headers and the framing of the body.",
      });
  }
}

/**
 * Answers and closes. `id`: a UUID for request and trace. `lingerMs`: how long what still comes is read, so that the answer is not lost with a reset.
 * Where an answer was already under way on the socket, that one is broken off instead.
 */
export function refuseHead(cause: ParserError, socket: Socket, id: string, lingerMs: number): void {
  // After a refusal the parser refuses each further piece as well.
  if (socket.destroyed || socket.writableEnded) return;
  const isAnswering = (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage?.headersSent === true;
  if (!socket.writable || isAnswering || cause.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const error = errorOf(cause);
  const body = JSON.stringify(openAiErrorBody(error, false));
  const head = [
    `HTTP/1.1 ${error.status} ${error.status === 431 ? "Request Header Fields Too Large" : "Refused"}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "x-content-type-options: nosniff",
    `x-adit-request-id: req_${id}`,
    `x-adit-trace-id: ${id}`,
    `x-portkey-trace-id: ${id}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once("close", () => clearTimeout(timer));
  socket.once("end", () => socket.destroy());
}
