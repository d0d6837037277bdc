/** Every call of a turn gets its result in the next turn, and nothing else does. */
import type { Call, Rule, Turn } from "./call.ts";
import { invalid, type Refusal } from "./refusal.ts";

export const toolTurnRules: readonly Rule[] = [distinct, answered, apart];

/** In AWS's words, as users of other gateways report them. */
function distinct({ turns }: Call): Refusal | undefined {
  for (const { path, blocks } of turns) {
    for (const kind of ["toolUse", "toolResult"] as const) {
      const ids = blocks.flatMap(({ block }) => block[kind]?.toolUseId ?? []);
      const twice = repeated(ids);
      if (twice.size > 0)
        return invalid(`The ${kind} blocks at ${path} contain duplicate Ids: ${[...twice].join(", ")}`);
    }
  }
  return undefined;
}

/** What comes more than once. */
function repeated(ids: readonly string[]): ReadonlySet<string> {
  const [seen, twice] = [new Set<string>(), new Set<string>()];
  for (const id of ids) (seen.has(id) ? twice : seen).add(id);
  return twice;
}

function answered({ turns }: Call): Refusal | undefined {
  const talk = turns.filter((turn) => turn.role !== "system");
  for (const [index, turn] of talk.entries()) {
    const calls = turn.role === "assistant" ? openCalls(turn) : [];
    const next = talk[index + 1];
    const refusal = next === undefined && calls.length === 0 ? undefined : matched(calls, next, turn);
    if (refusal !== undefined) return refusal;
  }
  const [first] = talk;
  return first === undefined ? undefined : matched([], first, first);
}

/** Ids called in an assistant's turn. What AWS's own tools did is answered within the same turn. */
function openCalls(turn: Turn): string[] {
  const done = new Set(resultIds(turn));
  return turn.blocks.flatMap(({ block }) =>
    block.toolUse === undefined || block.toolUse.type === "server_tool_use" || done.has(block.toolUse.toolUseId)
      ? []
      : [block.toolUse.toolUseId],
  );
}

function resultIds(turn: Turn): string[] {
  return turn.blocks.flatMap(({ block }) => (block.toolResult === undefined ? [] : [block.toolResult.toolUseId]));
}

function matched(calls: readonly string[], next: Turn | undefined, turn: Turn): Refusal | undefined {
  const results = next === undefined || next.role === "assistant" ? [] : resultIds(next);
  const path = next?.path ?? `messages.${turn.index + 1}.content`;
  if (results.length > calls.length)
    return invalid(`The number of toolResult blocks at ${path} exceeds the number of toolUse blocks of previous turn.`);
  const answers = new Set(results);
  const missing = calls.filter((id) => !answers.has(id));
  return missing.length === 0
    ? undefined
    : invalid(`Expected toolResult blocks at ${path} for the following Ids: ${missing.join(", ")}`);
}

/** Llama, Mistral and Writer keep tool blocks and talk in turns of their own. */
function apart({ turns, traits }: Call): Refusal | undefined {
  for (const { role, path, blocks } of turns) {
    const talks = blocks.some(
      ({ block }) => block.toolUse === undefined && block.toolResult === undefined && block.cachePoint === undefined,
    );
    if (!talks) continue;
    if (role === "assistant" && !traits.textBesideToolUse && blocks.some(({ block }) => block.toolUse !== undefined))
      return mixed(path, "tool use");
    if (role === "user" && !traits.textBesideToolResult && blocks.some(({ block }) => block.toolResult !== undefined))
      return mixed(path, "tool result");
  }
  return undefined;
}

function mixed(path: string, kind: string): Refusal {
  return invalid(`${path}: Conversation blocks and ${kind} blocks cannot be provided in the same turn.`);
}
