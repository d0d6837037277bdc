/** An upstream that answers with the bytes of one recorded exchange after another, and keeps what it got. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReplayedAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface ReplayingEndpoint {
  url: string;
  /** The next answer. */
  answer: ReplayedAnswer;
  /** The last request. */
  seen: { path: string; headers: IncomingHttpHeaders; body: Buffer } | undefined;
  close(): Promise<void>;
}

export async function openReplayingEndpoint(): Promise<ReplayingEndpoint> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      endpoint.seen = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(pieces) };
      const { status, headers, body } = endpoint.answer;
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint: ReplayingEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: { status: 500, headers: {}, body: Buffer.alloc(0) },
    seen: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return endpoint;
}
