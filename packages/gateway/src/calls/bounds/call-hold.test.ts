/** What checks used that come late is charged to somebody, wherever the call stands by then. */
import { AditError, shippedPrices } from "@adit/bedrock";
import { expect, test } from "vitest";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { Incoming } from "../../http/routes/route.ts";
import { newFacts } from "../../ledger/record/request-facts.ts";
import type { LimitCharge } from "../../limits/limit.ts";
import type { Limits } from "../../limits/limits.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { CallHold, type HoldTools } from "./call-hold.ts";
import type { HeldCall } from "./call-bounds.ts";

const target = {
  kind: "target",
  model: "us.amazon.nova-lite-v1:0",
  provider: "bedrock",
  region: "us-east-1",
  overrideParams: {},
} as unknown as Target;
const prices = { ...shippedPrices(), guardrails: [{ units: new Map([["contentPolicyUnits", 150_000n]]) }] };
const use = { region: "us-east-1", units: { contentPolicyUnits: 3 } };
const failed = new AditError("upstream_reset", "The connection broke.");
const noRoom = new AditError("budget_exhausted", "The budget is used up.");

test("between a target that failed and a next one for which there is no room", async () => {
  const late: (bigint | undefined)[] = [];
  let hold: CallHold | undefined;
  let reservations = 0;
  const reserve = async (): Promise<object> => {
    reservations += 1;
    if (reservations > 1) {
      // While the store is asked for room.
      hold?.guardrails.add(use);
      return { isRefused: true, error: noRoom, headers: {} };
    }
    return {
      isRefused: false,
      settle: () => ({ flags: [], done: undefined }),
      addLate: ({ costNano }: LimitCharge) => late.push(costNano),
      endLate: () => undefined,
    };
  };
  const limits = { isFree: () => false, now: () => 0, reserve } as unknown as Limits;
  const tools = { limits, prices, defaultMaxTokens: undefined, modelBehind: () => undefined };
  const facts = newFacts("openai-chat");
  const call = {
    incoming: { path: "/v1/chat/completions", headers: { raw: () => undefined } as unknown as CallerHeaders, facts },
    principal: { kind: "admin_key", isGatewayKey: () => false },
    asked: { plan: target, body: {}, metadata: {}, anthropicBeta: [] },
    facts,
    text: "{}",
  } as unknown as HeldCall & { incoming: Incoming };
  hold = new CallHold(tools as unknown as HoldTools, call);
  await hold.begin();
  await hold.enter(target);
  let end: (() => void) | undefined;
  hold.guardrails.waitFor(new Promise((resolve) => (end = resolve)));
  hold.noteAttempt({ errorCode: failed.code, connectMs: 1 });
  hold.fail(failed);
  await expect(hold.enter(target)).rejects.toBe(noRoom);
  hold.fail(noRoom);
  await hold.settle();
  hold.guardrails.add(use);
  end?.();
  expect(late).toEqual([450_000n, 450_000n]);
});
