import { describe, expect, it } from "vitest";
import { isMalformed, malformedOutput } from "./malformed-output.ts";

describe("malformed output", () => {
  it("is known by the beginning of its stop reason", () => {
    const reasons = ["malformed_model_output", "malformed_tool_use", "malformed_of_tomorrow", "end_turn"];
    expect(reasons.map(isMalformed)).toEqual([true, true, true, false]);
  });

  it("is also what a model says that failed", () => {
    const reasons = ["error", "abort", "insufficient_system_resource", "network_error"];
    expect(reasons.map(isMalformed)).toEqual([true, true, true, true]);
    expect(malformedOutput("error", "It held no text.").message).toBe(
      "The model failed: it stopped the answer with error. It held no text.",
    );
  });
});
