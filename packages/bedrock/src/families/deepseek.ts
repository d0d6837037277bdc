import type { ModelFacts } from "../models/model-facts.ts";
import { deepseekR1 } from "./deepseek-r1.ts";
import type { Family } from "./family.ts";
import { deepseekV3 } from "./openai-style/chat-families.ts";

/** DeepSeek: R1 takes a prompt, every later model a chat body. */
export const deepseek: Family = {
  request: (request, context) => familyOf(context.model).request(request, context),
  response: (answer, context) => familyOf(context.model).response(answer, context),
  stream: (emit, context) => familyOf(context.model).stream(emit, context),
  // R1 has no tools: no block of its answers is a call.
  exactInput: (answer, index) => deepseekV3.exactInput(answer, index),
};

function familyOf({ baseId }: ModelFacts): Family {
  return baseId.startsWith("deepseek.r1") ? deepseekR1 : deepseekV3;
}
