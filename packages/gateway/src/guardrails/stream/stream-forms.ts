/** Where the text of an answer stands in the events of its stream, by the dialect. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { valueAt, type ValuePath } from "@adit/bedrock/gateway";
import type { RequestType } from "../check.ts";
import { chatFields, converseFields } from "../answer-texts.ts";
import type { PlacedText } from "../placed-text.ts";
import { contentTexts, itemTexts, objectAt, partTexts, stringsIn, textAt } from "../texts-in-parts.ts";
import { nativeTrace, traceTextsIn } from "../trace-texts.ts";

/** A piece of one of the answer's texts. */
export interface StreamPiece {
  /** Which text it belongs to. */
  slot: string;
  /** The text that it says again, beside it, as `content_blocks` do. */
  mirrors?: string;
  path: ValuePath;
  text: string;
  /** True: it is a text by itself, and what comes in its slot later is another. */
  isWhole?: boolean;
}

/** A place where a whole text is said again, once its pieces have come. */
export interface StreamRepeat {
  slot: string;
  path: ValuePath;
}

export interface StreamForm {
  pieces(event: JsonObject): StreamPiece[];
  repeats(event: JsonObject): StreamRepeat[];
  /** True for an event that says that an answer begins, and nothing of what is in it. */
  opens(event: JsonObject): boolean;
  /** Texts that nothing is added to from this event on, as far as it tells. */
  ends(event: JsonObject): string[];
}

const noRepeats = (): StreamRepeat[] => [];

const chat: StreamForm = {
  opens: (event) => {
    const choices = entriesOf(event["choices"]);
    return choices.length > 0 && choices.every(({ value }) => isOpening(value));
  },
  pieces: (event) => [...chatPieces(event), ...piecesOfTheirOwn(chatWhole(event))],
  ends: (event) => [
    ...entriesOf(event["choices"]).flatMap(endsInChoice),
    ...slotsOf(piecesOfTheirOwn(chatWhole(event))),
  ],
  // Perplexity says beside each delta all that came so far.
  repeats: (event) =>
    entriesOf(event["choices"]).flatMap(({ value: { index: number, message }, index }) => {
      const slot = slotOf(number ?? index);
      const path = ["choices", index];
      const said = isJsonObject(message) ? message : {};
      return [
        ...repeatOf(said["content"], { slot, path: [...path, "message", "content"] }),
        ...repeatOf(said["refusal"], { slot: `${slot} refusal`, path: [...path, "message", "refusal"] }),
      ];
    }),
};

function repeatOf(text: JsonValue | undefined, repeat: StreamRepeat): StreamRepeat[] {
  return typeof text === "string" ? [repeat] : [];
}

function chatPieces(event: JsonObject): StreamPiece[] {
  return entriesOf(event["choices"]).flatMap(({ value: choice, index }) => {
    const slot = slotOf(choice["index"] ?? index);
    // Together says each piece here too.
    const beside = pieceOf(choice["text"], { slot: `${slot} text`, path: ["choices", index, "text"], mirrors: slot });
    const delta = choice["delta"];
    if (!isJsonObject(delta)) return beside;
    const path = ["choices", index, "delta"];
    const blocks = entriesOf(delta["content_blocks"]).flatMap(({ value: block, index: place }) => {
      const inner = block["delta"];
      const at = [...path, "content_blocks", place, "delta"];
      if (!isJsonObject(inner)) return [];
      return [
        ...pieceOf(inner["text"], { slot: `${slot} blocks`, path: [...at, "text"], mirrors: slot }),
        ...resultPieces(inner, at, `${slot} results`),
      ];
    });
    const { content, refusal, audio } = delta;
    return [
      // Some hosts write lists of parts, as whole answers may have them.
      ...piecesOf(contentTexts(content, [...path, "content"]), slot),
      ...pieceOf(refusal, { slot: `${slot} refusal`, path: [...path, "refusal"] }),
      ...(isJsonObject(audio)
        ? pieceOf(audio["transcript"], { slot: `${slot} audio`, path: [...path, "audio", "transcript"] })
        : []),
      ...beside,
      ...blocks,
    ];
  });
}

/** What chunks say whole. */
function chatWhole(event: JsonObject): PlacedText[] {
  const fields = entriesOf(event["choices"]).flatMap(({ value, index }) =>
    stringsIn(objectAt(value, "delta")[chatFields], ["choices", index, "delta", chatFields]),
  );
  return [...fields, ...traceTextsIn(event, "trace")];
}

/** At its finish reason all of a choice's, and what a tool gave once the model itself says more. */
function endsInChoice({ value: { index, delta, finish_reason: reason }, index: place }: Entry): string[] {
  const slot = slotOf(index ?? place);
  if ((reason ?? null) !== null)
    return [slot, ...["text", "blocks", "results", "refusal", "audio"].map((of) => `${slot} ${of}`)];
  return isJsonObject(delta) && typeof delta["content"] === "string" && delta["content"] !== ""
    ? [`${slot} results`]
    : [];
}

