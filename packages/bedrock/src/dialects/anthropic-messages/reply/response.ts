import { isSignature, unsigned } from "../../../anthropic/signed-thinking.ts";
import type { ContentBlock, ToolUseBlock } from "../../../converse/content.ts";
import type { ConverseResponse } from "../../../converse/response.ts";
import type { JsonObject, JsonValue } from "../../../json.ts";
import { citationsOf, citedText, inputText, memberOf } from "../../translation/answers/answer-blocks.ts";
import { exactInputsOf } from "../../../converse/exact-inputs.ts";
import { JsonEdits } from "../../translation/json-edits.ts";
import { isMalformed, malformedOutput } from "../../translation/answers/malformed-output.ts";
import {
  noteDropped,
  noteHiddenFields,
  noteUnknownMembers,
  replyPath,
} from "../../translation/answers/reply-dropped.ts";
import { callersToolName, toolKindOf } from "../../translation/tools/tool-kind.ts";
import { shownCallId } from "../call-ids.ts";
import { messagesCitationFrom } from "../citations.ts";
import type { AnswerBlock, AnthropicMessage } from "./message.ts";
import { messagesUsageFrom } from "./messages-usage.ts";
import { redactedDataFrom } from "../redacted-thinking.ts";
import type { MessagesReplyContext } from "./reply-context.ts";
import { endingFrom } from "./stop-reason.ts";

/**
 * A Converse answer as Anthropic's message. Blocks keep their order; texts that are empty have no block, as in Anthropic's own answers. A
 * structured answer that came by a tool is the text, alone. What has no shape here is added to `notes.dropped`.
 * Throws AditError `malformed_model_output` where AWS could not read the output.
 */
export function messageFromConverse(response: ConverseResponse, context: MessagesReplyContext): AnthropicMessage {
  const { notes } = context;
  const shown = shownBlocks(response.output.message.content, context);
  const content = shown.map(({ block }) => block);
  if (isMalformed(response.stopReason)) {
    throw malformedOutput(response.stopReason, soFar(content));
  }
  noteHiddenFields(notes, response.additionalModelResponseFields, response.trace);
  noteUnknownMembers(notes, response);
  const hasCalls = content.some(({ type }) => type === "tool_use");
  return {
    id: context.id,
    type: "message",
    role: "assistant",
    model: context.model,
    content,
    ...endingFrom(response.stopReason, context, hasCalls),
    usage: messagesUsageFrom(response.usage, response.serviceTier?.type),
  };
}

/** The message as JSON. Numbers in the arguments of calls that a double cannot hold keep the digits that `context.source` has. */
export function messageJsonFromConverse(response: ConverseResponse, context: MessagesReplyContext): string {
  const json = JSON.stringify(messageFromConverse(response, context));
  const edits = new JsonEdits();
  const exactInput = exactInputsOf(context.source);
  for (const [place, { block, index }] of shownBlocks(response.output.message.content, context).entries()) {
    const exact = block.type === "tool_use" ? exactInput(index) : undefined;
    if (exact !== undefined) {
      edits.set(["content", place, "input"], exact);
    }
  }
  return edits.applyTo(json);
}

interface ShownBlock {
  block: AnswerBlock;
  /** Its place in AWS's answer. */
  index: number;
}

function shownBlocks(content: readonly ContentBlock[], context: MessagesReplyContext): ShownBlock[] {
  const { notes } = context;
  const answerAt = content.findIndex(({ toolUse }) => toolUse !== undefined && toolKindOf(toolUse, notes) === "answer");
  const shown: ShownBlock[] = [];
  for (const [index, given] of content.entries()) {
    const isShown = answerAt === -1 || index === answerAt || !spoilsAnswer(given, context);
    const block = isShown ? blockFrom(given, index, context) : undefined;
    if (block !== undefined) {
      shown.push({ block, index });
    } else if (given.text !== "") {
      noteDropped(notes, replyPath(index, memberOf(given)));
    }
  }
  return shown;
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
    return citedBlock(block, index, context);
  }
  if (block.toolUse !== undefined) {
    return toolBlock(block.toolUse, index, context);
  }
  return block.reasoningContent === undefined ? undefined : thinkingBlock(block.reasoningContent);
}

function citedBlock(block: ContentBlock, index: number, { notes }: MessagesReplyContext): AnswerBlock | undefined {
  const carried: JsonObject[] = [];
  for (const citation of citationsOf(block)) {
    const shown = messagesCitationFrom(citation);
    if (shown === undefined) {
      noteDropped(notes, replyPath(index, "citationsContent.citations"));
    } else {
      carried.push(shown);
    }
  }
  const text = citedText(block);
  if (carried.length > 0) {
    return { type: "text", text, citations: carried };
  }
  return text === "" ? undefined : { type: "text", text };
}

function thinkingBlock(reasoning: NonNullable<ContentBlock["reasoningContent"]>): AnswerBlock | undefined {
  const { reasoningText, redactedContent } = reasoning;
  if (reasoningText !== undefined) {
    const { text, signature } = reasoningText;
    return { type: "thinking", thinking: text, signature: isSignature(signature) ? signature : unsigned };
  }
  const data = redactedContent === undefined ? undefined : redactedDataFrom(redactedContent);
  return data === undefined ? undefined : { type: "redacted_thinking", data };
}

function toolBlock(toolUse: ToolUseBlock, index: number, context: MessagesReplyContext): AnswerBlock | undefined {
  const { notes, source } = context;
  const kind = toolKindOf(toolUse, notes);
  if (kind === "answer") {
    return { type: "text", text: exactInputsOf(source)(index) ?? inputText(toolUse.input) };
  }
  return kind === "caller"
    ? {
        type: "tool_use",
        id: shownCallId(toolUse.toolUseId),
        name: callersToolName(toolUse.name, notes),
        input: givenInput(toolUse),
      }
    : undefined;
}

/** A call without arguments streams as an empty text; the whole answer may lack the input as well. */
function givenInput({ input }: ToolUseBlock): JsonValue {
  return input === undefined || input === null || input === "" ? {} : input;
}
