/** Converse's additional fields in Claude's body, into which Bedrock puts them. */
import type { Traits } from "../../model-list/traits.ts";
import { isRecord } from "../../validate/read-shape.ts";
import { anthropicWords } from "../fault-words.ts";
import type { NativeBody } from "../native-family.ts";
import { schemaFaults } from "../schema-faults.ts";
import { betaFeatures } from "./betas.ts";
import { messagesSchema } from "./schema.ts";

/** AWS's first name for `thinking` under Converse, which is still taken (recorded). */
const ownNames: ReadonlySet<string> = new Set(["reasoning_config"]);

/** What Claude's layer says of fields that its body has not, or has in another form (reported of `reasoning`, `guardrails` and others). */
export function additionalFieldsFault(fields: NativeBody, traits: Traits): string | undefined {
  const given = withToolTypes(Object.fromEntries(Object.entries(fields).filter(([name]) => !ownNames.has(name))));
  const schema = messagesSchema(traits, betaFeatures(given));
  // The rest of the body is Converse's.
  return anthropicWords(schemaFaults(given, schema.kind === "object" ? { ...schema, required: [] } : schema, true));
}

/** A tool without a type is the caller's own. */
export function withToolTypes(body: NativeBody): NativeBody {
  const tools: unknown = body["tools"];
  if (!Array.isArray(tools)) return body;
  return {
    ...body,
    tools: tools.map((tool: unknown) =>
      isRecord(tool) && (tool["type"] === undefined || tool["type"] === null) ? { ...tool, type: "custom" } : tool,
    ),
  };
}