/** Who speaks, and an empty text. */
function isOpening({ delta, finish_reason: reason }: JsonObject): boolean {
  if (!isJsonObject(delta) || (reason ?? null) !== null) return false;
  return Object.entries(delta).every(([name, value]) => name === "role" || (value ?? "") === "");
}

/** What a tool has given that AWS ran itself: text, which comes by pieces, and JSON, which comes whole, and in which each text is one by itself. */
function resultPieces(delta: JsonObject, path: ValuePath, slot: string): StreamPiece[] {
  return contentTexts(delta["toolResult"], [...path, "toolResult"]).flatMap(({ path: at, text }) =>
    pieceOf(text, { slot, path: at, isWhole: at[path.length + 2] === "json" }),
  );
}

function piecesOf(placed: readonly PlacedText[], slot: string): StreamPiece[] {
  return placed.flatMap(({ path, text }) => pieceOf(text, { slot, path }));
}

const complete: StreamForm = {
  opens: () => false,
  pieces: (event) =>
    entriesOf(event["choices"]).flatMap(({ value: choice, index }) =>
      pieceOf(choice["text"], { slot: slotOf(choice["index"] ?? index), path: ["choices", index, "text"] }),
    ),
  ends: (event) =>
    entriesOf(event["choices"]).flatMap(({ value: choice, index }) =>
      (choice["finish_reason"] ?? null) === null ? [] : [slotOf(choice["index"] ?? index)],
    ),
  repeats: noRepeats,
};

const messages: StreamForm = {
  opens: ({ type }) => type === "message_start" || type === "ping",
  pieces: (event) => {
    const slot = slotOf(event["index"]);
    const { delta, content_block: block } = event;
    return [
      ...(isJsonObject(delta) && delta["type"] === "text_delta"
        ? pieceOf(delta["text"], { slot, path: ["delta", "text"] })
        : []),
      // What Claude makes of a long conversation.
      ...(isJsonObject(delta) && delta["type"] === "compaction_delta"
        ? pieceOf(delta["content"], { slot, path: ["delta", "content"] })
        : []),
      ...blockPieces(block, slot),
      ...piecesOfTheirOwn(messagesWhole(event)),
    ];
  },
  ends: (event) => [
    ...(event["type"] === "content_block_stop" ? [slotOf(event["index"])] : []),
    ...slotsOf(blockPieces(event["content_block"], slotOf(event["index"]))).filter((slot) => slot.includes(" ")),
    ...slotsOf(piecesOfTheirOwn(messagesWhole(event))),
  ],
  repeats: noRepeats,
};

/** With what a block begins: the first of its own text, or what a tool gave, of which each text is one by itself and comes whole. */
function blockPieces(block: JsonValue | undefined, slot: string): StreamPiece[] {
  if (!isJsonObject(block)) return [];
  return partTexts(block, ["content_block"], "answered").flatMap(({ path, text }) =>
    pieceOf(text, { slot: path.length === 2 ? slot : `${slot} ${path.join(" ")}`, path }),
  );
}

/** What Claude begins with, why it refused, and the trace: they come whole. */
function messagesWhole(event: JsonObject): PlacedText[] {
  const details = objectAt(objectAt(event, "delta"), "stop_details");
  return [
    ...contentTexts(objectAt(event, "message")["content"], ["message", "content"]),
    ...textAt(details, "explanation", ["delta", "stop_details"]),
    ...traceTextsIn(event, nativeTrace),
  ];
}

/** Claude's chunks under InvokeModel, those of its text completions too. @throws AditError `corrupt_stream` for a chunk of another's. */
const chunks: StreamForm = {
  opens: (event) => messages.opens(event),
  pieces: (event) => {
    const { type, completion } = event;
    if (typeof type !== "string" && typeof completion !== "string") throw notClaudes();
    return [...messages.pieces(event), ...pieceOf(completion, { slot: "completion", path: ["completion"] })];
  },
  ends: (event) => [...messages.ends(event), ...((event["stop_reason"] ?? null) === null ? [] : ["completion"])],
  repeats: noRepeats,
};

/** What no check can see into does not pass. */
function notClaudes(): AditError {
  return new AditError("corrupt_stream", "A chunk of the stream is none of Claude's, and it has a guardrail to pass.");
}

const converse: StreamForm = {
  opens: ({ role }) => role !== undefined,
  pieces: (event) => {
    const { delta } = event;
    const slot = slotOf(event["contentBlockIndex"]);
    const own = isJsonObject(delta)
      ? [...pieceOf(delta["text"], { slot, path: ["delta", "text"] }), ...resultPieces(delta, ["delta"], slot)]
      : [];
    return [...own, ...piecesOfTheirOwn(converseWhole(event))];
  },
  // The event that ends a block has nothing but its number.
  ends: (event) => [
    ...(event["contentBlockIndex"] !== undefined && event["delta"] === undefined && event["start"] === undefined
      ? [slotOf(event["contentBlockIndex"])]
      : []),
    ...slotsOf(piecesOfTheirOwn(converseWhole(event))),
  ],
  repeats: noRepeats,
};

