/** JSON that the system prompt asks for: so clients ask where a model, or their API, has no field for it. */
import type { Call } from "../validate/call.ts";
import { isRecord, isUnreadable } from "../validate/read-shape.ts";

const asksForJson = /\b(?:answer|respond|reply|return|output)\b[^.\n]{0,200}\bJSON\b/i;
/** Places at which a schema is looked for, and characters that are read for it at all of them together. */
const [mostPlaces, mostRead] = [20, 2_000_000];

/** The schema that stands in the prompt, or one of any object; undefined where no JSON is asked for. */
export function schemaInPrompt({ request }: Call): unknown {
  const texts = (request.system ?? []).flatMap(({ text }) => (text === undefined ? [] : [text]));
  if (!texts.some((text) => asksForJson.test(text))) return undefined;
  for (const text of texts) {
    const schema = schemaIn(text);
    if (schema !== undefined) return schema;
  }
  return { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] };
}

function schemaIn(text: string): unknown {
  let start = text.indexOf("{");
  let left = mostRead;
  for (let place = 0; place < mostPlaces && start >= 0 && left > 0; place += 1) {
    const last = Math.min(text.length, start + left);
    const end = endOfObject(text, start, last);
    left -= (end ?? last) - start;
    if (end !== undefined) {
      const value = objectFrom(text.slice(start, end));
      if (value !== undefined && ["type", "properties", "anyOf", "$ref"].some((name) => name in value)) return value;
    }
    start = text.indexOf("{", start + 1);
  }
  return undefined;
}

/** Behind the bracket that closes the one at `start`; undefined where none before `last` does. */
function endOfObject(text: string, start: number, last: number): number | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let index = start; index < last; index += 1) {
    const sign = text[index];
    if (isQuoted) {
      if (sign === "\\") index += 1;
      else if (sign === '"') isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === "{") depth += 1;
    else if (sign === "}" && --depth === 0) return index + 1;
  }
  return undefined;
}

function objectFrom(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && !isUnreadable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
