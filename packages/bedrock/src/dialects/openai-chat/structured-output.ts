/**
 * `response_format`: a JSON schema by the best means that the model has for it, a JSON object by asking for it. The schema stays as it was
 * written: one that AWS's strict decoding refuses goes by a means that takes it.
 */
import type { JsonObject } from "../../json.ts";
import type { ResponseFormat } from "./chat-request.ts";
import { novaSchema } from "./nova-schema.ts";
import { fitsStrictDecoding } from "./strict-schema.ts";
import { forbidsTools, isForced } from "./tool-choice.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";
import { nameUnread } from "./unread-fields.ts";

/** What is known of the wish for structure. */
interface WantedFormat {
  name: string | undefined;
  description: string | undefined;
  schema: JsonObject;
}

/** Decides the means and says it in the draft. `thinks`: Claude refuses a forced tool then. */
export function translateResponseFormat(draft: TranslationDraft, thinks: boolean): void {
  const format = draft.request.response_format;
  if (format === undefined || format === null) {
    return;
  }
  nameUnreadOfFormat(draft, format);
  if (format.type === "text") {
    return;
  }
  const wanted = format.type === "json_schema" ? wantedFormat(format.json_schema) : undefined;
  if (wanted === undefined) {
    // A tool with an open schema is answered with {} by many models: words serve better.
    instruct(draft, "Answer with one JSON object and nothing else: no other text, no code fence.");
    return;
  }
  const { schema } = wanted;
  const isStrict = fitsStrictDecoding(schema);
  if (draft.model.can.outputConfig && isStrict) {
    draft.structuredOutput = "outputConfig";
  } else if (canAnswerByTool(draft, schema, thinks)) {
    answerByTool(draft, wanted, isStrict && draft.model.can.strictTools);
  } else {
    instruct(
      draft,
      `Answer with one JSON value and nothing else: no other text, no code fence. It must satisfy this JSON schema:\n${JSON.stringify(schema)}`,
    );
  }
}

const ofSchemaFormat: ReadonlySet<string> = new Set(["type", "json_schema"]);
const ofOtherFormats: ReadonlySet<string> = new Set(["type"]);
const ofJsonSchema: ReadonlySet<string> = new Set(["name", "description", "schema", "strict"]);

function nameUnreadOfFormat(draft: TranslationDraft, format: ResponseFormat): void {
  const hasSchema = format.type === "json_schema";
  nameUnread(draft, format, hasSchema ? ofSchemaFormat : ofOtherFormats, "response_format");
  if (hasSchema) {
    nameUnread(draft, (format.json_schema ?? {}) as JsonObject, ofJsonSchema, "response_format.json_schema");
  }
}

/** Undefined without a schema: any JSON is asked for. */
function wantedFormat(format: ResponseFormat["json_schema"]): WantedFormat | undefined {
  const schema = format?.schema;
  return schema === undefined || schema === null
    ? undefined
    : { name: format?.name ?? undefined, description: format?.description ?? undefined, schema };
}

function instruct(draft: TranslationDraft, words: string): void {
  draft.structuredOutput = "instruction";
  draft.instructions.push(words);
}

/** A tool's input is an object, and the model must be made to call: this one, or any where the caller has tools of its own. */
function canAnswerByTool(draft: TranslationDraft, schema: JsonObject, thinks: boolean): boolean {
  const { can } = draft.model;
  const isObject = schema["type"] === undefined || schema["type"] === "object";
  const isFree = !isForced(draft.toolChoice) && !(draft.tools !== undefined && forbidsTools(draft.request.tool_choice));
  const means =
    draft.tools === undefined
      ? can.toolChoice.includes("tool") || can.toolChoice.includes("any")
      : can.toolChoice.includes("any");
  return can.tools && isObject && isFree && means && !thinks;
}

function answerByTool(draft: TranslationDraft, wanted: WantedFormat, isStrict: boolean): void {
  const { can } = draft.model;
  const name = freeToolName(draft, wanted.name);
  const schema = draft.model.family === "nova" ? novaSchema(wanted.schema) : wanted.schema;
  const json = schema["type"] === undefined ? { ...schema, type: "object" } : schema;
  const description =
    wanted.description !== undefined && wanted.description !== "" ? wanted.description : "Gives the answer.";
  const toolSpec = { name, description, inputSchema: { json }, ...(isStrict && { strict: true }) };
  const isAlone = draft.tools === undefined;
  draft.tools = [...(draft.tools ?? []), { toolSpec }];
  draft.toolChoice = isAlone && can.toolChoice.includes("tool") ? { tool: { name } } : { any: {} };
  draft.structuredOutput = isStrict ? "strict-tool" : "forced-tool";
  draft.answerTool = name;
}

function freeToolName(draft: TranslationDraft, given: string | undefined): string {
  const clean = (given ?? "").replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 56);
  const base = clean === "" ? "structured_output" : clean;
  const taken = new Set(draft.tools?.map((tool) => tool.toolSpec?.name));
  let name = base;
  for (let count = 2; taken.has(name); count += 1) {
    name = `${base}_${count}`;
  }
  return name;
}

/** Converse's `outputConfig.textFormat`, where that is the means. The schema travels as a string. */
export function textFormatOf(draft: TranslationDraft): JsonObject | undefined {
  const format = draft.request.response_format?.json_schema;
  if (draft.structuredOutput !== "outputConfig" || format === undefined) {
    return undefined;
  }
  const jsonSchema: JsonObject = { schema: JSON.stringify(format.schema) };
  if (typeof format.name === "string" && format.name !== "") {
    jsonSchema["name"] = format.name;
  }
  if (typeof format.description === "string") {
    jsonSchema["description"] = format.description;
  }
  if (format.strict === false) {
    // Bedrock knows only the strict way.
    drop(draft, "response_format.json_schema.strict");
  }
  return { type: "json_schema", structure: { jsonSchema } };
}
