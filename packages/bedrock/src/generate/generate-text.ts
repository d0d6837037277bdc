import type { Prompt } from "./write-request.ts";
import type { ModelReference } from "./model-reference.ts";
import { textOptions } from "./option-names.ts";
import type { TextOptions } from "./options.ts";
import { prepareGeneration } from "./prepare-generation.ts";
import { resultFrom, type TextResult } from "./result.ts";
import { wholeAnswer } from "./send-call.ts";

/**
 * Asks a model and waits for its whole answer. Rejects with AditError, whose `code`, `status`, `retryable` and `remedy` say what happened and
 * what to do.
 *
 * @param model - `bedrock:ID`, `ID@bedrock`, a plain id, a profile's id, an ARN, or a {@link ModelReference}.
 * @param prompt - A text, or a conversation.
 *
 * @example
 * const { text } = await generateText("bedrock:us.amazon.nova-lite-v1:0", "Good morning", { maxTokens: 100 });
 */
export async function generateText(
  model: string | ModelReference,
  prompt: Prompt,
  options: TextOptions = {},
): Promise<TextResult> {
  const call = await prepareGeneration({ model, prompt, options, accepted: textOptions });
  return resultFrom(call, await wholeAnswer(call));
}
