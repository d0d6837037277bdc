/** JSON text with other values in it: all that did not change keeps its text, numbers that a double cannot hold among it. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { JsonEdits, type ValuePath } from "@adit/bedrock/gateway";

/** `text` is the JSON of `before`; of `after`, what did not change is the same object. A member that is undefined in it is gone. */
export function changedText(text: string, before: JsonObject, after: JsonObject): string {
  const edits = new JsonEdits();
  noteChanges(edits, { before, after, path: [] });
  return edits.applyTo(text);
}

interface Changed {
  before: JsonValue | undefined;
  after: JsonValue | undefined;
  path: ValuePath;
}

function noteChanges(edits: JsonEdits, { before, after, path }: Changed): void {
  if (before === after) return;
  if (after === undefined) edits.remove(path);
  else if (isJsonObject(before) && isJsonObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      noteChanges(edits, { before: before[name], after: after[name], path: [...path, name] });
    }
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, entry] of after.entries()) {
      noteChanges(edits, { before: before[index], after: entry, path: [...path, index] });
    }
  } else edits.set(path, JSON.stringify(after));
}
