/** What a check has left nothing of: AWS and Anthropic refuse a text part without a letter. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { valueAt, type ValuePath } from "@adit/bedrock/gateway";
import { withTexts, type PlacedText } from "./placed-text.ts";

/** The lists that hold parts. */
const partLists: ReadonlySet<unknown> = new Set(["content", "system", "output"]);
/** What stands below these is data of any shape, whose lists are not a message's. */
const data: ReadonlySet<unknown> = new Set(["arguments", "input", "json", "parameters"]);
const textTypes: ReadonlySet<unknown> = new Set([undefined, "text", "input_text", "output_text"]);

/** The request without the text parts that these changes have emptied; those of a list that holds nothing else stay, for AWS to refuse. */
export function withoutEmptied(request: JsonObject, changed: readonly PlacedText[]): JsonObject {
  const byDepth = new Map<number, Map<string, { path: ValuePath; places: Set<number> }>>();
  for (const { path, text } of changed) {
    const index = path.at(-2);
    if (text !== "" || path.at(-1) !== "text" || typeof index !== "number" || !isPartList(path.slice(0, -2))) continue;
    const lists = byDepth.get(path.length) ?? new Map<string, { path: ValuePath; places: Set<number> }>();
    byDepth.set(path.length, lists);
    const list = lists.get(path.slice(0, -2).join()) ?? { path: path.slice(0, -2), places: new Set() };
    lists.set(list.path.join(), list);
    list.places.add(index);
  }
  // The inner ones first: the places of those around them stay what they are.
  return [...byDepth.entries()]
    .toSorted(([one], [other]) => other - one)
    .reduce((body, [, lists]) => {
      const shortened = [...lists.values()].flatMap(({ path, places }) => {
        const parts = valueAt(body, path.map(String));
        const kept = Array.isArray(parts) ? parts.filter((part, index) => !places.has(index) || !isEmpty(part)) : [];
        const left = kept.filter((part, index) => !isMark(part) || marksSomething(kept, index));
        return left.length === 0 ? [] : [{ path, text: left }];
      });
      return withTexts(body, shortened);
    }, request);
}

function isPartList(path: ValuePath): boolean {
  return partLists.has(path.at(-1)) && !path.slice(1).some((step) => data.has(step));
}

function isMark(part: JsonValue): boolean {
  return isJsonObject(part) && part["cachePoint"] !== undefined;
}

/** A mark of the cache must follow something, and another mark is nothing. */
function marksSomething(parts: readonly JsonValue[], index: number): boolean {
  const before = parts[index - 1];
  return before !== undefined && !isMark(before);
}

function isEmpty(part: JsonValue): boolean {
  return isJsonObject(part) && part["text"] === "" && textTypes.has(part["type"]);
}
