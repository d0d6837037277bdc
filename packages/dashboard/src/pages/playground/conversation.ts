/** What was said in a column, as the turns of the next request. */
import type { Answer, ChatTurn, Part, ToolCall } from "./chat-call.ts";

export interface ToolResult {
  id: string;
  name: string;
  content: string;
}

/** A question of the reader's, or what the tools gave that the model called. */
export type Asked =
  | { kind: "question"; content: string | Part[] }
  | { kind: "results"; results: readonly ToolResult[] };

interface Said {
  asked: Asked;
  answer: Answer;
  error: unknown;
}

/** Thinking is not sent back: it is the model's own. A call of a tool that nobody answered is left out, for AWS takes none without its result. */
export function turnsOf(exchanges: readonly Said[], asked: Asked): ChatTurn[] {
  const good = exchanges.filter(({ answer, error }) => error === undefined && isSomething(answer));
  const before = good.flatMap(({ asked: question, answer }, index): ChatTurn[] => {
    const next = good[index + 1]?.asked ?? asked;
    const isAnswered = next.kind === "results";
    if (answer.text === "" && !isAnswered) return [];
    return [...turnsOfAsked(question), assistantTurn(answer, isAnswered)];
  });
  return [...before, ...turnsOfAsked(asked)];
}

const isSomething = ({ text, toolCalls }: Answer) => text !== "" || toolCalls.length > 0;

function turnsOfAsked(asked: Asked): ChatTurn[] {
  if (asked.kind === "question") return [{ role: "user", content: asked.content }];
  return asked.results.map(({ id, content }): ChatTurn => ({ role: "tool", tool_call_id: id, content }));
}

function assistantTurn({ text, toolCalls }: Answer, isAnswered: boolean): ChatTurn {
  return {
    role: "assistant",
    content: text === "" ? null : text,
    ...(isAnswered && toolCalls.length > 0 && { tool_calls: toolCalls.map(wireCall) }),
  };
}

const wireCall = ({ id, name, arguments: given }: ToolCall) => ({
  id,
  type: "function" as const,
  function: { name, arguments: given },
});
