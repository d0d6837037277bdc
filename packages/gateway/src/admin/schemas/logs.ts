/** Logs: what is asked of them, and how a call is shown. */
import { z } from "zod";
import { filterQuery } from "./log-filter.ts";
import { exampleMoment, listQuery, moment, named } from "./schema.ts";

const search = z.string().min(1).max(200).optional();
const searchContent = z.enum(["true", "false"]).optional();

export const logsQuery = z.strictObject({
  ...filterQuery,
  limit: listQuery.limit,
  after: listQuery.after,
  current_page: listQuery.current_page,
  page_size: listQuery.page_size,
  search: search.describe(
    "Text anywhere in the records: the window is read through, some 20,000 calls for one answer.",
  ),
  search_content: searchContent.describe(
    "true: `search` looks into what is kept of requests and answers too, with secrets masked; some 32 MiB for one answer. A gateway key needs the scope logs.read beside logs.list.",
  ),
});

export const tailQuery = z.strictObject({
  ...filterQuery,
  search: search.describe(
    "Text anywhere in the records. What was said is not looked into: it may be written down after its call is told of.",
  ),
});

export const exportQuery = z.strictObject({
  ...filterQuery,
  search: search.describe("Text anywhere in the records: the window is read through."),
  search_content: searchContent.describe(
    "true: `search` looks into what is kept of requests and answers too; calls of which none is kept, or none that can be read, are found by their records alone: the list counts them. A gateway key needs the scope logs.read beside logs.export.",
  ),
  format: z.enum(["jsonl", "csv"]).optional().describe("Default jsonl. CSV is safe to open in spreadsheets."),
  limit: z.coerce.number().int().min(1).max(10_000_000).optional(),
});

const maybe = z.string().nullable();
const maybeCount = z.int().nullable();

const logFields = {
  id: z.string(),
  object: z.literal("log"),
  created_at: moment,
  workspace_id: z.string(),
  api_key_id: maybe,
  trace_id: z.string(),
  span_id: maybe,
  span_name: maybe,
  parent_span_id: maybe,
  metadata: z.record(z.string(), z.string()),
  request_method: z.string(),
  request_url: z.string(),
  dialect: z.string(),
  stream: z.boolean(),
  client: maybe,
  response_status_code: z.int(),
  is_success: z.boolean(),
  error: maybe,
  stop_reason: maybe,
  ai_org: maybe.describe("The provider."),
  ai_model: maybe.describe("As it was asked for."),
  model: maybe.describe("Base id: without geography and ARN."),
  model_used: maybe,
  route: maybe,
  region: maybe,
  credential: maybe,
  config: maybe,
  prompt: z.strictObject({ id: z.string(), version: z.int() }).nullable(),
  target: maybe,
  tier: z.string(),
  aws_request_id: maybe,
  attempt_count: z.int(),
  cache_status: maybe,
  req_units: maybeCount.describe("Input of all kinds."),
  res_units: maybeCount,
  total_units: maybeCount,
  cost: maybe.describe("Dollars, exact. Null: not known."),
  cost_is_estimate: z.boolean(),
  response_time: z.int().describe("Milliseconds."),
  first_byte_ms: maybeCount,
  first_token_ms: maybeCount,
};

const exampleLog: z.input<z.ZodObject<typeof logFields>> = {
  id: "req_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "log",
  created_at: exampleMoment,
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  api_key_id: "gk_01890a5d-ac96-774b-bcce-b302099a8057",
  trace_id: "01890a5d-ac96-774b-bcce-b302099a8057",
  span_id: null,
  span_name: null,
  parent_span_id: null,
  metadata: { team: "red" },
  request_method: "POST",
  request_url: "/v1/chat/completions",
  dialect: "openai-chat",
  stream: false,
  client: "OpenAI/JS 7.55.0",
  response_status_code: 200,
  is_success: true,
  error: null,
  stop_reason: "end_turn",
  ai_org: "bedrock",
  ai_model: "us.amazon.nova-lite-v1:0",
  model: "amazon.nova-lite-v1:0",
  model_used: "us.amazon.nova-lite-v1:0",
  route: "converse",
  region: "us-east-1",
  credential: "virtual key prod",
  config: null,
  prompt: null,
  target: "config",
  tier: "standard",
  aws_request_id: "5b6b7c0e-6c0e-4a0e-9d0e-1f2a3b4c5d6e",
  attempt_count: 1,
  cache_status: null,
  req_units: 100,
  res_units: 50,
  total_units: 150,
  cost: "0.000018",
  cost_is_estimate: false,
  response_time: 640,
  first_byte_ms: 611,
  first_token_ms: null,
};

