import { expect, it } from "vitest";
import { refusalOf } from "./auth/testing/refusal.ts";
import { retryPolicyFrom, timeLimitsFrom } from "./call-limits.ts";
import { AditError } from "./errors/adit-error.ts";
import { nextRetryWait, type RetryPolicy } from "./wire/attempts/retry.ts";

it("a policy is as by default in what it leaves out", () => {
  expect(retryPolicyFrom({}, "retry")).toEqual({ attempts: 2, maxTotalMs: 3_000 });
  expect(retryPolicyFrom({ attempts: 5, maxTotalMs: Infinity }, "retry")).toEqual({
    attempts: 5,
    maxTotalMs: Infinity,
  });
  const given = { attempts: null, maxTotalMs: undefined, waitMs: 7 };
  expect(retryPolicyFrom(given as never, "retry")).toEqual({ attempts: 2, maxTotalMs: 3_000, waitMs: 7 });
});

it.each([
  [{ attempts: -1 }, "retry.attempts"],
  [{ waitMs: Infinity }, "retry.waitMs"],
  [{ useRetryAfter: "yes" }, "retry.useRetryAfter"],
  [{ onStatusCodes: ["429"] }, "retry.onStatusCodes"],
  [{ mayGoOn: true }, "retry.mayGoOn"],
])("a policy that is none is refused by its path: %j", (given, param) => {
  expect(refusalOf(() => retryPolicyFrom(given as never, "retry")).param).toBe(param);
});

it("limits are taken as far as they are given, 0 too", () => {
  expect(timeLimitsFrom({ totalMs: 0, idleMs: 60_000 }, "limits")).toEqual({ totalMs: 0, idleMs: 60_000 });
  expect(timeLimitsFrom({ connectMs: null } as never, "limits")).toEqual({});
  expect(refusalOf(() => timeLimitsFrom({ firstByteMs: -1 }, "options.limits")).param).toBe(
    "options.limits.firstByteMs",
  );
});

it.each([{}, { attempts: Number.NaN, maxTotalMs: 1_000 }, { attempts: 2, maxTotalMs: "soon" }])(
  "tries end where a caller of the client gives no number for their end: %j",
  (policy) => {
    const error = new AditError("ServiceUnavailableException", "No.");
    const wait = nextRetryWait(error, policy as RetryPolicy, { retries: 0, waitedMs: 0 }, () => 0.5);
    expect(wait).toBeUndefined();
  },
);
