import type { Citation, ContentBlock, ToolUseBlock } from "../../converse/content.ts";
import { exactInputsOf } from "../../converse/exact-inputs.ts";
import type { ConverseResponse } from "../../converse/response.ts";
import { citationsOf, citedText, inputText, memberOf } from "../translation/answers/answer-blocks.ts";
import type { TranslationNotes } from "../translation/context.ts";
import { isMalformed, malformedOutput } from "../translation/answers/malformed-output.ts";
import { noteDropped, noteHiddenFields, noteUnknownMembers, replyPath } from "../translation/answers/reply-dropped.ts";
import { callersToolName, toolKindOf } from "../translation/tools/tool-kind.ts";
import type { ChatChoice, ChatCompletion, ChatContentBlock, ChatMessage, ChatToolCall } from "./chat-completion.ts";
import { chatBlockFrom, isLeftOutByStrict } from "./content-blocks.ts";
import { finishReasonFrom } from "../translation/openai/finish-reason.ts";
import type { ReplyContext } from "./reply-context.ts";
import { chatServiceTier } from "./service-tier.ts";
import { chatUsageFrom } from "../translation/openai/usage.ts";

/** What one pass over the blocks finds. */
interface Findings {
  text: string;
  reasoning: string;
  toolCalls: ChatToolCall[];
  citations: Citation[];
  blocks: ChatContentBlock[];
  /** JSON text of the tool that carries the structured answer. */
  answer: string | undefined;
  /** Of the blocks that hold the text. */
  textPaths: string[];
  /** Of the blocks that a strict answer cannot show. */
  hiddenPaths: string[];
}

/**
 * A Converse answer as OpenAI's chat completion. Text blocks are joined with nothing between; a structured answer that came by a tool is
 * the content, alone. Strict: OpenAI's fields and `reasoning_content`; otherwise also Bedrock's stop reason, `content_blocks`, `provider`,
 * citations, response fields and the trace. What the answer cannot show is added to `notes.dropped`.
 * Throws AditError `malformed_model_output` where AWS could not read the output and the caller is strict.
 */
export function chatFromConverse(response: ConverseResponse, context: ReplyContext): ChatCompletion {
  const { strict, notes } = context;
  const found = readBlocks(response.output.message.content, context);
  if (strict && isMalformed(response.stopReason)) {
    const soFar = found.answer ?? found.text;
    throw malformedOutput(response.stopReason, soFar === "" ? "It held no text." : `The text so far: ${soFar}`);
  }
  if (strict) {
    nameDropped(found, notes);
    noteHiddenFields(notes, response.additionalModelResponseFields, response.trace);
  }
  noteUnknownMembers(notes, response);
  const { id, created, model } = context;
  const choices: ChatCompletion["choices"] = [choiceOf(response, found, context)];
  const completion: ChatCompletion = strict
    ? { id, object: "chat.completion", created, model, choices }
    : { id, object: "chat.completion", created, model, provider: "bedrock", choices };
  const usage = chatUsageFrom(response.usage, strict);
  if (usage !== undefined) {
    completion.usage = usage;
  }
  const tier = chatServiceTier(response.serviceTier, strict);
  if (tier !== undefined) {
    completion.service_tier = tier;
  }
  if (!strict && response.trace !== undefined) {
    completion.trace = response.trace;
  }
  return completion;
}

function choiceOf(response: ConverseResponse, found: Findings, { strict, notes }: ReplyContext): ChatChoice {
  const { callsFunctions } = notes;
  const message = strict ? strictMessage(found) : looseMessage(found, response);
  return {
    index: 0,
    message: callsFunctions === true ? inOlderForm(message) : message,
    logprobs: null,
    finish_reason: finishReasonFrom(response.stopReason, {
      strict,
      hasToolCalls: found.toolCalls.length > 0,
      isAnsweredByTool: found.answer !== undefined,
      callsFunctions,
    }),
  };
}

function inOlderForm({ tool_calls: calls, ...message }: ChatMessage): ChatMessage {
  const [first] = calls ?? [];
  return first === undefined ? message : { ...message, function_call: first.function };
}

