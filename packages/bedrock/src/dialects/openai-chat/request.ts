import type { ConverseRequest, OutputConfiguration } from "../../converse/request.ts";
import { translateBetas } from "./betas.ts";
import { settleCachePoints } from "./cache-points.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { RequestContext, TranslationNotes } from "./context.ts";
import { settleShape } from "./conversation-shape.ts";
import { addExtraFields, additionalFieldsOf } from "./extra-fields.ts";
import { translateMessages } from "./messages.ts";
import { requestMetadataOf } from "./request-metadata.ts";
import { inferenceConfigOf } from "./sampling.ts";
import { textFormatOf, translateResponseFormat } from "./structured-output.ts";
import { asksClaudeToThink, translateThinking } from "./thinking.ts";
import { addBuiltIns, translateParallelCalls, translateToolChoice } from "./tool-choice.ts";
import { namesByAlias } from "./tool-names.ts";
import { addToolsOfHistory, translateTools } from "./tools.ts";
import { newDraft, type TranslationDraft } from "./translation-draft.ts";

export { mediaUrlsOf } from "./media-urls.ts";

/**
 * A checked request of chat completions as a request of Converse, with notes for the reply's translator. The request is not changed.
 * What the caller wrote and AWS takes arrives as it is; what AWS would refuse is mended, or left out, and named in `notes.dropped`; what
 * would change the meaning is an AditError (`invalid_request` or `unsupported_parameter`) with the path of the field.
 */
export function converseFromChat(
  request: ChatRequest,
  context: RequestContext,
): { request: ConverseRequest; notes: TranslationNotes } {
  const draft = newDraft(request, context);
  translateMessages(draft);
  settleShape(draft);
  translateTools(draft);
  translateToolChoice(draft);
  translateResponseFormat(draft, asksClaudeToThink(draft));
  translateParallelCalls(draft);
  addToolsOfHistory(draft);
  addBuiltIns(draft);
  const thinking = translateThinking(draft);
  const inferenceConfig = inferenceConfigOf(draft, thinking);
  translateBetas(draft);
  addInstructions(draft);
  settleCachePoints(draft);
  const converse: ConverseRequest = {};
  if (draft.messages.length > 0) {
    converse.messages = draft.messages;
  }
  if (draft.system !== undefined) {
    converse.system = draft.system;
  }
  if (inferenceConfig !== undefined) {
    converse.inferenceConfig = inferenceConfig;
  }
  if (draft.tools !== undefined) {
    converse.toolConfig =
      draft.toolChoice === undefined ? { tools: draft.tools } : { tools: draft.tools, toolChoice: draft.toolChoice };
  }
  addExtraFields(draft, converse);
  addDerivedFields(draft, converse);
  return { request: converse, notes: notesOf(draft) };
}

function addDerivedFields(draft: TranslationDraft, converse: ConverseRequest): void {
  const additional = additionalFieldsOf(draft);
  if (additional !== undefined) {
    converse.additionalModelRequestFields = additional;
  }
  const metadata = requestMetadataOf(draft);
  if (metadata !== undefined) {
    converse.requestMetadata = metadata;
  }
  const textFormat = textFormatOf(draft) as OutputConfiguration["textFormat"];
  if (textFormat !== undefined) {
    converse.outputConfig = { textFormat, ...converse.outputConfig };
  }
}

/** Adit's own words, where it needs any, after the caller's system prompt. */
function addInstructions(draft: TranslationDraft): void {
  for (const text of draft.instructions) {
    if (draft.model.can.system) {
      (draft.system ??= []).push({ text });
    } else {
      const content = draft.messages[0]?.content ?? [];
      const afterResults = content.findLastIndex((block) => block.toolResult !== undefined) + 1;
      content.splice(afterResults, 0, { text });
    }
  }
}

function notesOf(draft: TranslationDraft): TranslationNotes {
  const notes: TranslationNotes = {
    dropped: [...draft.dropped],
    toolNames: namesByAlias(draft),
    streamable: draft.tools === undefined || draft.model.can.toolsInStream,
  };
  if (draft.structuredOutput !== undefined) {
    notes.structuredOutput = draft.structuredOutput;
  }
  if (draft.answerTool !== undefined) {
    notes.answerTool = draft.answerTool;
  }
  return notes;
}
