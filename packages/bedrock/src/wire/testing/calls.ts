import type { AwsKeys, CredentialSource } from "../../auth/credentials.ts";
import { Secret } from "../../secret.ts";

/** AWS's public documentation key. */
export const exampleKeys: AwsKeys = {
  kind: "keys",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
};

/** A source that always gives these. */
export function sourceOf(keys: AwsKeys = exampleKeys): CredentialSource {
  return { label: "test keys", get: () => Promise.resolve(keys), invalidate: () => {} };
}

/** The smallest answer of Converse. */
export const answerBody = JSON.stringify({
  metrics: { latencyMs: 7 },
  output: { message: { content: [{ text: "Hello" }], role: "assistant" } },
  stopReason: "end_turn",
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
});

/** The smallest request. */
export const requestBody = { messages: [{ role: "user" as const, content: [{ text: "hi" }] }] };

export const model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
