/** What the families share whose body is a prompt and whose reply is a text. */
import type { ConverseRequest } from "@adit/bedrock";
import type { Answer } from "../../generate/answer.ts";
import { additionalField, type Call } from "../../validate/call.ts";
import type { NativeBody } from "../native-family.ts";
import type { PromptTurn } from "../prompt-templates.ts";

/** The text of an answer, without reasoning and tool calls. */
export function answerWords(answer: Answer): string {
  return answer.blocks
    .map((block) => (block.kind === "text" || block.kind === "citations" ? (block.text ?? "") : ""))
    .join("");
}

/** The reasoning of an answer; empty where there is none. */
export function answerReasoning(answer: Answer): string {
  return answer.blocks.map((block) => (block.kind === "reasoning" ? block.text : "")).join("");
}

/** A family's own word for why the answer ended. */
export function endOf({ stopReason }: Answer, words: { length: string; stop: string; end: string }): string {
  if (stopReason === "max_tokens") return words.length;
  return stopReason === "stop_sequence" ? words.stop : words.end;
}

/** Limits of the answer, by the names that the family gives them. */
export function samplingOf(
  body: NativeBody,
  names: { maxTokens: string; stop?: string },
): NonNullable<ConverseRequest["inferenceConfig"]> {
  const maxTokens = body[names.maxTokens];
  const stop: unknown = names.stop === undefined ? undefined : body[names.stop];
  const sequences = typeof stop === "string" ? [stop] : Array.isArray(stop) ? stop.map(String) : [];
  return {
    ...(typeof maxTokens === "number" && { maxTokens }),
    stopSequences: sequences.filter((sequence) => sequence !== ""),
  };
}

/** The whole prompt of a call, which some replies repeat. */
export function promptOf(call: Call): string {
  const prompt = additionalField(call, "prompt");
  return typeof prompt === "string" ? prompt : "";
}

/** A prompt in Converse's terms. What stands before the last turn counts as system prompt. */
export function textRequest(
  { prompt, before, user }: PromptTurn,
  inferenceConfig: NonNullable<ConverseRequest["inferenceConfig"]>,
): ConverseRequest {
  return {
    ...(before !== "" && { system: [{ text: before }] }),
    messages: [{ role: "user", content: [{ text: user }] }],
    inferenceConfig,
    additionalModelRequestFields: { prompt },
  };
}
