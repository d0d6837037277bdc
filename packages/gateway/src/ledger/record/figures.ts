/** A provider's usage as the log takes it: its figures. A host that is not AWS may write anything there, content too. */

/** Enough for any usage that is known; `ttl` of a cache's figures is the longest text among them. */
const mostMembers = 32;
const mostItems = 8;
const longestText = 16;
const deepest = 3;

/** Numbers and very short texts, three levels deep; the rest is left out. Undefined where nothing is left. */
export function figuresOf(usage: object | undefined): object | undefined {
  const figures = usage === undefined ? undefined : bounded(usage, deepest);
  return typeof figures === "object" && Object.keys(figures).length > 0 ? figures : undefined;
}

function bounded(value: unknown, depth: number): object | number | string | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.length <= longestText ? value : undefined;
  if (typeof value !== "object" || value === null || depth === 0) return undefined;
  if (Array.isArray(value)) {
    return value.slice(0, mostItems).flatMap((item) => bounded(item, depth - 1) ?? []);
  }
  return boundedMembers(value as Record<string, unknown>, depth);
}

function boundedMembers(value: Record<string, unknown>, depth: number): object {
  const kept: Record<string, unknown> = {};
  let count = 0;
  for (const name in value) {
    count += 1;
    if (count > mostMembers) break;
    const member = name.length > 64 || name === "__proto__" ? undefined : bounded(value[name], depth - 1);
    if (member !== undefined) kept[name] = member;
  }
  return kept;
}
