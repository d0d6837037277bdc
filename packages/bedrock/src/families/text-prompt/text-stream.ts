import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { AnswerStream, type AnswerPart } from "../answer-stream.ts";
import { textIn } from "../native-errors.ts";

/** What a chunk of a family says whose answers are one text. */
export interface TextChunk extends AnswerPart {
  text: JsonValue | undefined;
}

export interface TextChunkReader {
  /** Members that the family's chunks may have. */
  names: readonly string[];
  read(chunk: JsonObject): TextChunk;
}

/** Reads the stream of a family whose answers are one text. */
export class TextStream extends AnswerStream {
  constructor(emit: (event: ConverseStreamEvent) => void, reader: TextChunkReader) {
    super(emit, reader.names, (blocks) => ({
      read(chunk) {
        const { text, ...rest } = reader.read(chunk);
        blocks.text(textIn(text, "a chunk") ?? "");
        return rest;
      },
    }));
  }
}
