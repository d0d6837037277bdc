import { flagOfTool, flaggedFields } from "../../../anthropic/anthropic-tools.ts";
import { isJsonObject, type ValuePath } from "../../../json.ts";
import { toolSearchFlag } from "../../../models/betas.ts";
import { currentSchema } from "../../translation/tools/current-schema.ts";
import type { MessagesBlock, MessagesTool } from "../messages-request.ts";
import { isGiven, leaveOut, nameDropped, pathText, type NativeDraft } from "./draft.ts";
import { bringFlag } from "./fields.ts";

const fineGrainedStreaming = "fine-grained-tool-streaming-2025-05-14";

/** Tools go as they came, but for the fields that Bedrock refuses, and with the flags that they need there. */
export function settleTools(draft: NativeDraft): void {
  for (const [index, tool] of (draft.request.tools ?? []).entries()) {
    const beta = flagOfTool(tool.type);
    if (beta !== undefined) {
      bringFlag(draft, [beta]);
    }
    for (const [field, flag] of flaggedFields) {
      if (isGiven(tool[field]) && !bringFlag(draft, [flag])) {
        leaveOut(draft, ["tools", index, field]);
      }
    }
    if (tool.strict === true && !draft.model.can.strictTools) {
      leaveOut(draft, ["tools", index, "strict"]);
    }
    settleSchema(draft, tool, index);
    settleStreaming(draft, tool, index);
    settleCallers(draft, tool, index);
  }
  settleReferences(draft);
}

/** What the caller's own search for tools has found. A model without tool search sees every tool at once: the names are what is left to say. */
function settleReferences(draft: NativeDraft): void {
  for (const [index, { content }] of draft.request.messages.entries()) {
    for (const [place, block] of typeof content === "string" ? [] : content.entries()) {
      if (block.type === "tool_result" && Array.isArray(block.content)) {
        nameReferences(draft, ["messages", index, "content", place, "content"], block.content);
      }
    }
  }
}

function nameReferences(draft: NativeDraft, place: ValuePath, results: readonly MessagesBlock[]): void {
  for (const [index, result] of results.entries()) {
    if (result.type === "tool_reference" && !bringFlag(draft, [toolSearchFlag])) {
      const path = [...place, index];
      draft.edits.set([...path, "type"], '"text"');
      draft.edits.set([...path, "text"], JSON.stringify(result.tool_name));
      draft.edits.remove([...path, "tool_name"]);
      nameDropped(draft, pathText([...path, "type"]));
    }
  }
}

function settleSchema(draft: NativeDraft, { input_schema: schema }: MessagesTool, index: number): void {
  const taken = isJsonObject(schema) ? currentSchema(schema) : schema;
  if (taken !== schema) {
    const path = ["tools", index, "input_schema"];
    draft.edits.set(path, JSON.stringify(taken));
    nameDropped(draft, pathText(path));
  }
}

/** Bedrock has a flag for the whole request where Anthropic's API has a field of each tool (vercel/ai's Anthropic-on-Bedrock layer). */
function settleStreaming(draft: NativeDraft, tool: MessagesTool, index: number): void {
  const asked = tool["eager_input_streaming"];
  if (asked === undefined) {
    return;
  }
  const hasFlag = draft.model.betas !== undefined && bringFlag(draft, [fineGrainedStreaming]);
  if (asked === true && !hasFlag) {
    leaveOut(draft, ["tools", index, "eager_input_streaming"]);
  } else {
    draft.edits.remove(["tools", index, "eager_input_streaming"]);
  }
}

/** Who else than the model itself may call a tool: code that runs on Anthropic's servers, which Bedrock does not have. */
function settleCallers(draft: NativeDraft, tool: MessagesTool, index: number): void {
  const callers = tool["allowed_callers"];
  if (callers === undefined) {
    return;
  }
  const others = Array.isArray(callers) && callers.some((caller) => caller !== "direct");
  if (others) {
    leaveOut(draft, ["tools", index, "allowed_callers"]);
  } else {
    draft.edits.remove(["tools", index, "allowed_callers"]);
  }
}
