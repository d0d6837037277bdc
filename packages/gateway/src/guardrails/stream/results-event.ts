/** What guardrails found, as an event of a stream, in Portkey's shapes. For callers who are not strict: OpenAI has no such event. */
import type { RequestType } from "../check.ts";
import type { HookResults } from "../hook-result.ts";
import { eventText } from "./event-text.ts";

/** `before`: the event that opens a stream; `after`: the one behind its end. */
export function resultsEvent(
  type: RequestType,
  { before, after }: { before?: HookResults; after?: HookResults },
  model: string,
): string {
  const hook_results =
    before === undefined
      ? { after_request_hooks: after?.after_request_hooks ?? [] }
      : { before_request_hooks: before.before_request_hooks };
  switch (type) {
    case "chatComplete":
      return eventText("", {
        id: "hook_results",
        object: "chat.completion.chunk",
        created: 0,
        model,
        provider: "adit",
        hook_results,
        choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: null }],
      });
    case "complete":
      return eventText("", {
        id: "hook_results",
        object: "text_completion",
        created: 0,
        model,
        provider: "adit",
        hook_results,
        choices: [{ index: 0, text: "", logprobs: null, finish_reason: null }],
      });
    case "messages":
    case "createModelResponse":
    case "converse":
    case "invoke":
    case "embed":
      return eventText("hook_results", { type: "hook_results", hook_results });
  }
}
