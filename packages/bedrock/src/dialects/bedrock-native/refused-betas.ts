/** The one thing that does not pass the native door untouched: a beta flag that the model refuses, by its table or its own word. AWS would refuse the whole request for it. */
import { Buffer } from "node:buffer";
import { isJsonObject, parsedJson, type JsonValue } from "../../json.ts";
import { spanAt } from "../../json-text/json-span.ts";
import { takesBeta } from "../../models/betas.ts";
import type { ModelFacts } from "../../models/model-facts.ts";

const member = "anthropic_beta";
const quoted = Buffer.from(`"${member}"`);

/** Where a body of Bedrock's own dialect has its flags. */
const places = {
  converse: ["additionalModelRequestFields", member],
  invoke: [member],
} as const;

/**
 * The body without the flags that Bedrock refuses for the model, and their paths. The same bytes where there is nothing to take out, which
 * is also where the body is no JSON: that is AWS's to judge. Nothing else of the body changes, not even its white space.
 * `refusedFlags` says which of them the model has refused before. `given` are the flags that stood in the body.
 */
export function withoutRefusedBetas(
  body: Buffer,
  format: keyof typeof places,
  model: Pick<ModelFacts, "family" | "betas">,
  refusedFlags?: (flags: ReadonlySet<string>) => ReadonlySet<string>,
): { body: Buffer; dropped: string[]; given: string[] } {
  if (model.family !== "anthropic" || !body.includes(quoted)) return { body, dropped: [], given: [] };
  const text = body.toString("utf8");
  const place = places[format];
  const flags = valueAt(text, place);
  const list = Array.isArray(flags) ? flags : [];
  const given = list.filter((flag) => typeof flag === "string");
  const refused = new Set(given.filter((flag) => !takesBeta(model, flag)));
  if (refusedFlags !== undefined) {
    const left = new Set(given.filter((flag) => !refused.has(flag)));
    for (const flag of refusedFlags(left)) refused.add(flag);
  }
  const span = spanAt(text, place);
  if (refused.size === 0 || span === undefined) return { body, dropped: [], given };
  const kept = list.filter((flag) => typeof flag !== "string" || !refused.has(flag));
  const dropped = [...refused].map((flag) => `${place.join(".")}.${flag}`);
  return { body: Buffer.from(text.slice(0, span.start) + JSON.stringify(kept) + text.slice(span.end)), dropped, given };
}

function valueAt(text: string, path: readonly string[]): JsonValue | undefined {
  let value = parsedJson(text);
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}
