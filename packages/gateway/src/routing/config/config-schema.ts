/** The shape of a config, once: it validates, and it is published as JSON schema. Names and meanings are Portkey's, unless a word says otherwise. */
import { didYouMean } from "@adit/bedrock/gateway";
import type { JsonObject } from "@adit/bedrock";
import { z } from "zod";
import { hookShapes } from "../../guardrails/config-hooks.ts";
import { compileQuery, QueryFault } from "../conditions/query.ts";
import { parseJsonPath } from "./json-path.ts";

const modes = ["single", "fallback", "loadbalance", "conditional"] as const;

/** Beyond it, the sum of a hundred weights is no exact number any more. */
export const largestWeight = 1_000_000_000;
/** In seconds: a year. */
const longestTtl = 31_536_000;

const milliseconds = z.int().min(1);
const statusCodes = z.array(z.int().min(100).max(599)).max(500);

/** Told without its value where that is no plain word: it may be anything. */
const mode = z.enum(modes, {
  error: ({ input }) =>
    `must be one of ${modes.join(", ")}.${typeof input === "string" ? didYouMean(input, modes) : ""}`,
});

const query = z
  .record(z.string(), z.unknown())
  .transform((written, context) => {
    try {
      return compileQuery(written as JsonObject);
    } catch (error) {
      if (!(error instanceof QueryFault)) throw error;
      context.issues.push({ code: "custom", input: undefined, path: [...error.path], message: error.message });
      return z.NEVER;
    }
  })
  .describe(
    "Asks metadata.NAME, params.PATH or url.pathname, by $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $regex, $not, $and, $or.",
  );

export const conditionSchema = z.looseObject({
  query,
  then: z.string().describe("The name of the target that is taken where the query fits."),
});

export const stickySchema = z.looseObject({
  enabled: z.boolean().optional(),
  hash_fields: z
    .array(z.string().regex(/^(?:metadata|params|headers)\../, "must be metadata.NAME, params.PATH or headers.NAME"))
    .min(1)
    .max(20)
    .optional(),
  ttl: z.number().positive().max(longestTtl).optional().describe("Seconds; default 300."),
});

export const circuitSchema = z.looseObject({
  failure_threshold: z.int().min(1).optional().describe("Failures within a minute that open the circuit."),
  failure_threshold_percentage: z
    .number()
    .gt(0)
    .max(100)
    .optional()
    .describe("Share of failures within a minute that opens the circuit."),
  minimum_requests: z.int().min(5).optional().describe("Calls within a minute before the share counts; default 5."),
  cooldown_interval: milliseconds
    .min(30_000)
    .optional()
    .describe("Milliseconds for which no call is made; default 30000."),
  failure_status_codes: statusCodes.optional().describe("Statuses that are failures; default 500 and above."),
});

export const strategySchema = z.looseObject({
  mode,
  on_status_codes: statusCodes.optional().describe("With fallback: statuses that make it go on; default all but 2xx."),
  conditions: z.array(conditionSchema).min(1).max(1_000).optional(),
  default: z.string().optional().describe("With conditional: the name of the target where no condition fits."),
  sticky: stickySchema.optional(),
  cb_config: circuitSchema.optional(),
});

export const retrySchema = z.looseObject({
  attempts: z.int().min(0).max(20).describe("Tries after the first."),
  on_status_codes: statusCodes.optional(),
  use_retry_after_header: z.boolean().optional(),
});

export const cacheSchema = z.looseObject({
  mode: z.enum(["simple", "semantic"]),
  max_age: z.number().positive().optional().describe("Seconds."),
});

/** What stands in them has been read from JSON. */
const params = z.record(z.string(), z.unknown()) as z.ZodType<JsonObject>;
const jsonPath = z
  .string()
  .refine((text) => parseJsonPath(text) !== undefined, "must be a path, such as seed or messages[*].name");

export const nodeSchema = z.looseObject({
  strategy: strategySchema.optional(),
  get targets() {
    return z.array(nodeSchema).min(1).max(1_000).optional();
  },
  name: z.string().optional().describe("What a conditional strategy calls this target by."),
  weight: z.number().min(0).max(largestWeight).optional(),
  provider: z.string().optional(),
  virtual_key: z.string().optional(),
  api_key: z.string().optional(),
  custom_host: z.string().optional(),
  forward_headers: z.array(z.string()).max(100).optional(),
  prompt_id: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      "A stored prompt, such as pp-welcome@staging, in the place of the one that the call names. For calls by prompts alone.",
    ),
  passthrough: z.boolean().optional().describe("The provider is the request's own."),
  default_params: params.optional().describe("Set where the body has none."),
  override_params: params.optional().describe("Set, whatever the body has."),
  drop_params: z.array(jsonPath).max(100).optional().describe("Taken out of the body, after the others."),
  retry: retrySchema.optional(),
  request_timeout: milliseconds.optional().describe("Milliseconds until the answer is there, or its stream has begun."),
  idle_timeout: milliseconds.optional().describe("Adit's own: milliseconds between two events of a stream."),
  cache: cacheSchema.optional(),
  strict_open_ai_compliance: z.boolean().optional(),
  before_request_hooks: hookShapes.before_request_hooks,
  after_request_hooks: hookShapes.after_request_hooks,
  input_guardrails: hookShapes.input_guardrails,
  output_guardrails: hookShapes.output_guardrails,
  input_mutators: hookShapes.input_mutators,
  output_mutators: hookShapes.output_mutators,
});

/** One node of a config: the root, or a target. */
export type ConfigNode = z.infer<typeof nodeSchema>;
export type ConfigStrategy = z.infer<typeof strategySchema>;
export type CircuitRule = z.infer<typeof circuitSchema>;
export type CacheRule = z.infer<typeof cacheSchema>;

/** JSON schema (2020-12) of a config, for editors and forms. Names beyond it are credentials, and fields of other providers. */
export function configJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(nodeSchema, { io: "input" }) as JsonObject;
  return { ...schema, title: "Config of Adit" };
}
