/** The texts that stand beside the content of a message: who speaks, what was spoken, and what tools were called with. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { alteredIn, parsedJson, type BuiltTexts, type ValuePath } from "@adit/bedrock/gateway";
import type { PlacedText } from "./placed-text.ts";
import { entriesOf, objectAt, stringsIn, textAt } from "./texts-in-parts.ts";

/** Hosts tell the model who speaks, and what was spoken; a tool's name is no text. */
export function speakerTexts(message: JsonObject, path: ValuePath): PlacedText[] {
  const { role } = message;
  const isTools = typeof role !== "string" || role === "tool" || role === "function";
  return [
    ...(isTools ? [] : textAt(message, "name", path)),
    ...textAt(objectAt(message, "audio"), "transcript", [...path, "audio"]),
  ];
}

/** What tools were called with: in OpenAI's chat a message's calls, in Responses an item that is one. */
export function callTexts(message: JsonObject, path: ValuePath, built: BuiltTexts): PlacedText[] {
  const calls = entriesOf(message["tool_calls"]).flatMap(({ entry, index }) =>
    ["function", "custom"].map((name) => ({ call: entry[name], at: [...path, "tool_calls", index, name] })),
  );
  const all = [
    { call: message, at: path },
    { call: message["function_call"], at: [...path, "function_call"] },
    ...calls,
  ];
  return all.flatMap(({ call, at }) =>
    isJsonObject(call) ? ["arguments", "input"].flatMap((name) => argumentTexts(call[name], [...at, name], built)) : [],
  );
}

/**
 * The texts in arguments that are JSON, written as a text or not; else the text itself, and of those that would become too many values, or others
 * than are written: a number that is too long, a name that comes twice.
 */
function argumentTexts(value: JsonValue | undefined, path: ValuePath, built: BuiltTexts): PlacedText[] {
  if (typeof value !== "string") return stringsIn(value, path);
  if (value === "") return [];
  const parsed = built.take(value) ? parsedJson(value) : undefined;
  if (typeof parsed === "string") return [{ path, text: parsed }];
  const isReadable = Array.isArray(parsed) || isJsonObject(parsed);
  if (isReadable && alteredIn(Buffer.from(value), parsed) === undefined) return stringsIn(parsed, path);
  return [{ path, text: withoutEscapes(value) }];
}

/** JSON that says the same in plain letters, which is what a model gets of it; line ends and tabs become blanks. */
function withoutEscapes(json: string): string {
  return json.replaceAll(/\\(?:u([\da-f]{4})|[^])/gi, (escape: string, code: string | undefined) => {
    if (code === undefined) return plainEscapes.get(escape) ?? escape;
    const character = String.fromCharCode(Number.parseInt(code, 16));
    if (character === '"' || character === "\\") return `\\${character}`;
    return character < " " ? " " : character;
  });
}

const plainEscapes = new Map([["\\/", "/"], ...["b", "f", "n", "r", "t"].map((name) => [`\\${name}`, " "] as const)]);
