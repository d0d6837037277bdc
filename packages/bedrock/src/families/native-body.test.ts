import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.ts";
import { finishedBody } from "./native-body.ts";

describe("additional fields", () => {
  it("are laid over the body member by member; lists and plain values replace", () => {
    const body = { inferenceConfig: { maxTokens: 1, topP: 0.5 }, stop: ["a"], top: 1, kept: true };
    const additionalModelRequestFields = { inferenceConfig: { topK: 20, topP: 0.9 }, stop: ["b"], top: null, more: {} };
    expect(finishedBody(body, { additionalModelRequestFields })).toEqual({
      inferenceConfig: { maxTokens: 1, topP: 0.9, topK: 20 },
      stop: ["b"],
      top: null,
      kept: true,
      more: {},
    });
    expect(body.inferenceConfig).toEqual({ maxTokens: 1, topP: 0.5 });
  });

  it("with a hostile name change no prototype", () => {
    const fields = JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}}}') as JsonObject;
    const body = finishedBody({ a: { b: 1 } }, { additionalModelRequestFields: fields });
    expect((body as { polluted?: unknown }).polluted).toBeUndefined();
    expect((body["a"] as { polluted?: unknown }).polluted).toBeUndefined();
    expect(JSON.stringify(body)).toBe('{"a":{"b":1,"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}');
  });
});
