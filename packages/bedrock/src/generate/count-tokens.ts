import { estimateOfConverse } from "../calls/count-call.ts";
import { countableModel, countTokensOfConverse, isCountRefused } from "../dialects/anthropic-messages/count-tokens.ts";
import { AditError } from "../errors/adit-error.ts";
import { countedTokensIn } from "../converse/counted-tokens.ts";
import type { Prompt } from "./write-request.ts";
import type { ModelReference } from "./model-reference.ts";
import { textOptions } from "./option-names.ts";
import type { TextOptions } from "./options.ts";
import { prepareGeneration, type Generation } from "./prepare-generation.ts";
import type { Warning } from "./warning.ts";

/** How many tokens a prompt is. */
export interface TokenCount {
  inputTokens: number;
  /** True: by a rule of thumb, rather above than below; AWS does not count for this model. */
  estimated: boolean;
  /** Everything that was left out or unsure. */
  warnings: Warning[];
  /** The foundation model that AWS counted the tokens of; for an estimate, the model that was named. */
  model: string;
  region: string;
  /** Name and source of the credential, never a secret. */
  credential: string;
}

/**
 * Counts the tokens of what `generateText` would send with the same arguments, and sends it to no model. AWS counts free of charge, by the id of
 * the foundation model, also where a profile is named. For a model that it does not count for, the count is an estimate, and says so.
 * Rejects with AditError.
 *
 * @example
 * const { inputTokens } = await countTokens("bedrock:us.anthropic.claude-sonnet-4-20250514-v1:0", "Good morning");
 */
export async function countTokens(
  model: string | ModelReference,
  prompt: Prompt,
  options: TextOptions = {},
): Promise<TokenCount> {
  const call = await prepareGeneration({ model, prompt, options, accepted: textOptions });
  const { target } = call;
  const countable = countableModel(call.model);
  const counted = countable === undefined ? undefined : await countByAws(call, countable);
  return {
    inputTokens: counted ?? estimateOfConverse(call.prepared.body, call.model),
    estimated: counted === undefined,
    warnings: call.warnings,
    model: counted === undefined || countable === undefined ? target.model : countable,
    region: target.region,
    credential: target.credentials.label,
  };
}

/** Undefined where AWS says that it does not count for the model. */
async function countByAws({ target, prepared }: Generation, model: string): Promise<number | undefined> {
  const body = JSON.stringify(countTokensOfConverse(prepared.body));
  try {
    const reply = await target.client.pass({ ...target, model, action: "count-tokens", body });
    return countedTokensIn(reply.body);
  } catch (error) {
    if (AditError.isInstance(error) && isCountRefused(error)) return undefined;
    throw error;
  }
}
