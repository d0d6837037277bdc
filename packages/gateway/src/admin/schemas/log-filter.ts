/** Filters of logs, as a query says them. */
import { z } from "zod";
import { exactNumbersAsText, parsedObject } from "@adit/bedrock/gateway";
import { metadataAsText } from "../../routing/request/metadata.ts";
import { momentIn, workspaceId } from "./schema.ts";

export const list = (what: string) => z.string().max(4_000).optional().describe(`${what}, with commas between.`);
export const count = z.coerce.number().int().min(0).optional();
const feedback = z.number().min(-10).max(10);
const feedbackText = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, "must be a number from -10 to 10")
  .transform(Number);
/** As a number or as text. */
export const feedbackIn = z.union([feedback, feedbackText.pipe(feedback)]).optional();

export const pairsFault = 'must be a JSON object of texts, such as {"team":"red"}';

/**
 * Pairs of metadata from their JSON, as records keep them; undefined for what is no object. Whatever its names are: a pair that is left
 * out means more calls, and not fewer.
 */
export function pairsIn(text: string): Record<string, string> | undefined {
  const value = parsedObject(exactNumbersAsText(text));
  return value === undefined ? undefined : withoutNul(metadataAsText(value));
}

/** A JSON object of texts in a query. */
export const pairs = z
  .string()
  .max(4_000)
  .transform((text, context): Record<string, string> => {
    const found = pairsIn(text);
    if (found !== undefined) return found;
    context.addIssue({ code: "custom", message: pairsFault });
    return z.NEVER;
  })
  .describe('Pairs that the request\'s metadata holds, as a JSON object such as {"team":"red"}.')
  .optional();

/** As in records: PostgreSQL's texts cannot hold it. */
function withoutNul(metadata: Record<string, string>): Record<string, string> {
  const entries = Object.entries(metadata).map((pair) => pair.map((text) => text.replaceAll("\0", "\ufffd")));
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Dollars with up to nine decimals, as whole nano-dollars. */
const dollars = z
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
