/** What tests of LangChain's clients share. */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import {
  HumanMessage,
  ToolMessage,
  type AIMessage,
  type AIMessageChunk,
  type UsageMetadata,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";

const weatherTool = tool(() => "18 degrees", {
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

/** A loop of tools: the model's first message, which calls the tool, and the one after the tool's result. */
export async function loopOfTools(
  model: BaseChatModel,
  isStream: boolean,
): Promise<{ first: AIMessageChunk; second: AIMessageChunk }> {
  const bound = model.bindTools?.([weatherTool]);
  if (bound === undefined) throw new Error("The model takes no tools.");
  const question = new HumanMessage("The weather in Turin?");
  const first = isStream ? await gathered(await bound.stream([question])) : await bound.invoke([question]);
  const result = new ToolMessage({ content: "18 degrees", tool_call_id: first.tool_calls?.[0]?.id ?? "" });
  return { first, second: await bound.invoke([question, first, result]) };
}
