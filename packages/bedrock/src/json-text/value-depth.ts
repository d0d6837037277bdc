/** True where more than `limit` containers lie in one another. Goes no deeper than `limit` itself. */
export function valueNestsDeeperThan(value: object, limit: number): boolean {
  if (limit <= 0) return true;
  if (Array.isArray(value)) return value.some((item: unknown) => isDeeper(item, limit - 1));
  for (const key in value) {
    if (isDeeper((value as Record<string, unknown>)[key], limit - 1)) return true;
  }
  return false;
}

function isDeeper(member: unknown, limit: number): boolean {
  return typeof member === "object" && member !== null && valueNestsDeeperThan(member, limit);
}

/** No answer that is meant nests deeper; far deeper ones overflow the stack of JSON's writer. */
const deepestAnswer = 1000;

/** Whether an answer, read from a text of this length, cannot be written again. A short one has no room for so many containers. */
export function isTooDeep(answer: object, textLength: number): boolean {
  return textLength > 2 * deepestAnswer && valueNestsDeeperThan(answer, deepestAnswer);
}
