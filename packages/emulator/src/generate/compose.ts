/** The answer to an accepted call: reasoning, words, tool calls, JSON, citations, in the order of the family. */
import type { Call } from "../validate/call.ts";
import { answerSchema } from "../validate/schema-rules.ts";
import type { Answer, AnswerBlock } from "./answer.ts";
import { schemaInPrompt } from "./asked-json.ts";
import { endedAsAsked } from "./asked-stop.ts";
import { citedTexts } from "./citations.ts";
import { limited } from "./limits.ts";
import { lastKinds, lastResults, lastUserText, resultText, toolNames } from "./prompt.ts";
import type { Random } from "./random.ts";
import { reasoningBlocks } from "./reasoning.ts";
import { valueFor } from "./schema-value.ts";
import { groundingCitation, systemToolBlocks } from "./system-tools.ts";
import { firstCharacters } from "./tokens.ts";
import { toolCalls } from "./tool-calls.ts";

/** Longest part of the caller's words that the answer repeats, in characters. */
const longestEcho = 1000;

/** Writes the answer. `modelId` is the id as the caller named it: the text holds it. */
export function compose(call: Call, modelId: string, random: Random): Answer {
  const reasoning = reasoningBlocks(call, random);
  const inferenceConfig = call.request.inferenceConfig ?? {};
  const answer = limited([...reasoning, ...contentBlocks(call, modelId, random)], {
    maxTokens: inferenceConfig.maxTokens ?? call.traits.maxOutputTokens ?? Infinity,
    stopSequences: inferenceConfig.stopSequences ?? [],
    keepsStopSequence: call.traits.family === "nova",
  });
  return endedAsAsked(call, answer);
}

function contentBlocks(call: Call, modelId: string, random: Random): AnswerBlock[] {
  const system = systemToolBlocks(call, random);
  const calls = toolCalls(call, random);
  if (calls.length > 0) return [...system, ...(system.length > 0 ? [] : preamble(call, modelId, calls)), ...calls];
  const schema = answerSchema(call) ?? schemaInPrompt(call);
  if (schema !== undefined) return [{ kind: "text", text: JSON.stringify(valueFor(schema, random)) }];
  const citations = citedTexts(call);
  const text =
    citations.length === 0 ? wordsOf(call, modelId) : `${wordsOf(call, modelId)} According to the document: `;
  return [...system, { kind: "text", text }, ...groundingCitation(call), ...citations];
}

/** Recorded habits where the model was free to choose: Nova 1 thinks aloud in tags, Claude and Command R announce, the others just call. */
function preamble(call: Call, modelId: string, calls: readonly AnswerBlock[]): AnswerBlock[] {
  const choice = call.request.toolConfig?.toolChoice;
  if (choice?.any !== undefined || choice?.tool !== undefined) return [];
  const names = calls.map((block) => (block.kind === "toolUse" ? block.name : "")).join(" and ");
  const words = `[emulator] ${modelId} calls ${names}.`;
  if (call.traits.family === "nova")
    return call.traits.reasoning === "none" ? [{ kind: "text", text: `<thinking>${words}</thinking>\n` }] : [];
  return call.traits.family === "claude" || call.traits.family === "command-r" ? [{ kind: "text", text: words }] : [];
}

function wordsOf(call: Call, modelId: string): string {
  const words = firstCharacters(lastUserText(call), longestEcho);
  const heard = `[emulator] ${modelId} heard: "${words}"`;
  const results = lastResults(call);
  if (results.length > 0) {
    const names = toolNames(call);
    const told = results.map((result) => {
      const said = firstCharacters(resultText(result), longestEcho);
      return `${names.get(result.toolUseId) ?? "a tool"} said: "${said}"`;
    });
    return `${heard} and ${told.join(" and ")}.`;
  }
  const kinds = lastKinds(call).filter((kind) => kind !== "cachePoint" && kind !== "guardContent");
  return kinds.length === 0 ? `${heard}.` : `${heard} with ${kinds.join(", ")}.`;
}
