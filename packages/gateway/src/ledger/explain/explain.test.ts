/** What a record's times and prices tell, where no emulator can be slow or dear enough for a test. */
import { expect, test } from "vitest";
import type { AttemptOfCall, CallRecord } from "../record/call-record.ts";
import { explain } from "./explain.ts";
import { recordWith } from "../testing/records.ts";

const { timings, cost } = recordWith();

const attempt: AttemptOfCall = {
  target: "config",
  provider: "bedrock",
  route: "converse",
  region: "us-east-1",
  model: "us.amazon.nova-lite-v1:0",
  credential: "virtual key prod",
  startedAt: 1,
  durationMs: 10,
  credentialsMs: 0,
  signMs: 1,
  connectMs: 1,
  statusLineMs: 5,
  status: 200,
  awsRequestId: "aws-1",
  error: undefined,
};

const units = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, total: 15 };
const unwanted = { usage: { inputTokens: 10, outputTokens: 5 }, units, cost };

test.each<[id: string, changes: Partial<CallRecord>]>([
  ["slow-body", { timings: { ...timings, read: 2_900, plan: 2_900, queue: 3_000, firstByte: 3_100 } }],
  ["slow-plan", { timings: { ...timings, read: 1, plan: 2_900, queue: 3_000, firstByte: 3_100 } }],
  ["slow-limits", { timings: { ...timings, plan: 1, limits: 2_900, queue: 3_000, firstByte: 3_100 } }],
  [
    "slow-credentials",
    {
      timings: { ...timings, queue: 3_000, firstByte: 3_100 },
      attempts: [{ ...attempt, credentialsMs: 2_990 }],
    },
  ],
  ["slow-before-sending", { timings: { ...timings, queue: 3_000, firstByte: 3_100 } }],
  ["slow-connection", { attempts: [{ ...attempt, connectMs: 2_000 }] }],
  ["slow-stream", { stream: true, timings: { ...timings, firstByte: 192, firstToken: 200, total: 6_200 } }],
  [
    "long-answer",
    {
      stream: true,
      units: { input: 10, output: 1_000, cacheRead: 0, cacheWrite: 0, total: 1_010 },
      timings: { ...timings, firstByte: 192, firstToken: 200, total: 20_200 },
    },
  ],
  ["stopped.max_tokens", { stopReason: "length" }],
  ["stopped.max_tokens", { stopReason: "max_output_tokens" }],
  ["stopped.content_filtered", { stopReason: "content_filter" }],
  ["stopped.refusal", { stopReason: "refusal" }],
  ["dear-output", { cost: { ...cost, totalNano: "60000000", partsNano: { input: "10000000", output: "50000000" } } }],
  ["dear-input", { cost: { ...cost, totalNano: "60000000", partsNano: { input: "50000000", output: "10000000" } } }],
  ["dear-searches", { cost: { ...cost, totalNano: "60000000", partsNano: { input: "24000000", query: "36000000" } } }],
  [
    "dear-guardrails",
    {
      cost: {
        ...cost,
        totalNano: "60000000",
        partsNano: {
          input: "10000000",
          "guardrail.topicPolicyUnits": "20000000",
          "guardrail.contentPolicyUnits": "30000000",
        },
      },
    },
  ],
  ["thrown-away", { attempts: [{ ...attempt, unwanted }, attempt] }],
])("%s", (id, changes) => {
  const causes = explain(recordWith(changes));
  expect(causes.map((cause) => cause.id)).toEqual([id]);
  expect(causes[0]?.evidence.length).toBeGreaterThan(0);
});

test("a model that was slow after another try had failed at once is named beside that", () => {
  const tried = {
    attempts: [
      { ...attempt, error: "ThrottlingException", status: 429 },
      { ...attempt, startedAt: 500 },
    ],
  };
  const idsOf = (firstByte: number) =>
    explain(recordWith({ at: 0, timings: { ...timings, queue: 1, firstByte, total: firstByte }, ...tried })).map(
      ({ id }) => id,
    );
  expect(idsOf(1_400)).toEqual(["rescued"]);
  expect(idsOf(9_000)).toEqual(["rescued", "slow-model"]);
});

test("a call is dear by what is known of it, though a part is not", () => {
  const partsNano = { input: "10000000", output: "50000000" };
  const causes = explain(recordWith({ cost: { ...cost, totalNano: undefined, partsNano, missing: ["usage"] } }));
  expect(causes.map(({ id }) => id)).toEqual(["cost-unknown", "dear-output"]);
  expect(causes[1]?.evidence[0]).toBe("dollars that are known: 0.06");
});

test("a prompt that two answers read is as long as it is once", () => {
  const read = (input: number) => ({ ...units, input, total: input + 5 });
  const thrown = { ...attempt, unwanted: { ...unwanted, units: read(3_000) } };
  const model = "anthropic.claude-sonnet-4-6";
  const causes = explain(recordWith({ model, units: read(6_000), attempts: [thrown, attempt] }));
  expect(causes.map(({ id }) => id)).toEqual(["thrown-away"]);
});

