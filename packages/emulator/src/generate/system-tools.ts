/** Tools that AWS runs itself (Nova 2): the call and its result stand in the same answer. Shapes are recorded. */
import type { Call } from "../validate/call.ts";
import type { AnswerBlock } from "./answer.ts";
import { lastResults, lastUserText, systemTools } from "./prompt.ts";
import type { Random } from "./random.ts";
import { toolUseId } from "./tool-calls.ts";
import { firstCharacters } from "./tokens.ts";

/** Blocks of the first system tool offered, where the caller spoke last. */
export function systemToolBlocks(call: Call, random: Random): AnswerBlock[] {
  const [name] = systemTools(call);
  if (name === undefined || lastResults(call).length > 0) return [];
  const id = toolUseId(call, name, { random, index: 0 });
  const prompt = lastUserText(call);
  const run = name === "nova_grounding" ? search(prompt) : compute(prompt);
  return [
    { kind: "toolUse", id, name, input: run.input, type: "server_tool_use" },
    { kind: "systemResult", id, type: `${name}_result`, content: run.content },
  ];
}

/** The source that a search found, as a citation without text, which stands after the text that it supports. */
export function groundingCitation(call: Call): AnswerBlock[] {
  if (!systemTools(call).includes("nova_grounding") || lastResults(call).length > 0) return [];
  return [
    {
      kind: "citations",
      citations: [{ location: { web: { domain: "example.com", url: "https://example.com/emulator" } } }],
    },
  ];
}

function search(prompt: string) {
  return { input: { query: firstCharacters(prompt, 100) }, content: { text: "[HIDDEN]" } };
}

/** Looks at the beginning alone: the search is slow on long rows of digits. */
function compute(prompt: string) {
  const [snippet, left, operator, right] =
    /(\d+(?:\.\d+)?)\s*([-+*/])\s*(\d+(?:\.\d+)?)/.exec(firstCharacters(prompt, 500)) ?? [];
  const stdOut = snippet === undefined ? "emulator" : String(result(Number(left), operator ?? "+", Number(right)));
  return {
    input: { snippet: snippet ?? 'print("emulator")' },
    content: { json: { exitCode: 0, isError: false, stdErr: "", stdOut } },
  };
}

function result(left: number, operator: string, right: number): number {
  if (operator === "*") return left * right;
  if (operator === "/") return left / right;
  return operator === "-" ? left - right : left + right;
}
