/** The answer as the events of a stream, in each family's habits. All are recorded. */
import type { Family } from "../model-list/traits.ts";
import type { AnswerBlock } from "./answer.ts";
import { textPieces } from "./text-pieces.ts";

export interface StreamEvent {
  type: string;
  payload: object;
}

/** Families whose text ends in an empty delta. */
const endsEmpty = new Set<Family>(["llama", "mistral-text", "deepseek-r1"]);
/** Families that send a tool's arguments in one piece. */
const wholeArguments = new Set<Family>(["nova"]);
/** Characters in a piece of arguments. */
const argumentPiece = 12;

/** contentBlockStart, contentBlockDelta and contentBlockStop of every block, in order. */
export function streamContent(blocks: readonly AnswerBlock[], family: Family): StreamEvent[] {
  // gpt-oss opens with an empty text block before its reasoning.
  const opening: AnswerBlock[] =
    family === "gpt-oss" && blocks[0]?.kind === "reasoning" ? [{ kind: "text", text: "" }] : [];
  return [...opening, ...blocks].flatMap((block, contentBlockIndex) => {
    const start = startOf(block);
    return [
      ...(start === undefined ? [] : [{ type: "contentBlockStart", payload: { contentBlockIndex, start } }]),
      ...deltasOf(block, family).map((delta) => ({ type: "contentBlockDelta", payload: { contentBlockIndex, delta } })),
      { type: "contentBlockStop", payload: { contentBlockIndex } },
    ];
  });
}

/**
 * Text and reasoning open by their first delta alone. Recorded: the same Claude on the same day says `type: "tool_use"` in whole replies and nothing in
 * streams; tools of AWS's own say `server_tool_use` in both.
 */
function startOf(block: AnswerBlock): object | undefined {
  if (block.kind === "toolUse") {
    const type = block.type === "server_tool_use" ? { type: block.type } : {};
    return { toolUse: { name: block.name, toolUseId: block.id, ...type } };
  }
  if (block.kind === "systemResult")
    return { toolResult: { status: "success", toolUseId: block.id, type: block.type } };
  return undefined;
}

function deltasOf(block: AnswerBlock, family: Family): object[] {
  switch (block.kind) {
    case "text":
      return textDeltas(block.text, family);
    case "reasoning": {
      const texts = block.text === "" ? [] : textPieces(block.text);
      const signed = block.signature === undefined ? [] : [{ reasoningContent: { signature: block.signature } }];
      return [...texts.map((text) => ({ reasoningContent: { text } })), ...signed];
    }
    case "redacted":
      return [{ reasoningContent: { redactedContent: block.data } }];
    case "toolUse":
      return argumentPieces(block.input, family, block.type).map((input) => ({ toolUse: { input } }));
    case "systemResult":
      return [{ toolResult: [block.content] }];
    case "citations":
      return [
        ...block.citations.map((citation) => ({ citation })),
        ...(block.text === undefined ? [] : textDeltas(block.text, family)),
      ];
  }
}

/** Titan sends one piece. */
function textDeltas(text: string, family: Family): object[] {
  const pieces = family === "titan" || text === "" ? [text] : textPieces(text);
  return [...pieces, ...(endsEmpty.has(family) ? [""] : [])].map((piece) => ({ text: piece }));
}

/** Claude's first piece is empty, and the only one of a call without arguments; Nova and AWS's own tools send all at once. */
function argumentPieces(input: object, family: Family, type: string | undefined): string[] {
  const json = JSON.stringify(input);
  if (wholeArguments.has(family) || type === "server_tool_use") return [json];
  const characters = Array.from(json);
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += argumentPiece)
    pieces.push(characters.slice(at, at + argumentPiece).join(""));
  if (family !== "claude") return pieces;
  return json === "{}" ? [""] : ["", ...pieces];
}
