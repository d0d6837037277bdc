/** `tool_choice` and `parallel_tool_calls`, by what the model can do. */
import type { ToolChoice } from "../../converse/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { ChatRequest } from "./chat-request.ts";
import { invalidRequest } from "./request-fault.ts";
import { sentToolName } from "./tool-names.ts";
import { drop, setAdditional, type TranslationDraft } from "./translation-draft.ts";
import { nameUnread } from "./unread-fields.ts";

/** What the caller wants, free of spelling. */
type WantedChoice = { kind: "auto" | "any" | "none" } | { kind: "tool"; name: string };

export function translateToolChoice(draft: TranslationDraft): void {
  const given = draft.request.tool_choice;
  if (isJsonObject(given)) {
    nameUnreadOfChoice(draft, given);
  }
  const wanted = given === undefined || given === null ? undefined : wantedChoice(draft, given);
  if (wanted === undefined) {
    return;
  }
  if (draft.builtInTools !== undefined && choosesBuiltIn(draft, wanted)) {
    draft.builtInChoice = wanted.kind === "tool" ? { type: "tool", name: wanted.name } : { type: wanted.kind };
  } else if (draft.tools !== undefined) {
    applyChoice(draft, wanted);
  } else if (wanted.kind === "any" || wanted.kind === "tool") {
    throw invalidRequest("tool_choice", "tool_choice asks for a tool, but tools is empty");
  } else if (wanted.kind === "none") {
    draft.builtInTools = undefined;
  }
}

const ofChoice: ReadonlySet<string> = new Set(["type", "name", "function", "allowed_tools"]);
const ofCallee: ReadonlySet<string> = new Set(["name"]);
const ofAllowed: ReadonlySet<string> = new Set(["mode", "tools"]);

function nameUnreadOfChoice(draft: TranslationDraft, given: JsonObject): void {
  nameUnread(draft, given, ofChoice, "tool_choice");
  if (isJsonObject(given["function"])) {
    nameUnread(draft, given["function"], ofCallee, "tool_choice.function");
  }
  if (isJsonObject(given["allowed_tools"])) {
    nameUnread(draft, given["allowed_tools"], ofAllowed, "tool_choice.allowed_tools");
  }
}

/** True for one of Anthropic's own tools, and for any tool where only those are offered: Converse's choice knows nothing of them. */
function choosesBuiltIn(draft: TranslationDraft, wanted: WantedChoice): boolean {
  return wanted.kind === "tool"
    ? draft.builtInTools?.some((tool) => tool["name"] === wanted.name) === true
    : wanted.kind === "any" && draft.tools === undefined;
}

function wantedChoice(draft: TranslationDraft, given: string | JsonObject): WantedChoice {
  const type = typeof given === "string" ? given : given["type"];
  switch (typeof type === "string" ? type : undefined) {
    case "auto":
      return { kind: "auto" };
    case "none":
      return { kind: "none" };
    case "any":
    case "required":
      return { kind: "any" };
    case "allowed_tools":
      return allowedOnly(draft, (given as JsonObject)["allowed_tools"] as JsonObject);
    case undefined:
    default: {
      const holder = given as JsonObject;
      const callee = isJsonObject(holder["function"]) ? holder["function"] : holder;
      return { kind: "tool", name: callee["name"] as string };
    }
  }
}

/** Only the allowed tools are offered. */
function allowedOnly(draft: TranslationDraft, allowed: JsonObject): WantedChoice {
  const tools = allowed["tools"] as { function: { name: string } }[];
  const names = new Set(tools.map((tool) => sentToolName(draft, tool.function.name)));
  const offered = draft.tools?.filter((tool) => tool.toolSpec === undefined || names.has(tool.toolSpec.name));
  if (offered?.some((tool) => tool.toolSpec !== undefined) !== true) {
    throw invalidRequest("tool_choice.allowed_tools.tools", "tool_choice.allowed_tools.tools names none of the tools");
  }
  draft.tools = offered;
  return { kind: allowed["mode"] === "required" ? "any" : "auto" };
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
    drop(draft, "tool_choice");
  }
}

function forceTool(draft: TranslationDraft, name: string): void {
  const can = draft.model.can.toolChoice;
  const offered = draft.tools?.filter((tool) => tool.toolSpec?.name === name) ?? [];
  if (offered.length === 0) {
    throw invalidRequest("tool_choice", "tool_choice names a tool that is not in tools");
  }
  if (can.includes("tool")) {
    draft.toolChoice = { tool: { name } };
  } else if (can.includes("any")) {
    // The one tool that may be called, and must be.
    draft.tools = offered;
    draft.toolChoice = { any: {} };
  } else {
    drop(draft, "tool_choice");
  }
}

/** Converse has no `none`, and wants the tools where the history has calls: there the model is asked to call none. */
function forbidTools(draft: TranslationDraft): void {
  if (!draft.hasToolHistory) {
    draft.tools = undefined;
    draft.builtInTools = undefined;
    return;
  }
  draft.instructions.push("Do not call any tool now. Answer in text.");
  drop(draft, "tool_choice");
}

/**
 * `parallel_tool_calls: false` is Claude's own field, beside the choice that Converse carries; no other family has one.
 * To be called when the choice is settled.
 */
export function translateParallelCalls(draft: TranslationDraft): void {
  if (draft.request.parallel_tool_calls !== false || (draft.tools ?? draft.builtInTools) === undefined) {
    return;
  }
  if (draft.model.family !== "anthropic") {
    drop(draft, "parallel_tool_calls");
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
    setAdditional(draft, ["tools"], draft.builtInTools);
  }
  if (draft.builtInChoice !== undefined) {
    setAdditional(draft, ["tool_choice"], draft.builtInChoice);
  }
}

/** True for `none`, in either form. */
export function forbidsTools(choice: ChatRequest["tool_choice"]): boolean {
  return choice === "none" || (isJsonObject(choice) && choice["type"] === "none");
}

/** True when the model must call a tool, one of Anthropic's own included. */
export function mustCallTool(draft: TranslationDraft): boolean {
  return isForced(draft.toolChoice) || (draft.builtInChoice?.["type"] ?? "auto") !== "auto";
}

/** True when Converse's choice forces a call. */
export function isForced(choice: ToolChoice | undefined): boolean {
  return choice !== undefined && choice.auto === undefined;
}
