import { describe, expect, it } from "vitest";
import { finishReasonFrom } from "./finish-reason.ts";

const ending = { strict: true, hasToolCalls: false, isAnsweredByTool: false };

describe("finish reason", () => {
  // AWS's service model of bedrock-runtime, and Claude's two.
  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["pause_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["content_filtered", "content_filter"],
    ["guardrail_intervened", "content_filter"],
    ["refusal", "content_filter"],
    ["reason_of_tomorrow", "stop"],
  ])("strict: %s is %s", (stopReason, reason) => {
    expect(finishReasonFrom(stopReason, ending)).toBe(reason);
  });

  it("says tool_calls exactly where the model ended by itself and calls are there", () => {
    const withCalls = { ...ending, hasToolCalls: true };
    expect(finishReasonFrom("tool_use", withCalls)).toBe("tool_calls");
    expect(finishReasonFrom("end_turn", withCalls)).toBe("tool_calls");
    expect(finishReasonFrom("tool_use", ending)).toBe("stop");
    expect(finishReasonFrom("max_tokens", withCalls)).toBe("length");
    expect(finishReasonFrom("guardrail_intervened", withCalls)).toBe("content_filter");
  });

  it.each(["end_turn", "tool_use", "max_tokens", "guardrail_intervened", "malformed_tool_use", "reason_of_tomorrow"])(
    "not strict: %s is itself",
    (stopReason) => {
      expect(finishReasonFrom(stopReason, { ...ending, strict: false })).toBe(stopReason);
    },
  );

  it("hides the tool of a structured answer from a caller who is not strict", () => {
    const answered = { strict: false, hasToolCalls: false, isAnsweredByTool: true };
    expect(finishReasonFrom("tool_use", answered)).toBe("end_turn");
    expect(finishReasonFrom("tool_use", { ...answered, hasToolCalls: true })).toBe("tool_use");
    expect(finishReasonFrom("max_tokens", answered)).toBe("max_tokens");
  });
});
