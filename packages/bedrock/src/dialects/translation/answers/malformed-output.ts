import type { StopReason } from "../../../converse/response.ts";
import { AditError } from "../../../errors/adit-error.ts";

/** Words of the models' own for a failure over the answer: Mistral's, vLLM's, DeepSeek's, Z.ai's. Nobody translates them. */
const failures: ReadonlySet<StopReason> = new Set(["error", "abort", "insufficient_system_resource", "network_error"]);

/**
 * True for `malformed_model_output`, `malformed_tool_use` and what AWS adds of that kind, output that AWS could not read, and for what a model
 * that failed says: told as `stop`, half an answer would pass for the whole.
 */
export function isMalformed(stopReason: StopReason): boolean {
  return stopReason.startsWith("malformed_") || failures.has(stopReason);
}

/** What a caller gets for such an output whose dialect has no reason to stop that would say it. `soFar` is a sentence. */
export function malformedOutput(stopReason: StopReason, soFar: string): AditError {
  const cause = failures.has(stopReason)
    ? `The model failed: it stopped the answer with ${stopReason}.`
    : `AWS stopped the answer with ${stopReason}: it could not read what the model wrote.`;
  return new AditError("malformed_model_output", `${cause} ${soFar}`, { quotesAnswer: true });
}
