/** Patterns of models: an id or an ARN in which `*` stands for any text. */
import { AditError, parseModelArn, stripGeography } from "@adit/bedrock";

const longest = 512;

/** @throws AditError `invalid_request` for what can match no model. `param` is the field's name. */
export function checkModelPatterns(patterns: readonly string[], param: string): string[] {
  return patterns.map((given, index) => {
    const pattern = given.trim();
    if (pattern === "" || pattern.length > longest || !/^[\w.:/*-]+$/.test(pattern)) {
      throw new AditError(
        "invalid_request",
        `${param}[${index}] must be a model's id or ARN in which * stands for any text, such as anthropic.claude-*.`,
        { param: `${param}[${index}]` },
      );
    }
    return pattern;
  });
}

/**
 * True where a pattern matches the model as named, its id in an ARN, or either without its geography: `amazon.nova-*` allows
 * `us.amazon.nova-lite-v1:0`. No patterns: every model.
 */
export function isModelAllowed(patterns: readonly string[] | undefined, model: string): boolean {
  if (patterns === undefined) return true;
  // No model is called so, and a proxy before AWS may make another path of it.
  if (model.split(/[/\\]/).some((part) => part === "." || part === "..")) return false;
  const id = parseModelArn(model)?.resourceId ?? model;
  const names = new Set([model, id, stripGeography(id).baseId]);
  return patterns.some((pattern) => [...names].some((name) => matches(pattern, name)));
}

/** In one pass: each part between two stars is looked for after the one before. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
