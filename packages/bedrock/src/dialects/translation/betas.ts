/** Anthropic's beta flags: from the body and the header, those that Bedrock takes for the model; and those that the request's tools need. */
import { flagOfTool } from "../../anthropic/anthropic-tools.ts";
import { betaFlagsIn, sortBetaFlags, takesBeta, toolSearchFlag } from "../../models/betas.ts";
import { mayBeClaude } from "../../models/may-be-claude.ts";
import { addAdditional, setAdditional } from "./fields/additional-fields.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

export function translateBetas(draft: TranslationDraft): void {
  const { betas: inBody, anthropicVersion: version } = draft.wishes;
  const { model } = draft;
  if (version !== undefined) {
    if (mayBeClaude(model)) {
      setAdditional(draft, ["anthropic_version"], version, "anthropic_version");
    } else {
      drop(draft, "anthropic_version");
    }
  }
  if (inBody === undefined && draft.context.anthropicBeta.length === 0 && draft.builtInTools === undefined) {
    return;
  }
  const { kept, refused } = sortBetaFlags(model, betaFlagsIn(inBody, draft.context.anthropicBeta));
  // Converse has no tool search, and refuses the whole request for its flag (agentgateway/agentgateway#3240).
  if (kept.delete(toolSearchFlag)) {
    refused.push(toolSearchFlag);
  }
  bringFlagsOfTools(draft, kept);
  for (const flag of refused) {
    drop(draft, `anthropic_beta.${flag}`);
  }
  if (kept.size > 0) {
    addAdditional(draft, ["anthropic_beta"], [...kept]);
  }
}

/** Without theirs AWS refuses Anthropic's own tools. Where it is not known which flags the model takes, none is brought. */
function bringFlagsOfTools({ builtInTools = [], model }: TranslationDraft, flags: Set<string>): void {
  if (model.betas === undefined) {
    return;
  }
  for (const { type } of builtInTools) {
    const flag = flagOfTool(type);
    if (flag !== undefined && takesBeta(model, flag)) {
      flags.add(flag);
    }
  }
}
