import type { CompletionRequest } from "../dialects/openai-completions/completion.ts";
import { converseFromCompletion } from "../dialects/openai-completions/request.ts";
import {
  prepareCall,
  type CallTarget,
  type CallTools,
  type PreparedCall,
  type RequestTranslators,
} from "./prepared-call.ts";

const completion: RequestTranslators<CompletionRequest> = {
  mediaUrlsOf: () => new Map(),
  toConverse: converseFromCompletion,
};

/** A checked request of completions as `prepareCall` makes it ready for one target. */
export function prepareCompletion(
  request: CompletionRequest,
  target: CallTarget,
  tools: CallTools,
): PreparedCall | Promise<PreparedCall> {
  return prepareCall(request, completion, target, tools);
}
