/** The output items of a response. Shapes are recorded: gpt-oss tells its reasoning in words, GPT-5 sealed. */
import type { AnswerBlock } from "../../generate/answer.ts";
import type { Exchange } from "../../generate/respond.ts";
import { digestOf } from "../../generate/random.ts";

export interface OutputItem {
  type: "reasoning" | "message" | "function_call";
  id: string;
  /** What the item says: reasoning, text, or arguments. */
  words: string;
  /** Of a function call. */
  name?: string;
  callId?: string;
  /** Of sealed reasoning. */
  sealed?: string;
}

/** True for the models that OpenAI keeps closed. */
export function isClosedModel(modelId: string): boolean {
  return /^(openai\.gpt-5|xai\.)/.test(modelId);
}

export function outputItems(exchange: Exchange, include: readonly string[]): OutputItem[] {
  const { answer, asker, random } = exchange;
  const isClosed = isClosedModel(asker.modelId);
  const hex = (length: number) => digestOf(random.number(2 ** 31)).slice(0, length);
  let calls = 0;
  return answer.blocks.flatMap((block): OutputItem[] => {
    switch (block.kind) {
      case "reasoning":
        return reasoningItem(block, { isClosed, include, hex });
      case "text":
        return [{ type: "message", id: `msg_${hex(isClosed ? 32 : 16)}`, words: block.text }];
      case "toolUse": {
        // Recorded: GPT-5 counts its calls anew in every response.
        const callId = isClosed ? `call_${calls}` : `call_${hex(24)}`;
        calls += 1;
        return [
          { type: "function_call", id: `fc_${hex(32)}`, words: JSON.stringify(block.input), name: block.name, callId },
        ];
      }
      case "citations":
      case "redacted":
      case "systemResult":
        return [];
    }
  });
}

function reasoningItem(
  { text }: AnswerBlock & { kind: "reasoning" },
  { isClosed, include, hex }: { isClosed: boolean; include: readonly string[]; hex: (length: number) => string },
): OutputItem[] {
  if (!isClosed) return [{ type: "reasoning", id: `msg_${hex(16)}`, words: text }];
  const sealed = `rsn_${Buffer.from(`[emulator] ${hex(64)}`).toString("base64")}`;
  const isAsked = include.includes("reasoning.encrypted_content");
  return [{ type: "reasoning", id: `rs_${hex(32)}`, words: "", ...(isAsked && { sealed }) }];
}

/** The finished item, as it stands in the response. */
export function itemOf(item: OutputItem, modelId: string): object {
  const isClosed = isClosedModel(modelId);
  switch (item.type) {
    case "reasoning":
      return isClosed
        ? {
            ...(item.sealed !== undefined && { encrypted_content: item.sealed }),
            id: item.id,
            summary: [],
            type: "reasoning",
          }
        : {
            content: [{ text: item.words, type: "reasoning_text" }],
            id: item.id,
            status: "completed",
            summary: [],
            type: "reasoning",
          };
    case "message":
      return {
        content: [{ annotations: [], ...(isClosed && { logprobs: [] }), text: item.words, type: "output_text" }],
        id: item.id,
        ...(isClosed && { phase: "final_answer" }),
        role: "assistant",
        status: "completed",
        type: "message",
      };
    case "function_call":
      return {
        arguments: item.words,
        call_id: item.callId,
        id: item.id,
        name: item.name,
        status: "completed",
        type: "function_call",
      };
  }
}
