/** Tools as AWS takes them. */
import type { Tool, ToolSpecification } from "../../../converse/request.ts";
import type { JsonObject } from "../../../json.ts";
import { mayBeClaude } from "../../../models/may-be-claude.ts";
import { unsupported } from "../fields/request-fault.ts";
import { withStrict } from "./strict-room.ts";
import { takenSchema } from "./taken-schema.ts";
import { sentToolName } from "./tool-names.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

/** The schema of a tool without arguments. */
const noArguments: JsonObject = { type: "object", properties: {} };

/** A tool of the caller. */
export interface GivenTool {
  name: string;
  description: string | null | undefined;
  schema: JsonObject | null | undefined;
  strict: boolean | null | undefined;
  /** Path of what holds these. */
  place: string;
  /** Of the schema. */
  field: string;
}

export function toolFrom(draft: TranslationDraft, given: GivenTool): Tool {
  const toolSpec: ToolSpecification = {
    name: sentToolName(draft, given.name),
    inputSchema: { json: schemaOf(draft, given) },
  };
  // AWS refuses an empty description.
  if (typeof given.description === "string" && given.description !== "") {
    toolSpec.description = given.description;
  }
  if (typeof given.strict === "boolean") {
    const strict = given.strict ? withStrict(draft, toolSpec.inputSchema.json, "tool") : draft.strict;
    if (draft.model.can.strictTools && strict !== undefined) {
      toolSpec.strict = given.strict;
      draft.strict = strict;
    } else if (given.strict) {
      drop(draft, `${given.place}.strict`);
    }
  }
  return { toolSpec };
}

/** The schema as it was written, but for what AWS refuses: a missing `type` (it takes nothing but an object's schema), and what the family does. */
function schemaOf(draft: TranslationDraft, given: GivenTool): JsonObject {
  const { schema } = given;
  if (schema === undefined || schema === null) {
    return noArguments;
  }
  const taken = takenSchema(draft, schema);
  const typed = taken["type"] === undefined ? { ...taken, type: "object" } : taken;
  if (typed !== schema) {
    drop(draft, `${given.place}.${given.field}`);
  }
  return typed;
}

/** Throws where the model has none of Anthropic's own tools. `path` is that of the type. */
export function needAnthropicsTools({ model }: TranslationDraft, type: string, path: string): void {
  if (!mayBeClaude(model)) {
    throw unsupported(
      path,
      `${path} ${JSON.stringify(type.slice(0, 64))} is one of Anthropic's own tools, and ${model.id} has none of them`,
    );
  }
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
