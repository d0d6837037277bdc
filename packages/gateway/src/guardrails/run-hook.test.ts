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

test("a mutator that asks somebody for changes does not let a text through that it could not show", async () => {
  const asking = checkOf("asking", "all", { asks: true, mayChange: true, judge: () => ({ verdict: true }) });
  const mutator: Hook = { ...hookOf([asking]), type: "mutator", deny: false };
  await expect(runHook(mutator, conversation, () => 0)).rejects.toMatchObject({ code: "invalid_request" });
  await expect(runHook({ ...mutator, type: "guardrail" }, conversation, () => 0)).resolves.toMatchObject({
    verdict: false,
  });
});

test("what changes the request and reads no text is not passed over where the texts are long", async () => {
  const request = { changed: true };
  const prefixing = checkOf("prefixing", "all", {
    changesRequest: true,
    isTextless: true,
    judge: () => ({ verdict: true, request }),
  });
  const judged = { ...conversation };
  await runHook({ ...hookOf([prefixing]), type: "mutator", deny: false }, judged, () => 0);
  expect(judged.body).toEqual(request);
});
