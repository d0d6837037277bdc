/** AI21's Jurassic-2. Shapes are recorded: the reply tells every token of prompt and answer. It has no streams. */
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { lastTurn } from "../prompt-templates.ts";
import { any, closed, integer, listOf, number, string } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { answerWords, endOf, promptOf, samplingOf, textRequest } from "./text-answer.ts";

const schema = closed(
  {
    prompt: string,
    maxTokens: integer(0, 8191),
    temperature: number(0, 1),
    topP: number(0, 1),
    stopSequences: listOf(string),
    numResults: integer(1, 16),
    minTokens: integer(0),
    topKReturn: integer(0),
    countPenalty: any,
    presencePenalty: any,
    frequencyPenalty: any,
  },
  ["prompt"],
);

export const jurassic: NativeFamily = { read, rules: [], reply };

function read(body: NativeBody): NativeRead {
  const refusal = malformed(schemaFaults(body, schema));
  if (refusal !== undefined) return { refusal };
  const limits = samplingOf(body, { maxTokens: "maxTokens", stop: "stopSequences" });
  return { request: textRequest(lastTurn("transcript", String(body["prompt"])), limits) };
}

function reply({ answer, call }: Exchange): object {
  const prompt = promptOf(call);
  const text = `\n${answerWords(answer)}`;
  const reason = endOf(answer, { length: "length", stop: "stop", end: "endoftext" });
  return {
    id: 1234,
    prompt: { text: prompt, tokens: tokensOfText(prompt) },
    completions: [{ data: { text, tokens: tokensOfText(text) }, finishReason: { reason } }],
  };
}

function tokensOfText(text: string): object[] {
  let start = 0;
  return textPieces(text).map((piece) => {
    const textRange = { start, end: start + piece.length };
    start = textRange.end;
    const logprob = -piece.length / 4;
    return {
      generatedToken: { token: piece.replaceAll(" ", "▁"), logprob, raw_logprob: logprob },
      topTokens: null,
      textRange,
    };
  });
}