test.each([
  ["/v1/chat/completions", "bedrock:InvokeModel"],
  ["/v1/messages/count_tokens", "bedrock:CountTokens"],
  ["/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens", "bedrock:CountTokens"],
  ["/guardrail/gr1/version/1/apply", "bedrock:ApplyGuardrail"],
  ["/guardrail-checks/invoke", "bedrock:InvokeGuardrailChecks"],
])("access that is denied at %s comes with the policy that allows it", (path, action) => {
  const denied = { isSuccess: false, status: 403, error: "AccessDeniedException" };
  const [cause] = explain(recordWith({ ...denied, path }));
  expect(cause).toMatchObject({ id: "access-denied", remedy: expect.stringContaining(action) as string });
  const policy = cause?.paste as { Statement: { Action: string | string[] }[] } | undefined;
  expect(policy?.Statement.flatMap(({ Action }) => Action)).toContain(action);
});

test.each([
  ["cn-north-1", "aws-cn"],
  ["us-gov-west-1", "aws-us-gov"],
  ["eusc-de-east-1", "aws-eusc"],
  ["us-iso-east-1", "aws-iso"],
])("the policy is of the region's partition: %s", (region, partition) => {
  const denied = { isSuccess: false, status: 403, error: "AccessDeniedException" };
  const [cause] = explain(recordWith({ ...denied, region }));
  expect(JSON.stringify(cause?.paste)).toContain(`"arn:${partition}:bedrock:${region}:`);
});

test("which models cache is told where that stands: the matrix has no column for it", () => {
  const refused = { isSuccess: false, status: 400, error: "ValidationException", reason: "prompt-caching" as const };
  expect(explain(recordWith(refused))[0]?.remedy).toContain("GET /v1/models");
});

test("no price is asked for where the provider told no usage", () => {
  const [cause] = explain(recordWith({ cost: { ...cost, totalNano: undefined, missing: ["usage"] } }));
  expect(cause).toMatchObject({ id: "cost-unknown" });
  expect(cause?.remedy).not.toContain("/v1/prices");
});

test.each([
  [["usage.outputTokens"], "no price would help"],
  [["guardrail.topicPolicyUnits"], "guardrails' prices"],
  [["input", "output"], "model's prices"],
])("what %j asks for", (missing, words) => {
  const [cause] = explain(recordWith({ cost: { ...cost, totalNano: undefined, missing } }));
  expect(cause?.remedy).toContain(words);
});

test("an answer that broke and told nothing has no estimate, and its cost is said to be unknown", () => {
  const failed = { isSuccess: false, status: 502, error: "upstream_reset" };
  const unknown = { ...cost, totalNano: undefined, missing: ["usage"] };
  const causes = explain(recordWith({ ...failed, cost: unknown }));
  expect(causes.map(({ id }) => id)).toEqual(["answer-broken", "cost-unknown"]);
  expect(causes[0]?.remedy).not.toContain("estimate");
  const [estimated] = explain(recordWith({ ...failed, cost: { ...cost, isEstimate: true } }));
  expect(estimated?.remedy).toContain("estimate");
});

test("one answer that was thrown away is no more than was asked for", () => {
  const denied = { isSuccess: false, status: 446, error: "guardrail_denied" };
  expect(explain(recordWith({ ...denied, attempts: [{ ...attempt, unwanted }] }))).toMatchObject([
    { id: "error.guardrail_denied" },
  ]);
});

test("what a guardrail refused, or let pass, is told by its check", () => {
  const check = {
    guardrail: "pg-words",
    check: "default.contains",
    when: "after_request" as const,
    verdict: false,
    transformed: false,
    startedAt: 1,
    durationMs: 1,
    error: undefined,
  };
  const guardrails = [{ ...check, verdict: true, check: "default.notNull" }, check];
  const said = "check that failed: default.contains of pg-words, after_request";
  const [denied] = explain(recordWith({ isSuccess: false, status: 446, error: "guardrail_denied", guardrails }));
  expect(denied).toMatchObject({ id: "error.guardrail_denied", evidence: expect.arrayContaining([said]) as string[] });
  expect(explain(recordWith({ status: 246, guardrails }))).toMatchObject([
    { id: "guardrail-failed", about: "notice", evidence: [said] },
  ]);
  const unsure = { ...check, error: "The host did not answer." };
  expect(explain(recordWith({ guardrails: [unsure] }))[0]?.evidence).toEqual([
    "check that could not judge: default.contains of pg-words, after_request: The host did not answer.",
  ]);
  // AWS's own, in the call, tells by its stop reason.
  expect(explain(recordWith({ guardrails: [{ ...check, startedAt: undefined }] }))).toEqual([]);
});
