/** The whole native answer that the chunks of a stream make up, put together by hand: nothing here comes from the code under test. */
import type { JsonObject } from "../../json.ts";
import { first, objectIn } from "./native-reading.ts";

export function wholeOfChunks(chunks: readonly JsonObject[]): JsonObject {
  const [begin = {}] = chunks;
  const guardrail = lastOf(chunks.map((chunk) => chunk["amazon-bedrock-guardrailAction"]));
  return {
    ...wholeOfShape(begin, chunks),
    ...(guardrail !== undefined && { "amazon-bedrock-guardrailAction": guardrail }),
  } as JsonObject;
}

function wholeOfShape(begin: JsonObject, chunks: readonly JsonObject[]): JsonObject {
  if (begin["type"] === "message_start") return wholeClaude(chunks);
  if (begin["messageStart"] !== undefined) return wholeNova(chunks);
  if (typeof begin["completion"] === "string") return { completion: joined(chunks, "completion") ?? "" };
  // Cohere's Command gives its whole answer as one chunk where the body did not ask for a stream.
  if ("generations" in begin) return begin;
  if ("outputText" in begin) return wholeTitan(chunks);
  if ("event_type" in begin || "is_finished" in begin) return wholeCohere(chunks);
  return wholeOpenFamily(begin, chunks);
}

function wholeClaude(chunks: readonly JsonObject[]): JsonObject {
  const blocks: Record<string, string | object>[] = [];
  const whole: JsonObject = {};
  for (const chunk of chunks) {
    const index = chunk["index"] as number;
    if (chunk["type"] === "message_start") {
      Object.assign(whole, chunk["message"]);
    } else if (chunk["type"] === "content_block_start") {
      blocks[index] = { ...(chunk["content_block"] as object) };
    } else if (chunk["type"] === "content_block_delta") {
      addDelta(blocks[index]!, objectIn(chunk["delta"]));
    } else if (chunk["type"] === "message_delta") {
      const usage = { ...objectIn(whole["usage"]), ...objectIn(chunk["usage"]) };
      Object.assign(whole, objectIn(chunk["delta"]), { usage });
    }
  }
  for (const block of blocks) {
    if (typeof block["input"] === "string") block["input"] = JSON.parse(block["input"] || "{}") as object;
  }
  return { ...whole, content: blocks } as JsonObject;
}

function addDelta(block: Record<string, string | object>, delta: JsonObject): void {
  for (const [name, piece] of Object.entries(delta)) {
    const member = name === "partial_json" ? "input" : name;
    const before = block[member];
    if (name !== "type" && typeof piece === "string") {
      block[member] = (typeof before === "string" ? before : "") + piece;
    }
  }
}

function wholeNova(chunks: readonly JsonObject[]): JsonObject {
  type Block = { text?: string; reasoning?: string; call?: JsonObject; input?: string };
  const blocks: Block[] = [];
  for (const chunk of chunks) {
    const event = objectIn(chunk["contentBlockDelta"] ?? chunk["contentBlockStart"]);
    if (event["contentBlockIndex"] === undefined) continue;
    const block = (blocks[event["contentBlockIndex"] as number] ??= {});
    const { toolUse, text, reasoningContent } = objectIn(event["delta"] ?? event["start"]);
    if (typeof text === "string") block.text = (block.text ?? "") + text;
    const thought = objectIn(reasoningContent)["text"] ?? objectIn(objectIn(reasoningContent)["reasoningText"])["text"];
    if (typeof thought === "string") block.reasoning = (block.reasoning ?? "") + thought;
    const { input, ...call } = objectIn(toolUse);
    if (Object.keys(call).length > 0) block.call = call;
    if (typeof input === "string") block.input = (block.input ?? "") + input;
  }
  const content = blocks.map(({ text, reasoning, call, input }) => {
    if (call !== undefined) return { toolUse: { ...call, input: JSON.parse(input ?? "{}") as object } };
    return reasoning === undefined
      ? { text: text ?? "" }
      : { reasoningContent: { reasoningText: { text: reasoning } } };
  });
  return {
    output: { message: { role: "assistant", content: content.filter(Boolean) } },
    stopReason: lastOf(chunks.map((chunk) => objectIn(chunk["messageStop"])["stopReason"])),
    usage: lastOf(chunks.map((chunk) => objectIn(chunk["metadata"])["usage"])),
  } as JsonObject;
}

function wholeTitan(chunks: readonly JsonObject[]): JsonObject {
  const own = chunks.filter((chunk) => (chunk["index"] ?? 0) === 0);
  const result = {
    outputText: joined(own, "outputText"),
    completionReason: lastOf(own.map((chunk) => chunk["completionReason"])),
    tokenCount: lastOf(own.map((chunk) => chunk["totalOutputTextTokenCount"])),
  };
  return { inputTextTokenCount: own[0]?.["inputTextTokenCount"], results: [result] } as unknown as JsonObject;
}

function wholeCohere(chunks: readonly JsonObject[]): JsonObject {
  const own = chunks.filter((chunk) => (chunk["index"] ?? 0) === 0);
  const pieces = own.filter((chunk) => chunk["is_finished"] !== true);
  const reason = lastOf(own.map((chunk) => chunk["finish_reason"] ?? objectIn(chunk["response"])["finish_reason"]));
  return { text: joined(pieces, "text") ?? "", finish_reason: reason } as JsonObject;
}

function wholeOpenFamily(begin: JsonObject, chunks: readonly JsonObject[]): JsonObject {
  const choices = chunks.map((chunk) => first(chunk["choices"]) ?? {});
  const outputs = chunks.map((chunk) => first(chunk["outputs"]) ?? {});
  const reason = lastOf(choices.map((choice) => choice["finish_reason"] ?? choice["stop_reason"]));
  const message = wholeMessage(choices.map((choice) => objectIn(choice["delta"])));
  const stop = { stop_reason: lastOf(outputs.map((output) => output["stop_reason"])) };
  return {
    ...("generation" in begin && {
      generation: joined(chunks, "generation"),
      stop_reason: lastOf(chunks.map((chunk) => chunk["stop_reason"])),
    }),
    ...("outputs" in begin && { outputs: [{ text: joined(outputs, "text"), ...stop }] }),
    ...("choices" in begin && { choices: [{ text: joined(choices, "text"), message, finish_reason: reason }] }),
  } as JsonObject;
}

/** The message of a chat's deltas. */
function wholeMessage(deltas: readonly JsonObject[]): object {
  const calls = new Map<number, JsonObject>();
  for (const piece of deltas.flatMap((delta) => (delta["tool_calls"] ?? []) as JsonObject[])) {
    const number = piece["index"] as number;
    const before = calls.get(number);
    const text = objectIn(piece["function"])["arguments"] as string;
    const written = ((objectIn(before?.["function"])["arguments"] ?? "") as string) + text;
    const named = { ...objectIn((before ?? piece)["function"]), arguments: written };
    calls.set(number, { ...piece, ...before, function: named });
  }
  const thoughts = joined(deltas, "reasoning_content") ?? joined(deltas, "reasoning");
  return {
    content: joined(deltas, "content"),
    ...(thoughts !== undefined && { reasoning_content: thoughts }),
    ...(calls.size > 0 && { tool_calls: [...calls.values()] }),
  };
}

function joined(parts: readonly JsonObject[], member: string): string | undefined {
  const pieces = parts.map((part) => part[member]).filter((piece) => typeof piece === "string");
  return pieces.length === 0 ? undefined : pieces.join("");
}

function lastOf(values: readonly unknown[]): unknown {
  return values.findLast((value) => value !== undefined && value !== null);
}
