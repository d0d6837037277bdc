/** AI21's Jamba: a chat completion with habits of its own. Shapes are recorded. */
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import { finishReason } from "../../openai-chat/write.ts";
import type { NativeFamily } from "../native-family.ts";
import { readChat } from "./chat.ts";
import { uuidFrom } from "./ids.ts";
import { answerWords } from "./text-answer.ts";

export const jamba: NativeFamily = { read: readChat, rules: [], reply, chunks, metricsApart: true };

function usageAfter({ prompt, answer }: Exchange, completion = answer.outputTokens): object {
  return {
    prompt_tokens: prompt.input,
    total_tokens: prompt.input + completion,
    completion_tokens: completion,
  };
}

function toolCallsOf({ answer }: Exchange): object[] | null {
  const calls = answer.blocks.flatMap((block) =>
    block.kind === "toolUse"
      ? [{ id: block.id, type: "function", function: { name: block.name, arguments: JSON.stringify(block.input) } }]
      : [],
  );
  return calls.length === 0 ? null : calls;
}

function metaOf({ latencyMs }: Exchange): object {
  return { requestDurationMillis: latencyMs };
}

function reply(exchange: Exchange): object {
  const content = ` ${answerWords(exchange.answer)}`;
  const message = { role: "assistant", content, tool_calls: toolCallsOf(exchange) };
  return {
    id: `chatcmpl-${uuidFrom(exchange.random)}`,
    choices: [{ index: 0, message, finish_reason: finishReason(exchange) }],
    usage: usageAfter(exchange),
    meta: metaOf(exchange),
    model: exchange.call.model.baseId.replace(/^ai21\.jamba-(\d+)-(\d+)-(\w+)-v.*$/, "jamba-$1.$2-$3"),
  };
}

/** The token that ends a turn, which the last chunk tells (recorded). */
const endOfTurn = 518;

function chunks(exchange: Exchange): object[] {
  const id = `chatcmpl-${uuidFrom(exchange.random)}`;
  const total = exchange.answer.outputTokens;
  const pieces = textPieces(` ${answerWords(exchange.answer)}`);
  const calls = toolCallsOf(exchange);
  const chunk = (delta: object, completion: number) => ({
    id,
    choices: [{ index: 0, delta, finish_reason: null }],
    usage: usageAfter(exchange, completion),
  });
  const reason = finishReason(exchange);
  return [
    chunk({ role: "assistant", content: "" }, 0),
    ...pieces.map((content, index) => chunk({ content }, Math.min(index + 1, total))),
    ...(calls === null ? [] : [chunk({ tool_calls: calls.map((call, index) => ({ index, ...call })) }, total)]),
    {
      id,
      choices: [
        {
          index: 0,
          delta: { content: "" },
          finish_reason: reason,
          ...(reason === "stop" && { stop_reason: endOfTurn }),
        },
      ],
      usage: usageAfter(exchange),
      meta: metaOf(exchange),
    },
  ];
}
