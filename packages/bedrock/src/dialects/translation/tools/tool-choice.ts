/** Which tool must, may or must not be called, and how many at once, by what the model can do. */
import type { ToolChoice } from "../../../converse/request.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { addAdditional, setAdditional } from "../fields/additional-fields.ts";
import { invalidRequest } from "../fields/request-fault.ts";
import { sentToolName } from "./tool-names.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";
import type { ToolChoiceWish } from "../wishes.ts";

/** What is wanted of the tools that are offered. */
type WantedChoice = Exclude<ToolChoiceWish, { kind: "allowed" }>;

export function translateToolChoice(draft: TranslationDraft): void {
  const wish = draft.wishes.toolChoice;
  if (wish === undefined) {
    return;
  }
  const wanted = wish.kind === "allowed" ? allowedOnly(draft, wish) : wish;
  if (draft.builtInTools !== undefined && choosesBuiltIn(draft, wanted)) {
    draft.builtInChoice = wanted.kind === "tool" ? { type: "tool", name: wanted.name } : { type: wanted.kind };
  } else if (draft.tools !== undefined) {
    applyChoice(draft, wanted);
  } else if (wanted.kind === "any" || wanted.kind === "tool") {
    throw noSuchTool(draft, "asks for a tool, but tools is empty");
  } else if (wanted.kind === "none" && draft.builtInTools !== undefined && !forbidNatively(draft)) {
    draft.builtInTools = undefined;
  }
}

/** True for one of Anthropic's own tools, and for any tool where only those are offered: Converse's choice knows nothing of them. */
function choosesBuiltIn(draft: TranslationDraft, wanted: WantedChoice): boolean {
  return wanted.kind === "tool"
    ? draft.builtInTools?.some((tool) => tool["name"] === wanted.name) === true
    : wanted.kind === "any" && draft.tools === undefined;
}

/** Only the allowed tools are offered, of Anthropic's own too. */
function allowedOnly(draft: TranslationDraft, allowed: ToolChoiceWish & { kind: "allowed" }): WantedChoice {
  const names = new Set(allowed.names.map((name) => sentToolName(draft, name)));
  const offered = draft.tools?.filter((tool) => tool.toolSpec === undefined || names.has(tool.toolSpec.name));
  const isOffered = offered?.some((tool) => tool.toolSpec !== undefined) === true;
  const given = new Set<unknown>(allowed.names);
  const builtIn = draft.builtInTools?.filter((tool) => given.has(tool["name"])) ?? [];
  if (!isOffered && builtIn.length === 0) {
    const path = draft.terms.allowedTools;
    throw invalidRequest(path, `${path} names none of the tools`);
  }
  draft.tools = isOffered ? offered : undefined;
  draft.builtInTools = builtIn.length === 0 ? undefined : builtIn;
  return { kind: allowed.isRequired ? "any" : "auto" };
}

function noSuchTool({ terms }: TranslationDraft, words: string): Error {
  return invalidRequest(terms.toolChoice, `${terms.toolChoice} ${words}`);
}

function applyChoice(draft: TranslationDraft, wanted: WantedChoice): void {
  const can = draft.model.can.toolChoice;
  switch (wanted.kind) {
    case "auto":
      // The default of every family: where the field is not taken, its absence means the same.
      draft.toolChoice = can.includes("auto") ? { auto: {} } : undefined;
      return;
    case "any":
      forceAny(draft);
      return;
    case "tool":
      forceTool(draft, sentToolName(draft, wanted.name));
      return;
    case "none":
      forbidTools(draft);
  }
}

function forceAny(draft: TranslationDraft): void {
  const can = draft.model.can.toolChoice;
  const only = draft.tools?.length === 1 ? draft.tools[0]?.toolSpec : undefined;
  if (can.includes("any")) {
    draft.toolChoice = { any: {} };
  } else if (can.includes("tool") && only !== undefined) {
    draft.toolChoice = { tool: { name: only.name } };
  } else {
    askFor(draft, only === undefined ? "one of the tools" : `the tool ${only.name}`);
  }
}

