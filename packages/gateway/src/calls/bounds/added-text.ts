/** What a request gets on its way to Bedrock beside what its caller wrote: tools that nobody offered, and definitions where they are used. Pure. */
import { isJsonObject, type JsonObject, type JsonValue, type ModelFacts } from "@adit/bedrock";
import { novaSchema, SchemaRoom } from "@adit/bedrock/gateway";
import { membersOf } from "../../limits/charge/members-of.ts";

/** Claude's own tools stand among the fields that Converse hands on. */
export function offersTools({
  tools,
  toolConfig,
  functions,
  additionalModelRequestFields,
  additional_model_request_fields: inSnakeCase,
}: JsonObject): boolean {
  const handedOn = [additionalModelRequestFields, inSnakeCase].map((fields) => memberOf(fields, "tools"));
  return [tools, toolConfig, functions, ...handedOn].some((offered) => (offered ?? null) !== null);
}

/** True where a translation may add a tool: for an answer of a form, or since the history has calls of tools. */
export function getsTools({
  response_format,
  text,
  output_config,
  output_format,
  messages,
  input,
}: JsonObject): boolean {
  const forms = [response_format, memberOf(text, "format"), memberOf(output_config, "format"), output_format];
  const hasForm = forms.some(hasSchema);
  return hasForm || [...membersOf(messages), ...membersOf(input)].some(isOfTool);
}

/** JSON of any form, `json_object` without a schema, is asked for in words. */
function hasSchema(form: JsonValue | undefined): boolean {
  const type = memberOf(form, "type");
  return type === "json_schema" || (type === "json_object" && isJsonObject(memberOf(form, "schema")));
}

const namesOfCalls = ["tool_calls", "tool_call_id", "function_call", "call_id"];
const namesOfBlocks = ["toolUse", "toolResult", "tool_use_id"];

function isOfTool(message: JsonObject): boolean {
  if (namesOfCalls.some((name) => (message[name] ?? null) !== null)) return true;
  const blocks = [...membersOf(message["content"]), ...membersOf(message["content_blocks"])];
  return blocks.some(
    (block) => block["type"] === "tool_use" || namesOfBlocks.some((name) => block[name] !== undefined),
  );
}

/** Claude has words of its own for these too: recorded, some 550 tokens. */
export function asksForCitations(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some((member) => asksForCitations(member));
  if (!isJsonObject(value)) return false;
  return memberOf(value["citations"], "enabled") === true || Object.values(value).some(asksForCitations);
}

/** By how many bytes schemas grow where Nova gets what they define in the place of each reference. */
export function definitionsPutIn(
  { body, text }: { body: JsonObject; text: Buffer | string },
  { schemas }: Pick<ModelFacts, "schemas">,
): number {
  if (schemas !== "nova") return 0;
  // However it is written: a reference may be spelled with escapes.
  if (!text.includes("$ref") && !text.includes("\\u")) return 0;
  const room = new SchemaRoom();
  const bytes = growthIn(body, room);
  // Other members than schemas may have taken the room that the tools then have.
  return room.isFull ? SchemaRoom.mostBytes : bytes;
}

/** The middle of a number with an exponent: few other texts hold it, and megabytes are looked through in no time. */
const exponents = /\d[eE][+-]?\d/g;
/** What stands around a number in JSON, also in JSON that is written as a text: line ends and tabs are escapes there. */
const before = /[[,:\s-]|\\[nrt]/;
const behind = /[,\]}\s\\]/;
/** Of more, each byte counts as that of a number that grows as far as any can: `1e20` and a comma become 22 bytes. */
const mostExponents = 500_000;
const mostGrowth = 4;

/** By how many bytes numbers grow that are written anew: `1e20` goes on with all its digits, and some models take each for a token. */
export function digitsWrittenOut(body: Buffer | string): number {
  const text = body.toString("latin1");
  let bytes = 0;
  let seen = 0;
  for (const { index, 0: found } of text.matchAll(exponents)) {
    seen += 1;
    if (seen > mostExponents) return text.length * mostGrowth;
    let [start, end] = [index, index + found.length];
    while (/[\d.]/.test(text[start - 1] ?? "")) start -= 1;
    while (/\d/.test(text[end] ?? "")) end += 1;
    if (!before.test(text.slice(Math.max(0, start - 2), start)) || !behind.test(text[end] ?? "")) continue;
    const written = text.slice(start, end);
    const value = Number(written);
    if (!Number.isNaN(value)) bytes += Math.max(0, JSON.stringify(value).length - written.length);
  }
  return bytes;
}

/** No dialect has its schemas deeper in a body: what stands around them may have members of those names, and is no schema. */
const deepestSchema = 7;

function growthIn(value: JsonValue, room: SchemaRoom, depth = 0): number {
  if (!isJsonObject(value) && !Array.isArray(value)) return 0;
  const defines = isJsonObject(value) && (value["$defs"] ?? value["definitions"]) !== undefined;
  const own = defines ? growthOf(value, room) : 0;
  if (defines && depth >= deepestSchema) return own;
  return Object.values(value).reduce<number>((bytes, member) => bytes + growthIn(member ?? null, room, depth + 1), own);
}

function growthOf(schema: JsonObject, room: SchemaRoom): number {
  const taken = novaSchema(schema, room);
  if (taken === schema) return 0;
  return Math.max(0, Buffer.byteLength(JSON.stringify(taken)) - Buffer.byteLength(JSON.stringify(schema)));
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
