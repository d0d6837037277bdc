/** Reasoning of earlier turns: what the model takes back, byte for byte, and what it does not. */
import type { ContentBlock, ReasoningContentBlock } from "../../converse/content.ts";
import { isSealedByGpt } from "../../converse/sealed-reasoning.ts";
import type { ModelFacts, ModelFamily } from "../../models/model-facts.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

/** Families without a switch for reasoning that reason nevertheless. */
export const reasonUnasked: ReadonlySet<ModelFamily> = new Set(["deepseek", "minimax", "moonshot", "zai", "nvidia"]);

/**
 * True when the model takes this block back. Claude takes only what it signed or sealed ("Invalid signature" otherwise), GPT only what it
 * sealed ("This model doesn't support the reasoningContent.reasoningText.text field": UKGovernmentBEIS/inspect_ai#5217); other families
 * take plain reasoning (recorded with Nova 2) and nothing that these signed or sealed. Of a model that is not known AWS decides.
 */
function takesBack(model: ModelFacts, reasoning: ReasoningContentBlock): boolean {
  if (model.family === "unknown") {
    return true;
  }
  const isGpts = reasoning.redactedContent !== undefined && isSealedByGpt(reasoning.redactedContent);
  if (model.family === "gpt") {
    return isGpts;
  }
  const isSealed = reasoning.redactedContent !== undefined;
  const isSigned = (reasoning.reasoningText?.signature ?? "") !== "";
  if (model.family === "anthropic") {
    return model.thinking !== "none" && !isGpts && (isSealed || isSigned);
  }
  return !isSealed && !isSigned && (model.effort !== "none" || reasonUnasked.has(model.family));
}

/** The block, or nothing where the model cannot take it back; that is named. */
export function reasoningBlock(
  draft: TranslationDraft,
  reasoningContent: ReasoningContentBlock,
  path: string,
): ContentBlock | undefined {
  if (!takesBack(draft.model, reasoningContent)) {
    drop(draft, path);
    return undefined;
  }
  draft.hasReasoning = true;
  return { reasoningContent };
}
