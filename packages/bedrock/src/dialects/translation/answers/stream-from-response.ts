import type { ContentBlock } from "../../../converse/content.ts";
import { exactInputsOf } from "../../../converse/exact-inputs.ts";
import { inputText } from "./answer-blocks.ts";
import { unknownMembersOf } from "./reply-dropped.ts";
import type { ConverseResponse } from "../../../converse/response.ts";
import type { ContentBlockDelta, ContentBlockStart, ConverseStreamEvent } from "../../../converse/stream-events.ts";

/** How a block streams: its start, where it has one, and its deltas. */
interface StreamedBlock {
  start?: ContentBlockStart;
  deltas: ContentBlockDelta[];
}

/**
 * The events of the stream that would have brought this answer: for requests that AWS takes only as a whole call (tools on some
 * families). Every block comes in one piece; citations before their text, as AWS streams them. `source` gives the answer's own text, for
 * numbers in the arguments of calls that a double cannot hold.
 */
export function streamEventsFromResponse(response: ConverseResponse, source?: () => string): ConverseStreamEvent[] {
  const { output, stopReason, usage, additionalModelResponseFields: fields } = response;
  const { metrics, trace, performanceConfig, serviceTier } = response;
  const unknown = unknownMembersOf(response);
  const events: ConverseStreamEvent[] = [{ type: "messageStart", role: output.message.role }];
  const exactInput = exactInputsOf(source);
  for (const [contentBlockIndex, block] of output.message.content.entries()) {
    const { start, deltas } = streamedBlock(block, block.toolUse && exactInput(contentBlockIndex));
    if (start !== undefined) {
      events.push({ type: "contentBlockStart", contentBlockIndex, start });
    }
    for (const delta of deltas) {
      events.push({ type: "contentBlockDelta", contentBlockIndex, delta });
    }
    events.push({ type: "contentBlockStop", contentBlockIndex });
  }
  events.push(
    {
      type: "messageStop",
      stopReason,
      ...(fields === undefined ? {} : { additionalModelResponseFields: fields }),
    },
    {
      ...unknown,
      type: "metadata",
      ...(usage !== undefined && { usage }),
      ...(metrics === undefined ? {} : { metrics }),
      ...(trace === undefined ? {} : { trace }),
      ...(performanceConfig === undefined ? {} : { performanceConfig }),
      ...(serviceTier === undefined ? {} : { serviceTier }),
    },
  );
  return events;
}

function streamedBlock(block: ContentBlock, exact: string | undefined): StreamedBlock {
  if (block.text !== undefined) {
    return { deltas: [{ text: block.text }] };
  }
  if (block.toolUse !== undefined) {
    const { input, ...tool } = block.toolUse;
    return { start: { toolUse: tool }, deltas: [{ toolUse: { input: exact ?? inputText(input) } }] };
  }
  if (block.toolResult !== undefined) {
    const { content, ...result } = block.toolResult;
    return { start: { toolResult: result }, deltas: [{ toolResult: content }] };
  }
  if (block.image !== undefined) {
    const { format, ...image } = block.image;
    return { start: { image: { format } }, deltas: [{ image }] };
  }
  if (block.citationsContent !== undefined) {
    const { citations = [], content = [] } = block.citationsContent;
    return { deltas: [...citations.map((citation) => ({ citation })), ...content.map(({ text }) => ({ text }))] };
  }
  return { deltas: reasoningDeltas(block) ?? [asDelta(block)] };
}

function reasoningDeltas(block: ContentBlock): ContentBlockDelta[] | undefined {
  const { reasoningText, redactedContent } = block.reasoningContent ?? {};
  if (reasoningText !== undefined) {
    const { text, signature } = reasoningText;
    const deltas: ContentBlockDelta[] = [{ reasoningContent: { text } }];
    return signature === undefined ? deltas : [...deltas, { reasoningContent: { signature } }];
  }
  return redactedContent === undefined ? undefined : [{ reasoningContent: { redactedContent } }];
}

/** A block that AWS does not stream, or that this version does not know: whole, as one delta under its own name. */
function asDelta(block: ContentBlock): ContentBlockDelta {
  return block as unknown as ContentBlockDelta;
}
