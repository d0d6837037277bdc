import { Buffer } from "node:buffer";
import type { Citation, ContentBlock, ConversationRole } from "../converse/content.ts";
import type { ConverseResponse } from "../converse/response.ts";
import type { ContentBlockDelta, ContentBlockStart, ConverseStreamEvent } from "../converse/stream-events.ts";
import { parsedJson, type JsonObject, type JsonValue } from "../json.ts";

/** A block of which pieces have come. */
interface OpenBlock {
  start: ContentBlockStart | undefined;
  text: string | undefined;
  input: string;
  citations: Citation[];
  reasoning: string | undefined;
  signature: string;
  redacted: string[];
  /** Deltas of other kinds, as they came. */
  rest: JsonObject;
}

/** Puts the events of a stream together to the answer that a whole call would have brought. */
export class ResponseCollector {
  readonly #blocks = new Map<number, OpenBlock>();
  #role: ConversationRole = "assistant";
  readonly #end: Omit<ConverseResponse, "output" | "stopReason"> = {};
  #stopReason = "";
  /** Names of events that this version does not know. */
  readonly unknownEvents = new Set<string>();

  /** Takes the next event. */
  push(event: ConverseStreamEvent): void {
    switch (event.type) {
      case "messageStart":
        this.#role = event.role;
        return;
      case "contentBlockStart":
        this.#block(event.contentBlockIndex).start = event.start;
        return;
      case "contentBlockDelta":
        addDelta(this.#block(event.contentBlockIndex), event.delta);
        return;
      case "contentBlockStop":
        return;
      case "messageStop": {
        const { type: _type, stopReason, ...rest } = event;
        this.#stopReason = stopReason;
        Object.assign(this.#end, rest);
        return;
      }
      case "metadata": {
        const { type: _type, ...rest } = event;
        Object.assign(this.#end, rest);
        return;
      }
      case "unknown":
        this.unknownEvents.add(event.eventType);
    }
  }

  /** The answer. */
  response(): ConverseResponse {
    const content = this.#ordered().map((block) => blockFrom(block));
    return { output: { message: { role: this.#role, content } }, stopReason: this.#stopReason, ...this.#end };
  }

  /**
   * As much of the answer's text as tells the arguments of the calls in their own words: numbers are in it that a double cannot hold. What
   * is no JSON is left out.
   */
  source(): string {
    const blocks = this.#ordered().map(({ input }) =>
      parsedJson(input) === undefined ? "{}" : `{"toolUse":{"input":${input}}}`,
    );
    return `{"output":{"message":{"content":[${blocks.join(",")}]}}}`;
  }

  #block(index: number): OpenBlock {
    const known = this.#blocks.get(index);
    if (known !== undefined) {
      return known;
    }
    const made: OpenBlock = {
      start: undefined,
      text: undefined,
      input: "",
      citations: [],
      reasoning: undefined,
      signature: "",
      redacted: [],
      rest: {},
    };
    this.#blocks.set(index, made);
    return made;
  }

  /** Without those that only began, such as gpt-oss's empty text. */
  #ordered(): OpenBlock[] {
    return [...this.#blocks.entries()]
      .toSorted(([one], [other]) => one - other)
      .map(([, block]) => block)
      .filter((block) => !isEmpty(block));
  }
}

function addDelta(block: OpenBlock, delta: ContentBlockDelta): void {
  const { text, toolUse, reasoningContent, citation, toolResult, image, ...rest } = delta;
  if (text !== undefined) block.text = (block.text ?? "") + text;
  if (toolUse !== undefined) block.input += toolUse.input;
  if (citation !== undefined) block.citations.push(citation);
  if (reasoningContent?.text !== undefined) block.reasoning = (block.reasoning ?? "") + reasoningContent.text;
  if (reasoningContent?.signature !== undefined) block.signature += reasoningContent.signature;
  if (reasoningContent?.redactedContent !== undefined) block.redacted.push(reasoningContent.redactedContent);
  if (toolResult !== undefined) addResult(block, toolResult);
  if (image !== undefined) block.rest["image"] = { ...(block.rest["image"] as JsonObject), ...(image as JsonObject) };
  Object.assign(block.rest, rest);
}

/** The pieces came as JSON; their types are interfaces, which are no JSON to TypeScript. */
function addResult(block: OpenBlock, pieces: NonNullable<ContentBlockDelta["toolResult"]>): void {
  const known = (block.rest["toolResult"] ??= []) as JsonValue[];
  for (const piece of pieces as unknown as JsonValue[]) known.push(piece);
}

function isEmpty({ start, text, reasoning, signature, redacted, citations, rest }: OpenBlock): boolean {
  const isSaid = (text ?? "") !== "" || reasoning !== undefined || signature !== "" || redacted.length > 0;
  return start === undefined && !isSaid && citations.length === 0 && Object.keys(rest).length === 0;
}

function blockFrom(block: OpenBlock): ContentBlock {
  const { text, citations } = block;
  const known = startedBlock(block) ?? reasoningBlock(block);
  if (known !== undefined) {
    return known;
  }
  if (citations.length > 0) {
    return { citationsContent: { content: text === undefined ? [] : [{ text }], citations } };
  }
  return text === undefined ? (block.rest as unknown as ContentBlock) : { text };
}

function startedBlock({ start, input, rest }: OpenBlock): ContentBlock | undefined {
  if (start?.toolUse !== undefined) {
    return { toolUse: { ...start.toolUse, input: inputFrom(input) } };
  }
  if (start?.toolResult !== undefined) {
    return { toolResult: { ...start.toolResult, content: rest["toolResult"] ?? [] } } as unknown as ContentBlock;
  }
  return start?.image === undefined
    ? undefined
    : ({ image: { ...start.image, ...(rest["image"] as JsonObject) } } as unknown as ContentBlock);
}

function reasoningBlock({ reasoning, signature, redacted }: OpenBlock): ContentBlock | undefined {
  if (redacted.length > 0) {
    return { reasoningContent: { redactedContent: joinedBase64(redacted) } };
  }
  return reasoning === undefined && signature === ""
    ? undefined
    : { reasoningContent: { reasoningText: { text: reasoning ?? "", ...(signature !== "" && { signature }) } } };
}

/** A call without arguments streams as an empty text; one that the limit of tokens cut is no JSON, and stays the text it is. */
function inputFrom(input: string): JsonValue {
  return input === "" ? {} : (parsedJson(input) ?? input);
}

/** Pieces of base64, each padded by itself. */
function joinedBase64(pieces: readonly string[]): string {
  const [only = ""] = pieces;
  return pieces.length === 1
    ? only
    : Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64"))).toString("base64");
}
