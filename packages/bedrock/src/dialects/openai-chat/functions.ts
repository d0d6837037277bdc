/** OpenAI's older form of tools: `functions` and `function_call`, and answers that hold one call, without an id. */
import { isJsonObject, type JsonValue } from "../../json.ts";
import { checkName, needObject, needString } from "../translation/fields/check-field.ts";
import { wrongType } from "../translation/fields/request-fault.ts";
import { drop, type TranslationDraft } from "../translation/translation-draft.ts";
import type { ToolChoiceWish } from "../translation/wishes.ts";
import type { ChatMessage, ChatRequest, ChatTool } from "./chat-request.ts";
import { checkFunction } from "./check-tools.ts";

/** Checks the list. */
export function checkFunctions(value: JsonValue, path: string): void {
  if (!Array.isArray(value)) {
    throw wrongType(path, "a list of functions", value);
  }
  value.forEach((callee, index) => checkFunction(needObject(callee, `${path}[${index}]`), `${path}[${index}]`));
}

/** `auto`, `none`, or the one that must be called. */
export function checkFunctionChoice(value: JsonValue, path: string): void {
  if (typeof value === "string") {
    checkName(value, path, ["auto", "none"]);
  } else {
    needString(needObject(value, path)["name"], `${path}.name`);
  }
}

/** The tools offered, and the name of the list that they stand in. */
export function offeredIn({ tools, functions }: ChatRequest): {
  list: "tools" | "functions";
  tools: readonly ChatTool[];
} {
  const offered = tools ?? [];
  return offered.length > 0
    ? { list: "tools", tools: offered }
    : { list: "functions", tools: (functions ?? []).map((callee) => ({ type: "function", function: callee })) };
}

/** True for a caller who knows the older form alone: one who offers functions, or goes on where they were called. */
export function speaksOfFunctions(request: ChatRequest): boolean {
  const { list, tools } = offeredIn(request);
  return list === "functions" && (tools.length > 0 || request.messages.some(isOfFunction));
}

function isOfFunction({ role, function_call }: ChatMessage): boolean {
  return role === "function" || isJsonObject(function_call);
}

export function functionChoiceOf(given: string | { name: string } | undefined): ToolChoiceWish | undefined {
  if (given === undefined) {
    return undefined;
  }
  if (typeof given !== "string") {
    return { kind: "tool", name: given.name };
  }
  return { kind: given === "none" ? "none" : "auto" };
}

/**
 * Its answers hold one call: a model that can be told to make no more is told so. Of another's the first call is the answer's, and the others
 * are named. Where the request says the same in both forms, the newer one counts.
 */
export function settleFunctions(draft: TranslationDraft, request: ChatRequest): void {
  if (speaksOfFunctions(request) && draft.model.family === "anthropic") {
    draft.wishes.parallelToolCalls ??= false;
  }
  if ((request.tools ?? []).length > 0 && (request.functions ?? []).length > 0) {
    drop(draft, "functions");
  }
  const choice = request.tool_choice ?? undefined;
  if (choice !== undefined && (request.function_call ?? undefined) !== undefined) {
    drop(draft, "function_call");
  }
}
