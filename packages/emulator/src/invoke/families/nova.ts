/** Amazon Nova 1 and 2. Its messages are Converse's; shapes and habits of the stream are recorded. */
import type { ConverseRequest, JsonObject } from "@adit/bedrock";
import type { Answer, AnswerBlock } from "../../generate/answer.ts";
import { replyContent } from "../../generate/reply-content.ts";
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import type { ResolvedModel } from "../../model-list/resolve-model.ts";
import { cacheRules } from "../../validate/cache-rules.ts";
import { constraintFault } from "../../validate/constraints.ts";
import { documentRules } from "../../validate/document-rules.ts";
import { imageBytesRefusal, mediaRules } from "../../validate/media-rules.ts";
import { messageRules } from "../../validate/message-rules.ts";
import { novaRules } from "../../validate/native-rules.ts";
import { isRecord, typeFault, withoutNulls } from "../../validate/read-shape.ts";
import { converseShape } from "../../validate/request-shapes.ts";
import { toolTurnRules } from "../../validate/tool-turn-rules.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { any, choice, closed, listOf, open, type Schema } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { novaMembers } from "./nova-schema.ts";

export const nova: NativeFamily = {
  read,
  rules: [
    ...messageRules,
    ...mediaRules,
    ...documentRules,
    ...toolTurnRules,
    ...cacheRules,
    ...novaRules,
    imageBytesRefusal,
  ],
  reply,
  chunks,
};

function schemaFor({ baseId }: ResolvedModel): Schema {
  return closed(
    {
      schemaVersion: choice("messages-v1"),
      messages: listOf(open({ role: choice("user", "assistant"), content: listOf(open()) }, ["role", "content"])),
      system: listOf(open()),
      toolConfig: any,
      ...novaMembers(baseId),
    },
    ["messages"],
  );
}

function read(body: NativeBody, model: ResolvedModel): NativeRead {
  const refusal =
    malformed(schemaFaults(body, schemaFor(model))) ??
    typeFault(body, converseShape) ??
    constraintFault(body, converseShape);
  if (refusal !== undefined) return { refusal };
  const config = isRecord(body["inferenceConfig"]) ? body["inferenceConfig"] : {};
  const maxTokens = config["maxTokens"] ?? config["max_new_tokens"];
  const reasoning = body["reasoningConfig"] ?? config["reasoningConfig"];
  const { messages, system, toolConfig } = body;
  // The shapes of Converse were checked just above.
  const request = withoutNulls(
    { messages, ...(system !== undefined && { system }), ...(toolConfig !== undefined && { toolConfig }) },
    converseShape,
  ) as ConverseRequest;
  return {
    request: {
      ...request,
      inferenceConfig: {
        ...(typeof maxTokens === "number" && { maxTokens }),
        ...(Array.isArray(config["stopSequences"]) && { stopSequences: config["stopSequences"].map(String) }),
      },
      ...(isRecord(reasoning) && { additionalModelRequestFields: { reasoningConfig: reasoning as JsonObject } }),
    },
  };
}

/** Recorded: an answer that a guardrail changed ends as any other. */
function stopReason({ stopReason: reason }: Answer): string {
  return reason === "guardrail_intervened" ? "end_turn" : reason;
}

function reply({ answer, call, prompt }: Exchange): object {
  const { input, read: cacheRead, write } = prompt;
  return {
    output: { message: { content: replyContent(answer.blocks, call.traits.family), role: "assistant" } },
    stopReason: stopReason(answer),
    usage: {
      inputTokens: input,
      outputTokens: answer.outputTokens,
      totalTokens: input + answer.outputTokens + cacheRead + write,
      cacheReadInputTokenCount: cacheRead,
      cacheWriteInputTokenCount: write,
    },
  };
}

/** Recorded: each piece of text is a block of its own, closed at once, so that the index counts pieces. */
function chunks(exchange: Exchange): object[] {
  const { answer, prompt } = exchange;
  const usage = {
    inputTokens: prompt.input,
    outputTokens: answer.outputTokens,
    cacheReadInputTokenCount: prompt.read,
    cacheWriteInputTokenCount: prompt.write,
  };
  return [
    { messageStart: { role: "assistant" } },
    ...answer.blocks
      .flatMap(piecesOf)
      .flatMap(({ start, delta }, contentBlockIndex) => [
        ...(start === undefined ? [] : [{ contentBlockStart: { start, contentBlockIndex } }]),
        { contentBlockDelta: { delta, contentBlockIndex } },
        { contentBlockStop: { contentBlockIndex } },
      ]),
    { messageStop: { stopReason: stopReason(answer) } },
    { metadata: { usage, metrics: {}, trace: {} } },
  ];
}

/** Reasoning in the form of a whole block: AWS's guide to Nova 2 ("Code library") reads it so here, and Converse's form under ConverseStream. */
function piecesOf(block: AnswerBlock): { start?: object; delta: object }[] {
  switch (block.kind) {
    case "text":
      return textPieces(block.text).map((text) => ({ delta: { text } }));
    case "reasoning":
      return textPieces(block.text).map((text) => ({ delta: { reasoningContent: { reasoningText: { text } } } }));
    case "toolUse":
      return [
        {
          start: { toolUse: { toolUseId: block.id, name: block.name } },
          delta: { toolUse: { input: JSON.stringify(block.input) } },
        },
      ];
    case "systemResult":
      return [
        { start: { toolResult: { status: "success", toolUseId: block.id } }, delta: { toolResult: [block.content] } },
      ];
    case "citations":
      return block.citations.map((citation) => ({ delta: { citation } }));
    case "redacted":
      return [];
  }
}
