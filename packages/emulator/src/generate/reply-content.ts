/** The answer as `output.message.content`. Keys in alphabetical order, as AWS writes them. */
import type { Family } from "../model-list/traits.ts";
import type { AnswerBlock } from "./answer.ts";

/** Recorded: DeepSeek R1 puts its text before its reasoning in a whole reply, though it streams them the other way. */
export function replyContent(blocks: readonly AnswerBlock[], family: Family): object[] {
  const ordered =
    family === "deepseek-r1"
      ? [...blocks.filter(({ kind }) => kind !== "reasoning"), ...blocks.filter(({ kind }) => kind === "reasoning")]
      : blocks;
  return ordered.map(contentOf);
}

function contentOf(block: AnswerBlock): object {
  switch (block.kind) {
    case "text":
      return { text: block.text };
    case "reasoning": {
      const { signature, text } = block;
      return { reasoningContent: { reasoningText: { ...(signature === undefined ? {} : { signature }), text } } };
    }
    case "redacted":
      return { reasoningContent: { redactedContent: block.data } };
    case "toolUse":
      return { toolUse: { input: block.input, name: block.name, toolUseId: block.id, ...typeOf(block) } };
    case "systemResult":
      return { toolResult: { content: [block.content], status: "success", toolUseId: block.id, type: block.type } };
    case "citations":
      return {
        citationsContent: {
          citations: block.citations,
          ...(block.text === undefined ? {} : { content: [{ text: block.text }] }),
        },
      };
  }
}

/** The `type` of a tool call, where the family says one. */
function typeOf(block: { type?: string }): { type?: string } {
  return block.type === undefined ? {} : { type: block.type };
}
