/** Conditions that take too long, again and again: whoever sends them holds the others up for less and less. */
import type { AditError } from "@adit/bedrock";
import { expect, test } from "vitest";
import { interpretRequest, keyHolder, principal, routingDependencies } from "./testing/request.ts";

const config = JSON.stringify({
  strategy: {
    mode: "conditional",
    conditions: [{ query: { "params.user": { $regex: "(.*){1,30}[ab]{1,50}x" } }, then: "one" }],
    default: "one",
  },
  targets: [{ name: "one" }],
});
const short = "hello";
/** Longer than what is left for whoever is slowed, and well within what others have. */
const middling = "z".repeat(300);
const long = "a".repeat(200_000);

test("after five of them a key gets less time for a while, each time longer; quick ones pass, and other keys go on", () => {
  let now = 1_000_000;
  const deps = routingDependencies({}, () => now);
  const ask = (user: string, caller = keyHolder("gk_1")) => {
    try {
      interpretRequest({ user }, { "x-adit-config": config }, deps, caller);
      return "passes";
    } catch (error) {
      const { code, retryAfterSeconds } = error as AditError;
      return [code, retryAfterSeconds];
    }
  };
  expect(ask(middling)).toBe("passes");
  for (let count = 0; count < 5; count += 1) expect(ask(long)).toEqual(["invalid_config", undefined]);
  for (const text of [long, middling]) expect(ask(text)).toEqual(["rate_limited", 1]);
  expect(ask(short)).toBe("passes");
  for (const other of [keyHolder("gk_2"), principal]) {
    expect(ask(middling, other)).toBe("passes");
    expect(ask(long, other)).toEqual(["invalid_config", undefined]);
  }

  now += 1_000;
  expect(ask(middling)).toBe("passes");
  expect(ask(long)).toEqual(["invalid_config", undefined]);
  expect(ask(long)).toEqual(["rate_limited", 2]);
  for (let count = 0; count < 10; count += 1) {
    now += 60_000;
    expect(ask(long)).toEqual(["invalid_config", undefined]);
  }
  expect(ask(long)).toEqual(["rate_limited", 60]);
  // Two minutes without one, and all is forgotten.
  now += 120_001;
  for (let count = 0; count < 5; count += 1) expect(ask(long)).toEqual(["invalid_config", undefined]);
});
