/** Mistral's models of 2023 and 2024 that take a prompt: 7B, Mixtral, Large and Small of 2402. Shapes are recorded. */
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { lastTurn } from "../prompt-templates.ts";
import { closed, integer, listOf, number, string } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { answerWords, endOf, samplingOf, textRequest } from "./text-answer.ts";

const schema = closed(
  {
    prompt: string,
    max_tokens: integer(1, 8192),
    temperature: number(0, 1),
    top_p: number(0, 1),
    top_k: integer(0),
    stop: listOf(string, { max: 10 }),
  },
  ["prompt"],
);

export const mistralText: NativeFamily = { read, rules: [], reply, chunks };

function read(body: NativeBody): NativeRead {
  const refusal = malformed(schemaFaults(body, schema));
  if (refusal !== undefined) return { refusal };
  const limits = samplingOf(body, { maxTokens: "max_tokens", stop: "stop" });
  return { request: textRequest(lastTurn("inst", String(body["prompt"])), limits) };
}

function stopReason({ answer }: Exchange): string {
  return endOf(answer, { length: "length", stop: "stop", end: "stop" });
}

function reply(exchange: Exchange): object {
  return { outputs: [{ text: ` ${answerWords(exchange.answer)}`, stop_reason: stopReason(exchange) }] };
}

function chunks(exchange: Exchange): object[] {
  const pieces = textPieces(` ${answerWords(exchange.answer)}`);
  return pieces.map((text, index) => ({
    outputs: [{ text, stop_reason: index === pieces.length - 1 ? stopReason(exchange) : null }],
  }));
}
