/**
 * An answer in JSON: a JSON schema by the best means that the model has for it, a JSON object by asking for it. The schema stays as it was
 * written: one that AWS's strict decoding refuses goes by a means that takes it.
 */
import { isDeepStrictEqual } from "node:util";
import type { ContentBlock, Message, ToolResultContent } from "../../converse/content.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { withStrict } from "./tools/strict-room.ts";
import { takenSchema } from "./tools/taken-schema.ts";
import { mustCallTool } from "./tools/tool-choice.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";
import type { FormatWish } from "./wishes.ts";

/**
 * Decides the means and says it in the draft. `thinks`: Claude refuses a forced tool then. `ownConfig`: the caller's outputConfig, which counts
 * where it asks for a form itself.
 */
export function translateFormat(draft: TranslationDraft, thinks: boolean, ownConfig: JsonObject | undefined): void {
  const { format } = draft.wishes;
  if (format === undefined) {
    return;
  }
  const { schema } = format;
  const ownFormat = ownConfig?.["textFormat"] ?? undefined;
  if (ownFormat !== undefined) {
    draft.structuredOutput = "outputConfig";
    if (schema === undefined || !isDeepStrictEqual(ownFormat, textFormatOf(draft))) {
      drop(draft, draft.terms.format);
    }
    return;
  }
  if (schema === undefined) {
    // A tool with an open schema is answered with {} by many models: words serve better.
    instruct(draft, "Answer with one JSON object and nothing else: no other text, no code fence.");
    return;
  }
  if (takesOutputConfig(draft) && withStrict(draft, schema, "answer") !== undefined) {
    draft.structuredOutput = "outputConfig";
  } else if (canAnswerByTool(draft, schema, thinks)) {
    const isStrict = draft.model.can.strictTools && withStrict(draft, schema, "tool") !== undefined;
    answerByTool(draft, { format, schema, isStrict });
  } else {
    instruct(
      draft,
      `Answer with one JSON value and nothing else: no other text, no code fence. It must satisfy this JSON schema:\n${JSON.stringify(schema)}`,
    );
  }
}

/** Claude refuses it beside citations, which stand between texts, and where the caller has begun the answer. */
function takesOutputConfig(draft: TranslationDraft): boolean {
  return draft.model.can.outputConfig && !isBegun(draft) && !draft.messages.some(asksForCitations);
}

/** A last message of the assistant, which Claude continues in text alone. */
function isBegun({ model, messages }: TranslationDraft): boolean {
  return model.family === "anthropic" && messages.at(-1)?.role === "assistant";
}

function asksForCitations({ content }: Message): boolean {
  return content.some((block) => isCited(block) || block.toolResult?.content.some(isCited) === true);
}

function isCited({ document, searchResult }: ContentBlock | ToolResultContent): boolean {
  return (document ?? searchResult)?.citations?.enabled === true;
}

function instruct(draft: TranslationDraft, words: string): void {
  draft.structuredOutput = "instruction";
  draft.instructions.push(words);
}

/** Members of a schema that a tool's may not have at its top: Claude refuses the first three, the others ask for something else than an object. */
const noInputs = ["anyOf", "oneOf", "allOf", "enum", "const"];
/** Claude: "Property keys should match pattern". */
const memberForClaude = /^[a-zA-Z0-9_.-]{1,64}$/;

function fitsInput({ model }: TranslationDraft, schema: JsonObject): boolean {
  const { type, properties } = schema;
  const names = model.schemas === "claude" && isJsonObject(properties) ? Object.keys(properties) : [];
  return (
    (type === undefined || type === "object") &&
    noInputs.every((member) => schema[member] === undefined) &&
    names.every((name) => memberForClaude.test(name))
  );
}

/** A tool's input is an object, and the model must be made to call: this one, or any where the caller has tools of its own. */
function canAnswerByTool(draft: TranslationDraft, schema: JsonObject, thinks: boolean): boolean {
  const { can } = draft.model;
  const isFree =
    !mustCallTool(draft) &&
    !(draft.tools !== undefined && draft.wishes.toolChoice?.kind === "none") &&
    (draft.given?.["tool_choice"] ?? undefined) === undefined;
  const means = isAlone(draft)
    ? can.toolChoice.includes("tool") || can.toolChoice.includes("any")
    : can.toolChoice.includes("any");
  return can.tools && fitsInput(draft, schema) && isFree && means && !thinks && !isBegun(draft);
}

/** True where the caller offers no tools, of Anthropic's own neither. */
function isAlone({ tools, builtInTools }: TranslationDraft): boolean {
  return tools === undefined && builtInTools === undefined;
}

function answerByTool(
  draft: TranslationDraft,
  wanted: { format: FormatWish; schema: JsonObject; isStrict: boolean },
): void {
  const { format, isStrict } = wanted;
  const { can } = draft.model;
  const name = freeToolName(draft, format.name);
  const schema = takenSchema(draft, wanted.schema);
  const json = schema["type"] === undefined ? { ...schema, type: "object" } : schema;
  if (json !== wanted.schema) {
    drop(draft, draft.terms.formatSchema);
  }
  const description =
    format.description !== undefined && format.description !== "" ? format.description : "Gives the answer.";
  const toolSpec = { name, description, inputSchema: { json }, ...(isStrict && { strict: true }) };
  const isOnly = isAlone(draft);
  draft.tools = [...(draft.tools ?? []), { toolSpec }];
  draft.toolChoice = isOnly && can.toolChoice.includes("tool") ? { tool: { name } } : { any: {} };
  draft.structuredOutput = isStrict ? "strict-tool" : "forced-tool";
  draft.answerTool = name;
}

function freeToolName(draft: TranslationDraft, given: string | undefined): string {
  const clean = (given ?? "").replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 56);
  const base = clean === "" ? "structured_output" : clean;
  const taken = new Set<unknown>(draft.tools?.map((tool) => tool.toolSpec?.name));
  for (const tool of draft.builtInTools ?? []) {
    taken.add(tool["name"]);
  }
  let name = base;
  for (let count = 2; taken.has(name); count += 1) {
    name = `${base}_${count}`;
  }
  return name;
}

/** Converse's `outputConfig.textFormat`, where that is the means. The schema travels as a string. */
export function textFormatOf(draft: TranslationDraft): JsonObject | undefined {
  const { format } = draft.wishes;
  if (draft.structuredOutput !== "outputConfig" || format === undefined) {
    return undefined;
  }
  const jsonSchema: JsonObject = { schema: JSON.stringify(format.schema) };
  if (format.name !== undefined && format.name !== "") {
    jsonSchema["name"] = format.name;
  }
  if (format.description !== undefined) {
    jsonSchema["description"] = format.description;
  }
  if (format.strict === false) {
    // Bedrock knows only the strict way.
    drop(draft, draft.terms.formatStrict);
  }
  return { type: "json_schema", structure: { jsonSchema } };
}
