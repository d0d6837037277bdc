/** An endpoint that is not AWS's may repeat what it was sent, as a page that shows requests does: no error tells it on. */
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionOf } from "../auth/testing/refusal.ts";
import { TestUpstream } from "../wire/testing/upstream.ts";
import { embed } from "./embed.ts";
import { generateText } from "./generate-text.ts";
import { closeConnections } from "./shared-connections.ts";
import { streamText } from "./stream-text.ts";

const secrets = { secretAccessKey: "canary-secret-0123456789", sessionToken: "canary-token-0123456789" };
let asJson = false;
let upstream: TestUpstream;
let environment: Record<string, string>;
beforeAll(async () => {
  upstream = await TestUpstream.start((response, { headers, path }) => {
    response.writeHead(200, { "content-type": path.includes("stream") ? "text/plain" : "application/json" });
    const words = `You sent ${headers["x-amz-security-token"]?.toString()}, ${headers.authorization}`;
    response.end(asJson ? JSON.stringify({ message: words }) : words);
  });
  environment = { AWS_ENDPOINT_URL: upstream.url };
});
afterAll(async () => {
  await closeConnections(environment);
  await upstream.close();
});

const nova = "us.amazon.nova-lite-v1:0";
const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

it.each<[string, (options: object) => Promise<unknown>]>([
  ["embed", (options) => embed("amazon.titan-embed-text-v2:0", "Hi", options)],
  ["generateText by Converse", (options) => generateText(nova, "Hi", options)],
  ["generateText by InvokeModel", (options) => generateText(claude, "Hi", { ...options, useConverse: false })],
  ["streamText", (options) => streamText(nova, "Hi", options).result],
])("%s", async (_name, call) => {
  const options = { environment, accessKeyId: "AKIDEXAMPLE", ...secrets, retry: { attempts: 0 } };
  for (asJson of [false, true]) {
    const error = await rejectionOf(call(options));
    expect(error.code).toBe("empty_output");
    expect(inspect(error, { depth: 9 }) + error.describe()).not.toContain("canary");
  }
});
