import type { ToolConfiguration } from "../../converse/request.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { objectOf } from "../json-parts.ts";
import type { NativeDraft } from "../native-draft.ts";

/** Cohere names the types of parameters in Python's words (Cohere's guide to tool use). */
const pythonTypes: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ["string", "str"],
  ["integer", "int"],
  ["number", "float"],
  ["boolean", "bool"],
  ["array", "list"],
  ["object", "dict"],
]);

/** What of a parameter's schema has a place of its own. */
const placed: ReadonlySet<string> = new Set(["type", "description", "title"]);

/** `tools` of the body. A choice other than the model's own is refused: Command R knows none. */
export function nativeTools(draft: NativeDraft, config: ToolConfiguration | undefined): JsonObject[] {
  if (config?.toolChoice !== undefined && config.toolChoice.auto === undefined) {
    throw draft.unsupported("toolConfig.toolChoice", "tool choice other than auto");
  }
  return (config?.tools ?? []).flatMap((tool, index) => {
    const path = `toolConfig.tools[${index}]`;
    if (tool.systemTool !== undefined) {
      throw draft.unsupported(`${path}.systemTool`, "tools that AWS runs");
    }
    if (tool.cachePoint !== undefined) {
      draft.drop(`${path}.cachePoint`);
      return [];
    }
    const { name, description, inputSchema, strict } = tool.toolSpec;
    if (strict !== undefined) {
      draft.drop(`${path}.toolSpec.strict`);
    }
    // Cohere's API wants a description.
    return [{ name, description: description ?? name, parameter_definitions: parameters(inputSchema.json) }];
  });
}

function parameters(schema: JsonObject): JsonObject {
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return Object.fromEntries(
    Object.entries(objectOf(schema["properties"])).map(([name, property]) => [
      name,
      { ...parameter(objectOf(property)), required: required.has(name) },
    ]),
  );
}

/** What Cohere has no field for (values of an enum, a shape within) is told in the description: the model reads it there. */
function parameter(schema: JsonObject): JsonObject {
  const { description } = schema;
  const rest = Object.entries(schema).filter(([name]) => !placed.has(name));
  const words = [
    ...(typeof description === "string" ? [description] : []),
    ...(rest.length === 0 ? [] : [`JSON Schema: ${JSON.stringify(Object.fromEntries(rest))}`]),
  ];
  return {
    type: pythonTypes.get(schema["type"]) ?? "str",
    ...(words.length > 0 && { description: words.join("\n") }),
  };
}
