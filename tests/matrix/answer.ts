/** What an answer of any dialect holds, whole or streamed, read without Adit's own code. */
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";

type Json = Record<string, unknown>;

export interface Answer {
  text: string;
  /** Names of the tools that were called, with the JSON text of their arguments. */
  calls: { name: string; input: string }[];
  reasoning: string;
}

/** Reads the body of a 200. */
export async function readAnswer(reply: Response): Promise<Answer> {
  const type = reply.headers.get("content-type") ?? "";
  const bytes = new Uint8Array(await reply.arrayBuffer());
  const events = type.startsWith("text/event-stream")
    ? sseEvents(toUtf8(bytes))
    : type.startsWith("application/vnd.amazon.eventstream")
      ? frames(bytes)
      : [JSON.parse(toUtf8(bytes)) as Json];
  const answer: Answer = { text: "", calls: [], reasoning: "" };
  for (const event of events) read(event, answer);
  return answer;
}

function sseEvents(text: string): Json[] {
  return text
    .split("\n\n")
    .flatMap((block) => block.split("\n").filter((line) => line.startsWith("data: ")))
    .map((line) => line.slice("data: ".length))
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data) as Json);
}

function frames(bytes: Uint8Array): Json[] {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const view = Buffer.from(bytes);
  const events: Json[] = [];
  for (let at = 0; at < view.length; at += view.readUInt32BE(at)) {
    const { headers, body } = codec.decode(view.subarray(at, at + view.readUInt32BE(at)));
    const payload = JSON.parse(toUtf8(body)) as Json;
    if (headers[":message-type"]?.value !== "event") throw new Error(JSON.stringify(payload));
    events.push({ [String(headers[":event-type"]?.value)]: payload });
  }
  return events;
}

/** One event, or a whole answer: what is in it is added. */
function read(event: Json, answer: Answer): void {
  if (event["error"] !== undefined && event["error"] !== null) throw new Error(JSON.stringify(event));
  for (const choice of list(event["choices"])) readChoice(choice, answer);
  readConverse(event, answer);
  if (Array.isArray(event["content"])) readBlocks(list(event["content"]), answer);
  readMessagesEvent(event, answer);
  const isLast = /^response\.(?:completed|incomplete)$/.test(text(event["type"]));
  const response = isLast ? object(event["response"]) : event["object"] === "response" ? event : undefined;
  for (const item of list(response?.["output"])) readItem(item, answer);
}

function readChoice(choice: Json, answer: Answer): void {
  const message = object(choice["message"] ?? choice["delta"]);
  answer.text += text(choice["text"]) + text(message["content"]);
  answer.reasoning += text(message["reasoning_content"]);
  for (const call of list(message["tool_calls"])) {
    const called = object(call["function"]);
    if (called["name"] !== undefined) answer.calls.push({ name: text(called["name"]), input: "" });
    addInput(answer, text(called["arguments"]));
  }
}

function readItem(item: Json, answer: Answer): void {
  if (item["type"] === "message") for (const part of list(item["content"])) answer.text += text(part["text"]);
  if (item["type"] === "reasoning") {
    for (const part of [...list(item["summary"]), ...list(item["content"])]) answer.reasoning += text(part["text"]);
  }
  if (item["type"] === "function_call") {
    answer.calls.push({ name: text(item["name"]), input: text(item["arguments"]) });
  }
}

function readMessagesEvent(event: Json, answer: Answer): void {
  if (event["type"] === "content_block_start") {
    const block = object(event["content_block"]);
    if (block["type"] === "tool_use") answer.calls.push({ name: text(block["name"]), input: "" });
  }
  if (event["type"] === "content_block_delta") {
    const delta = object(event["delta"]);
    answer.text += text(delta["text"]);
    answer.reasoning += text(delta["thinking"]);
    addInput(answer, text(delta["partial_json"]));
  }
}

/** Anthropic's blocks, and Converse's. */
function readBlocks(blocks: Json[], answer: Answer): void {
  for (const block of blocks) {
    answer.text += text(block["text"]);
    answer.reasoning +=
      text(block["thinking"]) + text(object(object(block["reasoningContent"])["reasoningText"])["text"]);
    const call = block["type"] === "tool_use" ? block : object(block["toolUse"]);
    if (call["name"] !== undefined) {
      answer.calls.push({ name: text(call["name"]), input: JSON.stringify(call["input"]) });
    }
  }
}

function readConverse(event: Json, answer: Answer): void {
  readBlocks(list(object(object(event["output"])["message"])["content"]), answer);
  const start = object(object(object(event["contentBlockStart"])["start"])["toolUse"]);
  if (start["name"] !== undefined) answer.calls.push({ name: text(start["name"]), input: "" });
  const delta = object(object(event["contentBlockDelta"])["delta"]);
  answer.text += text(delta["text"]);
  answer.reasoning += text(object(delta["reasoningContent"])["text"]);
  addInput(answer, text(object(delta["toolUse"])["input"]));
}

function addInput(answer: Answer, piece: string): void {
  const last = answer.calls.at(-1);
  if (last !== undefined) last.input += piece;
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
