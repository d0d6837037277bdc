/** The caller's tools. */
import type { CachePointBlock } from "../../converse/content.ts";
import type { Tool, ToolSpecification } from "../../converse/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { cacheMark, knownMark } from "./cache-marks.ts";
import type { CacheControl, ChatTool } from "./chat-request.ts";
import { novaSchema } from "./nova-schema.ts";
import { unsupported } from "./request-fault.ts";
import { fitsStrictDecoding } from "./strict-schema.ts";
import { sentToolName } from "./tool-names.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";
import { nameUnread } from "./unread-fields.ts";

/** The schema of a tool without arguments. */
const noArguments: JsonObject = { type: "object", properties: {} };

export function translateTools(draft: TranslationDraft): void {
  const given = draft.request.tools;
  if (!Array.isArray(given) || given.length === 0) {
    return;
  }
  const tools: Tool[] = [];
  const builtIn: JsonObject[] = [];
  for (let index = 0; index < given.length; index += 1) {
    const tool = given[index];
    if (tool === undefined) {
      continue;
    }
    const sent = toolFrom(draft, tool, index);
    if (sent === undefined) {
      builtIn.push(builtInTool(draft, tool, index));
      continue;
    }
    tools.push(sent);
    const control = tool.cache_control ?? tool.function?.cache_control;
    if (isJsonObject(control)) {
      tools.push(cacheMark(draft, control as CacheControl, `tools[${index}].cache_control`));
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
const readOfCustomTool: ReadonlySet<string> = new Set(["type", "name", "description", "input_schema", "cache_control"]);

/** Undefined for one of Anthropic's own tools. */
function toolFrom(draft: TranslationDraft, tool: ChatTool, index: number): Tool | undefined {
  if (tool.function !== undefined) {
    nameUnread(draft, tool, readOfTool, `tools[${index}]`);
    nameUnread(draft, tool.function, readOfFunction, `tools[${index}].function`);
    const { name, description, parameters, strict } = tool.function;
    const place = `tools[${index}].function`;
    return specOf(draft, { name, description, schema: parameters, strict, place, field: "parameters" });
  }
  if (tool.input_schema !== undefined) {
    nameUnread(draft, tool, readOfCustomTool, `tools[${index}]`);
    const { name = "", description, input_schema: schema } = tool;
    return specOf(draft, {
      name,
      description,
      schema,
      strict: undefined,
      place: `tools[${index}]`,
      field: "input_schema",
    });
  }
  if (tool["cachePoint"] !== undefined) {
    const point = tool["cachePoint"] as unknown as CachePointBlock;
    return knownMark(draft, { ...point }, `tools[${index}]`);
  }
  return tool["toolSpec"] !== undefined || tool["systemTool"] !== undefined ? asTool(tool) : undefined;
}

/** A tool in AWS's own shape; AWS judges what is inside. */
function asTool(tool: ChatTool): Tool {
  const member = tool["toolSpec"] === undefined ? "systemTool" : "toolSpec";
  return { [member]: tool[member] } as unknown as Tool;
}

interface GivenTool {
  name: string;
  description: string | null | undefined;
  schema: JsonObject | null | undefined;
  strict: boolean | null | undefined;
  place: string;
  field: string;
}

function specOf(draft: TranslationDraft, given: GivenTool): Tool {
  const toolSpec: ToolSpecification = {
    name: sentToolName(draft, given.name),
    inputSchema: { json: schemaOf(draft, given) },
  };
  // AWS refuses an empty description.
  if (typeof given.description === "string" && given.description !== "") {
    toolSpec.description = given.description;
  }
  if (typeof given.strict === "boolean") {
    const isTaken = !given.strict || fitsStrictDecoding(toolSpec.inputSchema.json);
    if (draft.model.can.strictTools && isTaken) {
      toolSpec.strict = given.strict;
    } else if (given.strict) {
      drop(draft, `${given.place}.strict`);
    }
  }
  return { toolSpec };
}

/** The schema as it was written, but for what AWS refuses: a missing `type` (it takes nothing but an object's schema), and Nova's bounds. */
function schemaOf(draft: TranslationDraft, given: GivenTool): JsonObject {
  const { schema } = given;
  if (schema === undefined || schema === null) {
    return noArguments;
  }
  const taken = draft.model.family === "nova" ? novaSchema(schema) : schema;
  const typed = taken["type"] === undefined ? { ...taken, type: "object" } : taken;
  if (typed !== schema) {
    drop(draft, `${given.place}.${given.field}`);
  }
  return typed;
}

/** Anthropic's own tools: `{type, name, ...}`, or Portkey's `{type: T, T: {name, ...}}`. */
function builtInTool(draft: TranslationDraft, tool: ChatTool, index: number): JsonObject {
  const type = tool.type ?? "";
  if (draft.model.family !== "anthropic" && draft.model.family !== "unknown") {
    throw unsupported(
      `tools[${index}].type`,
      `tools[${index}].type ${JSON.stringify(type.slice(0, 64))} is one of Anthropic's own tools, and ${draft.model.id} has none of them`,
    );
  }
  const inner = tool[type];
  return isJsonObject(inner) ? { type, ...inner } : tool;
}

/**
 * AWS wants `toolConfig` wherever the history has calls or results: where the caller offers no tools any more, the history's own are named
 * again, as not to be used. Names of Anthropic's own tools are left out: they are offered elsewhere.
 */
export function addToolsOfHistory(draft: TranslationDraft): void {
  if (!draft.hasToolHistory || draft.tools !== undefined) {
    return;
  }
  const names = new Set<string>();
  for (const message of draft.messages) {
    for (const block of message.content) {
      if (block.toolUse !== undefined && block.toolUse.type !== "server_tool_use") {
        names.add(block.toolUse.name);
      }
    }
  }
  for (const { name } of draft.builtInTools ?? []) {
    names.delete(name as string);
  }
  const stubs = names.size === 0 ? ["unavailable"] : [...names];
  draft.tools = stubs.map((name) => ({
    toolSpec: { name, description: "No longer available: do not call it.", inputSchema: { json: noArguments } },
  }));
  drop(draft, "tools");
}
