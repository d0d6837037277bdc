/** Records for tests, whole and plain, with what a test wants different. */
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { UuidV7Source } from "../../http/request-id.ts";
import type { CallRecord } from "../call-record.ts";

const ids = new UuidV7Source();

export function recordWith(changes: Partial<CallRecord> = {}): CallRecord {
  const at = changes.at ?? Date.now();
  const id = `req_${ids.next(at)}`;
  return {
    form: 1,
    id,
    at,
    projectId: defaultProjectId,
    keyId: "gk_1",
    keyKind: "gateway_key",
    traceId: `trace-${id}`,
    spanId: undefined,
    spanName: undefined,
    parentSpanId: undefined,
    metadata: undefined,
    method: "POST",
    path: "/v1/chat/completions",
    dialect: "openai-chat",
    stream: false,
    client: "OpenAI/JS",
    status: 200,
    isSuccess: true,
    error: undefined,
    awsError: undefined,
    param: undefined,
    stopReason: "end_turn",
    modelAsked: "us.amazon.nova-lite-v1:0",
    modelUsed: "us.amazon.nova-lite-v1:0",
    model: "amazon.nova-lite-v1:0",
    provider: "bedrock",
    route: "converse",
    region: "us-east-1",
    credential: "virtual key prod",
    config: undefined,
    target: "config",
    tier: "standard",
    awsRequestId: "aws-1",
    attempts: [],
    circuitsOpen: undefined,
    timings: {
      auth: 0,
      read: 1,
      plan: 1,
      limits: undefined,
      queue: 1,
      firstByte: 100,
      firstToken: undefined,
      total: 120,
      upstream: 90,
      settle: undefined,
    },
    usage: { inputTokens: 100, outputTokens: 50, totalTokens: 150 },
    usageRoute: "converse",
    units: { input: 100, output: 50, cacheRead: 0, cacheWrite: 0, total: 150 },
    cost: {
      totalNano: "18000",
      partsNano: { input: "6000", output: "12000" },
      missing: [],
      isEstimate: false,
      prices: "2026-08-21",
    },
    cache: undefined,
    cacheLookups: undefined,
    limitFlags: undefined,
    dropped: undefined,
    structuredOutput: undefined,
    prompt: undefined,
    guardrails: undefined,
    guardrailFeedback: undefined,
    ...changes,
  };
}