export const logEntry = named("Log", z.strictObject(logFields), exampleLog);

export const logList = named(
  "LogList",
  z.strictObject({
    object: z.literal("list"),
    success: z.literal(true),
    data: z.array(logEntry),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z
      .string()
      .nullable()
      .describe("`after` of the next page; of a search, also where it has found nothing so far."),
    scanned: z
      .int()
      .nullable()
      .describe("Calls that were read for this page, where no index gave them; null where one did."),
    scanned_to: moment.nullable().describe("Arrival of the oldest of those: how far the window has been read."),
    scanned_without_content: z
      .int()
      .nullable()
      .describe(
        "Calls among them that the other filters mean, of which no content is kept; null without search_content.",
      ),
    scanned_unreadable: z
      .int()
      .nullable()
      .describe(
        "Calls among them whose kept content is damaged in the database: the text may stand in it. Null without search_content.",
      ),
  }),
  {
    object: "list",
    success: true,
    data: [exampleLog],
    has_more: false,
    first_id: exampleLog.id,
    last_id: exampleLog.id,
    scanned: null,
    scanned_to: null,
    scanned_without_content: null,
    scanned_unreadable: null,
  },
);

const units = z.strictObject({
  input: maybeCount,
  output: maybeCount,
  cache_read: maybeCount,
  cache_write: maybeCount,
  total: maybeCount,
});

const attempt = z.strictObject({
  target: z.string(),
  provider: maybe,
  route: maybe,
  region: maybe,
  model: maybe,
  credential: maybe,
  started_at: moment,
  duration_ms: z.number(),
  credentials_ms: z.number().describe("How long the credential was waited for, before `started_at`."),
  sign_ms: z.number(),
  connect_ms: maybeCount.describe(
    "From the signature to a connection: a new one with its handshakes, or one that is open.",
  ),
  status_line_ms: maybeCount.describe("From `started_at` to the status line."),
  status: maybeCount,
  aws_request_id: maybe,
  error: maybe,
  stream_failure: z
    .strictObject({ error: z.string(), aws_error: maybe, aws_reason: maybe })
    .nullable()
    .describe("What ended its stream after it had begun: the code, AWS's name of it, what AWS's words are about."),
  thrown_away: z
    .strictObject({ usage: z.looseObject({}).nullable(), units, cost: maybe })
    .nullable()
    .describe("Of an answer that guardrails kept back: what it used, and its part of the call's cost."),
});

const checkFact = z.looseObject({
  guardrail: z.string().describe("Id or slug."),
  check: z.string(),
  when: z.enum(["before_request", "after_request"]),
  verdict: z.boolean(),
  transformed: z.boolean().describe("True: it changed the request or the answer."),
  durationMs: z.number(),
  error: z.string().optional().describe("Why it could not judge."),
  isAsync: z.boolean().optional().describe("True: nobody waited for it."),
});

const traceFeedback = z.looseObject({
  id: z.string(),
  value: z.number(),
  weight: z.number(),
  metadata: z.record(z.string(), z.unknown()),
  created_at: moment,
});

