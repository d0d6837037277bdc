/** A whole answer of Claude's Messages API as Converse's. */
import { Buffer } from "node:buffer";
import type { ContentBlock, ToolResultContent } from "../../converse/content.ts";
import type { ConverseResponse, StopReason } from "../../converse/response.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { converseReply } from "../converse-reply.ts";
import type { NativeReplyContext } from "../family.ts";
import { objectsOf, textOf } from "../json-parts.ts";
import { emptyOutput, textIn, unreadable } from "../native-errors.ts";
import { citationsIn } from "../../anthropic/citations.ts";
import { claudeUsage } from "../../anthropic/claude-usage.ts";

/** One block of Converse's for each of Claude's, at the same place. */
export function anthropicResponse(answer: JsonObject, context: NativeReplyContext): ConverseResponse {
  const { content } = answer;
  if (!Array.isArray(content)) {
    throw emptyOutput(answer, "content");
  }
  content.forEach((block, index) => {
    if (!isJsonObject(block)) {
      throw unreadable(`content[${index}]`, "object");
    }
    if (textOf(block["type"]) === "") {
      throw unreadable(`content[${index}]`, "type");
    }
  });
  return converseReply(
    answer,
    {
      content: objectsOf(content).map(contentBlock),
      stopReason: stopReasonOf(answer["stop_reason"]),
      usage: claudeUsage(context.counts, answer["usage"]),
    },
    context,
  );
}

/** Claude's words are Converse's, but for a refusal. Of `pause_turn` Converse has no word: it comes as it is. */
export function stopReasonOf(reason: JsonValue | undefined): StopReason | undefined {
  if (typeof reason !== "string") {
    return undefined;
  }
  return reason === "refusal" ? "content_filtered" : reason;
}

function contentBlock(block: JsonObject): ContentBlock {
  switch (textOf(block["type"])) {
    case "text":
      return textBlock(block);
    case "thinking": {
      const signature = textIn(block["signature"], "a signature") ?? "";
      const text = textIn(block["thinking"], "a block of thinking") ?? "";
      return { reasoningContent: { reasoningText: signature === "" ? { text } : { text, signature } } };
    }
    case "redacted_thinking":
      return { reasoningContent: { redactedContent: redactedContent(block["data"]) } };
    case "tool_use":
    case "server_tool_use":
      return { toolUse: { ...toolUseOf(block), input: block["input"] ?? {} } };
    default:
      return serverBlock(block);
  }
}

function textBlock(block: JsonObject): ContentBlock {
  const text = textIn(block["text"], "a block of text") ?? "";
  const citations = citationsIn(block);
  return citations.length === 0 ? { text } : { citationsContent: { content: [{ text }], citations } };
}

/** Converse carries the model's opaque string as a blob. */
export function redactedContent(data: JsonValue | undefined): string {
  return Buffer.from(textOf(data), "utf8").toString("base64");
}

/** A call without its arguments. */
export function toolUseOf(block: JsonObject): { toolUseId: string; name: string; type?: string } {
  const isServers = block["type"] === "server_tool_use";
  return {
    toolUseId: textOf(block["id"]),
    name: textOf(block["name"]),
    ...(isServers && { type: "server_tool_use" }),
  };
}

/** What a tool that ran at AWS's found, such as `tool_search_tool_result`; undefined for any other block. */
export function serverToolResult(
  block: JsonObject,
): { toolUseId: string; type: string; content: ToolResultContent[] } | undefined {
  const { type, tool_use_id: toolUseId, content } = block;
  return typeof type === "string" && type.endsWith("_tool_result") && typeof toolUseId === "string"
    ? { toolUseId, type, content: [{ json: content ?? null }] }
    : undefined;
}

/** A block that Converse has no word for keeps its own name: readers of Converse name what they cannot show. */
function serverBlock(block: JsonObject): ContentBlock {
  const toolResult = serverToolResult(block);
  if (toolResult !== undefined) {
    return { toolResult };
  }
  const { type, ...members } = block;
  return { [textOf(type)]: members } as unknown as ContentBlock;
}
