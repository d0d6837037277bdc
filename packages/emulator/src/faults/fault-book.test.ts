import { describe, expect, it } from "vitest";
import { FaultBook, type FaultTarget } from "./fault-book.ts";
import type { Fault } from "./fault.ts";

const target: FaultTarget = { operation: "ConverseStream", modelId: "us.anthropic.claude-x", isStream: true };
const throttling: Fault = { kind: "refuse", type: "ThrottlingException" };

describe("FaultBook", () => {
  it("uses up what was asked for next in its order, and then the scenario", () => {
    const book = new FaultBook({ faults: [{ kind: "cut", times: 1 }] });
    book.addNext(throttling, 2);
    book.addNext({ kind: "reset" }, 1);
    const kinds = Array.from({ length: 5 }, () => book.take("answer", target)?.kind);
    expect(kinds).toEqual(["refuse", "refuse", "reset", "cut", undefined]);
  });

  it("applies a scenario without times for ever", () => {
    const book = new FaultBook({ faults: [throttling] });
    expect(Array.from({ length: 50 }, () => book.take("answer", target)?.kind)).toEqual(Array(50).fill("refuse"));
  });

  it("keeps the groups apart", () => {
    const book = new FaultBook({ faults: [{ kind: "delay", ms: 1 }, throttling, { kind: "clock", offsetMs: 1 }] });
    expect(["clock", "pace", "answer"].map((group) => book.take(group as "clock", target)?.kind)).toEqual([
      "clock",
      "delay",
      "refuse",
    ]);
  });

  it.each<[Partial<Fault>, Partial<FaultTarget>, boolean]>([
    [{ operation: "Converse" }, {}, false],
    [{ operation: "Converse*" }, {}, true],
    [{ model: "us.anthropic.*" }, {}, true],
    [{ model: "us.anthropic" }, {}, false],
    [{ model: "us?anthropic*" }, {}, false],
    [{ model: "*claude*" }, { modelId: "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-y" }, true],
    [{ model: "*" }, { operation: "AssumeRole" }, true],
  ])("matches %j with %j: %s", (scope, over, isApplied) => {
    const book = new FaultBook({ faults: [{ ...throttling, ...scope } as Fault] });
    expect(book.take("answer", { ...target, ...over }) !== undefined).toBe(isApplied);
  });

  it("asks for a model id where the fault names one, and for frames where it needs them", () => {
    const book = new FaultBook({ faults: [{ ...throttling, model: "*" }, { kind: "exception" }] });
    expect(book.take("answer", { operation: "AssumeRole", isStream: false })).toBeUndefined();
  });

  it("counts the times of a header by its text, before all others", () => {
    const book = new FaultBook({ faults: [{ kind: "cut" }] });
    const header = { text: "a", faults: [{ ...throttling, times: 1 }] };
    expect(book.take("answer", { ...target, header })?.kind).toBe("refuse");
    expect(book.take("answer", { ...target, header })?.kind).toBe("cut");
    const other = { text: "b", faults: [{ ...throttling, times: 1 }] };
    expect(book.take("answer", { ...target, header: other })?.kind).toBe("refuse");
  });
});
