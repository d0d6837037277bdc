/** Thinking and effort of other families than Claude. */
import { isJsonObject } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import { setAdditional } from "./fields/additional-fields.ts";
import { drop, type TranslationDraft } from "./translation-draft.ts";

/** Writes what the model takes. True where Nova thinks as hard as it can, which takes no limit of tokens and no sampling. */
export function otherThinking(draft: TranslationDraft): boolean {
  const { thinking, effort } = draft.wishes;
  const isOff = thinking?.["type"] === "disabled";
  if (draft.model.family === "unknown" && thinking !== undefined) {
    setAdditional(draft, [draft.thinkingField], thinking, draft.thinkingPath);
  } else if (isOff && effort !== undefined && hasOff.has(draft.model.effort)) {
    return offBesideEffort(draft, effort);
  } else if (thinking !== undefined && !(isOff && neverThinks(draft))) {
    drop(draft, draft.thinkingPath);
  }
  return otherEffort(draft, effort);
}

/** Models that think where an effort asks for it, and can be told not to. */
const hasOff: ReadonlySet<ModelFacts["effort"]> = new Set(["nova-reasoningConfig", "reasoning.effort"]);

/** To Claude an effort beside `disabled` says how much to write: here it would switch on what the caller has switched off. */
function offBesideEffort(draft: TranslationDraft, effort: string): boolean {
  if (effort !== "none") {
    drop(draft, draft.terms.effort);
  }
  return otherEffort(draft, "none");
}

function neverThinks({ model }: TranslationDraft): boolean {
  return model.effort === "none" && !model.reasonsUnasked;
}

function otherEffort(draft: TranslationDraft, effort: string | undefined): boolean {
  if (draft.model.effort === "nova-reasoningConfig") {
    return novaEffort(draft, effort);
  }
  if (effort === undefined) {
    return false;
  }
  switch (draft.model.effort) {
    case "reasoning_effort":
      setScale(draft, effort, { path: ["reasoning_effort"], scale: threeSteps });
      return false;
    case "reasoning_config":
      setScale(draft, effort, { path: ["reasoning_config"], scale: twoSteps });
      return false;
    case "reasoning.effort":
      setScale(draft, effort, { path: ["reasoning", "effort"], scale: gptSteps });
      return false;
    case "reasoning.effort-always":
      setScale(draft, effort, { path: ["reasoning", "effort"], scale: gptStepsWithoutOff });
      return false;
    case "none":
    case "claude":
      if (effort !== "none" || !neverThinks(draft)) {
        drop(draft, draft.terms.effort);
      }
      return false;
  }
}

const threeSteps: ReadonlyMap<string, string> = new Map([
  ["minimal", "low"],
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["xhigh", "high"],
  ["max", "high"],
]);

const twoSteps: ReadonlyMap<string, string> = new Map([...threeSteps, ["medium", "high"]]);

/** Tried live (stdapi-ai/stdapi.ai#283): all but minimal. */
const gptStepsWithoutOff: ReadonlyMap<string, string> = new Map([
  ["minimal", "low"],
  ...["low", "medium", "high", "xhigh", "max"].map((step) => [step, step] as const),
]);

const gptSteps: ReadonlyMap<string, string> = new Map([["none", "none"], ...gptStepsWithoutOff]);

/** The nearest step that the model has; one that is not the caller's is named, as is a switch to off that the model lacks. */
function setScale(
  draft: TranslationDraft,
  effort: string,
  target: { path: readonly string[]; scale: ReadonlyMap<string, string> },
): void {
  const step = target.scale.get(effort);
  if (step !== effort) {
    drop(draft, draft.terms.effort);
  }
  if (step !== undefined) {
    setAdditional(draft, target.path, step, draft.terms.effort);
  }
}

/** What stands among the additional fields counts. Off is Nova's default. True where Nova thinks hard. */
function novaEffort(draft: TranslationDraft, effort: string | undefined): boolean {
  const own = draft.given?.["reasoningConfig"];
  let sent = isJsonObject(own) ? own : undefined;
  if (effort !== undefined && effort !== "none") {
    const step = threeSteps.get(effort) ?? "high";
    if (step !== effort) {
      drop(draft, draft.terms.effort);
    }
    const derived = { type: "enabled", maxReasoningEffort: step };
    setAdditional(draft, ["reasoningConfig"], derived, draft.terms.effort);
    sent ??= derived;
  } else if (effort === "none" && sent?.["type"] === "enabled") {
    drop(draft, draft.terms.effort);
  }
  return sent?.["type"] === "enabled" && sent["maxReasoningEffort"] === "high";
}
