/** What tests of LangChain's clients share. */
import type { AIMessage, AIMessageChunk, UsageMetadata } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";

export const weatherTool = tool(() => "18 degrees", {
  name: "get_weather",
  description: "The weather of a city.",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
});

/** A stream's message, put together by LangChain's own rule. */
export async function gathered(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of stream) whole = whole === undefined ? chunk : whole.concat(chunk);
  if (whole === undefined) throw new Error("The stream brought no message.");
  return whole;
}

export function outputTokens({ usage_metadata: usage }: AIMessage): number | undefined {
  return (usage as UsageMetadata | undefined)?.output_tokens;
}