function readBlocks(content: readonly ContentBlock[], context: ReplyContext): Findings {
  const found: Findings = {
    text: "",
    reasoning: "",
    toolCalls: [],
    citations: [],
    blocks: [],
    answer: undefined,
    textPaths: [],
    hiddenPaths: [],
  };
  const exactInput = exactInputsOf(context.source);
  for (const [index, block] of content.entries()) {
    if (block.toolUse === undefined) {
      readPlainBlock(found, block, index);
    } else {
      readToolUse(found, block.toolUse, index, { notes: context.notes, exactInput });
    }
  }
  return found;
}

function readPlainBlock(found: Findings, block: ContentBlock, index: number): void {
  const member = memberOf(block);
  found.blocks.push(chatBlockFrom(block));
  if (block.text !== undefined || block.citationsContent !== undefined) {
    found.text += block.text ?? citedText(block);
    found.textPaths.push(replyPath(index, member));
    const citations = citationsOf(block);
    if (citations.length > 0) {
      // A spread would overflow the stack at some hundred thousand.
      for (const citation of citations) found.citations.push(citation);
      found.hiddenPaths.push(replyPath(index, "citationsContent.citations"));
    }
    return;
  }
  found.reasoning += block.reasoningContent?.reasoningText?.text ?? "";
  if (!isLeftOutByStrict(member)) {
    found.hiddenPaths.push(replyPath(index, member));
  }
}

interface ToolUseReading {
  notes: TranslationNotes;
  exactInput: ReturnType<typeof exactInputsOf>;
}

function readToolUse(
  found: Findings,
  toolUse: ToolUseBlock,
  index: number,
  { notes, exactInput }: ToolUseReading,
): void {
  const kind = toolKindOf(toolUse, notes);
  const input = kind === "server" ? "" : (exactInput(index) ?? inputText(toolUse.input));
  if (kind === "caller" && notes.callsFunctions === true && found.toolCalls.length > 0) {
    noteDropped(notes, replyPath(index, "toolUse"));
    return;
  }
  if (kind === "caller") {
    found.toolCalls.push({
      id: toolUse.toolUseId,
      type: "function",
      function: { name: callersToolName(toolUse.name, notes), arguments: input },
    });
    return;
  }
  if (kind === "server") {
    found.blocks.push(chatBlockFrom({ toolUse }));
    return;
  }
  // A second answer too: as a call it would come back in the history, where AWS refuses a call that nobody answers.
  found.blocks.push({ type: "text", text: input });
  if (found.answer === undefined) {
    found.answer = input;
  } else {
    found.hiddenPaths.push(replyPath(index, "toolUse"));
  }
}

function strictMessage(found: Findings): ChatMessage {
  const content = found.answer ?? found.text;
  const message: ChatMessage = {
    role: "assistant",
    content: content === "" && found.toolCalls.length > 0 ? null : content,
    refusal: null,
  };
  if (found.reasoning !== "") {
    message.reasoning_content = found.reasoning;
  }
  if (found.toolCalls.length > 0) {
    message.tool_calls = found.toolCalls;
  }
  return message;
}

function looseMessage(found: Findings, response: ConverseResponse): ChatMessage {
  const fields = response.additionalModelResponseFields;
  return {
    role: "assistant",
    content: found.answer ?? found.text,
    refusal: null,
    content_blocks: found.blocks,
    ...(found.toolCalls.length === 0 ? {} : { tool_calls: found.toolCalls }),
    ...(found.citations.length === 0 ? {} : { citations: found.citations }),
    ...(fields === undefined ? {} : { additional_model_response_fields: fields }),
  };
}

/** Text beside a structured answer would make its JSON unreadable: it is left out, and named like the blocks without a shape. */
function nameDropped(found: Findings, notes: TranslationNotes): void {
  const paths = found.answer === undefined ? found.hiddenPaths : [...found.textPaths, ...found.hiddenPaths];
  for (const path of paths) {
    noteDropped(notes, path);
  }
}
