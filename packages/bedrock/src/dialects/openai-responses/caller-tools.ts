/** How the caller names its tools: in namespaces, and with free text for input. Converse has one list of names, and JSON. */
import { parsedObject, type JsonObject } from "../../json.ts";
import type { CustomTool, FunctionTool, InputItem, ResponsesRequest } from "./responses-request.ts";

export interface CallerTool {
  name: string;
  namespace: string | undefined;
  /** Its input is free text. */
  isCustom: boolean;
}

/** The one name that a tool has here. */
export function plainToolName(namespace: string | null | undefined, name: string): string {
  if (namespace === undefined || namespace === null || namespace === "") {
    return name;
  }
  return namespace.endsWith("__") ? `${namespace}${name}` : `${namespace}__${name}`;
}

/** The offered tools that are more than a function with a name, by the name that they have here. */
export function callerTools(request: ResponsesRequest): ReadonlyMap<string, CallerTool> {
  const tools = new Map<string, CallerTool>();
  for (const tool of request.tools ?? []) {
    if (tool.type === "namespace") {
      for (const inner of tool.tools) {
        tools.set(plainToolName(tool.name, inner.name), callerTool(inner, tool.name));
      }
    } else if (tool.type === "custom") {
      tools.set(tool.name, callerTool(tool, undefined));
    }
  }
  return tools;
}

function callerTool({ name, type }: FunctionTool | CustomTool, namespace: string | undefined): CallerTool {
  return { name, namespace, isCustom: type === "custom" };
}

/** Every name in the body: offered, and called in the conversation. */
export function toolNamesIn(body: JsonObject): Set<string> {
  const { tools, input } = body as ResponsesRequest;
  const names = new Set<string>();
  for (const tool of tools ?? []) {
    if (tool.type === "namespace") {
      for (const inner of tool.tools) {
        names.add(plainToolName(tool.name, inner.name));
      }
    } else if (tool.type !== "tool_search") {
      names.add(tool.name);
    }
  }
  for (const item of typeof input === "string" ? [] : input) {
    addNameOf(item, names);
  }
  return names;
}

function addNameOf(item: InputItem, names: Set<string>): void {
  if (item.type === "function_call" || item.type === "custom_tool_call") {
    names.add(plainToolName(item.namespace, item.name));
  }
}

/** The schema of a tool whose input is free text. */
export const freeTextSchema: JsonObject = {
  type: "object",
  properties: { input: { type: "string", description: "The whole input of the tool, as plain text." } },
  required: ["input"],
};

/** Free text as the arguments of that schema. */
export function argumentsFromText(input: string): JsonObject {
  return { input };
}

/** The free text in the arguments that a model wrote; what does not follow the schema is given as it is. */
export function textFromArguments(json: string): string {
  const input = parsedObject(json)?.["input"];
  // Cut off in the middle, or no JSON at all: the caller sees what there is.
  return typeof input === "string" ? input : json;
}
