/** Anthropic's beta flags: from the body and the header, those that Bedrock takes for the model. */
import { betaFlagsIn, sortBetaFlags } from "../../models/betas.ts";
import { addAdditional, setAdditional } from "./fields/additional-fields.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

export function translateBetas(draft: TranslationDraft): void {
  const { betas: inBody, anthropicVersion: version } = draft.wishes;
  const { model } = draft;
  const isClaude = model.family === "anthropic" || model.family === "unknown";
  if (version !== undefined) {
    if (isClaude) {
      setAdditional(draft, ["anthropic_version"], version, "anthropic_version");
    } else {
      drop(draft, "anthropic_version");
    }
  }
  if (inBody === undefined && draft.context.anthropicBeta.length === 0) {
    return;
  }
  const { kept, refused } = sortBetaFlags(model, betaFlagsIn(inBody, draft.context.anthropicBeta));
  for (const flag of refused) {
    drop(draft, `anthropic_beta.${flag}`);
  }
  if (kept.size > 0) {
    addAdditional(draft, ["anthropic_beta"], [...kept]);
  }
}
