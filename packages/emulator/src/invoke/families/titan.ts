/** Amazon Titan Text. Shapes are recorded. */
import type { Exchange } from "../../generate/respond.ts";
import type { ResolvedModel } from "../../model-list/resolve-model.ts";
import { isRecord } from "../../validate/read-shape.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { lastTurn } from "../prompt-templates.ts";
import { closed, integer, listOf, number, string, type Schema } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { answerWords, endOf, samplingOf, textRequest } from "./text-answer.ts";

function schemaFor({ traits }: ResolvedModel): Schema {
  return closed(
    {
      inputText: { kind: "string", min: 1 },
      textGenerationConfig: closed({
        maxTokenCount: integer(0, traits.maxOutputTokens),
        temperature: number(0, 1),
        topP: number(0, 1),
        stopSequences: listOf(string),
      }),
    },
    ["inputText"],
  );
}

export const titan: NativeFamily = { read, rules: [], reply, chunks };

function read(body: NativeBody, model: ResolvedModel): NativeRead {
  const refusal = malformed(schemaFaults(body, schemaFor(model)));
  if (refusal !== undefined) return { refusal };
  const config = body["textGenerationConfig"];
  const limits = samplingOf(isRecord(config) ? config : {}, { maxTokens: "maxTokenCount", stop: "stopSequences" });
  return { request: textRequest(lastTurn("transcript", String(body["inputText"])), limits) };
}

function completionReason({ answer }: Exchange): string {
  if (answer.stopReason === "content_filtered") return "CONTENT_FILTERED";
  return endOf(answer, { length: "LENGTH", stop: "STOP_CRITERIA_MET", end: "FINISH" });
}

function reply(exchange: Exchange): object {
  const { answer, prompt } = exchange;
  const outputText = `\n${answerWords(answer)}`;
  return {
    inputTextTokenCount: prompt.input,
    results: [{ tokenCount: answer.outputTokens, outputText, completionReason: completionReason(exchange) }],
  };
}

/** One chunk holds it all (recorded). */
function chunks(exchange: Exchange): object[] {
  const { answer, prompt } = exchange;
  return [
    {
      outputText: `\n${answerWords(answer)}`,
      index: 0,
      totalOutputTextTokenCount: answer.outputTokens,
      completionReason: completionReason(exchange),
      inputTextTokenCount: prompt.input,
    },
  ];
}
