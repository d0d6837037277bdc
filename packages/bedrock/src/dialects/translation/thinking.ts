/**
 * Thinking in Anthropic's own words, and effort (OpenAI's `reasoning_effort`), by the model's generation. What AWS would refuse is mended and named;
 * what it takes goes as it was written. Sources: Anthropic's pages on extended and adaptive thinking, live tests of other projects.
 */
import { withBedrocksBinding } from "../../anthropic/block-binding.ts";
import { takenEffort } from "../../anthropic/effort-steps.ts";
import { shownThinking } from "../../anthropic/shown-thinking.ts";
import type { ContentBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import { effortFlag, takesBeta, updatesFlag } from "../../models/betas.ts";
import { setAdditional } from "./fields/additional-fields.ts";
import { otherThinking } from "./other-thinking.ts";
import { mustCallTool } from "./tools/tool-choice.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";
import type { ThinkingWish } from "./wishes.ts";

/** The least budget that AWS takes. */
const leastBudget = 1024;

/**
 * Tokens of thinking for models that take a budget: percents of the caller's limit, which counts reasoning too in OpenAI's format
 * (Portkey's shares), and a number for callers who set none.
 */
const budgets: ReadonlyMap<string, { percent: number; unlimited: number }> = new Map([
  ["minimal", { percent: 10, unlimited: 1024 }],
  ["low", { percent: 20, unlimited: 1024 }],
  ["medium", { percent: 50, unlimited: 2048 }],
  ["high", { percent: 80, unlimited: 4096 }],
  ["xhigh", { percent: 80, unlimited: 8192 }],
  ["max", { percent: 80, unlimited: 8192 }],
]);

/** The most that Adit itself gives to thinking, in percent of the limit: an answer needs room as well. */
const mostPercent = 80;

/** Budget where `adaptive` is asked of a model that knows budgets alone. */
const budgetForAdaptive = 4096;

const flagForThinkingBetweenCalls = "interleaved-thinking-2025-05-14";

/** What thinking asks of the rest of the request. */
export interface ThinkingOutcome {
  /** Claude thinks: sampling is bound, tools cannot be forced. */
  claudeThinks: boolean;
  /** Nova's highest effort takes no limit of tokens and no sampling. */
  novaThinksHard: boolean;
}

const none: ThinkingOutcome = { claudeThinks: false, novaThinksHard: false };

/** True when Claude, or what may be Claude, is asked to think, before it is known whether it may. */
export function asksClaudeToThink(draft: TranslationDraft): boolean {
  const { thinking, effort, effortAsksToThink } = draft.wishes;
  if (draft.model.family === "unknown") {
    return thinking !== undefined && thinking["type"] !== "disabled";
  }
  if (draft.model.family !== "anthropic" || draft.model.thinking === "none") {
    return false;
  }
  return thinking === undefined
    ? effortAsksToThink && effort !== undefined && effort !== "none"
    : thinking["type"] !== "disabled";
}

/** Writes what the model takes. To be called when the choice of tools is settled. */
export function translateThinking(draft: TranslationDraft): ThinkingOutcome {
  const { thinking, effort } = draft.wishes;
  if (thinking === undefined && effort === undefined && draft.given === undefined) {
    showUnasked(draft);
    return none;
  }
  if (draft.model.family === "anthropic") {
    return { claudeThinks: claudeThinking(draft), novaThinksHard: false };
  }
  return { claudeThinks: false, novaThinksHard: otherThinking(draft) };
}

function claudeThinking(draft: TranslationDraft): boolean {
  settleEffortAlone(draft);
  // "Thinking may not be enabled when tool_choice forces tool use.": the form of the answer outweighs the way to it.
  if (draft.model.thinking === "none" || (asksClaudeToThink(draft) && mustCallTool(draft))) {
    dropGiven(draft);
    return false;
  }
  const { effort } = draft.wishes;
  const thinking = withTakenDisplay(draft);
  if (!asksClaudeToThink(draft)) {
    turnOff(draft, thinking);
    showUnasked(draft);
    return false;
  }
  const wanted = thinking === undefined ? fromEffort(draft, effort ?? "") : fromThinking(draft, thinking);
  if (wanted === undefined || lacksReasoning(draft, wanted)) {
    dropGiven(draft);
    return false;
  }
  setAdditional(draft, [draft.thinkingField], wanted, thinking === undefined ? draft.terms.effort : draft.thinkingPath);
  if (effort !== undefined) {
    effortBeside(draft, wanted, effort);
  }
  return true;
}

/** Anthropic's own effort, where nothing asks to think: it goes as it is, with the flag that a model of budgets wants for it. */
function settleEffortAlone(draft: TranslationDraft): void {
  const { model, wishes } = draft;
  const { thinking, effort, effortAsksToThink, betas } = wishes;
  if (effortAsksToThink || effort === undefined || (thinking !== undefined && thinking["type"] !== "disabled")) {
    return;
  }
  const needsFlag = model.thinking === "budget";
  // "This model does not support the effort parameter."
  if (model.thinking === "none" || (needsFlag && !takesBeta(model, effortFlag))) {
    drop(draft, draft.terms.effort);
  } else {
    setEffort(draft, effort);
    wishes.betas = needsFlag ? [...(betas ?? []), effortFlag] : betas;
  }
  wishes.effort = undefined;
}

/** Without a display that wants a flag which the model does not take: what it shows by itself is shown. */
function withTakenDisplay(draft: TranslationDraft): ThinkingWish | undefined {
  const { thinking: wish } = draft.wishes;
  const thinking = wish === undefined ? undefined : withBedrocksBinding(wish);
  if (thinking?.["display"] !== "updates" || takesBeta(draft.model, updatesFlag)) {
    return thinking;
  }
  const { display: _refused, ...rest } = thinking;
  drop(draft, `${draft.thinkingPath}.display`);
  return rest;
}

/** A wish for no thinking is met by a model that has none. */
function dropGiven(draft: TranslationDraft): void {
  const { thinking, effort } = draft.wishes;
  if (thinking !== undefined && thinking["type"] !== "disabled") {
    drop(draft, draft.thinkingPath);
  }
  if (effort !== undefined && effort !== "none") {
    drop(draft, draft.terms.effort);
  }
}

/** "\"thinking.type.disabled\" is not supported for this model.": there it thinks as much as it does by itself. */
function turnOff(draft: TranslationDraft, thinking: ThinkingWish | undefined): void {
  const { alwaysThinks } = draft.model;
  const { effort } = draft.wishes;
  if (thinking !== undefined && alwaysThinks) {
    drop(draft, draft.thinkingPath);
  } else if (thinking !== undefined) {
    setAdditional(draft, [draft.thinkingField], thinking, draft.thinkingPath);
  }
  if (effort !== undefined && (alwaysThinks || (thinking !== undefined && effort !== "none"))) {
    drop(draft, draft.terms.effort);
  }
}

/** A model that always thinks shows none of it by itself: a summary is asked for where the caller wants to read one. */
function showUnasked(draft: TranslationDraft): void {
  const { thinking, effort, summaryPath } = draft.wishes;
  const isUnsaid = thinking === undefined && effort === undefined;
  if (summaryPath !== undefined && isUnsaid && draft.model.alwaysThinks && !mustCallTool(draft)) {
    setAdditional(draft, [draft.thinkingField], shownThinking({}), summaryPath);
  }
}

/** Adaptive thinking takes an effort. A model of budgets has it in the budget; beside an explicit budget it says nothing. */
function effortBeside(draft: TranslationDraft, wanted: JsonObject, effort: string): void {
  if (wanted["type"] === "adaptive" && effort !== "none") {
    setEffort(draft, effort === "minimal" ? "low" : effort);
  } else if (draft.wishes.thinking !== undefined) {
    drop(draft, draft.terms.effort);
  }
}

/** A step that came with a later generation becomes the highest that the model has, and is named. */
function setEffort(draft: TranslationDraft, effort: string): void {
  const step = takenEffort(draft.model, effort);
  if (step !== effort) {
    drop(draft, draft.terms.effort);
  }
  setAdditional(draft, ["output_config", "effort"], step, draft.terms.effort);
}

/** An effort says nothing of whether thoughts are shown: they are, as by the generations that show them unasked. */
function fromEffort(draft: TranslationDraft, effort: string): JsonObject | undefined {
  if (draft.model.thinking === "adaptive") {
    return shownThinking({});
  }
  if (draft.model.thinking === "budget-or-adaptive") {
    return { type: "adaptive" };
  }
  const budget = budgetOfEffort(draft, effort);
  return budget === undefined ? undefined : { type: "enabled", budget_tokens: budget };
}

function fromThinking(draft: TranslationDraft, thinking: ThinkingWish): JsonObject | undefined {
  const style = draft.model.thinking;
  const { type, budget_tokens: given, display } = thinking;
  if (type === "adaptive") {
    if (style !== "budget") {
      return thinking;
    }
    drop(draft, `${draft.thinkingPath}.type`);
    if (display !== undefined) {
      drop(draft, `${draft.thinkingPath}.display`);
    }
    return budgetOrNothing({ type: "enabled" }, chosenBudget(draft));
  }
  if (type !== "enabled" || (typeof given !== "number" && given !== undefined && given !== null)) {
    // Said among additional fields, which nobody has checked: AWS decides.
    return thinking;
  }
  if (style === "adaptive") {
    // The newest generations refuse a budget.
    const { budget_tokens: budget, ...rest } = thinking;
    drop(draft, `${draft.thinkingPath}.${budget === undefined ? "type" : "budget_tokens"}`);
    return shownThinking(rest);
  }
  const budget = typeof given === "number" ? fittingBudget(draft, given) : chosenBudget(draft);
  const fitting = budgetOrNothing(thinking, budget);
  if (fitting !== undefined && fitting["budget_tokens"] !== given) {
    drop(draft, `${draft.thinkingPath}.budget_tokens`);
  }
  return fitting;
}

function budgetOrNothing(thinking: JsonObject, budget: number | undefined): JsonObject | undefined {
  if (budget === undefined) {
    return undefined;
  }
  return thinking["budget_tokens"] === budget ? thinking : { ...thinking, budget_tokens: budget };
}

/** Where the caller leaves the budget to Adit. */
function chosenBudget(draft: TranslationDraft): number | undefined {
  const limit = limitOf(draft);
  return limit === undefined ? budgetForAdaptive : withRoom(budgetForAdaptive, limit);
}

function budgetOfEffort(draft: TranslationDraft, effort: string): number | undefined {
  const { percent, unlimited } = budgets.get(effort) ?? { percent: mostPercent, unlimited: budgetForAdaptive };
  const limit = limitOf(draft);
  return limit === undefined ? unlimited : withRoom(Math.floor((limit * percent) / 100), limit);
}

/**
 * What AWS takes goes as it is: at least 1024, and below the limit of tokens ("max_tokens must be greater than thinking.budget_tokens").
 * What it refuses is mended so that the answer has room; undefined where it has none.
 */
function fittingBudget(draft: TranslationDraft, budget: number): number | undefined {
  const limit = limitOf(draft);
  if (limit === undefined || thinksBetweenCalls(draft)) {
    return Math.max(budget, leastBudget);
  }
  return budget >= leastBudget && budget < limit ? budget : withRoom(budget, limit);
}

function limitOf({ wishes, context }: TranslationDraft): number | undefined {
  return wishes.maxTokens ?? context.defaultMaxTokens;
}

/** The budget, at least 1024, with a fifth of the limit left for the answer; undefined where both do not fit. */
function withRoom(budget: number, limit: number): number | undefined {
  const most = Math.floor((limit * mostPercent) / 100);
  return most < leastBudget ? undefined : Math.min(Math.max(budget, leastBudget), most);
}

/**
 * With this flag the budget spans the calls of tools and may exceed the limit of one answer. Among the additional fields it goes as it is
 * written; elsewhere only to models that take it.
 */
function thinksBetweenCalls(draft: TranslationDraft): boolean {
  const { model, wishes, context } = draft;
  const isAsked =
    wishes.betas?.includes(flagForThinkingBetweenCalls) === true ||
    context.anthropicBeta.includes(flagForThinkingBetweenCalls);
  return (
    (isAsked && takesBeta(model, flagForThinkingBetweenCalls)) ||
    givenBetas(draft).includes(flagForThinkingBetweenCalls)
  );
}

function givenBetas({ given }: TranslationDraft): readonly unknown[] {
  const flags = given?.["anthropic_beta"];
  return Array.isArray(flags) ? flags : [flags];
}

/**
 * "Expected thinking, but found text": with a budget, an answer that the caller has begun must begin with reasoning.
 * "Expected thinking, but found tool_use": calls that are being answered must stand behind reasoning, which Claude writes
 * once, before the first of them (Anthropic's cookbook, "Extended Thinking with Tool Use"). A caller that speaks OpenAI's format alone has
 * lost it, so this answer is made without thinking. Adaptive thinking does not ask for it.
 */
function lacksReasoning({ messages }: TranslationDraft, wanted: JsonObject): boolean {
  if (wanted["type"] !== "enabled") {
    return false;
  }
  const last = messages.at(-1);
  if (last?.role === "assistant") {
    return last.content[0]?.reasoningContent === undefined;
  }
  const said = messages.findLastIndex(({ role, content }) => role === "user" && !content.some(isResult));
  const loop = messages.slice(said + 1);
  return (
    loop.some(({ content }) => content.some((block) => block.toolUse !== undefined)) &&
    loop.at(-1)?.content.some(isResult) === true &&
    loop.every(({ content }) => content[0]?.reasoningContent === undefined)
  );
}

function isResult({ toolResult }: ContentBlock): boolean {
  return toolResult !== undefined;
}
