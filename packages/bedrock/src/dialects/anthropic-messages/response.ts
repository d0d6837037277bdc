import type { ContentBlock, ToolUseBlock } from "../../converse/content.ts";
import type { ConverseResponse } from "../../converse/response.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { exactInput } from "../openai-chat/exact-numbers.ts";
import { noteDropped, noteUnknownMembers, replyPath } from "../openai-chat/reply-dropped.ts";
import { callersToolName, toolKindOf } from "../openai-chat/tool-kind.ts";
import { messagesCitationFrom } from "./citations.ts";
import type { AnswerBlock, AnthropicMessage } from "./message.ts";
import { messagesUsageFrom } from "./messages-usage.ts";
import { redactedDataFrom } from "./redacted-thinking.ts";
import type { MessagesReplyContext } from "./reply-context.ts";
import { endingFrom, refuseMalformed } from "./stop-reason.ts";

/**
 * A Converse answer as Anthropic's message. Blocks keep their order; texts that are empty have no block, as in Anthropic's own answers. A
 * structured answer that came by a tool is the text, alone. What has no shape here is added to `notes.dropped`.
 * Throws AditError `malformed_model_output` where AWS could not read the output.
 */
export function messageFromConverse(response: ConverseResponse, context: MessagesReplyContext): AnthropicMessage {
  const { notes } = context;
  const { content } = response.output.message;
  const answerAt = content.findIndex(({ toolUse }) => toolUse !== undefined && toolKindOf(toolUse, notes) === "answer");
  const blocks: AnswerBlock[] = [];
  for (const [index, block] of content.entries()) {
    const isShown = answerAt === -1 || index === answerAt || !spoilsAnswer(block, context);
    const shown = isShown ? blockFrom(block, index, context) : undefined;
    if (shown !== undefined) {
      blocks.push(shown);
    } else if (block.text !== "") {
      noteDropped(notes, replyPath(index, Object.keys(block)[0] ?? "empty"));
    }
  }
  refuseMalformed(response.stopReason, soFar(blocks));
  noteUnknownMembers(notes, response);
  const isOnlyAnswer = answerAt !== -1 && !blocks.some(({ type }) => type === "tool_use");
  return {
    id: context.id,
    type: "message",
    role: "assistant",
    model: context.model,
    content: blocks,
    ...endingFrom(response.stopReason, context, isOnlyAnswer),
    usage: messagesUsageFrom(response.usage, response.serviceTier?.type),
  };
}

/** Text beside a structured answer would make its JSON unreadable, and so would a second answer. */
function spoilsAnswer({ text, citationsContent, toolUse }: ContentBlock, { notes }: MessagesReplyContext): boolean {
  const isText = text !== undefined || citationsContent !== undefined;
  return isText || (toolUse !== undefined && toolKindOf(toolUse, notes) === "answer");
}

function soFar(blocks: readonly AnswerBlock[]): string {
  const text = blocks.map((block) => (block.type === "text" ? block.text : "")).join("");
  return text === "" ? "It held no text." : `The text so far: ${text}`;
}

/** Undefined for what this dialect has no shape for. */
function blockFrom(block: ContentBlock, index: number, context: MessagesReplyContext): AnswerBlock | undefined {
  if (block.text !== undefined) {
    return block.text === "" ? undefined : { type: "text", text: block.text };
  }
  if (block.citationsContent !== undefined) {
    return citedText(block, index, context);
  }
  if (block.toolUse !== undefined) {
    return toolBlock(block.toolUse, index, context);
  }
  return block.reasoningContent === undefined ? undefined : thinkingBlock(block.reasoningContent);
}

function citedText({ citationsContent }: ContentBlock, index: number, { notes }: MessagesReplyContext): AnswerBlock {
  const { content = [], citations = [] } = citationsContent ?? {};
  const carried: JsonObject[] = [];
  for (const citation of citations) {
    const shown = messagesCitationFrom(citation);
    if (shown === undefined) {
      noteDropped(notes, replyPath(index, "citationsContent.citations"));
    } else {
      carried.push(shown);
    }
  }
  const text = content.map((part) => part.text).join("");
  return carried.length === 0 ? { type: "text", text } : { type: "text", text, citations: carried };
}

function thinkingBlock(reasoning: NonNullable<ContentBlock["reasoningContent"]>): AnswerBlock | undefined {
  const { reasoningText, redactedContent } = reasoning;
  if (reasoningText !== undefined) {
    return { type: "thinking", thinking: reasoningText.text, signature: reasoningText.signature ?? "" };
  }
  const data = redactedContent === undefined ? undefined : redactedDataFrom(redactedContent);
  return data === undefined ? undefined : { type: "redacted_thinking", data };
}

function toolBlock(toolUse: ToolUseBlock, index: number, context: MessagesReplyContext): AnswerBlock | undefined {
  const { notes, source } = context;
  const kind = toolKindOf(toolUse, notes);
  const exact = kind === "server" ? undefined : exactInput(source, index);
  if (kind === "answer") {
    return { type: "text", text: exact ?? JSON.stringify(givenInput(toolUse)) };
  }
  return kind === "caller"
    ? {
        type: "tool_use",
        id: toolUse.toolUseId,
        name: callersToolName(toolUse.name, notes),
        input: givenInput(toolUse),
      }
    : undefined;
}

/** A call without arguments streams as an empty text; the whole answer may lack the input as well. */
function givenInput({ input }: ToolUseBlock): JsonValue {
  return input === undefined || input === null || input === "" ? {} : input;
}
