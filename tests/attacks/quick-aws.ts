/** An AWS that reads nothing of what it is asked and answers at once: what takes time in front of it is the gateway's. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface QuickAws {
  url: string;
  /** Bodies of the calls so far, in bytes. */
  sizes: number[];
  close: () => Promise<void>;
}

const answer = JSON.stringify({
  output: { message: { role: "assistant", content: [{ text: "Yes." }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
  metrics: { latencyMs: 1 },
});

/** STS gives no role to anybody here. */
const noRole = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>No.</Message></Error></ErrorResponse>";

export async function openQuickAws(): Promise<QuickAws> {
  const sizes: number[] = [];
  const server = createServer((request, response) => {
    let size = 0;
    request.on("data", (bytes: Buffer) => void (size += bytes.length));
    request.on("end", () => {
      sizes.push(size);
      if (request.url === "/") {
        response.writeHead(403, { "content-type": "text/xml" });
        response.end(noRole);
        return;
      }
      response.writeHead(200, { "content-type": "application/json", "x-amzn-requestid": "quick" });
      response.end(answer);
    });
  });
  // The gateway is in this process: on a busy machine one body takes it longer than idle connections are kept, and they end under the next call.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sizes,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
