/** The caller's tools. */
import type { Tool } from "../../converse/request.ts";
import { isJsonObject } from "../../json.ts";
import { cacheMark } from "../translation/cache-marks.ts";
import { toolFrom } from "../translation/tools/tool-spec.ts";
import { drop, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import { freeTextSchema, plainToolName } from "./caller-tools.ts";
import type { CustomTool, FunctionTool, ResponsesRequest } from "./responses-request.ts";

export function translateTools(draft: TranslationDraft, request: ResponsesRequest): void {
  const tools: Tool[] = [];
  for (const [index, tool] of (request.tools ?? []).entries()) {
    const place = `tools[${index}]`;
    if (tool.type === "namespace") {
      nameUnread(draft, tool, ofNamespace, place);
      for (const [innerIndex, inner] of tool.tools.entries()) {
        addTool(draft, tools, inner, { namespace: tool.name, place: `${place}.tools[${innerIndex}]` });
      }
    } else if (tool.type === "tool_search") {
      // Every tool of the list is offered: there is nothing to search for.
      drop(draft, place);
    } else {
      addTool(draft, tools, tool, { namespace: undefined, place });
    }
  }
  if (tools.length > 0) {
    draft.tools = tools;
  }
}

const ofNamespace: ReadonlySet<string> = new Set(["type", "name", "tools"]);
const ofFunction: ReadonlySet<string> = new Set([
  "type",
  "name",
  "description",
  "parameters",
  "strict",
  "cache_control",
]);
const ofCustom: ReadonlySet<string> = new Set(["type", "name", "description", "format", "cache_control"]);

function addTool(
  draft: TranslationDraft,
  tools: Tool[],
  tool: FunctionTool | CustomTool,
  { namespace, place }: { namespace: string | undefined; place: string },
): void {
  const name = plainToolName(namespace, tool.name);
  if (tool.type === "function") {
    nameUnread(draft, tool, ofFunction, place);
    const { description, parameters: schema, strict } = tool;
    tools.push(toolFrom(draft, { name, description, schema, strict, place, field: "parameters" }));
  } else {
    nameUnread(draft, tool, ofCustom, place);
    const description = customDescription(draft, tool, place);
    const given = { name, description, schema: freeTextSchema, strict: undefined, place, field: "format" };
    tools.push(toolFrom(draft, given));
  }
  if (isJsonObject(tool.cache_control)) {
    tools.push(cacheMark(draft, tool.cache_control, `${place}.cache_control`));
  }
}

/** Bedrock's models are not bound to a grammar: they are told it, and that it binds nobody is named. */
function customDescription(draft: TranslationDraft, { description, format }: CustomTool, place: string): string {
  const parts = [
    "The argument `input` is the tool's whole input as plain text: do not wrap it in JSON or a code fence.",
  ];
  if (typeof description === "string" && description !== "") {
    parts.unshift(description);
  }
  if (format?.type === "grammar") {
    drop(draft, `${place}.format`);
    parts.push(`It must follow this grammar (${format.syntax ?? "lark"}):\n${format.definition ?? ""}`);
  }
  return parts.join("\n\n");
}
