import { unescaped } from "../translation/answers/event-text.ts";
import type { ItemPlace, OpenItem } from "./open-item.ts";
import type { ResponseEvents } from "./response-events.ts";
import type { ItemStatus, OutputMessage, OutputText, UrlCitation } from "./response-object.ts";

/** Where the one part of a message stands. */
interface PartPlace {
  item_id: string;
  output_index: number;
  content_index: 0;
}

/** The text of an answer: blocks that follow each other are one message of one part, with nothing between them. */
export class OpenMessage implements OpenItem {
  readonly #place: ItemPlace;
  readonly #events: ResponseEvents;
  readonly #deltaHead: string;
  readonly #annotations: UrlCitation[] = [];
  /** Text of the blocks that are over. */
  #text = "";
  /** Escaped text of the block in hand, and the citations that it has. */
  #piece = "";
  #cited: { url: string; title: string }[] = [];
  #blockIndex = -1;

  constructor(place: ItemPlace, events: ResponseEvents) {
    this.#place = place;
    this.#events = events;
    const { outputIndex: output_index } = place;
    this.#deltaHead = events.deltaHead("response.output_text.delta", this.#ofPart({ logprobs: [] }));
    events.write("response.output_item.added", { output_index, item: { ...this.itemAs("in_progress"), content: [] } });
    events.write("response.content_part.added", this.#ofPart({ part: this.#partSoFar() }));
  }

  write(blockIndex: number, escaped: string): void {
    this.#standAt(blockIndex);
    this.#piece += escaped;
    this.#events.writeDelta(this.#deltaHead, escaped);
  }

  /** A source of the block, whose text AWS sends after it. */
  cite(blockIndex: number, url: string, title: string): void {
    this.#standAt(blockIndex);
    this.#cited.push({ url, title });
  }

  /** The block in hand is over: it is known now which piece of the text its citations support. */
  stopBlock(): void {
    const start = this.#text.length;
    this.#text += unescaped(this.#piece);
    this.#piece = "";
    for (const { url, title } of this.#cited) {
      const annotation: UrlCitation = {
        type: "url_citation",
        url,
        title,
        start_index: start,
        end_index: this.#text.length,
      };
      const annotation_index = this.#annotations.length;
      this.#annotations.push(annotation);
      this.#events.write("response.output_text.annotation.added", this.#ofPart({ annotation_index, annotation }));
    }
    this.#cited = [];
  }

  itemAs(status: ItemStatus): OutputMessage {
    return { id: this.#place.id, type: "message", status, role: "assistant", content: [this.#partSoFar()] };
  }

  close(status: ItemStatus): OutputMessage {
    this.stopBlock();
    const item = this.itemAs(status);
    const part = this.#partSoFar();
    this.#events.write("response.output_text.done", this.#ofPart({ text: part.text, logprobs: [] }));
    this.#events.write("response.content_part.done", this.#ofPart({ part }));
    this.#events.write("response.output_item.done", { output_index: this.#place.outputIndex, item });
    return item;
  }

  /** AWS says where a text ends, but its neighbour's index says it as well. */
  #standAt(blockIndex: number): void {
    if (blockIndex !== this.#blockIndex) {
      this.stopBlock();
      this.#blockIndex = blockIndex;
    }
  }

  /** The members of an event of the one part, `more` behind them. */
  #ofPart<More extends object>(more: More): PartPlace & More {
    const { id, outputIndex } = this.#place;
    return { item_id: id, output_index: outputIndex, content_index: 0, ...more };
  }

  #partSoFar(): OutputText {
    return { type: "output_text", annotations: [...this.#annotations], text: this.#text + unescaped(this.#piece) };
  }
}
