import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";

/** What `@anthropic-ai/sdk`, over HTTP, makes of a stream: the whole message, or the error that it throws. */
export async function messageBySdk(sse: string): Promise<Anthropic.Message> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_1" });
    response.end(sse);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const client = new Anthropic({ apiKey: "test", baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
    const stream = client.messages.stream({
      model: "m",
      max_tokens: 10,
      messages: [{ role: "user", content: "Hello" }],
    });
    const message = (await stream.finalMessage()) as Anthropic.Message & { parsed_output?: unknown };
    // Only where a format was asked for does the SDK parse.
    delete message.parsed_output;
    return message;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
