import type { JsonObject } from "../../json.ts";
import { isGiven, leaveOut, nameDropped, type NativeDraft } from "./native-draft.ts";

/** Anthropic's least budget, and the one that stands in for `adaptive` where a model knows budgets alone. */
export const leastBudget = 1024;
const budgetForAdaptive = 4096;
/** The most that Adit itself gives to thinking: an answer needs room as well. */
const mostOfLimit = 0.8;

/**
 * `thinking` in the style that the model's generation takes. A style that it refuses becomes the other one, or is left out where the model
 * does not think; both are named. All else, types of thinking that are not known here too, goes as it was written.
 */
export function settleThinking(draft: NativeDraft): void {
  const { thinking } = draft.request;
  if (!isGiven(thinking) || thinking?.["type"] === "disabled") {
    return;
  }
  const style = draft.model.thinking;
  if (style === "none") {
    leaveOut(draft, ["thinking"]);
  } else if (style === "adaptive" && thinking?.["type"] === "enabled") {
    const { budget_tokens: _refused, ...rest } = thinking;
    setThinking(draft, { ...rest, type: "adaptive" });
    nameDropped(draft, "thinking.budget_tokens");
  } else if (style === "budget" && thinking?.["type"] === "adaptive") {
    thinkByBudget(draft);
  }
}

function thinkByBudget(draft: NativeDraft): void {
  const { max_tokens: limit } = draft.request;
  const budget = typeof limit === "number" ? Math.min(budgetForAdaptive, Math.floor(limit * mostOfLimit)) : leastBudget;
  if (budget < leastBudget) {
    leaveOut(draft, ["thinking"]);
    return;
  }
  setThinking(draft, { type: "enabled", budget_tokens: budget });
  nameDropped(draft, "thinking.type");
}

function setThinking({ edits }: NativeDraft, thinking: JsonObject): void {
  edits.set(["thinking"], JSON.stringify(thinking));
}
