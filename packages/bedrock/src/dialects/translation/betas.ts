/** Anthropic's beta flags: from the body and the header, those that Bedrock takes for the model. */
import { drop, setAdditional, type TranslationDraft } from "./translation-draft.ts";

export function translateBetas(draft: TranslationDraft): void {
  const { betas: inBody, anthropicVersion: version } = draft.wishes;
  const { model } = draft;
  const isClaude = model.family === "anthropic" || model.family === "unknown";
  if (version !== undefined) {
    if (isClaude) {
      setAdditional(draft, ["anthropic_version"], version);
    } else {
      drop(draft, "anthropic_version");
    }
  }
  const fromHeader = draft.context.anthropicBeta;
  if (inBody === undefined && fromHeader.length === 0) {
    return;
  }
  const flags = new Set([...(inBody ?? []), ...fromHeader].map((flag) => flag.trim()));
  flags.delete("");
  const kept: string[] = [];
  for (const flag of flags) {
    if (isClaude && (model.betas === undefined || model.betas.includes(flag))) {
      kept.push(flag);
    } else {
      drop(draft, `anthropic_beta.${flag}`);
    }
  }
  if (kept.length > 0) {
    setAdditional(draft, ["anthropic_beta"], kept);
  }
}
