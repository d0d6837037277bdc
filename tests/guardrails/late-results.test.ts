/** What guardrails say of a request, and what those found that nobody waits for, is in the call's record (issue 5, section 4). */
import { expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "../control/control.ts";
import { nova } from "../support/asking.ts";

interface Entry {
  cost: string | null;
  cost_parts: Record<string, string>;
  guardrails: { check: string; verdict: boolean; isAsync?: true }[];
  guardrail_feedback: { guardrail: string; value: number; weight: number; metadata: Record<string, string> }[];
  feedback: { value: number; metadata: Record<string, string> }[];
}

const guard = { guardrailId: "gr123", guardrailVersion: "1" };
const prices = {
  version: "ours-1",
  date: "2026-11-01",
  sources: { contract: "An agreement" },
  models: {},
  guardrails: [
    {
      units: {
        contentPolicyUnits: 1_000,
        sensitiveInformationPolicyUnits: 1_000,
        topicPolicyUnits: 1_000,
        wordPolicyUnits: 0,
      },
    },
  ],
  quirks: [],
};

onBothEngines((control) => {
  async function call(config: object, text: string, stream: boolean): Promise<() => Promise<Entry>> {
    const response = await fetch(`${control().baseUrl}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${adminKey}`,
        "x-adit-config": JSON.stringify(config),
      },
      body: JSON.stringify({ model: nova, stream, messages: [{ role: "user", content: text }] }),
    });
    await response.text();
    const path = `/v1/logs/${response.headers.get("x-adit-request-id") ?? ""}`;
    await until(async () => (await control().ask("GET", path)).status === 200);
    return async () => (await control().ask<Entry>("GET", path)).body;
  }

  test.each([false, true])("feedback of a guardrail that was waited for, streamed: %s", async (stream) => {
    const hook = {
      "default.contains": { words: ["rain"], operator: "none" },
      on_success: { feedback: { value: 5, weight: 1, metadata: { kind: "weather" } } },
      on_fail: { feedback: { value: -5, weight: 0.5, metadata: { kind: "weather" } } },
    };
    const entry = await (await call({ input_guardrails: [hook] }, "Is it to rain?", stream))();
    expect(entry.guardrail_feedback).toMatchObject([
      { value: -5, weight: 0.5, metadata: { kind: "weather", failedChecks: "default.contains" } },
    ]);
    expect(entry.feedback).toMatchObject([{ value: -5, metadata: { kind: "weather" } }]);
    expect(entry.guardrails).toMatchObject([{ check: "default.contains", verdict: false }]);
  });

  test.each([
    ["that ends before the answer", 0, false],
    ["that ends after the answer", 700, false],
    ["that ends after a stream", 700, true],
  ])("a guardrail that nobody waits for, %s: findings, feedback and cost", async (_when, ms, stream) => {
    await control().ask("PUT", "/v1/prices", prices);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const plain = await (await call({}, "TRIP_CONTENT_FILTER", stream))();
    if (ms > 0) control().emulator.faultNext({ kind: "delay", operation: "ApplyGuardrail", ms });
    const hook = { "bedrock.guard": guard, async: true, on_fail: { feedback: { value: -10, weight: 1 } } };
    const entry = await call({ input_guardrails: [hook] }, "TRIP_CONTENT_FILTER", stream);
    await until(async () => (await entry()).guardrails.length > 0);
    await until(async () => Object.keys((await entry()).cost_parts).some((name) => name.startsWith("guardrail.")));
    const late = await entry();
    expect(late.guardrails).toMatchObject([{ check: "bedrock.guard", verdict: false, isAsync: true }]);
    expect(late.guardrail_feedback).toMatchObject([{ value: -10 }]);
    expect(late.feedback).toMatchObject([{ value: -10, metadata: { failedChecks: "bedrock.guard" } }]);
    expect(Math.round(Number(late.cost) * 1e9)).toBe(Math.round(Number(plain.cost) * 1e9) + 3_000);
  });
});
