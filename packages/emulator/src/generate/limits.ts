/** What ends an answer early: the caller's token limit and stop sequences. */
import type { Answer, AnswerBlock } from "./answer.ts";
import { headOf, tokensOf } from "./tokens.ts";

export interface Limits {
  maxTokens: number;
  stopSequences: readonly string[];
  /** Nova keeps the stop sequence in its text and says `end_turn` (recorded). */
  keepsStopSequence: boolean;
}

/** Cuts an answer at the token limit, and what is left at the first stop sequence: a model writes nothing behind its limit in which to find one. */
export function limited(blocks: readonly AnswerBlock[], limits: Limits): Answer {
  const { kept, isCut } = cutAtTokens(blocks, limits.maxTokens);
  const { blocks: left, found } = cutAtStop(kept, limits);
  const calls = left.some((block) => block.kind === "toolUse" && block.type !== "server_tool_use");
  const ended = found === undefined || limits.keepsStopSequence ? "end_turn" : "stop_sequence";
  const isOverLimit = isCut && found === undefined;
  return {
    blocks: left,
    stopReason: isOverLimit ? "max_tokens" : calls ? "tool_use" : ended,
    ...(found !== undefined && { stopSequence: found }),
    outputTokens: isOverLimit
      ? limits.maxTokens
      : Math.max(
          1,
          left.reduce((sum, block) => sum + costOf(block), 0),
        ),
  };
}

function cutAtStop(blocks: readonly AnswerBlock[], limits: Limits): { blocks: readonly AnswerBlock[]; found?: string } {
  for (const [index, block] of blocks.entries()) {
    if (block.kind !== "text") continue;
    const hit = firstHit(block.text, limits.stopSequences);
    if (hit === undefined) continue;
    const text = block.text.slice(0, hit.at + (limits.keepsStopSequence ? hit.sequence.length : 0));
    const head = blocks.slice(0, index);
    return { blocks: text === "" ? head : [...head, { kind: "text", text }], found: hit.sequence };
  }
  return { blocks };
}

/** Characters that are looked at for the stop sequences of a text, each time for one of them: thousands of both would hold up everybody else. */
const mostSearched = 100_000_000;

function firstHit(text: string, sequences: readonly string[]): { at: number; sequence: string } | undefined {
  const searched = sequences.slice(0, Math.floor(mostSearched / Math.max(1, text.length)));
  const hits = searched.map((sequence) => ({ at: text.indexOf(sequence), sequence })).filter(({ at }) => at !== -1);
  return hits.sort((left, right) => left.at - right.at)[0];
}

function cutAtTokens(
  blocks: readonly AnswerBlock[],
  maxTokens: number,
): { kept: readonly AnswerBlock[]; isCut: boolean } {
  const kept: AnswerBlock[] = [];
  let tokens = 0;
  for (const block of blocks) {
    const cost = costOf(block);
    if (tokens + cost > maxTokens) {
      const text = block.kind === "text" || block.kind === "reasoning" ? headOf(block.text, maxTokens - tokens) : "";
      // Reasoning that was cut carries no signature: the model had not closed it.
      if (text !== "") kept.push({ kind: block.kind === "reasoning" ? "reasoning" : "text", text });
      return { kept, isCut: true };
    }
    kept.push(block);
    tokens += cost;
  }
  return { kept, isCut: false };
}

function costOf(block: AnswerBlock): number {
  switch (block.kind) {
    case "text":
    case "reasoning":
      return tokensOf(block.text);
    case "redacted":
      return tokensOf(block.data);
    case "toolUse":
      return tokensOf(block.name + JSON.stringify(block.input));
    case "systemResult":
      return 0;
    case "citations":
      return tokensOf(block.text ?? "");
  }
}
