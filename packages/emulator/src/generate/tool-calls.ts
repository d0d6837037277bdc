/** When the model calls tools, which, and with what. */
import type { ToolSpecification } from "@adit/bedrock";
import { additionalField, type Call } from "../validate/call.ts";
import { isRecord } from "../validate/read-shape.ts";
import type { AnswerBlock } from "./answer.ts";
import { callCount, lastResults, lastUserText, systemTools, toolNames, toolSpecs } from "./prompt.ts";
import type { Random } from "./random.ts";
import { newBudget, valueFor } from "./schema-value.ts";

/** Families seen to call several tools in one turn. */
const parallelFamilies = new Set(["claude", "nova", "kimi", "qwen", "mistral", "glm", "deepseek", "minimax"]);

/** Letters that names of tools are looked for in, all tools together: a hundred thousand tools and a text of megabytes would take minutes. */
const mostLooks = 50_000_000;

/**
 * Tool calls of this answer. A forced choice always calls. Otherwise a tool is called when the caller spoke last, and never right after a tool result, so
 * that a loop of calls ends: where the choice is `any`, what has not been called yet is called then, such as the tool that takes an agent's answer. And not
 * where the text says `no tools`. The tools that the text names are called, else the first. Where the text asks for `two`, `both`, `twice` or `parallel`,
 * families that call in parallel do so.
 */
export function toolCalls(call: Call, random: Random): AnswerBlock[] {
  const [budget, before] = [newBudget(), callCount(call)];
  return toolsToCall(call).map((tool, index) => {
    const input = valueFor(tool.inputSchema.json, random, index === 0 ? "" : ` ${index + 1}`, budget);
    return {
      kind: "toolUse",
      id: toolUseId(call, tool.name, { random, index: before + index }),
      name: tool.name,
      input: isRecord(input) ? input : {},
      ...(repliesWithType(call) ? { type: "tool_use" } : {}),
    };
  });
}

/**
 * Ids as recorded: `tooluse_` and 22 letters and digits; Kimi's have the name and count the calls of the whole conversation, as its hosts do:
 * `index` is the number of those before.
 */
export function toolUseId(call: Call, name: string, { random, index }: { random: Random; index: number }): string {
  if (call.traits.family !== "kimi") return `tooluse_${random.id(22)}`;
  return `functions.${name}:${index}`.slice(0, 64);
}

/** Recorded: newer Claude says `type`, Nova 2 only beside tools of AWS's own. */
function repliesWithType(call: Call): boolean {
  return call.traits.toolUseType || (call.traits.family === "nova" && systemTools(call).length > 0);
}

function toolsToCall(call: Call): ToolSpecification[] {
  const tools = offered(call);
  const [first] = tools;
  const text = lastUserText(call).toLowerCase();
  const choice = call.request.toolConfig?.toolChoice;
  if (choice?.tool !== undefined)
    return toolSpecs(call)
      .filter(({ name }) => name === choice.tool.name)
      .slice(0, 1);
  if (first === undefined || (choice?.any === undefined && !wantsTool(call, text))) return [];
  const looked = text.slice(0, Math.ceil(mostLooks / tools.length));
  const named = tools.filter(({ name }) => looked.includes(name.toLowerCase()));
  const isParallel = mayCallInParallel(call) && /\b(two|both|twice|parallel)\b/.test(text);
  if (!isParallel) return [named[0] ?? first];
  return named.length > 1 ? named : [named[0] ?? first, named[0] ?? tools[1] ?? first];
}

/** Right after a result those that have not been called, where there are such. */
function offered(call: Call): ToolSpecification[] {
  const tools = toolSpecs(call);
  if (lastResults(call).length === 0) return tools;
  const called = new Set(toolNames(call).values());
  const others = tools.filter(({ name }) => !called.has(name));
  return others.length === 0 ? tools : others;
}

function wantsTool(call: Call, text: string): boolean {
  const spokeLast = call.turns.at(-1)?.role === "user" && lastResults(call).length === 0;
  return spokeLast && systemTools(call).length === 0 && !text.includes("no tools") && !mayNotCall(call);
}

/** Claude's own word, for which Converse has none. */
function mayNotCall(call: Call): boolean {
  const choice = additionalField(call, "tool_choice");
  return isRecord(choice) && choice["type"] === "none";
}

function mayCallInParallel(call: Call): boolean {
  const choice = additionalField(call, "tool_choice");
  const isDisabled = isRecord(choice) && choice["disable_parallel_tool_use"] === true;
  return parallelFamilies.has(call.traits.family) && !isDisabled;
}
