/** What is different between two answers, as data. Pure. */
import { isJsonObject, type JsonValue } from "@adit/bedrock";

export interface Difference {
  /** Such as `choices[0].message.content`; empty for the whole. */
  path: string;
  /** Absent on that side: undefined. */
  before: JsonValue | undefined;
  after: JsonValue | undefined;
}

const mostDifferences = 200;

export function differenceOf(before: JsonValue, after: JsonValue): Difference[] {
  const found: Difference[] = [];
  compare("", before, after, found);
  return found;
}

function compare(path: string, before: JsonValue | undefined, after: JsonValue | undefined, found: Difference[]): void {
  if (found.length >= mostDifferences) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index += 1) compare(`${path}[${index}]`, before[index], after[index], found);
  } else if (isJsonObject(before) && isJsonObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(path === "" ? name : `${path}.${name}`, before[name], after[name], found);
    }
  } else if (before !== after) found.push({ path, before, after });
}
