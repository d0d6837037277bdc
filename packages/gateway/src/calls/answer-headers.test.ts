import type { TranslationNotes } from "@adit/bedrock";
import { describe, expect, it } from "vitest";
import type { Incoming, Reply } from "../http/route.ts";
import { newFacts } from "../ledger/request-facts.ts";
import { nameAnswer } from "./answer-headers.ts";

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
