/** Filters of logs, as a query says them. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { metadataAsText } from "../../routing/metadata.ts";
import { momentIn, workspaceId } from "./schema.ts";

const list = (what: string) => z.string().max(4_000).optional().describe(`${what}, with commas between.`);
const count = z.coerce.number().int().min(0).optional();

/**
 * A JSON object of texts in a query, as records keep metadata: whatever its names are, for a pair that is left out means more calls, and
 * not fewer.
 */
export const pairs = z
  .string()
  .max(4_000)
  .transform((text, context): Record<string, string> => {
    const value = objectIn(text);
    if (value !== undefined) return withoutNul(metadataAsText(value));
    context.addIssue({ code: "custom", message: 'must be a JSON object of texts, such as {"team":"red"}' });
    return z.NEVER;
  })
  .describe('Pairs that the request\'s metadata holds, as a JSON object such as {"team":"red"}.')
  .optional();

function objectIn(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As in records: PostgreSQL's texts cannot hold it. */
function withoutNul(metadata: Record<string, string>): Record<string, string> {
  const entries = Object.entries(metadata).map((pair) => pair.map((text) => text.replaceAll("\0", "\ufffd")));
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Dollars with up to nine decimals, as whole nano-dollars. */
export const dollars = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, "must be dollars, such as 0.25")
  .transform((text) => {
    const [whole = "", part = ""] = text.split(".");
    return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, "0"));
  });

export const filterQuery = {
  workspace_id: workspaceId,
  from: momentIn.optional(),
  to: momentIn.optional().describe("Not within any more."),
  api_key_ids: list("Ids of gateway keys"),
  model: list("Models, by id, profile or ARN"),
  status: list("Statuses of HTTP, or `success`, or `error`"),
  credential: list("Slugs of virtual keys, or names as x-adit-credential has them"),
  config: list("Slugs of saved configs"),
  prompt: list("Slugs of prompts"),
  provider: list("Providers"),
  region: list("Regions"),
  cache_status: list("HIT, MISS ..."),
  trace_id: z.string().max(512).optional(),
  span_id: z.string().max(512).optional(),
  metadata: pairs,
  total_units_min: count.describe("Tokens in all, at least."),
  total_units_max: count,
  cost_min: dollars.optional().describe("Dollars, at least."),
  cost_max: dollars.optional(),
};

const filterShape = z.strictObject(filterQuery);
export type FilterQuery = z.output<typeof filterShape>;
