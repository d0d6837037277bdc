import { AditError, type TranslationNotes } from "@adit/bedrock";
import { describe, expect, it } from "vitest";
import type { Incoming, Reply } from "../../http/routes/route.ts";
import { newFacts } from "../../ledger/record/request-facts.ts";
import type { RetryRule } from "../../routing/plan/plan.ts";
import { nameAnswer } from "./answer-headers.ts";
import { isWaitTooLong } from "../../routing/retry-policy.ts";

function headersOf(structuredOutput: TranslationNotes["structuredOutput"] | undefined): Record<string, string> {
  const sent: Record<string, string> = {};
  const incoming = { headers: { uses: () => false } } as unknown as Incoming;
  const reply = { header: (name: string, value: string) => (sent[name] = value) } as unknown as Reply;
  nameAnswer(incoming, reply, { ...newFacts("openai-chat"), structuredOutput });
  return sent;
}

describe("x-adit-structured-output", () => {
  it.each(["outputConfig", "strict-tool", "forced-tool", "instruction"] as const)("says the means: %s", (means) => {
    expect(headersOf(means)).toEqual({ "x-adit-structured-output": means });
  });

  it("is absent where no format was asked for", () => {
    expect(headersOf(undefined)).toEqual({});
  });
});

describe("x-adit-dropped", () => {
  const dropped = (paths: string[]): string | undefined => {
    const sent: Record<string, string> = {};
    const incoming = { headers: { uses: () => false } } as unknown as Incoming;
    const reply = { header: (name: string, value: string) => (sent[name] = value) } as unknown as Reply;
    nameAnswer(incoming, reply, { ...newFacts("openai-chat"), dropped: paths });
    return sent["x-adit-dropped"];
  };

  it("ends behind a whole path where the list is too long", () => {
    const long = "a".repeat(3_000);
    expect(dropped(["seed", long, long])).toBe(`seed,${long},...`);
  });

  it("is no longer where one path alone is", () => {
    const name = "a".repeat(100_000);
    expect(dropped([name, "seed"])).toBe(`${name.slice(0, 4_096)}...`);
    expect(dropped(["seed", name])).toBe("seed,...");
  });
});

describe("isWaitTooLong", () => {
  const rule = { attempts: 3, onStatusCodes: undefined, useRetryAfterHeader: true, waitMs: undefined };
  const throttled = (retryAfterSeconds?: number): AditError =>
    new AditError("ThrottlingException", "Slower.", {
      status: 429,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });

  it.each<[RetryRule | undefined, AditError, boolean]>([
    [rule, throttled(100), true],
    [rule, throttled(60), false],
    [rule, throttled(), false],
    [undefined, throttled(100), false],
    [{ ...rule, useRetryAfterHeader: false }, throttled(100), false],
    [{ ...rule, attempts: 0 }, throttled(100), false],
    [{ ...rule, onStatusCodes: [503] }, throttled(100), false],
  ])("of %j where the answer is %j: %s", (given, error, expected) => {
    expect(isWaitTooLong(given, error)).toBe(expected);
  });

  it("is -1 to Portkey's clients, as tries that were in vain are", () => {
    const sent: Record<string, string> = {};
    const incoming = { headers: { uses: () => true } } as unknown as Incoming;
    const reply = { header: (name: string, value: string) => (sent[name] = value) } as unknown as Reply;
    nameAnswer(incoming, reply, { ...newFacts("openai-chat"), attempts: 1 }, true);
    expect(sent["x-portkey-retry-attempt-count"]).toBe("-1");
    nameAnswer(incoming, reply, { ...newFacts("openai-chat"), attempts: 3 });
    expect(sent["x-portkey-retry-attempt-count"]).toBe("2");
  });
});
