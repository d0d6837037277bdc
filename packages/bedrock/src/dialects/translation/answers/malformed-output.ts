import type { StopReason } from "../../../converse/response.ts";
import { AditError } from "../../../errors/adit-error.ts";

/** True for `malformed_model_output`, `malformed_tool_use` and what AWS adds of that kind: output that AWS could not read. */
export function isMalformed(stopReason: StopReason): boolean {
  return stopReason.startsWith("malformed_");
}

/** What a caller gets for such an output whose dialect has no reason to stop that would say it. `soFar` is a sentence. */
export function malformedOutput(stopReason: StopReason, soFar: string): AditError {
  return new AditError(
    "malformed_model_output",
    `AWS stopped the answer with ${stopReason}: it could not read what the model wrote. ${soFar}`,
    { quotesAnswer: true },
  );
}
