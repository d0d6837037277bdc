import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { withBedrocksBinding } from "../../../anthropic/block-binding.ts";
import { shownThinking } from "../../../anthropic/shown-thinking.ts";
import { updatesFlag } from "../../../models/betas.ts";
import { additionalFieldIn } from "./additional.ts";
import { isGiven, leaveOut, nameDropped, type Changes, type NativeDraft } from "./draft.ts";
import { bringFlag } from "./fields.ts";
import { lacksThinking } from "./history.ts";

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
  const { type, budget_tokens: _refused, ...rest } = withTakenDisplay(draft, bound(draft, thinking), path);
  const style = draft.model.thinking;
  const isByBudget = style !== "adaptive" && (type === "enabled" || (type === "adaptive" && style === "budget"));
  const isRefusedOff = type === "disabled" && draft.model.alwaysThinks;
  if (isRefusedOff || (style === "none" && type !== "disabled") || (isByBudget && lacksThinking(draft.request))) {
    leaveThinkingOut(draft, path);
  } else if (style === "adaptive" && type === "enabled") {
    draft.edits.set(["thinking"], JSON.stringify(shownThinking(rest)));
    nameDropped(draft, `${path}.budget_tokens`);
  } else if (style === "budget" && type === "adaptive") {
    thinkByBudget(draft, path, rest);
  }
}

function bound(draft: NativeDraft, thinking: JsonObject): JsonObject {
  const taken = withBedrocksBinding(thinking);
  if (taken !== thinking) {
    draft.edits.set(["thinking"], JSON.stringify(taken));
  }
  return taken;
}

/** Without a display that wants a flag which the model does not take: what it shows by itself is shown. */
function withTakenDisplay(draft: NativeDraft, thinking: JsonObject, path: string): JsonObject {
  const { display, ...rest } = thinking;
  if (display !== "updates" || bringFlag(draft, [updatesFlag])) {
    return thinking;
  }
  draft.edits.set(["thinking"], JSON.stringify(rest));
  nameDropped(draft, `${path}.display`);
  return rest;
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

/** An edit that clears thinking goes with it: "`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive". */
export function leaveThinkingOut(draft: Changes, path: string): void {
  draft.edits.remove(["thinking"]);
  nameDropped(draft, path);
  const { context_management: management } = draft.request;
  const edits = isJsonObject(management) && Array.isArray(management["edits"]) ? management["edits"] : [];
  const cleared = [...edits.keys()].filter((index) => clearsThinking(edits[index]));
  if (cleared.length === edits.length && edits.length > 0) {
    leaveOut(draft, ["context_management"]);
    return;
  }
  for (const index of cleared) {
    leaveOut(draft, ["context_management", "edits", index]);
  }
}

function clearsThinking(edit: JsonValue | undefined): boolean {
  const type = isJsonObject(edit) ? edit["type"] : undefined;
  return typeof type === "string" && type.startsWith("clear_thinking");
}
