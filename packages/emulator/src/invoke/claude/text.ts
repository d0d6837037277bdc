/** Claude's first API: a prompt of `Human:` and `Assistant:` turns, which Claude 2 and Instant take. */
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import type { ResolvedModel } from "../../model-list/resolve-model.ts";
import { invalid } from "../../validate/refusal.ts";
import { answerWords, endOf, samplingOf, textRequest } from "../families/text-answer.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { lastTurn } from "../prompt-templates.ts";
import { closed, integer, listOf, number, string } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { claudeName } from "./reply.ts";

const schema = closed(
  {
    prompt: string,
    max_tokens_to_sample: integer(1),
    temperature: number(0, 1),
    top_p: number(0, 1),
    top_k: integer(0),
    stop_sequences: listOf(string),
    anthropic_version: string,
  },
  ["prompt", "max_tokens_to_sample"],
);

export const claudeText: NativeFamily = { read: readText, rules: [], reply: textReply, chunks: textChunks };

function readText(body: NativeBody, model: ResolvedModel): NativeRead {
  if (!/claude-(instant|v1|v2)/.test(model.baseId))
    return {
      refusal: invalid(
        `"${claudeName(model.baseId)}" is not supported on this API. Please use the Messages API instead.`,
      ),
    };
  const refusal = malformed(schemaFaults(body, schema));
  if (refusal !== undefined) return { refusal };
  const prompt = String(body["prompt"]);
  // Recorded: the turns need no empty lines before them.
  const human = prompt.indexOf("Human:");
  if (human === -1 || !prompt.includes("Assistant:", human))
    return {
      refusal: invalid(
        'Invalid prompt: prompt must start with "\n\nHuman:" turn, prompt must end with "\n\nAssistant:" turn',
      ),
    };
  const limits = samplingOf(body, { maxTokens: "max_tokens_to_sample", stop: "stop_sequences" });
  return { request: textRequest(lastTurn("claude", prompt), limits) };
}

/** Recorded: a stop at the end of a turn says `\n\nHuman:`. */
function endingOf({ answer }: Exchange): object {
  const reason = endOf(answer, { length: "max_tokens", stop: "stop_sequence", end: "stop_sequence" });
  return { stop_reason: reason, stop: reason === "max_tokens" ? null : (answer.stopSequence ?? "\n\nHuman:") };
}

function textReply(exchange: Exchange): object {
  return { completion: ` ${answerWords(exchange.answer)}`, ...endingOf(exchange) };
}

function textChunks(exchange: Exchange): object[] {
  const pieces = textPieces(` ${answerWords(exchange.answer)}`);
  const running = pieces.map((completion) => ({ completion, stop_reason: null, stop: null }));
  return [...running.slice(0, -1), { completion: pieces.at(-1) ?? "", ...endingOf(exchange) }];
}
