import type { ContentBlockDelta, ContentBlockStart } from "../converse/stream-events.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { AnswerPart, AnswerReader } from "./answer-stream.ts";
import type { EventWriter } from "./event-writer.ts";
import { novaCounts } from "./nova-counts.ts";

/** Members of chunks: Converse's events. */
export const novaEvents = [
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata",
] as const;

/** Reads the chunks of Nova's stream. Its many blocks of text are one, as Converse itself tells them. */
export class NovaReader implements AnswerReader {
  readonly #writer: EventWriter;
  /** True while the open block is of a kind that Nova does not cut. */
  #isWhole = false;

  constructor(writer: EventWriter) {
    this.#writer = writer;
  }

  read(chunk: JsonObject): AnswerPart {
    const [start, delta, stop, metadata] = [
      chunk["contentBlockStart"],
      chunk["contentBlockDelta"],
      chunk["messageStop"],
      chunk["metadata"],
    ].map((event) => (isJsonObject(event) ? event : undefined));
    const unfamiliar = [
      ...(start === undefined ? [] : this.#blockStart(start["start"] as ContentBlockStart)),
      ...(delta === undefined ? [] : this.#blockDelta(delta["delta"] as ContentBlockDelta)),
    ];
    if (chunk["contentBlockStop"] !== undefined) {
      this.#blockStop();
    }
    return {
      unfamiliar,
      ...(typeof stop?.["stopReason"] === "string" && { stopReason: stop["stopReason"] }),
      ...(metadata !== undefined && { counts: novaCounts(metadata["usage"]) }),
    };
  }

  /** Gives the members that it does not know. */
  #blockStart(start: ContentBlockStart): string[] {
    this.#isWhole = true;
    if (start.toolUse !== undefined) {
      this.#writer.toolStart(start.toolUse);
      return [];
    }
    if (start.toolResult !== undefined) {
      this.#writer.toolResultStart(start.toolResult);
      return [];
    }
    return Object.keys(start);
  }

  #blockDelta(delta: ContentBlockDelta): string[] {
    if (delta.text !== undefined) {
      this.#writer.text(delta.text);
    } else if (delta.toolUse !== undefined) {
      this.#writer.toolInput(delta.toolUse.input);
    } else if (delta.reasoningContent !== undefined) {
      this.#writer.reasoning(delta.reasoningContent);
    } else if (delta.toolResult !== undefined) {
      this.#writer.toolResult(delta.toolResult);
    } else {
      return Object.keys(delta);
    }
    return [];
  }

  /** The stop of a piece of text ends no block. */
  #blockStop(): void {
    if (this.#isWhole) {
      this.#isWhole = false;
      this.#writer.closeBlock();
    }
  }
}
