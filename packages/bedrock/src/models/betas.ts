/** Anthropic's beta flags: which of them Bedrock takes for a model. Others it refuses the whole request for: `invalid beta flag`. */
import { betasOfNoModel } from "./family-data.ts";
import { mayBeClaude } from "./may-be-claude.ts";
import type { ModelFacts } from "./model-facts.ts";

/** Under which Claude searches among tools that it does not see at first. */
export const toolSearchFlag = "tool-search-tool-2025-10-19";

/** Flags of Anthropic's API that Bedrock has under another name. Sources: LiteLLM's table, pleaseai/shunt#43. */
const renamed: ReadonlyMap<string, string> = new Map([["advanced-tool-use-2025-11-20", toolSearchFlag]]);

/** Under which Claude that takes budgets of thinking takes an effort too, where it does at all. */
export const effortFlag = "effort-2025-11-24";

/** Under which alone a thought is shown by `updates`. Source: the types of @anthropic-ai/sdk, and what Claude Code 2.1.332 sends. */
export const updatesFlag = "thinking-display-updates-2026-08-18";

/** Flags as they come: a list, or one string with commas, as in the header. Each once, none empty. */
export function betaFlagsIn(...given: readonly (string | readonly string[] | null | undefined)[]): Set<string> {
  const flags = given.flatMap((value) => (typeof value === "string" ? value.split(",") : (value ?? [])));
  const trimmed = new Set(flags.map((flag) => flag.trim()));
  trimmed.delete("");
  return trimmed;
}

/** The flags that go to AWS, under Bedrock's names, and those that do not. Where the model's table is not known all others go: AWS decides. */
export function sortBetaFlags(model: ModelFacts, flags: ReadonlySet<string>): { kept: Set<string>; refused: string[] } {
  const kept = new Set<string>();
  const refused: string[] = [];
  for (const flag of flags) {
    const sent = renamed.get(flag) ?? flag;
    if (takesBeta(model, sent)) {
      kept.add(sent);
    } else {
      refused.push(flag);
    }
  }
  return { kept, refused };
}

/** True for a flag of the model's table; where that is not known, for any but those that no model takes. */
export function takesBeta(model: Pick<ModelFacts, "family" | "betas">, flag: string): boolean {
  return mayBeClaude(model) && (model.betas?.includes(flag) ?? !betasOfNoModel.has(flag));
}
