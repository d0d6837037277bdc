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

/** Two values at one place. */
type Pair = Difference;

/** Place by place, in their order; not call within call: a model's answer may be deeper than the stack. */
export function differenceOf(before: JsonValue, after: JsonValue): Difference[] {
  const found: Difference[] = [];
  const open: Pair[] = [{ path: "", before, after }];
  for (let pair = open.pop(); pair !== undefined && found.length < mostDifferences; pair = open.pop()) {
    const within = pairsWithin(pair);
    if (within === undefined) {
      if (pair.before !== pair.after) found.push(pair);
    } else for (const each of within.toReversed()) open.push(each);
  }
  return found;
}

/** Of two lists, or two objects; undefined for any other. */
function pairsWithin({ path, before, after }: Pair): Pair[] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_entry, index) => ({
      path: `${path}[${index}]`,
      before: before[index],
      after: after[index],
    }));
  }
  if (!isJsonObject(before) || !isJsonObject(after)) return undefined;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].map((name) => ({
    path: path === "" ? name : `${path}.${name}`,
    before: before[name],
    after: after[name],
  }));
}
