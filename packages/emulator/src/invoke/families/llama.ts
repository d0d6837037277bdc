/** Meta's Llama 2 to 4. Shapes are recorded; images are those of Llama 3.2 (AWS's page of the model). */
import { Buffer } from "node:buffer";
import type { ContentBlock, ImageBlock } from "@adit/bedrock";
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import type { ResolvedModel } from "../../model-list/resolve-model.ts";
import { mimeOf } from "../../validate/media-rules.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { lastTurn } from "../prompt-templates.ts";
import { closed, integer, listOf, number, string, type Schema } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { answerWords, endOf, samplingOf, textRequest } from "./text-answer.ts";

export const llama: NativeFamily = { read, rules: [], reply, chunks };

/** Most tokens of an answer: 2,048 before Llama 4, which has 8,192 (AWS's page). */
function schemaFor({ baseId, traits }: ResolvedModel): Schema {
  return closed(
    {
      prompt: string,
      max_gen_len: integer(1, /llama[45]/.test(baseId) ? 8192 : 2048),
      temperature: number(0, 1),
      top_p: number(0, 1),
      ...(traits.media.includes("image") && { images: listOf(string) }),
    },
    ["prompt"],
  );
}

function read(body: NativeBody, model: ResolvedModel): NativeRead {
  const refusal = malformed(schemaFaults(body, schemaFor(model)));
  if (refusal !== undefined) return { refusal };
  const limits = samplingOf(body, { maxTokens: "max_gen_len" });
  const request = textRequest(lastTurn("llama", String(body["prompt"])), { maxTokens: defaultLength, ...limits });
  const images: unknown[] = Array.isArray(body["images"]) ? body["images"] : [];
  for (const image of images) request.messages?.at(-1)?.content.push(imageFrom(image));
  return { request };
}

/** AWS's default for `max_gen_len`. */
const defaultLength = 512;

function imageFrom(base64: unknown): ContentBlock {
  const bytes = Buffer.from(String(base64), "base64").toString("base64");
  return { image: { format: mimeOf(bytes).replace("image/", "") as ImageBlock["format"], source: { bytes } } };
}

/** Recorded: what a guardrail blocked has nothing but the text. */
function reply(exchange: Exchange): object {
  const { answer, prompt, isBlocked } = exchange;
  const generation = answerWords(answer);
  if (isBlocked) return { generation };
  return {
    generation,
    prompt_token_count: prompt.input,
    generation_token_count: answer.outputTokens,
    stop_reason: stopReason(exchange),
  };
}

function stopReason({ answer }: Exchange): string {
  return endOf(answer, { length: "length", stop: "stop", end: "stop" });
}

/** Each chunk counts the tokens so far; the prompt's stand in the first alone, and an empty text ends a whole answer (recorded). */
function chunks(exchange: Exchange): object[] {
  const { answer, prompt } = exchange;
  const reason = stopReason(exchange);
  const pieces = [...textPieces(answerWords(answer)), ...(reason === "stop" ? [""] : [])];
  const last = Math.max(0, pieces.length - 1);
  return (pieces.length === 0 ? [""] : pieces).map((generation, index) => ({
    generation,
    prompt_token_count: index === 0 ? prompt.input : null,
    generation_token_count: index === last ? answer.outputTokens : Math.min(index + 1, answer.outputTokens),
    stop_reason: index === last ? reason : null,
  }));
}
