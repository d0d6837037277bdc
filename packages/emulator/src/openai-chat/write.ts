/** Chat completions and their chunks. Shapes are recorded for gpt-oss (InvokeModel) and Voxtral (bedrock-mantle); what no recording shows is OpenAI's. */
import type { AnswerBlock } from "../generate/answer.ts";
import type { Exchange } from "../generate/respond.ts";
import { textPieces } from "../generate/text-pieces.ts";
import { uuidFrom } from "../invoke/families/ids.ts";
import { answerReasoning, answerWords } from "../invoke/families/text-answer.ts";

/** Where an endpoint or a family differs. */
export interface ChatHabits {
  /** Recorded: gpt-oss under InvokeModel writes its reasoning into the text, between tags. */
  reasoning: "tags" | "member";
  serviceTier: string;
}

/** Why the answer ended, in OpenAI's words. */
export function finishReason({ answer }: Exchange): string {
  switch (answer.stopReason) {
    case "max_tokens":
      return "length";
    case "tool_use":
      return "tool_calls";
    case "content_filtered":
      return "content_filter";
    default:
      return "stop";
  }
}

export function chatUsage({ answer, prompt }: Exchange): object {
  return {
    prompt_tokens: prompt.input,
    completion_tokens: answer.outputTokens,
    total_tokens: prompt.input + answer.outputTokens,
  };
}

export function chatReply(exchange: Exchange, habits: ChatHabits): object {
  const { asker, created, random } = exchange;
  return {
    id: `chatcmpl-${uuidFrom(random)}`,
    object: "chat.completion",
    created,
    model: asker.modelId,
    choices: [
      { index: 0, message: chatMessage(exchange, habits), logprobs: null, finish_reason: finishReason(exchange) },
    ],
    service_tier: habits.serviceTier,
    usage: chatUsage(exchange),
  };
}

function chatMessage({ answer }: Exchange, { reasoning }: ChatHabits): object {
  const thought = answerReasoning(answer);
  const words = answerWords(answer);
  const tags = reasoning === "tags" && thought !== "" ? tagged(thought) : "";
  const calls = answer.blocks.flatMap((block) => (block.kind === "toolUse" ? [toolCallOf(block)] : []));
  return {
    role: "assistant",
    content: tags + words === "" && calls.length > 0 ? null : tags + words,
    refusal: null,
    ...(reasoning === "member" && thought !== "" && { reasoning: thought }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function tagged(thought: string): string {
  return `<reasoning>${thought}</reasoning>`;
}

type ToolUse = AnswerBlock & { kind: "toolUse" };

/** Recorded: ids of tool calls under InvokeModel. */
function toolCallOf({ id, name, input }: ToolUse): object {
  return { id: chatToolId(id), type: "function", function: { name, arguments: JSON.stringify(input) } };
}

function chatToolId(id: string): string {
  return id.replace(/^tooluse_/, "chatcmpl-tool-");
}

/** The chunks of a stream; usage comes apart, where the endpoint sends it. */
export function chatChunks(exchange: Exchange, habits: ChatHabits): object[] {
  const { asker, answer, created, random } = exchange;
  const id = `chatcmpl-${uuidFrom(random)}`;
  const head = { id, object: "chat.completion.chunk", created, model: asker.modelId, service_tier: habits.serviceTier };
  const chunk = (delta: object, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const calls = answer.blocks.filter((block) => block.kind === "toolUse");
  const deltas = [
    ...reasoningDeltas(answerReasoning(answer), habits),
    ...textPieces(answerWords(answer)).map((content) => ({ content })),
    ...calls.flatMap(toolCallDeltas),
  ];
  // Recorded: an answer that was cut ends with its last piece, a whole one with an empty delta.
  const reason = finishReason(exchange);
  const isCut = reason === "length" && deltas.length > 0;
  return [
    chunk({ role: "assistant", content: "" }, null),
    ...deltas.map((delta, index) => chunk(delta, isCut && index === deltas.length - 1 ? reason : null)),
    ...(isCut ? [] : [chunk({}, reason)]),
  ];
}

/** Recorded: each piece of gpt-oss's reasoning has tags of its own. */
function reasoningDeltas(thought: string, { reasoning }: ChatHabits): object[] {
  const pieces = textPieces(thought);
  return reasoning === "tags"
    ? pieces.map((piece) => ({ content: tagged(piece) }))
    : pieces.map((piece) => ({ reasoning: piece }));
}

/** Characters in a piece of arguments. */
const argumentPiece = 12;

function toolCallDeltas({ id, name, input }: ToolUse, index: number): object[] {
  const characters = Array.from(JSON.stringify(input));
  const start = { index, id: chatToolId(id), type: "function", function: { name, arguments: "" } };
  const deltas: object[] = [{ tool_calls: [start] }];
  for (let at = 0; at < characters.length; at += argumentPiece) {
    const piece = characters.slice(at, at + argumentPiece).join("");
    deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  return deltas;
}