const detailFields = {
  ...logFields,
  aws_error: maybe,
  aws_reason: maybe.describe("What AWS's words are about, where they tell more than the error's name."),
  param: maybe,
  circuits_open: z.array(z.string()),
  dropped: z.array(z.string()).describe("What was left out on purpose."),
  attempts: z.array(attempt),
  timings: z.strictObject({
    auth_ms: z.int().describe("To who calls being known. Milliseconds from the arrival, as all that follows."),
    read_ms: maybeCount.describe("To the body's end."),
    plan_ms: maybeCount.describe("To where the call goes being known."),
    limits_ms: maybeCount.describe("To what limits reserve; null where none concerns the call."),
    queue_ms: maybeCount,
    first_byte_ms: maybeCount,
    first_token_ms: maybeCount,
    total_ms: z.int(),
    upstream_ms: maybeCount.describe("What AWS says that the model took."),
    settle_ms: maybeCount.describe("How long the end of the answer waited for its limits; null where it did not."),
    between_tokens_ms: z.number().nullable().describe("What each token of a stream after the first took, on average."),
  }),
  usage: z.looseObject({}).nullable().describe("In the provider's own words."),
  units,
  cost_parts: z.record(z.string(), z.string()).describe("Dollars by what they are for."),
  cost_missing: z.array(z.string()).describe("Why the cost is not known: prices and counts that are missing."),
  prices: maybe.describe("Version of the price table."),
  limit_flags: z.array(z.string()).describe("How limits took what it used, where that was not as foreseen."),
  guardrails: z.array(checkFact).describe("What each check said; of those that nobody waits for, once it is known."),
  guardrail_feedback: z
    .array(z.looseObject({}))
    .describe("What `on_success` and `on_fail` of guardrails said; it is among the feedback of the trace too."),
  content: z.looseObject({}).nullable().describe("Request and answer, where they are kept."),
  feedback: z.array(traceFeedback),
};

export const logDetail = named("LogDetail", z.strictObject(detailFields), {
  ...exampleLog,
  aws_error: null,
  aws_reason: null,
  param: null,
  circuits_open: [],
  dropped: [],
  attempts: [],
  timings: {
    auth_ms: 0,
    read_ms: 1,
    plan_ms: 1,
    limits_ms: null,
    queue_ms: 2,
    first_byte_ms: 611,
    first_token_ms: null,
    total_ms: 640,
    upstream_ms: 580,
    settle_ms: null,
    between_tokens_ms: null,
  },
  usage: { inputTokens: 100, outputTokens: 50, totalTokens: 150 },
  units: { input: 100, output: 50, cache_read: 0, cache_write: 0, total: 150 },
  cost_parts: { input: "0.000006", output: "0.000012" },
  cost_missing: [],
  prices: "2026-08-21",
  limit_flags: [],
  guardrails: [],
  guardrail_feedback: [],
  content: null,
  feedback: [],
});

export const logExplained = named(
  "LogExplained",
  z.strictObject({
    object: z.literal("log-explanation"),
    id: z.string(),
    causes: z
      .array(
        z.strictObject({
          id: z.string(),
          about: z.enum(["failure", "slowness", "cost", "notice"]),
          cause: z.string(),
          evidence: z.array(z.string()),
          remedy: z.string(),
          paste: z.looseObject({}).nullable().describe("An IAM policy, or a config."),
        }),
      )
      .describe("The failure's first; empty where nothing is wrong."),
  }),
  {
    object: "log-explanation",
    id: exampleLog.id,
    causes: [
      {
        id: "caller-left",
        about: "failure",
        cause: "The caller left before the answer was whole.",
        evidence: ["status: 499"],
        remedy: "Nothing, if the caller meant to.",
        paste: null,
      },
    ],
  },
);

export const logReplay = named(
  "LogReplay",
  z.strictObject({
    body: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Laid over the request's members; null takes one away."),
    model: z.string().max(2_048).optional(),
    path: z.string().max(2_048).optional().describe("Another path; the body must be of its dialect then."),
    virtual_key: z.string().max(512).optional().describe("Slug."),
    config: z
      .union([z.string().max(512), z.record(z.string(), z.unknown())])
      .optional()
      .describe("Slug of a saved config, or a config."),
  }),
  { model: "us.amazon.nova-pro-v1:0", body: { temperature: 0 } },
);

export const logReplayed = named(
  "LogReplayed",
  z.strictObject({
    object: z.literal("log-replay"),
    id: z.string().describe("Of the new call: it is in the logs too."),
    status: z.int(),
    response: z.unknown(),
    original: z.strictObject({ id: z.string(), status: z.int(), response: z.unknown() }),
    difference: z.array(z.strictObject({ path: z.string(), before: z.unknown(), after: z.unknown() })),
    notes: z.array(z.string()).describe("What could not be as it was."),
  }),
  {
    object: "log-replay",
    id: exampleLog.id,
    status: 200,
    response: { choices: [] },
    original: { id: exampleLog.id, status: 429, response: { error: { code: "throttled" } } },
    difference: [{ path: "error.code", before: "throttled", after: null }],
    notes: [],
  },
);
