/** What a request of Responses asks for besides its items and tools. */
import { isJsonObject } from "../../json.ts";
import { setSharedWishes } from "../translation/openai/shared-wishes.ts";
import { drop, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import {
  noWishes,
  type DialectTerms,
  type FormatWish,
  type ToolChoiceWish,
  type Wishes,
} from "../translation/wishes.ts";
import { plainToolName, toolNamesIn } from "./caller-tools.ts";
import type { ResponsesRequest, ResponsesToolChoice, TextFormat } from "./responses-request.ts";

/** What Responses calls what a caller may want. */
export const responsesTerms: DialectTerms = {
  messages: "input",
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  stops: "stop",
  thinking: "thinking",
  effort: "reasoning.effort",
  toolChoice: "tool_choice",
  allowedTools: "tool_choice.tools",
  parallelToolCalls: "parallel_tool_calls",
  format: "text.format",
  formatSchema: "text.format.schema",
  formatStrict: "text.format.strict",
  metadata: "metadata",
  user: "user",
  toolNamesIn,
};

const limitPaths = ["max_output_tokens"];

export function responsesWishes(request: ResponsesRequest): Wishes {
  const wishes = noWishes();
  setSharedWishes(wishes, request);
  if (typeof request.max_output_tokens === "number") {
    wishes.maxTokens = request.max_output_tokens;
    wishes.maxTokensPaths = limitPaths;
  }
  wishes.effort = request.reasoning?.effort ?? undefined;
  wishes.summaryPath = summaryPathIn(request.reasoning ?? {});
  wishes.toolChoice = choiceOf(request.tool_choice ?? undefined);
  wishes.parallelToolCalls = request.parallel_tool_calls ?? undefined;
  wishes.format = formatOf(request.text?.format ?? undefined);
  return wishes;
}

function summaryPathIn({
  summary,
  generate_summary: older,
}: NonNullable<ResponsesRequest["reasoning"]>): string | undefined {
  if ((summary ?? "none") !== "none") return "reasoning.summary";
  return (older ?? "none") === "none" ? undefined : "reasoning.generate_summary";
}

function choiceOf(given: ResponsesToolChoice | undefined): ToolChoiceWish | undefined {
  if (given === undefined) {
    return undefined;
  }
  if (typeof given === "string") {
    return { kind: given === "required" ? "any" : given };
  }
  return given.type === "allowed_tools"
    ? {
        kind: "allowed",
        names: given.tools.map((tool) => plainToolName(tool.namespace, tool.name)),
        isRequired: given.mode === "required",
      }
    : { kind: "tool", name: plainToolName(given.namespace, given.name) };
}

function formatOf(format: TextFormat | undefined): FormatWish | undefined {
  if (format === undefined || format.type === "text") {
    return undefined;
  }
  return {
    schema: format.schema ?? undefined,
    name: format.name ?? undefined,
    description: format.description ?? undefined,
    strict: format.strict ?? undefined,
  };
}

const ofText: ReadonlySet<string> = new Set(["format", "verbosity"]);
const ofFormat: ReadonlySet<string> = new Set(["type"]);
const ofSchemaFormat: ReadonlySet<string> = new Set(["type", "name", "description", "schema", "strict"]);
const ofReasoning: ReadonlySet<string> = new Set(["effort", "summary", "generate_summary"]);
const ofChoice: ReadonlySet<string> = new Set(["type", "name", "namespace"]);
const ofAllowed: ReadonlySet<string> = new Set(["type", "mode", "tools"]);

/** Names what stands in the wishes and nothing here can honour. */
export function nameUnreadOfWishes(draft: TranslationDraft, request: ResponsesRequest): void {
  const { text, reasoning, tool_choice: choice, include } = request;
  if (isJsonObject(text)) {
    nameUnread(draft, text, ofText, "text");
    nameUnreadOfText(draft, text.format ?? undefined, text.verbosity ?? undefined);
  }
  if (isJsonObject(reasoning)) {
    nameUnread(draft, reasoning, ofReasoning, "reasoning");
    nameStyle(draft, reasoning["summary"], "reasoning.summary");
    nameStyle(draft, reasoning["generate_summary"], "reasoning.generate_summary");
  }
  if (isJsonObject(choice)) {
    nameUnread(draft, choice, choice["type"] === "allowed_tools" ? ofAllowed : ofChoice, "tool_choice");
  }
  for (const [index, name] of (include ?? []).entries()) {
    if (name !== "reasoning.encrypted_content") {
      drop(draft, `include[${index}]`);
    }
  }
}

/** How long the text should be is a hint that no field of Bedrock takes; `medium` asks for nothing. */
function nameUnreadOfText(
  draft: TranslationDraft,
  format: TextFormat | undefined,
  verbosity: string | undefined,
): void {
  if (format !== undefined) {
    nameUnread(draft, format, format.type === "json_schema" ? ofSchemaFormat : ofFormat, "text.format");
  }
  if (verbosity !== undefined && verbosity !== "medium") {
    drop(draft, "text.verbosity");
  }
}

/** A summary is given where it is asked for, in the one form that the model has. */
function nameStyle(draft: TranslationDraft, style: unknown, path: string): void {
  if (style === "concise" || style === "detailed") {
    drop(draft, path);
  }
}
