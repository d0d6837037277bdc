/** What a call's guardrails may ask of Bedrock is reserved: where that cannot be known, nothing is sent. */
import { AditError, shippedPrices } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { Incoming } from "../../http/routes/route.ts";
import { newFacts } from "../../ledger/record/request-facts.ts";
import type { LimitCharge } from "../../limits/limit.ts";
import type { Limits } from "../../limits/limits.ts";
import type { FindGuardrail } from "../../routing/dependencies.ts";
import type { Interpretation } from "../../routing/request/interpret.ts";
import { CallLimits, type CallLimitsOptions } from "./call-limits.ts";

/** Begins a call with a saved guardrail, and gives how often anything was reserved for it. */
async function begun(findGuardrail: FindGuardrail): Promise<number> {
  let reserved = 0;
  const limits = {
    isFree: () => false,
    now: () => 0,
    reserve: async (_: object, bound: () => LimitCharge | Promise<LimitCharge>) => {
      await bound();
      reserved += 1;
      return { isRefused: false, holds: [] };
    },
  } as unknown as Limits;
  const options = { limits: () => limits, prices: shippedPrices, defaultMaxTokens: undefined, findGuardrail };
  const headers = { raw: () => undefined } as unknown as CallerHeaders;
  const incoming = { path: "/v1/chat/completions", headers, facts: newFacts("openai-chat") } as unknown as Incoming;
  const plan = {
    kind: "target",
    model: "us.amazon.nova-lite-v1:0",
    provider: "bedrock",
    region: "us-east-1",
    overrideParams: {},
    hooks: { before: [{ kind: "saved", slug: "pg-main" }], after: [] },
  };
  const asked = { plan, body: {}, metadata: {}, anthropicBeta: [] } as unknown as Interpretation;
  await new CallLimits(options as unknown as CallLimitsOptions).begin(
    incoming,
    { kind: "admin_key", isGatewayKey: () => false },
    asked,
    "{}",
  );
  return reserved;
}

describe("a saved guardrail of a call that limits concern", () => {
  test("that could not be read refuses the call as the store's failure is told elsewhere", async () => {
    const away = new AditError("store_unavailable", "The gateway's store does not answer.", { retryAfterSeconds: 1 });
    await expect(begun(() => Promise.reject(away))).rejects.toBe(away);
    expect(away.status).toBe(503);
  });

  test("that cannot be opened refuses it too", async () => {
    const changed = new AditError("internal", "The secret of guardrail_version pgv_1 was changed in the database.");
    await expect(begun(() => Promise.reject(changed))).rejects.toBe(changed);
    await expect(begun(() => Promise.reject(new TypeError("no JSON")))).rejects.toThrow("no JSON");
  });

  test("that is not there leaves the word to the target that names it", async () => {
    const missing = new AditError("not_stored", 'No guardrail is saved as "pg-main".');
    expect(await begun(() => Promise.reject(missing))).toBe(1);
  });
});
