/** What Claude's layer checks in the turns that come back: tool results first, thinking first, signatures that are its own. */
import { isForged } from "../generate/signature.ts";
import { type Call, type Rule, type Turn } from "./call.ts";
import { thinkingOf } from "./claude-rules.ts";
import { modelRefuses, type Refusal } from "./refusal.ts";

export const claudeHistoryRules: readonly Rule[] = [idsDiffer, resultsFirst, signaturesHold, thinkingLeads, answerEnds];

function idsDiffer(call: Call): Refusal | undefined {
  const ids = new Set<string>();
  for (const { block, path } of call.blocks) {
    if (block.toolUse === undefined) continue;
    if (ids.has(block.toolUse.toolUseId)) return modelRefuses(`${path}: \`tool_use\` ids must be unique`);
    ids.add(block.toolUse.toolUseId);
  }
  return undefined;
}

function resultsFirst({ turns }: Call): Refusal | undefined {
  for (const turn of turns) {
    // A cache point marks the block before it and is none of its own in Claude's format.
    const blocks = turn.blocks.filter(({ block }) => block.cachePoint === undefined);
    const results = blocks.filter(({ block }) => block.toolResult !== undefined).length;
    const leading = blocks.findIndex(({ block }) => block.toolResult === undefined);
    const first = leading === -1 ? blocks.length : leading;
    if (turn.role === "user" && first < results)
      return modelRefuses(
        `messages.${turn.index}: Did not find ${results} tool_result block(s) at the beginning of this message. Messages following tool_use blocks must begin with a matching number of tool_result blocks.`,
      );
  }
  return undefined;
}

/** Signatures of other makers cannot be checked here and pass; those that the emulator gave must come back as they went. */
function signaturesHold(call: Call): Refusal | undefined {
  for (const { block, path } of call.blocks) {
    const reasoning = block.reasoningContent?.reasoningText;
    if (reasoning === undefined) continue;
    if ((reasoning.signature ?? "") === "") return modelRefuses(`${path}.thinking.signature: Field required`);
    if (isForged(reasoning.text, reasoning.signature ?? ""))
      return modelRefuses(`${path}: Invalid \`signature\` in \`thinking\` block`);
  }
  return undefined;
}

/**
 * With a budget, an answer that is begun starts with thinking (n8n-io/n8n#22550), and so does a tool loop that is still open: calls after its
 * first need none of their own.
 */
function thinkingLeads(call: Call): Refusal | undefined {
  if (thinkingOf(call)?.type !== "enabled") return undefined;
  const last = call.turns.at(-1);
  if (last?.role === "assistant") return unlessThought(last);
  const before = call.turns.at(-2);
  if (before?.role !== "assistant" || !holdsResult(last)) return undefined;
  const begun = call.turns.findLastIndex((turn) => turn.role === "user" && !holdsResult(turn));
  const loop = call.turns.slice(begun + 1);
  return loop.some(({ blocks }) => blocks[0]?.block.reasoningContent !== undefined) ? undefined : unlessThought(before);
}

/**
 * Reported by many whose answers had been broken off while the model thought, on Bedrock too. A turn of thinking alone is taken: guides of
 * gateways send such to Bedrock, and no recording shows a refusal.
 */
function answerEnds({ turns }: Call): Refusal | undefined {
  for (const { role, index, blocks } of turns) {
    const said = blocks.filter(({ block }) => block.cachePoint === undefined);
    const last = said.at(-1)?.block.reasoningContent;
    const isAlone = said.every(({ block }) => block.reasoningContent !== undefined);
    if (role !== "assistant" || last === undefined || isAlone) continue;
    const kind = last.redactedContent === undefined ? "thinking" : "redacted_thinking";
    return modelRefuses(`messages.${index}: The final block in an assistant message cannot be \`${kind}\`.`);
  }
  return undefined;
}

function unlessThought({ blocks: [first] }: Turn): Refusal | undefined {
  if (first === undefined || first.block.reasoningContent !== undefined) return undefined;
  const found = first.block.toolUse === undefined ? "text" : "tool_use";
  return modelRefuses(
    `${first.path}.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${found}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). To avoid this requirement, disable \`thinking\`.`,
  );
}

function holdsResult(turn: Turn | undefined): boolean {
  return turn?.blocks.some(({ block }) => block.toolResult !== undefined) === true;
}
