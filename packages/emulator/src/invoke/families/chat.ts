/** Families whose native body is OpenAI's chat completion: gpt-oss, Qwen, DeepSeek V3, Mistral from Large 2 on, MiniMax, Moonshot, Z.ai, NVIDIA, Gemma, Writer. */
import type { Exchange } from "../../generate/respond.ts";
import { chatRequest } from "../../openai-chat/read.ts";
import { chatSchema } from "../../openai-chat/schema.ts";
import { chatChunks, chatReply, finishReason, type ChatHabits } from "../../openai-chat/write.ts";
import type { ResolvedModel } from "../../model-list/resolve-model.ts";
import { mediaRules } from "../../validate/media-rules.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { schemaFaults } from "../schema-faults.ts";
import { answerWords } from "./text-answer.ts";

/** The family of the open models. */
export const chat: NativeFamily = { read: readChat, rules: mediaRules, reply, chunks };

/** Writer's Palmyra ends its stream with OpenAI's mark as a chunk (langchain-aws guards against it). */
export const palmyra: NativeFamily = { ...chat, closing: "[DONE]" };

export function readChat(body: NativeBody): NativeRead {
  const refusal = malformed(schemaFaults(body, chatSchema));
  return refusal === undefined ? { request: chatRequest(body) } : { refusal };
}

function habitsOf({ traits }: ResolvedModel): ChatHabits {
  return { reasoning: traits.family === "gpt-oss" ? "tags" : "member", serviceTier: "auto" };
}

function reply(exchange: Exchange): object {
  return chatReply(exchange, habitsOf(exchange.call.model));
}

function chunks(exchange: Exchange): object[] {
  return chatChunks(exchange, habitsOf(exchange.call.model));
}

/** Mistral Large 2 (2407): choices alone, and `stop_reason` (AWS's page of the model). */
export const mistralLarge2: NativeFamily = {
  read: readChat,
  rules: mediaRules,
  reply: (exchange) => ({ choices: [mistralChoice(exchange)] }),
  chunks: (exchange) =>
    chatChunks(exchange, habitsOf(exchange.call.model)).map((chunk) => ({
      choices: deltasOf(chunk).map(mistralDelta),
    })),
};

function mistralChoice(exchange: Exchange): object {
  const calls = exchange.answer.blocks.flatMap((block) =>
    block.kind === "toolUse"
      ? [{ id: block.id, function: { name: block.name, arguments: JSON.stringify(block.input) } }]
      : [],
  );
  const message = {
    role: "assistant",
    content: answerWords(exchange.answer),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return { index: 0, message, stop_reason: finishReason(exchange) };
}

interface Delta {
  index: number;
  delta: object;
  finish_reason: string | null;
}

function deltasOf(chunk: object): Delta[] {
  return (chunk as { choices: Delta[] }).choices;
}

function mistralDelta({ index, delta, finish_reason: reason }: Delta): object {
  return { index, message: delta, stop_reason: reason };
}
