/** The caller's tools. */
import type { CachePointBlock } from "../../converse/content.ts";
import { toolUnderKey } from "../../anthropic/anthropic-tools.ts";
import type { Tool } from "../../converse/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { cacheMark, knownMark } from "../translation/cache-marks.ts";
import { needAnthropicsTools, toolFrom } from "../translation/tools/tool-spec.ts";
import type { TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import type { ChatRequest, ChatTool } from "./chat-request.ts";
import { offeredIn } from "./functions.ts";

export function translateTools(draft: TranslationDraft, request: ChatRequest): void {
  const { list, tools: given } = offeredIn(request);
  if (given.length === 0) {
    return;
  }
  const tools: Tool[] = [];
  const builtIn: JsonObject[] = [];
  for (let index = 0; index < given.length; index += 1) {
    const tool = given[index];
    if (tool === undefined) {
      continue;
    }
    const sent = toolOf(draft, tool, { path: `${list}[${index}]`, isFunction: list === "functions" });
    if (sent === undefined) {
      builtIn.push(builtInTool(draft, tool, index));
      continue;
    }
    tools.push(sent);
    const control = tool.cache_control ?? tool.function?.cache_control;
    if (isJsonObject(control)) {
      tools.push(cacheMark(draft, control, `${list}[${index}].cache_control`));
    }
  }
  if (tools.length > 0) {
    draft.tools = tools;
  }
  if (builtIn.length > 0) {
    draft.builtInTools = builtIn;
  }
}

const readOfTool: ReadonlySet<string> = new Set(["type", "function", "cache_control"]);
const readOfFunction: ReadonlySet<string> = new Set(["name", "description", "parameters", "strict", "cache_control"]);
const readOfCustomTool: ReadonlySet<string> = new Set([
  "type",
  "name",
  "description",
  "input_schema",
  "strict",
  "cache_control",
]);

/** Undefined for one of Anthropic's own tools. */
function toolOf(
  draft: TranslationDraft,
  tool: ChatTool,
  { path, isFunction }: { path: string; isFunction: boolean },
): Tool | undefined {
  if (isJsonObject(tool.function)) {
    const place = isFunction ? path : `${path}.function`;
    nameUnread(draft, tool, readOfTool, path);
    nameUnread(draft, tool.function, readOfFunction, place);
    const { name, description, parameters, strict } = tool.function;
    return toolFrom(draft, { name, description, schema: parameters, strict, place, field: "parameters" });
  }
  if (isJsonObject(tool.input_schema)) {
    nameUnread(draft, tool, readOfCustomTool, path);
    const { name = "", description, input_schema: schema, strict } = tool;
    return toolFrom(draft, { name, description, schema, strict, place: path, field: "input_schema" });
  }
  const member = awsMembers.find((name) => isJsonObject(tool[name]));
  return member === undefined ? undefined : awsTool(draft, tool, member, path);
}

const awsMembers = ["toolSpec", "systemTool", "cachePoint"] as const;

/** A tool in AWS's own shape; AWS judges what is inside. */
function awsTool(draft: TranslationDraft, tool: ChatTool, member: (typeof awsMembers)[number], path: string): Tool {
  nameUnread(draft, tool, new Set(["type", "cache_control", member]), path);
  if (member === "cachePoint") {
    return knownMark(draft, { ...(tool[member] as unknown as CachePointBlock) }, path);
  }
  return { [member]: tool[member] } as unknown as Tool;
}

/** Anthropic's own tools: `{type, name, ...}`, or `{type: KEY, KEY: {name, ...}}`. */
function builtInTool(draft: TranslationDraft, tool: ChatTool, index: number): JsonObject {
  const key = tool.type ?? "";
  needAnthropicsTools(draft, key, `tools[${index}].type`);
  const inner = tool[key];
  if (!isJsonObject(inner)) {
    return tool;
  }
  const { name, type, ...rest } = inner;
  nameUnread(draft, tool, new Set(["type", "cache_control", key]), `tools[${index}]`);
  nameUnread(draft, { type: type ?? null }, new Set(), `tools[${index}].${key}`);
  const control = isJsonObject(tool.cache_control) ? { cache_control: tool.cache_control } : {};
  return { ...toolUnderKey(key, name as string), ...control, ...rest };
}
