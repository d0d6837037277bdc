import type { ConverseRequest, OutputConfiguration } from "../../converse/request.ts";
import { streamCountsCacheTwice } from "../../models/prices/billed-units.ts";
import { additionalFieldsOf, readGivenFields } from "./fields/additional-fields.ts";
import { translateBetas } from "./betas.ts";
import { settleCachePoints } from "./cache-points.ts";
import type { TranslationNotes } from "./context.ts";
import { addExtraFields, ownOutputConfig, type FieldTable } from "./fields/extra-fields.ts";
import { requestMetadataOf } from "./fields/request-metadata.ts";
import { inferenceConfigOf } from "./sampling.ts";
import { textFormatOf, translateFormat } from "./structured-output.ts";
import { asksClaudeToThink, translateThinking } from "./thinking.ts";
import { addBuiltIns, translateParallelCalls, translateToolChoice } from "./tools/tool-choice.ts";
import { namesByAlias } from "./tools/tool-names.ts";
import { addToolsOfHistory } from "./tools/tool-spec.ts";
import type { TranslationDraft } from "./translation-draft.ts";

/** A request of Converse, with notes for the reply's translator. */
export interface TranslatedRequest {
  request: ConverseRequest;
  notes: TranslationNotes;
}

/**
 * The request that a draft has become. To be called when the dialect has read its messages (and called `settleShape`) and its tools: the
 * wishes are settled here, since many of them bind each other.
 */
export function converseFromDraft(draft: TranslationDraft, fields: FieldTable): TranslatedRequest {
  readGivenFields(draft);
  translateToolChoice(draft);
  if (draft.wishes.format !== undefined) {
    translateFormat(draft, asksClaudeToThink(draft), ownOutputConfig(draft.body, fields));
  }
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
  addExtraFields(draft, converse, fields);
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
  if (streamCountsCacheTwice(draft.model.baseId)) {
    notes.countsCacheTwice = true;
  }
  return notes;
}
