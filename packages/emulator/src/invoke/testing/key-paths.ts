/**
 * The paths of keys in an answer: `usage.input_tokens`, `content[text].text`. Items of a list stand under their `type` where they have one, so that lists of
 * unlike items compare. What the model, the caller or a guardrail named is left out by `isFree`.
 */
export function keyPaths(value: unknown, isFree: (path: string) => boolean = () => false, path = ""): string[] {
  if (isFree(path)) return [];
  if (Array.isArray(value)) return value.flatMap((item) => keyPaths(item, isFree, `${path}[${kindOf(item)}]`));
  if (typeof value !== "object" || value === null) return [path];
  const entries = Object.entries(value);
  const own = path === "" ? [] : [path];
  return [...own, ...entries.flatMap(([name, item]) => keyPaths(item, isFree, path === "" ? name : `${path}.${name}`))];
}

function kindOf(item: unknown): string {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return "";
  if ("type" in item && typeof item.type === "string") return item.type;
  return ["text", "toolUse", "toolResult", "reasoningContent"].find((name) => name in item) ?? "";
}
