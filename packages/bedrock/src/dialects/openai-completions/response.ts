import type { ContentBlock } from "../../converse/content.ts";
import type { ConverseResponse, StopReason } from "../../converse/response.ts";
import { citationsOf, citedText, memberOf } from "../translation/answers/answer-blocks.ts";
import type { TranslationNotes } from "../translation/context.ts";
import { isMalformed, malformedOutput } from "../translation/answers/malformed-output.ts";
import { finishReasonFrom } from "../translation/openai/finish-reason.ts";
import { chatUsageFrom } from "../translation/openai/usage.ts";
import { noteDropped, noteHiddenFields, noteUnknownMembers, replyPath } from "../translation/answers/reply-dropped.ts";
import type { Completion, CompletionReplyContext } from "./completion.ts";

/**
 * A Converse answer as OpenAI's text completion. Text blocks are joined with nothing between; whatever else the answer holds, thinking among
 * it, has no place in this dialect and is added to `notes.dropped`. Throws AditError `malformed_model_output` where AWS could not
 * read the output and the caller is strict.
 */
export function completionFromConverse(response: ConverseResponse, context: CompletionReplyContext): Completion {
  const { strict, notes } = context;
  const text = response.output.message.content.map((block, index) => textOf(block, index, notes)).join("");
  if (strict && isMalformed(response.stopReason)) {
    throw malformedOutput(response.stopReason, text === "" ? "It held no text." : `The text so far: ${text}`);
  }
  noteHiddenFields(notes, response.additionalModelResponseFields, response.trace);
  noteUnknownMembers(notes, response);
  const usage = chatUsageFrom(response.usage, strict);
  return {
    id: context.id,
    object: "text_completion",
    created: context.created,
    model: context.model,
    ...(strict ? {} : { provider: "bedrock" as const }),
    choices: [{ text, index: 0, logprobs: null, finish_reason: completionFinish(response.stopReason, strict) }],
    ...(usage === undefined ? {} : { usage }),
  };
}

function textOf(block: ContentBlock, index: number, notes: TranslationNotes): string {
  if (block.text === undefined && block.citationsContent === undefined) {
    noteDropped(notes, replyPath(index, memberOf(block)));
    return "";
  }
  if (citationsOf(block).length > 0) {
    noteDropped(notes, replyPath(index, "citationsContent.citations"));
  }
  return block.text ?? citedText(block);
}

/** This dialect offers no tools, so the model calls none. */
export function completionFinish(stopReason: StopReason, strict: boolean): string {
  return finishReasonFrom(stopReason, { strict, hasToolCalls: false, isAnsweredByTool: false });
}
