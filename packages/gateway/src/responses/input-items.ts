/** The items of an input as they are stored: messages, calls and outputs, each with an id. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/** OpenAI's beginnings of items' ids; of others the type stands there itself. */
const prefixes: ReadonlyMap<string, string> = new Map([
  ["message", "msg"],
  ["function_call", "fc"],
  ["function_call_output", "fco"],
  ["custom_tool_call", "ctc"],
  ["custom_tool_call_output", "ctco"],
  ["reasoning", "rs"],
]);

/** What `input` of a request says, as a list; undefined where it is neither a text nor a list. */
export function itemsOf(input: JsonValue | undefined): JsonValue[] | undefined {
  if (input === undefined || input === null) return [];
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return Array.isArray(input) ? input : undefined;
}

/** Ids of items that an input refers to in place of holding them; undefined where it refers to none. */
export function referencesIn(input: JsonValue | undefined): string[] | undefined {
  if (!Array.isArray(input)) return undefined;
  let ids: string[] | undefined;
  for (const item of input) if (isReference(item)) (ids ??= []).push(item.id);
  return ids;
}

/** The input with the items that are found in the places of what refers to them, and in which places those are that were sealed. */
export function withReferenced(
  input: readonly JsonValue[],
  stored: ReadonlyMap<string, JsonObject>,
  sealed: ReadonlyMap<string, JsonObject>,
): { input: JsonValue[]; unsealed: Set<number> } {
  const unsealed = new Set<number>();
  const whole = input.map((item, index) => {
    if (!isReference(item)) return item;
    const found = sealed.get(item.id);
    if (found !== undefined) unsealed.add(index);
    return found ?? stored.get(item.id) ?? item;
  });
  return { input: whole, unsealed };
}

/** OpenAI's own reading: what has an id, and neither type nor role, is a reference too. */
function isReference(item: JsonValue): item is JsonObject & { id: string } {
  if (!isJsonObject(item) || typeof item["id"] !== "string") return false;
  const type = item["type"] ?? null;
  return type === "item_reference" || (type === null && item["role"] === undefined);
}

/** The items in OpenAI's whole form. Ids that the caller gave stay; the others are made from the response's own. */
export function storedItems(items: readonly JsonValue[], responseId: string): JsonValue[] {
  const own = responseId.replace(/^resp_/, "");
  return items.map((item, index) => (isJsonObject(item) ? storedItem(item, `${own}_in_${index}`) : item));
}

function storedItem(item: JsonObject, place: string): JsonObject {
  const type = typeof item["type"] === "string" ? item["type"] : "message";
  const id =
    typeof item["id"] === "string" && item["id"] !== "" ? item["id"] : `${prefixes.get(type) ?? type}_${place}`;
  if (type !== "message") return { ...item, id, type };
  const { content, role } = item;
  const partType = role === "assistant" ? "output_text" : "input_text";
  return {
    ...item,
    id,
    type,
    status: item["status"] ?? "completed",
    ...(typeof content === "string" && {
      content: [{ type: partType, text: content, ...(role === "assistant" && { annotations: [] }) }],
    }),
  };
}
