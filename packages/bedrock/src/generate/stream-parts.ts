import type { Citation } from "../converse/content.ts";
import type { ContentBlockDeltaEvent, ContentBlockStartEvent, ConverseStreamEvent } from "../converse/stream-events.ts";
import type { TranslationNotes } from "../dialects/translation/context.ts";
import { callersToolName, toolKindOf } from "../dialects/translation/tools/tool-kind.ts";
import type { TextResult } from "./result.ts";

/** A piece of an answer. The pieces of one block have one `block`, AWS's `contentBlockIndex`. */
export type TextStreamPart =
  | { type: "text-delta"; block: number; text: string }
  | { type: "reasoning-delta"; block: number; text: string }
  | { type: "citation"; block: number; citation: Citation }
  | { type: "tool-call-start"; block: number; id: string; name: string }
  /** A piece of the arguments' JSON text. The calls, complete, are in the result. */
  | { type: "tool-call-delta"; block: number; arguments: string }
  /** Of another kind, such as a signature, or a tool that AWS runs itself: AWS's event as it came. */
  | { type: "other"; event: ConverseStreamEvent }
  /** The last. */
  | { type: "finish"; result: TextResult };

/** Makes parts of one stream's events. Where a message or a block begins and ends, and what it cost, is in the result. */
export class PartReader {
  readonly #notes: TranslationNotes;
  /** Blocks that call a tool of the caller's. */
  readonly #calls = new Set<number>();

  constructor(notes: TranslationNotes) {
    this.#notes = notes;
  }

  /** The part of the next event; undefined where it has none. */
  partOf(event: ConverseStreamEvent): TextStreamPart | undefined {
    switch (event.type) {
      case "contentBlockStart":
        return this.#ofStart(event);
      case "contentBlockDelta":
        return this.#ofDelta(event);
      case "messageStart":
      case "contentBlockStop":
      case "messageStop":
      case "metadata":
        return undefined;
      case "unknown":
        return { type: "other", event };
    }
  }

  #ofStart(event: ContentBlockStartEvent): TextStreamPart {
    const { contentBlockIndex: block, start } = event;
    if (start.toolUse === undefined || toolKindOf(start.toolUse, this.#notes) !== "caller") {
      return { type: "other", event };
    }
    this.#calls.add(block);
    const { toolUseId: id, name } = start.toolUse;
    return { type: "tool-call-start", block, id, name: callersToolName(name, this.#notes) };
  }

  #ofDelta(event: ContentBlockDeltaEvent): TextStreamPart | undefined {
    const { contentBlockIndex: block, delta } = event;
    if (delta.text !== undefined) {
      return delta.text === "" ? undefined : { type: "text-delta", block, text: delta.text };
    }
    if (delta.reasoningContent?.text !== undefined) {
      return { type: "reasoning-delta", block, text: delta.reasoningContent.text };
    }
    if (delta.citation !== undefined) {
      return { type: "citation", block, citation: delta.citation };
    }
    return delta.toolUse !== undefined && this.#calls.has(block)
      ? { type: "tool-call-delta", block, arguments: delta.toolUse.input }
      : { type: "other", event };
  }
}
