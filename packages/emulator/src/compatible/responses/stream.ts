/** The events of a streamed response, numbered from 0. Recorded for gpt-oss; those of function calls are OpenAI's page. */
import { textPieces } from "../../generate/text-pieces.ts";
import { isClosedModel, itemOf, type OutputItem } from "./items.ts";
import { headOf, responseOf, usageOf, type ResponseDraft } from "./write.ts";

interface Event {
  type: string;
  [member: string]: unknown;
}

export function responseEvents(draft: ResponseDraft): object[] {
  const { exchange, items } = draft;
  const { modelId } = exchange.asker;
  const begun = headOf(draft);
  const isCut = exchange.answer.stopReason === "max_tokens";
  const events: Event[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...items.flatMap((item, index) => itemEvents(item, index, modelId)),
    { type: isCut ? "response.incomplete" : "response.completed", response: finalOf(draft) },
  ];
  return events.map((event, number) => ({ ...event, sequence_number: number }));
}

/** Recorded: the last event of gpt-oss repeats the head with the output, without what the whole response adds. */
function finalOf(draft: ResponseDraft): object {
  const whole = responseOf(draft) as Record<string, unknown>;
  if (isClosedModel(draft.exchange.asker.modelId)) return whole;
  const { output, status, incomplete_details: details } = whole;
  return { ...headOf(draft), output, status, incomplete_details: details, usage: usageOf(draft) };
}

function itemEvents(item: OutputItem, index: number, modelId: string): Event[] {
  const place = { output_index: index };
  const done: Event = { type: "response.output_item.done", item: itemOf(item, modelId), ...place };
  const added: Event = { type: "response.output_item.added", item: emptyItem(item), ...place };
  return [added, ...wordEvents(item, { ...place, item_id: item.id }), done];
}

function emptyItem({ type, id, name, callId }: OutputItem): object {
  switch (type) {
    case "reasoning":
      return { id, status: "in_progress", summary: [], type };
    case "message":
      return { content: [], id, role: "assistant", status: "in_progress", type };
    case "function_call":
      return { arguments: "", call_id: callId, id, name, status: "in_progress", type };
  }
}

type Place = { output_index: number; item_id: string };

function wordEvents({ type, words }: OutputItem, place: Place): Event[] {
  const part = { ...place, content_index: 0 };
  switch (type) {
    case "reasoning": {
      if (words === "") return [];
      const whole = { text: words, type: "reasoning_text" };
      return [
        { type: "response.reasoning_part.added", ...part, part: { text: "", type: "reasoning_text" } },
        ...textPieces(words).map((delta) => ({ type: "response.reasoning_text.delta", ...part, delta })),
        { type: "response.reasoning_text.done", ...part, text: words },
        { type: "response.reasoning_part.done", ...part, part: whole },
      ];
    }
    case "message": {
      const empty = { annotations: [], logprobs: [], text: "", type: "output_text" };
      return [
        { type: "response.content_part.added", ...part, part: empty },
        ...textPieces(words).map((delta) => ({ type: "response.output_text.delta", ...part, delta, logprobs: [] })),
        { type: "response.output_text.done", ...part, logprobs: [], text: words },
        { type: "response.content_part.done", ...part, part: { annotations: [], text: words, type: "output_text" } },
      ];
    }
    case "function_call":
      return [
        ...textPieces(words).map((delta) => ({ type: "response.function_call_arguments.delta", ...place, delta })),
        { type: "response.function_call_arguments.done", ...place, arguments: words },
      ];
  }
}
