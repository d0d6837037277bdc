import type { ContentBlock } from "../converse/content.ts";
import { isJsonObject, parsedJson, type JsonObject } from "../json.ts";
import type { TextPieces } from "./reasoning-tags.ts";

/** Where the readers of native answers write the content of an answer, piece by piece and in its order. */
export interface AnswerBlocks extends TextPieces {
  toolStart(toolUse: { toolUseId: string; name: string }): void;
  /** A piece of the JSON text of the call that was started last. */
  toolInput(piece: string): void;
}

/** The content of a whole answer: pieces of one kind that follow each other are one block. */
export class BlockList implements AnswerBlocks {
  readonly #blocks: ContentBlock[] = [];
  /** The JSON text of the calls' arguments, by the number of the block. */
  readonly #inputs = new Map<number, string>();

  text(piece: string): void {
    const last = this.#blocks.at(-1);
    if (last?.text !== undefined) {
      last.text += piece;
    } else if (piece !== "") {
      this.#blocks.push({ text: piece });
    }
  }

  reasoning({ text }: { text: string }): void {
    const last = this.#blocks.at(-1)?.reasoningContent?.reasoningText;
    if (last !== undefined) {
      last.text += text;
    } else {
      this.#blocks.push({ reasoningContent: { reasoningText: { text } } });
    }
  }

  toolStart({ toolUseId, name }: { toolUseId: string; name: string }): void {
    this.#blocks.push({ toolUse: { toolUseId, name, input: {} } });
  }

  toolInput(piece: string): void {
    const index = this.#blocks.length - 1;
    this.#inputs.set(index, (this.#inputs.get(index) ?? "") + piece);
  }

  /** The arguments of calls as the model wrote them, by the number of the block; none for a call without arguments. */
  get inputs(): ReadonlyMap<number, string> {
    return this.#inputs;
  }

  /** The blocks, the calls with their arguments. */
  finished(): ContentBlock[] {
    return this.#blocks.map((block, index) =>
      block.toolUse === undefined
        ? block
        : { toolUse: { ...block.toolUse, input: inputOf(this.#inputs.get(index) ?? "") } },
    );
  }
}

/** Arguments as the object that Converse wants: none are empty, and what is no JSON object is wrapped, so that the caller sees the model's own words. */
function inputOf(text: string): JsonObject {
  if (text.trim() === "") {
    return {};
  }
  const value = parsedJson(text);
  return isJsonObject(value) ? value : { arguments: value === undefined ? text : value };
}
