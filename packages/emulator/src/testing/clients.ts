import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  type BedrockRuntimeClientConfig,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Emulator } from "../options.ts";

export const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/** The smallest request. */
export const question = {
  modelId: claude,
  messages: [{ role: "user" as const, content: [{ text: "hi" }] }],
};

export const protocols = ["HTTP/1.1", "HTTP/2"] as const;

/** AWS's own client, by its default handler (HTTP/2) or by HTTP/1.1, without retries unless asked for. */
export function runtimeClient(
  emulator: Emulator,
  protocol: (typeof protocols)[number] = "HTTP/2",
  config: BedrockRuntimeClientConfig = {},
): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: emulator.url,
    region: "us-east-1",
    credentials: emulator.credential,
    maxAttempts: 1,
    ...(protocol === "HTTP/1.1" && { requestHandler: new NodeHttpHandler() }),
    ...config,
  });
}

/** A whole reply of InvokeModel with all its headers: the client does not show those that no service model names. */
export async function invokedWithHeaders(
  emulator: Emulator,
  modelId: string,
  body: object,
): Promise<{ reply: Record<string, unknown>; headers: Record<string, string> }> {
  const client = runtimeClient(emulator);
  let headers: Record<string, string> = {};
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      headers = (result.response as { headers: Record<string, string> }).headers;
      return result;
    },
    { step: "deserialize" },
  );
  const answer = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
  return { reply: JSON.parse(answer.body.transformToString()) as Record<string, unknown>, headers };
}

/** The error with which a promise rejects. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { $metadata?: { httpStatusCode?: number; attempts?: number } }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) {
      return error;
    }
    throw error;
  }
  throw new Error("nothing failed");
}
