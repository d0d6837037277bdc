import { Buffer } from "node:buffer";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { cannedModels, countedWord } from "./models.mjs";

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString("utf8"),
  (text) => Buffer.from(text, "utf8"),
);
/** Bedrock pads every event with a piece of the alphabet, so that its length tells nothing about the text. */
const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** Different deltas, used in turn. */
const deltaKinds = 64;

const requestHeaders = ["x-amzn-RequestId: 5d3c2a1e-9b1f-4a53-8a0e-2f6f3f6f9d11", `Date: ${new Date().toUTCString()}`];

function head(status, lines) {
  return Buffer.from([`HTTP/1.1 ${status}`, ...requestHeaders, ...lines, "", ""].join("\r\n"), "latin1");
}

function frame(eventType, payload) {
  const text = (value) => ({ type: "string", value });
  return Buffer.from(
    codec.encode({
      headers: {
        ":event-type": text(eventType),
        ":content-type": text("application/json"),
        ":message-type": text("event"),
      },
      body: Buffer.from(JSON.stringify(payload)),
    }),
  );
}

/** One HTTP chunk an event, as Bedrock sends them. */
function chunk(bytes) {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

function usage(outputTokens) {
  return { inputTokens: 25, outputTokens, totalTokens: 25 + outputTokens };
}

function wholeAnswer({ textBytes }) {
  const filler = 'The tunnel runs level; a line\nends here, and "quotes" occur. ';
  const text = `${countedWord} ${filler.repeat(Math.ceil(textBytes / filler.length))}`.slice(0, textBytes);
  const body = JSON.stringify({
    metrics: { latencyMs: 412 },
    output: { message: { content: [{ text }], role: "assistant" } },
    stopReason: "end_turn",
    usage: usage(Math.ceil(textBytes / 4)),
  });
  const lines = ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`];
  return Buffer.concat([head("200 OK", lines), Buffer.from(body)]);
}

function deltaChunk(index) {
  const payload = {
    contentBlockIndex: 0,
    delta: { text: ` ${countedWord}${index % 3 === 0 ? " and more" : ""}` },
    p: alphabet.slice(0, 3 + ((index * 17) % 50)),
  };
  return chunk(frame("contentBlockDelta", payload));
}

const deltas = Array.from({ length: deltaKinds }, (_, index) => deltaChunk(index));

function lastChunks(events) {
  const tokens = Number.isFinite(events) ? events : 0;
  return Buffer.concat([
    chunk(frame("contentBlockStop", { contentBlockIndex: 0, p: "abcdefgh" })),
    chunk(frame("messageStop", { p: "abcdefghijkl", stopReason: "end_turn" })),
    chunk(frame("metadata", { metrics: { latencyMs: 900 }, p: "abc", usage: usage(tokens) })),
    Buffer.from("0\r\n\r\n"),
  ]);
}

function streamAnswer({ events, intervalMs }) {
  const lines = ["Content-Type: application/vnd.amazon.eventstream", "Transfer-Encoding: chunked"];
  const first = Buffer.concat([
    head("200 OK", lines),
    chunk(frame("messageStart", { p: "abcdefghijklm", role: "assistant" })),
    deltas[0],
  ]);
  const last = lastChunks(events);
  if (intervalMs > 0) return { first, deltas, events, intervalMs, last };
  const rest = Array.from({ length: events - 1 }, (_, index) => deltas[(index + 1) % deltaKinds]);
  return { first: Buffer.concat([first, ...rest, last]), intervalMs: 0 };
}

/** A native chunk. Its text is in base64: the counted word stands in the padding too, for targets that pass the frame on. */
function nativeChunk(value, padding = "") {
  return chunk(frame("chunk", { bytes: Buffer.from(JSON.stringify(value)).toString("base64"), p: padding }));
}

/** Claude's stream of so many text deltas, all at once. */
function claudeAnswer(events) {
  const lines = ["Content-Type: application/vnd.amazon.eventstream", "Transfer-Encoding: chunked"];
  const usage = { input_tokens: 25, output_tokens: 1 };
  const message = { id: "msg_bdrk_01", type: "message", role: "assistant", model: "claude", content: [], usage };
  const text = Array.from({ length: events }, (_, index) =>
    nativeChunk(
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "text_delta", text: ` ${countedWord}${index % 3 === 0 ? " and more" : ""}` },
      },
      countedWord,
    ),
  );
  const metrics = { inputTokenCount: 25, outputTokenCount: events, invocationLatency: 900, firstByteLatency: 300 };
  const first = Buffer.concat([
    head("200 OK", lines),
    nativeChunk({ type: "message_start", message }),
    nativeChunk({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    ...text,
    nativeChunk({ type: "content_block_stop", index: 0 }),
    nativeChunk({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: events } }),
    nativeChunk({ type: "message_stop", "amazon-bedrock-invocationMetrics": metrics }),
    Buffer.from("0\r\n\r\n"),
  ]);
  return { first, intervalMs: 0 };
}

/** Path -> what is written back: `{whole: Buffer}` or `{stream: {first, deltas, events, intervalMs, last}}`. */
export function answersByPath() {
  const answers = new Map();
  for (const { id, whole, stream, chunks } of Object.values(cannedModels)) {
    const reply = { whole: wholeAnswer(whole) };
    const events = { stream: streamAnswer(stream) };
    for (const name of [id, encodeURIComponent(id)]) {
      answers.set(`/model/${name}/converse`, reply);
      answers.set(`/model/${name}/converse-stream`, events);
      if (chunks !== undefined) {
        answers.set(`/model/${name}/invoke-with-response-stream`, { stream: claudeAnswer(chunks) });
      }
    }
  }
  return answers;
}

const unknownBody = JSON.stringify({ message: "The canned upstream has no such path." });
export const unknownPath = Buffer.concat([
  head("404 Not Found", ["Content-Type: application/json", `Content-Length: ${unknownBody.length}`]),
  Buffer.from(unknownBody),
]);
