/** Stop reasons that a model seldom gives, on request, so that callers can be tested against them. */
import type { Call } from "../validate/call.ts";
import type { Answer } from "./answer.ts";
import { lastUserText } from "./prompt.ts";

const askedForm =
  /STOP_REASON: ?(content_filtered|malformed_model_output|malformed_tool_use|model_context_window_exceeded)/;

/**
 * Where the caller's text holds `STOP_REASON:` and one of the rare reasons, the answer ends with it: its text so far without tool calls, and no
 * content at all where the content was filtered.
 */
export function endedAsAsked(call: Call, answer: Answer): Answer {
  const reason = askedForm.exec(lastUserText(call))?.[1];
  if (reason === undefined) return answer;
  const blocks = reason === "content_filtered" ? [] : answer.blocks.filter(({ kind }) => kind !== "toolUse");
  return { blocks, stopReason: reason, outputTokens: answer.outputTokens };
}