function forceTool(draft: TranslationDraft, name: string): void {
  const can = draft.model.can.toolChoice;
  const offered = draft.tools?.filter((tool) => tool.toolSpec?.name === name) ?? [];
  if (offered.length === 0) {
    throw noSuchTool(draft, "names a tool that is not in tools");
  }
  if (can.includes("tool")) {
    draft.toolChoice = { tool: { name } };
  } else if (can.includes("any")) {
    // The one tool that may be called, and must be.
    draft.tools = offered;
    draft.toolChoice = { any: {} };
  } else {
    // No other can be called, and this one is asked for.
    draft.tools = offered;
    askFor(draft, `the tool ${name}`);
  }
}

/**
 * Families whose tools nothing can force (Llama, Command R, Jamba, gpt-oss, Qwen: AWS refuses the choice, or has not been seen to take it) are
 * asked in words, as they are for no call. Whether they follow is theirs: the choice is named as one that was not kept.
 */
function askFor(draft: TranslationDraft, what: string): void {
  draft.instructions.push(`Call ${what} now. Do not answer in text.`);
  drop(draft, draft.terms.toolChoice);
}

/** Converse has no `none`, and wants the tools where the history has calls: there the model is asked to call none. */
function forbidTools(draft: TranslationDraft): void {
  if (forbidNatively(draft)) {
    return;
  }
  if (!draft.hasToolHistory) {
    draft.tools = undefined;
    draft.builtInTools = undefined;
    return;
  }
  draft.instructions.push("Do not call any tool now. Answer in text.");
  drop(draft, draft.terms.toolChoice);
}

/** True for Claude that holds its thinking against tools and system prompt: it gets Anthropic's own word, which changes neither. */
function forbidNatively(draft: TranslationDraft): boolean {
  if (draft.model.bindsThinking) {
    draft.builtInChoice = { type: "none" };
  }
  return draft.model.bindsThinking;
}

/**
 * Not to call tools in parallel is Claude's own field, beside the choice that Converse carries; no other family has one.
 * To be called when the choice is settled.
 */
export function translateParallelCalls(draft: TranslationDraft): void {
  if (draft.wishes.parallelToolCalls !== false || (draft.tools ?? draft.builtInTools) === undefined) {
    return;
  }
  if (draft.builtInChoice?.["type"] === "none") {
    return;
  }
  if (draft.model.family !== "anthropic") {
    drop(draft, draft.terms.parallelToolCalls);
    return;
  }
  draft.builtInChoice = { ...(draft.builtInChoice ?? nativeChoice(draft.toolChoice)), disable_parallel_tool_use: true };
}

function nativeChoice(choice: ToolChoice | undefined): JsonObject {
  if (choice?.tool !== undefined) {
    return { type: "tool", name: choice.tool.name };
  }
  return { type: choice?.any === undefined ? "auto" : "any" };
}

/** Puts Anthropic's own tools and choice where they travel. */
export function addBuiltIns(draft: TranslationDraft): void {
  if (draft.builtInTools !== undefined) {
    addAdditional(draft, ["tools"], draft.builtInTools);
  }
  if (draft.builtInChoice !== undefined) {
    const { toolChoice, parallelToolCalls } = draft.terms;
    setAdditional(
      draft,
      ["tool_choice"],
      draft.builtInChoice,
      draft.wishes.parallelToolCalls === false ? parallelToolCalls : toolChoice,
    );
  }
}

/** True when the model must call a tool, one of Anthropic's own included. */
export function mustCallTool(draft: TranslationDraft): boolean {
  const given = draft.given?.["tool_choice"];
  const choice = isJsonObject(given) ? given : draft.builtInChoice;
  return isForced(draft.toolChoice) || choice?.["type"] === "any" || choice?.["type"] === "tool";
}

/** True when Converse's choice forces a call. */
function isForced(choice: ToolChoice | undefined): boolean {
  return choice !== undefined && choice.auto === undefined;
}
