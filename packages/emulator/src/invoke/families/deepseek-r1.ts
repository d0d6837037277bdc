/** DeepSeek-R1: a prompt in, a text out that begins with the model's thinking and ends it by `</think>`. Source: AWS's page of the model. */
import type { Answer } from "../../generate/answer.ts";
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { lastTurn } from "../prompt-templates.ts";
import { closed, integer, listOf, number, string } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { answerReasoning, answerWords, endOf, samplingOf, textRequest } from "./text-answer.ts";

const schema = closed(
  {
    prompt: string,
    max_tokens: integer(1, 32_768),
    temperature: number(0, 1),
    top_p: number(0, 1),
    stop: listOf(string, { max: 10 }),
  },
  ["prompt"],
);

export const deepseekR1: NativeFamily = { read, rules: [], reply, chunks };

function read(body: NativeBody): NativeRead {
  const refusal = malformed(schemaFaults(body, schema));
  if (refusal !== undefined) return { refusal };
  const limits = samplingOf(body, { maxTokens: "max_tokens", stop: "stop" });
  return { request: textRequest(lastTurn("deepseek", String(body["prompt"])), limits) };
}

/** A limit reached while the model thinks leaves the thinking open. */
function wholeText(answer: Answer): string {
  const [reasoning, words] = [answerReasoning(answer), answerWords(answer)];
  if (reasoning === "") return words;
  return words === "" ? reasoning : `${reasoning}\n</think>\n\n${words}`;
}

function stopReason({ answer }: Exchange): string {
  return endOf(answer, { length: "length", stop: "stop", end: "stop" });
}

function reply(exchange: Exchange): object {
  return { choices: [{ text: wholeText(exchange.answer), stop_reason: stopReason(exchange) }] };
}

function chunks(exchange: Exchange): object[] {
  const pieces = [...textPieces(wholeText(exchange.answer)), ""];
  return pieces.map((text, index) => ({
    choices: [{ text, stop_reason: index === pieces.length - 1 ? stopReason(exchange) : null }],
  }));
}
