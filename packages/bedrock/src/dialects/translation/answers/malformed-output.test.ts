import { describe, expect, it } from "vitest";
import { isMalformed } from "./malformed-output.ts";

describe("malformed output", () => {
  it("is known by the beginning of its stop reason", () => {
    const reasons = ["malformed_model_output", "malformed_tool_use", "malformed_of_tomorrow", "end_turn"];
    expect(reasons.map(isMalformed)).toEqual([true, true, true, false]);
  });
});
