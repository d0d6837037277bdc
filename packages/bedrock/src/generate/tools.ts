import type { ChatTool } from "../dialects/openai-chat/chat-request.ts";
import type { CacheControl } from "../dialects/translation/cache-marks.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { jsonSchemaOf, type SchemaInput } from "./schema.ts";
import type { ToolPlace } from "./callers-paths.ts";
import { droppedWarning, type Warning } from "./warning.ts";

/** A tool that the model may call. */
export interface ToolDefinition {
  name: string;
  /** For the model: what it does, and when to call it. */
  description?: string;
  /** Of its arguments, by zod or JSON schema. Default: it takes none. */
  parameters?: SchemaInput;
  /** True: AWS holds the model to the schema, where the model has that. */
  strict?: boolean;
  /** A cache mark behind this tool. */
  cacheControl?: CacheControl;
  /** Claude's tool search finds it; the model does not see it at first. Such a call goes by InvokeModel. */
  deferLoading?: boolean;
}

/** {@link ToolDefinition}, or a tool as OpenAI, Anthropic (also its own tools) or Converse writes it. */
export type ToolInput = ToolDefinition | ChatTool;

/** Names of a definition's members in lower case without `_`. ReqLLM and others call the parameters by three more names. */
const members: ReadonlyMap<string, keyof ToolDefinition> = new Map([
  ["name", "name"],
  ["description", "description"],
  ["parameters", "parameters"],
  ["parameterschema", "parameters"],
  ["inputschema", "parameters"],
  ["strict", "strict"],
  ["cachecontrol", "cacheControl"],
  ["deferloading", "deferLoading"],
]);

/** Members of the other forms of a tool: one that has any of them goes as it is. */
const otherForms = ["function", "toolSpec", "systemTool", "cachePoint"];

/** The tools of a call, for the dialect. */
export interface ReadTools {
  tools: ChatTool[];
  /** Where each of them stands in the option. */
  places: ToolPlace[];
  /** Tools that only Claude's own format can hold, in that format. */
  deferred: JsonObject[];
}

/**
 * Reads the option `tools`. Throws AditError `invalid_request` with the path of what is no tool; what a tool brings beside is a warning.
 * `canDefer`: the model has Claude's tool search; others see every tool at once, with a warning.
 */
export function readTools(value: unknown, path: string, canDefer: boolean): ReadTools & { warnings: Warning[] } {
  if (!Array.isArray(value)) {
    throw new AditError("invalid_request", `${path} must be a list of tools.`, { param: path });
  }
  const read: ReadTools & { warnings: Warning[] } = { tools: [], places: [], deferred: [], warnings: [] };
  for (const [index, tool] of (value as unknown[]).entries()) {
    const place = `${path}[${index}]`;
    if (!isJsonObject(tool)) {
      throw new AditError("invalid_request", `${place} must be an object with a name and parameters.`, {
        param: place,
      });
    }
    if (isOtherForm(tool)) {
      read.tools.push(withJsonSchema(tool, place));
      read.places.push({ path: place, isDefinition: false });
      continue;
    }
    const definition = readDefinition(tool, place, read.warnings);
    if (definition.deferLoading === true && canDefer) {
      read.deferred.push(deferredTool(definition, place));
      read.warnings.push(...lostOfDeferred(definition, place));
      continue;
    }
    if (definition.deferLoading === true) {
      read.warnings.push(droppedWarning(`${place}.deferLoading`));
    }
    read.tools.push(chatTool(definition, place));
    read.places.push({ path: place, isDefinition: true });
  }
  return read;
}

/** `type` is `function` in some definitions; any other type is one of Anthropic's own tools. */
function isOtherForm(tool: JsonObject): boolean {
  const { type } = tool;
  return otherForms.some((member) => isJsonObject(tool[member])) || (typeof type === "string" && type !== "function");
}

/** OpenAI's form holds a zod schema as well as a definition does: its inner members would say nothing to the model. */
function withJsonSchema(tool: JsonObject, place: string): JsonObject {
  const { function: callee } = tool;
  if (!isJsonObject(callee) || !isJsonObject(callee["parameters"])) {
    return tool;
  }
  const parameters = jsonSchemaOf(callee["parameters"], `${place}.function.parameters`);
  return { ...tool, function: { ...callee, parameters } };
}

function readDefinition(tool: JsonObject, place: string, warnings: Warning[]): ToolDefinition {
  const definition: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(tool)) {
    const member = members.get(name.toLowerCase().replaceAll("_", ""));
    if (value === undefined || value === null || name === "type") {
      continue;
    }
    if (member === undefined) {
      const path = `${place}.${name}`;
      warnings.push({ type: "ignored-option", path, message: `${path} is no part of a tool, and is left out.` });
    } else {
      definition[member] = value;
    }
  }
  if (typeof definition["name"] !== "string" || definition["name"] === "") {
    throw new AditError("invalid_request", `${place}.name must be the tool's name.`, { param: `${place}.name` });
  }
  for (const member of ["strict", "deferLoading"] as const) {
    if (definition[member] !== undefined && typeof definition[member] !== "boolean") {
      const path = `${place}.${member}`;
      throw new AditError("invalid_request", `${path} must be true or false.`, { param: path });
    }
  }
  return definition as unknown as ToolDefinition;
}

function chatTool({ name, description, parameters, strict, cacheControl }: ToolDefinition, place: string): ChatTool {
  return {
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters: jsonSchemaOf(parameters, `${place}.parameters`) }),
      ...(strict !== undefined && { strict }),
    },
    ...(cacheControl !== undefined && { cache_control: cacheControl }),
  };
}

/** Such a tool is not held to its schema, and a mark behind what is not seen would cache nothing. */
function lostOfDeferred({ strict, cacheControl }: ToolDefinition, place: string): Warning[] {
  return [
    ...(strict === true ? [droppedWarning(`${place}.strict`)] : []),
    ...(cacheControl === undefined ? [] : [droppedWarning(`${place}.cacheControl`)]),
  ];
}

/** Claude's own form, which Converse has no field for. */
function deferredTool({ name, description, parameters }: ToolDefinition, place: string): JsonObject {
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema:
      parameters === undefined ? { type: "object", properties: {} } : jsonSchemaOf(parameters, `${place}.parameters`),
    defer_loading: true,
  };
}
