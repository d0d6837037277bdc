/** What a record's times and prices tell, where no emulator can be slow or dear enough for a test. */
import { expect, test } from "vitest";
import type { AttemptOfCall, CallRecord } from "./call-record.ts";
import { explain } from "./explain.ts";
import { recordWith } from "./testing/records.ts";

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
  ["dear-output", { cost: { ...cost, totalNano: "60000000", partsNano: { input: "10000000", output: "50000000" } } }],
  ["dear-input", { cost: { ...cost, totalNano: "60000000", partsNano: { input: "50000000", output: "10000000" } } }],
])("%s", (id, changes) => {
  const causes = explain(recordWith(changes));
  expect(causes.map((cause) => cause.id)).toEqual([id]);
  expect(causes[0]?.evidence.length).toBeGreaterThan(0);
});

test("no price is asked for where the provider told no usage", () => {
  const [cause] = explain(recordWith({ cost: { ...cost, totalNano: undefined, missing: ["usage"] } }));
  expect(cause).toMatchObject({ id: "cost-unknown" });
  expect(cause?.remedy).not.toContain("/v1/prices");
});
