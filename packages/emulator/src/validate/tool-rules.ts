/** Tools: whether the model takes them, how they are declared, how they are chosen. */
import type { ContentBlock } from "@adit/bedrock";
import { kindOf, type Call, type Rule } from "./call.ts";
import { isRecord } from "./read-shape.ts";
import { extraneousKey, invalid, modelRefuses, unsupportedField, type Refusal } from "./refusal.ts";

export const toolRules: readonly Rule[] = [
  supported,
  configured,
  streamable,
  declared,
  choosable,
  objectInputs,
  statuses,
];

function supported({ request, traits }: Call): Refusal | undefined {
  if (traits.tools || request.toolConfig === undefined) return undefined;
  return invalid("This model doesn't support tool use.");
}

/** Nova tells it in its own layer, as reported; the rest of the families in Bedrock's. */
function configured(call: Call): Refusal | undefined {
  if (call.request.toolConfig !== undefined) return undefined;
  const tool = call.blocks.find(({ block }) => isToolBlock(block));
  if (tool === undefined) return undefined;
  if (call.traits.family === "nova") return extraneousKey(`#/${tool.path.replaceAll(".", "/")}`, kindOf(tool.block));
  return invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.");
}

function streamable({ request, traits, stream }: Call): Refusal | undefined {
  if (!stream || traits.toolsInStream || request.toolConfig === undefined) return undefined;
  return invalid("This model doesn't support tool use in streaming mode.");
}

function declared({ request, traits, model }: Call): Refusal | undefined {
  const names = new Set<string>();
  for (const [index, tool] of (request.toolConfig?.tools ?? []).entries()) {
    const path = `toolConfig.tools.${index}`;
    if (tool.systemTool !== undefined && !model.baseId.startsWith("amazon.nova-2"))
      return unsupportedField(`${path}.systemTool`);
    if (tool.toolSpec === undefined) continue;
    if (tool.toolSpec.strict !== undefined && !traits.strictTools) return unsupportedField("strict");
    const schema: unknown = tool.toolSpec.inputSchema.json;
    if (!isRecord(schema) || schema["type"] !== "object")
      return invalid(`The value at ${path}.toolSpec.inputSchema.json.type must be one of the following: object.`);
    if (names.has(tool.toolSpec.name) && traits.family === "claude")
      return modelRefuses("tools: Tool names must be unique.");
    names.add(tool.toolSpec.name);
  }
  return undefined;
}

function choosable({ request, traits }: Call): Refusal | undefined {
  const choice = request.toolConfig?.toolChoice;
  if (choice === undefined) return undefined;
  const kind = kindOf(choice);
  if (!traits.toolChoice.some((name) => name === kind)) return unsupportedField(`toolConfig.toolChoice.${kind}`);
  const wanted = choice.tool?.name;
  const isDeclared = request.toolConfig?.tools.some((tool) => (tool.toolSpec ?? tool.systemTool)?.name === wanted);
  return wanted === undefined || isDeclared === true
    ? undefined
    : modelRefuses(`tool_choice: Tool '${wanted}' not found in provided tools`);
}

/** `input` and `json` are any JSON in the service model, and an object in the service. */
function objectInputs(call: Call): Refusal | undefined {
  for (const { block, path } of call.blocks) {
    if (block.toolUse !== undefined && !isRecord(block.toolUse.input)) return notAnObject(`${path}.toolUse.input`);
    for (const [index, part] of (block.toolResult?.content ?? []).entries())
      if (part.json !== undefined && !isRecord(part.json))
        return notAnObject(`${path}.toolResult.content.${index}.json`);
  }
  return undefined;
}

function notAnObject(path: string): Refusal {
  return invalid(`The format of the value at ${path} is invalid. Provide a json object for the field and try again.`);
}

function statuses(call: Call): Refusal | undefined {
  if (call.traits.toolResultStatus) return undefined;
  return call.blocks.some(({ block }) => block.toolResult?.status !== undefined)
    ? unsupportedField("status")
    : undefined;
}

function isToolBlock(block: ContentBlock): boolean {
  return block.toolUse !== undefined || block.toolResult !== undefined;
}
