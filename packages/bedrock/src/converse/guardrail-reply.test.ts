import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.ts";
import { exchangesOf, recordingsOf } from "../wire/testing/recordings.ts";
import { nativeExchanges } from "../families/testing/native-exchanges.ts";
import { GuardrailReply } from "./guardrail-reply.ts";

function traceOf(part: JsonObject): JsonObject | undefined {
  const reply = new GuardrailReply();
  reply.take(part);
  return reply.trace as JsonObject | undefined;
}

describe("what a guardrail adds to a native answer", () => {
  it("B28: is told in Converse's words, and nothing of it lost", () => {
    const trace = {
      guardrail: {
        actionReason: "Guardrail blocked.",
        modelOutput: ["said"],
        input: { g1: { topicPolicy: { topics: [] } } },
        outputs: [{ g1: { wordPolicy: {} } }, { g2: {} }, { g1: { contentPolicy: {} } }],
      },
      other: 1,
    };
    expect(traceOf({ "amazon-bedrock-trace": trace })).toEqual({
      guardrail: {
        actionReason: "Guardrail blocked.",
        modelOutput: ["said"],
        inputAssessment: { g1: { topicPolicy: { topics: [] } } },
        outputAssessments: { g1: [{ wordPolicy: {} }, { contentPolicy: {} }], g2: [{}] },
      },
      other: 1,
    });
    expect(traceOf({})).toBeUndefined();
  });

  it("is told in time, however many assessments there are", () => {
    const outputs = Array.from({ length: 100_000 }, (_each, index) => ({ g1: { index } }));
    const { guardrail } = traceOf({ "amazon-bedrock-trace": { guardrail: { outputs } } }) ?? {};
    const told = (guardrail as { outputAssessments: { g1: unknown[] } }).outputAssessments.g1;
    expect([told.length, told.at(-1)]).toEqual([100_000, { index: 99_999 }]);
  }, 30_000);

  it("is a stop reason where it stepped in, once in a stream is enough", () => {
    const reply = new GuardrailReply();
    reply.take({ "amazon-bedrock-guardrailAction": "NONE" });
    expect(reply.stopReason("end_turn")).toBe("end_turn");
    reply.take({ "amazon-bedrock-guardrailAction": "INTERVENED" });
    reply.take({});
    expect(reply.stopReason("end_turn")).toBe("guardrail_intervened");
  });

  /** The members of a guardrail's trace and of its lists, down to the assessments. */
  function shapeOf(trace: JsonObject): string[] {
    const { guardrail } = trace as { guardrail: Record<string, object> };
    return Object.entries(guardrail).map(([name, value]) => {
      const [first] = Object.values(value) as unknown[];
      return `${name}: ${Array.isArray(first) ? "lists" : typeof first}`;
    });
  }

  it.skipIf(recordingsOf("Converse").length === 0)("has the shape of Converse's own traces (recorded)", () => {
    const known = exchangesOf("Converse").flatMap(({ response }) => {
      const { trace } = (response.body_json ?? {}) as { trace?: JsonObject };
      return trace === undefined || trace["guardrail"] === undefined ? [] : shapeOf(trace);
    });
    const native = nativeExchanges("InvokeModel", ["anthropic", "titan"])
      .map(({ answer }) => traceOf(answer))
      .filter((trace) => trace !== undefined);
    expect(native.length).toBeGreaterThan(1);
    for (const trace of native) {
      expect(known).toEqual(expect.arrayContaining(shapeOf(trace)));
    }
  });
});
