import type { ReasoningDelta } from "../../converse/stream-events.ts";
import { encryptedContent } from "./encrypted-content.ts";
import type { ItemPlace, OpenItem } from "./open-item.ts";
import type { ResponseEvents } from "./response-events.ts";
import type { ItemStatus, OutputReasoning } from "./response-object.ts";

/** How a reasoning item shows its text, by the request. */
export interface ReasoningView {
  /** As a summary; else as the reasoning's own text. */
  asSummary: boolean;
  /** `encrypted_content` was asked for: it holds plain reasoning too. */
  alwaysEncrypted: boolean;
}

/** One block of reasoning. */
export class OpenReasoning implements OpenItem {
  readonly blockIndex: number;
  readonly #place: ItemPlace;
  readonly #events: ResponseEvents;
  readonly #view: ReasoningView;
  #deltaHead: string | undefined;
  #text = "";
  #signature: string | undefined;
  #redacted: string | undefined;

  constructor(place: ItemPlace, events: ResponseEvents, blockIndex: number, view: ReasoningView) {
    this.blockIndex = blockIndex;
    this.#place = place;
    this.#events = events;
    this.#view = view;
    events.write("response.output_item.added", { output_index: place.outputIndex, item: this.itemAs("in_progress") });
  }

  write({ text = "", signature, redactedContent }: ReasoningDelta): void {
    this.#signature = signature ?? this.#signature;
    this.#redacted = redactedContent ?? this.#redacted;
    if (text !== "") {
      this.#deltaHead ??= this.#openText();
      this.#text += text;
      this.#events.writeTextDelta(this.#deltaHead, text);
    }
  }

  itemAs(status: ItemStatus): OutputReasoning {
    const { asSummary } = this.#view;
    const text = this.#text;
    const item: OutputReasoning = {
      id: this.#place.id,
      type: "reasoning",
      summary: asSummary && text !== "" ? [{ type: "summary_text", text }] : [],
      status,
    };
    if (!asSummary && text !== "") {
      item.content = [{ type: "reasoning_text", text }];
    }
    const encrypted = this.#encrypted();
    if (encrypted !== undefined) {
      item.encrypted_content = encrypted;
    }
    return item;
  }

  close(status: ItemStatus): OutputReasoning {
    if (this.#text !== "") {
      this.#closeText(this.#text);
    }
    const item = this.itemAs(status);
    this.#events.write("response.output_item.done", { output_index: this.#place.outputIndex, item });
    return item;
  }

  #encrypted(): string | undefined {
    if (this.#redacted !== undefined) {
      return encryptedContent({ redactedContent: this.#redacted });
    }
    if (this.#signature !== undefined) {
      return encryptedContent({ reasoningText: { text: this.#text, signature: this.#signature } });
    }
    return this.#view.alwaysEncrypted && this.#text !== ""
      ? encryptedContent({ reasoningText: { text: this.#text } })
      : undefined;
  }

  #partPlace(): object {
    const { id: item_id, outputIndex: output_index } = this.#place;
    return this.#view.asSummary
      ? { item_id, output_index, summary_index: 0 }
      : { item_id, output_index, content_index: 0 };
  }

  #openText(): string {
    const place = this.#partPlace();
    if (this.#view.asSummary) {
      const part = { type: "summary_text", text: "" };
      this.#events.write("response.reasoning_summary_part.added", { ...place, part });
      return this.#events.deltaHead("response.reasoning_summary_text.delta", place);
    }
    this.#events.write("response.content_part.added", { ...place, part: { type: "reasoning_text", text: "" } });
    return this.#events.deltaHead("response.reasoning_text.delta", place);
  }

  #closeText(text: string): void {
    const place = this.#partPlace();
    if (this.#view.asSummary) {
      this.#events.write("response.reasoning_summary_text.done", { ...place, text });
      const part = { type: "summary_text", text };
      this.#events.write("response.reasoning_summary_part.done", { ...place, part });
    } else {
      this.#events.write("response.reasoning_text.done", { ...place, text });
      this.#events.write("response.content_part.done", { ...place, part: { type: "reasoning_text", text } });
    }
  }
}