/** What the last events say whole. */
function converseWhole(event: JsonObject): PlacedText[] {
  return [...stringsIn(event[converseFields], [converseFields]), ...traceTextsIn(event, "trace")];
}

const transcript = "transcript";

const responses: StreamForm = {
  opens: ({ type }) => type === "response.created" || type === "response.queued" || type === "response.in_progress",
  pieces: (event) => {
    const { type, delta, item, output_index: index } = event;
    if (type === "response.output_text.delta" || type === "response.refusal.delta") {
      return pieceOf(delta, { slot: partSlot(event), path: ["delta"] });
    }
    // Of no item: there is one.
    if (type === "response.audio.transcript.delta") return pieceOf(delta, { slot: transcript, path: ["delta"] });
    return type === "response.output_item.done" ? toolPieces(item, index, ["item"]) : [];
  },
  ends: (event) => {
    const { type, item, output_index: index } = event;
    if (type === "response.audio.transcript.done") return [transcript];
    if (type === "response.output_item.done") return slotsOf(toolPieces(item, index, ["item"]));
    return type === "response.output_text.done" || type === "response.refusal.done" ? [partSlot(event)] : [];
  },
  repeats: (event) => {
    const { type, part, response } = event;
    if (type === "response.output_text.done") return [{ slot: partSlot(event), path: ["text"] }];
    if (type === "response.refusal.done") return [{ slot: partSlot(event), path: ["refusal"] }];
    if ((type === "response.content_part.added" || type === "response.content_part.done") && isJsonObject(part)) {
      return saidIn(part, partSlot(event), ["part"]);
    }
    if (type === "response.output_item.added" || type === "response.output_item.done")
      return itemRepeats(event["item"], event["output_index"], ["item"]);
    if (!isJsonObject(response)) return [];
    const said = entriesOf(response["output"]).flatMap(({ value, index }) =>
      itemRepeats(value, index, ["response", "output", index]),
    );
    const { output_text: whole } = response;
    // Mostly that of the only item.
    const again = said.find(({ path }) => valueAt(event, path.map(String)) === whole);
    return [...said, ...repeatOf(whole, { slot: again?.slot ?? "output_text", path: ["response", "output_text"] })];
  },
};

function itemRepeats(item: JsonValue | undefined, outputIndex: JsonValue | undefined, path: ValuePath): StreamRepeat[] {
  if (!isJsonObject(item)) return [];
  const said = entriesOf(item["content"]).flatMap(({ value, index }) =>
    saidIn(value, `${slotOf(outputIndex)}/${index}`, [...path, "content", index]),
  );
  return [...said, ...toolPieces(item, outputIndex, path)];
}

/** What a host's own tool gave, which is told once it is whole: an MCP server, a search of files, a shell. */
function toolPieces(item: JsonValue | undefined, outputIndex: JsonValue | undefined, path: ValuePath): StreamPiece[] {
  if (!isJsonObject(item)) return [];
  const { content: _content, refusal: _refusal, ...beside } = item;
  return itemTexts(beside, path, "answered").flatMap((placed) =>
    pieceOf(placed.text, {
      slot: `${slotOf(outputIndex)} ${placed.path.slice(path.length).join(" ")}`,
      path: placed.path,
    }),
  );
}

/** Where a part of an answer has its text. */
function saidIn(part: JsonObject, slot: string, path: ValuePath): StreamRepeat[] {
  return ["text", "refusal", transcript].flatMap((name) =>
    repeatOf(part[name], { slot: name === transcript ? transcript : slot, path: [...path, name] }),
  );
}

function partSlot(event: JsonObject): string {
  return `${slotOf(event["output_index"])}/${slotOf(event["content_index"])}`;
}

/** Each is a text of its own, and comes whole. */
function piecesOfTheirOwn(placed: readonly PlacedText[]): StreamPiece[] {
  return placed.flatMap(({ path, text }) => pieceOf(text, { slot: path.join(" "), path }));
}

function slotsOf(pieces: readonly StreamPiece[]): string[] {
  return pieces.map(({ slot }) => slot);
}

/** Undefined for what has no stream of texts. */
export function streamFormOf(type: RequestType): StreamForm | undefined {
  switch (type) {
    case "chatComplete":
      return chat;
    case "complete":
      return complete;
    case "messages":
      return messages;
    case "invoke":
      return chunks;
    case "createModelResponse":
      return responses;
    case "converse":
      return converse;
    case "embed":
      return undefined;
  }
}

function slotOf(value: JsonValue | undefined): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "0";
}

function pieceOf(text: JsonValue | undefined, place: Omit<StreamPiece, "text">): StreamPiece[] {
  return typeof text === "string" && text !== "" ? [{ ...place, text }] : [];
}

interface Entry {
  value: JsonObject;
  index: number;
}

function entriesOf(list: JsonValue | undefined): Entry[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((value, index) => (isJsonObject(value) ? [{ value, index }] : []));
}
