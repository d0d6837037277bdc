/** What a config would do with a request: the shapes of `routing/dry-run.ts`. */
import { z } from "zod";
import { dryRunSchema } from "../../routing/dry-run.ts";
import { named, texts, workspaceId } from "./schema.ts";

export const dryRunRequest = named("DryRunRequest", dryRunSchema.extend({ workspace_id: workspaceId }), {
  config: {
    strategy: { mode: "fallback" },
    targets: [{ virtual_key: "bedrock-production" }, { aws_region: "us-west-2" }],
  },
  request: { body: { model: "amazon.nova-lite-v1:0" }, metadata: { team: "billing" } },
});

const count = z.int().min(0);
const statusCodes = z.array(z.int());

const target = z.strictObject({
  kind: z.literal("target"),
  path: z.string().describe("Where in the config it stands."),
  provider: z.string(),
  model: z.string(),
  region: z.string().optional(),
  credential: z.string().describe("Its name and source."),
  host: z.string().optional().describe("Where it is not AWS's own."),
  params: texts.describe("Rules for the body, by their paths."),
  dropped: texts,
  retry: z
    .strictObject({ attempts: count, on_status_codes: statusCodes.optional(), use_retry_after_header: z.boolean() })
    .optional(),
  request_timeout: count.optional().describe("Milliseconds."),
  idle_timeout: count.optional().describe("Milliseconds."),
  cache: z.strictObject({ mode: z.string(), max_age: z.number().optional() }).optional(),
  guardrails: z
    .strictObject({ before: z.array(z.string()), after: z.array(z.string()) })
    .optional()
    .describe("Ids of its guardrails, or slugs of saved ones."),
});

const plan: z.ZodType = z.lazy(() =>
  z.union([
    target,
    z.strictObject({
      kind: z.literal("fallback"),
      path: z.string(),
      on_status_codes: statusCodes.optional().describe("Absent: any that is not 2xx."),
      members: z.array(plan),
    }),
    z.strictObject({
      kind: z.literal("loadbalance"),
      path: z.string(),
      sticky: z.string().optional().describe("The member that this request is drawn to, like all that are alike."),
      members: z.array(z.strictObject({ weight: z.number(), share: z.number(), plan })),
    }),
  ]),
);

const exampleTarget = {
  kind: "target" as const,
  path: "config.targets[0]",
  provider: "bedrock",
  model: "amazon.nova-lite-v1:0",
  region: "us-east-1",
  credential: "virtual key bedrock-production",
  params: [],
  dropped: [],
};
named("Plan", plan, exampleTarget);

export const dryRunAnswer = named(
  "DryRun",
  z.strictObject({
    object: z.literal("config.dry_run"),
    plan,
    first: z.array(z.strictObject({ target: z.string(), share: z.number() })).describe("Who is called first."),
    failures: z.array(
      z.strictObject({
        target: z.string(),
        failure: z.string(),
        status: z.int(),
        retries: count.describe("Further tries at the same target first."),
        next: z.string().nullable().describe("What is tried then; null: the caller gets the failure."),
      }),
    ),
    dropped: texts.describe("Paths of what has no effect here."),
    warnings: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  }),
  {
    object: "config.dry_run",
    plan: exampleTarget,
    first: [{ target: "config.targets[0]", share: 1 }],
    failures: [{ target: "config.targets[0]", failure: "throttled", status: 429, retries: 2, next: null }],
    dropped: [],
    warnings: [],
  },
);
