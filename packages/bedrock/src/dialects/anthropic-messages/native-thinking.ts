import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { additionalFieldIn } from "./native-additional.ts";
import { isGiven, nameDropped, type NativeDraft } from "./native-draft.ts";

/** Anthropic's least budget, and the one that stands in for `adaptive` where a model knows budgets alone. */
export const leastBudget = 1024;
const budgetForAdaptive = 4096;
/** The most that Adit itself gives to thinking: an answer needs room as well. */
const mostOfLimit = 0.8;

/**
 * `thinking` in the style that the model's generation takes, from the body or from the additional fields, which count where both say
 * something. A style that the generation refuses becomes the other one, or is left out where the model does not think; both are named. All
 * else, types of thinking that are not known here too, goes as it was written.
 */
export function settleThinking(draft: NativeDraft): void {
  const { request } = draft;
  const added = additionalFieldIn(request, "thinking");
  if (added === undefined) {
    settle(draft, request.thinking, "thinking");
    return;
  }
  if (isGiven(request.thinking) && !isDeepStrictEqual(request.thinking, added.value)) {
    nameDropped(draft, "thinking");
  }
  draft.edits.set(["thinking"], JSON.stringify(added.value));
  settle(draft, added.value, added.path);
}

function settle(draft: NativeDraft, thinking: JsonValue | undefined, path: string): void {
  if (!isJsonObject(thinking)) {
    return;
  }
  const { type, budget_tokens: _refused, ...rest } = thinking;
  const style = draft.model.thinking;
  if (style === "none" && type !== "disabled") {
    leaveThinkingOut(draft, path);
  } else if (style === "adaptive" && type === "enabled") {
    draft.edits.set(["thinking"], JSON.stringify({ ...rest, type: "adaptive" }));
    nameDropped(draft, `${path}.budget_tokens`);
  } else if (style === "budget" && type === "adaptive") {
    thinkByBudget(draft, path, rest);
  }
}

/** `rest`: what else the caller says of thinking. */
function thinkByBudget(draft: NativeDraft, path: string, rest: JsonObject): void {
  const { max_tokens: limit } = draft.request;
  const budget = typeof limit === "number" ? Math.min(budgetForAdaptive, Math.floor(limit * mostOfLimit)) : leastBudget;
  if (budget < leastBudget) {
    leaveThinkingOut(draft, path);
    return;
  }
  draft.edits.set(["thinking"], JSON.stringify({ ...rest, type: "enabled", budget_tokens: budget }));
  nameDropped(draft, `${path}.type`);
}

function leaveThinkingOut(draft: NativeDraft, path: string): void {
  draft.edits.remove(["thinking"]);
  nameDropped(draft, path);
}
