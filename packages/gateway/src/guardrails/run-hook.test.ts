/** Checks that ask somebody: none is begun that nobody would wait for. */
import { expect, test } from "vitest";
import type { ReadyCheck } from "./check.ts";
import type { Hook, HookCheck } from "./hook.ts";
import type { Judged } from "./run-hook.ts";
import { withTexts } from "./placed-text.ts";
import { runHook } from "./run-hook.ts";
import { checkContext } from "./testing/check-context.ts";

const longest = 4_000_000;

function checkOf(id: string, scope: HookCheck["scope"], ready: Omit<ReadyCheck, "grasp">): HookCheck {
  return { id, scope, ready: { grasp: "whole", ...ready }, failsOnError: false, isHeld: true, window: 0 };
}

function hookOf(checks: HookCheck[]): Hook {
  const ends = { onSuccess: undefined, onFail: undefined };
  return { id: "asking", type: "guardrail", deny: true, isAsync: false, isSequential: false, checks, ...ends };
}

/** The last message is short; all of them together are too long to be changed. */
const conversation: Judged = {
  body: {},
  version: 0,
  contextOf: () => checkContext(),
  withTexts,
  textsOf: (_body, scope) => [
    { path: ["messages", 0], text: scope === "all" ? "a".repeat(longest + 1) : "" },
    { path: ["messages", 1], text: "Good morning" },
  ],
};

test("where one cannot be shown what it is to change, no other has been asked by then", async () => {
  let asked = 0;
  const asking = checkOf("first", "last", {
    asks: true,
    judge: () => {
      asked += 1;
      return Promise.reject(new Error("Nobody hears of this."));
    },
  });
  const changing = checkOf("second", "all", { asks: true, changes: true, judge: () => ({ verdict: true }) });
  const running = runHook(hookOf([asking, changing]), conversation, () => 0);
  await expect(running).rejects.toMatchObject({ code: "invalid_request", status: 400 });
  expect(asked).toBe(0);
});
