/** Reasoning of earlier turns: what the model takes back, byte for byte, and what it does not. */
import type { ContentBlock, Message, ReasoningContentBlock } from "../../converse/content.ts";
import { isSealedByGpt } from "../../converse/sealed-reasoning.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

/** True when the model takes this block back: of a kind that it takes (`ModelFacts.reasoningBack`), where it reasons at all. */
function takesBack(model: ModelFacts, reasoning: ReasoningContentBlock): boolean {
  const { redactedContent: sealed, reasoningText } = reasoning;
  const isSigned = (reasoningText?.signature ?? "") !== "";
  switch (model.reasoningBack) {
    case "any":
      return true;
    case "sealed":
      return sealed !== undefined && isSealedByGpt(sealed);
    case "signed":
      return model.thinking !== "none" && (sealed === undefined ? isSigned : !isSealedByGpt(sealed));
    case "plain":
      return sealed === undefined && !isSigned && (model.effort !== "none" || model.reasonsUnasked);
  }
}

/** True for a text that no model signed. */
function isUnsigned({ reasoningText }: ReasoningContentBlock): boolean {
  return reasoningText !== undefined && (reasoningText.signature ?? "") === "";
}

/** True where leaving such out makes another request. */
export function hasUnsignedReasoning(messages: readonly Message[]): boolean {
  return messages.some(({ content }) =>
    content.some(({ reasoningContent }) => reasoningContent !== undefined && isUnsigned(reasoningContent)),
  );
}

/** The block, or nothing where the model cannot take it back, or has refused its kind; that is named. */
export function reasoningBlock(
  draft: TranslationDraft,
  reasoningContent: ReasoningContentBlock,
  path: string,
): ContentBlock | undefined {
  const isRefused = draft.context.refusesUnsignedThinking === true && isUnsigned(reasoningContent);
  if (isRefused || !takesBack(draft.model, reasoningContent)) {
    drop(draft, path);
    return undefined;
  }
  draft.hasReasoning = true;
  return { reasoningContent: withoutEmptySignature(reasoningContent) };
}

/** An empty signature stands for none, and models that sign nothing refuse it (maximhq/bifrost#6942: Nova, MiniMax). */
function withoutEmptySignature(reasoning: ReasoningContentBlock): ReasoningContentBlock {
  return reasoning.reasoningText?.signature === ""
    ? { reasoningText: { text: reasoning.reasoningText.text } }
    : reasoning;
}
