/** Cohere's Command, which takes a prompt. Shapes are recorded. */
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { lastTurn } from "../prompt-templates.ts";
import { any, boolean, choice, closed, integer, listOf, number, string } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { answerWords, endOf, promptOf, samplingOf, textRequest } from "./text-answer.ts";
import { uuidFrom } from "./ids.ts";

const schema = closed(
  {
    prompt: string,
    max_tokens: integer(1, 4096),
    temperature: number(0, 5),
    p: number(0, 1),
    k: number(0, 500),
    stop_sequences: listOf(string),
    num_generations: integer(1, 5),
    return_likelihoods: choice("GENERATION", "ALL", "NONE"),
    stream: boolean,
    logit_bias: any,
    truncate: choice("NONE", "START", "END"),
  },
  ["prompt"],
);

export const command: NativeFamily = { read, rules: [], reply, chunks };

function read(body: NativeBody): NativeRead {
  const refusal = malformed(schemaFaults(body, schema));
  if (refusal !== undefined) return { refusal };
  const limits = samplingOf(body, { maxTokens: "max_tokens", stop: "stop_sequences" });
  const request = textRequest(lastTurn("transcript", String(body["prompt"])), limits);
  // What the stream needs of the body beside the prompt.
  const { stream, num_generations: generations } = body;
  return {
    request: {
      ...request,
      additionalModelRequestFields: {
        ...request.additionalModelRequestFields,
        stream: stream === true,
        generations: Number(generations ?? 1),
      },
    },
  };
}

function finishReason({ answer }: Exchange): string {
  return endOf(answer, { length: "MAX_TOKENS", stop: "COMPLETE", end: "COMPLETE" });
}

function generationCount({ call }: Exchange): number {
  return Number(call.request.additionalModelRequestFields?.["generations"] ?? 1);
}

function reply(exchange: Exchange): object {
  const { call, random } = exchange;
  const text = ` ${answerWords(exchange.answer)}`;
  return {
    id: uuidFrom(random),
    generations: Array.from({ length: generationCount(exchange) }, () => ({
      id: uuidFrom(random),
      text,
      finish_reason: finishReason(exchange),
    })),
    prompt: promptOf(call),
  };
}

/** Recorded: without `stream: true` in the body the one chunk is the whole reply; `index` comes with several generations. */
function chunks(exchange: Exchange): object[] {
  if (exchange.call.request.additionalModelRequestFields?.["stream"] !== true) return [reply(exchange)];
  const count = generationCount(exchange);
  const pieces = textPieces(` ${answerWords(exchange.answer)}`);
  return [
    ...pieces.flatMap((text) =>
      Array.from({ length: count }, (_, index) => ({ ...(count > 1 && { index }), is_finished: false, text })),
    ),
    { finish_reason: finishReason(exchange), is_finished: true },
  ];
}
