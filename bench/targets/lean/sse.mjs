/** Converse's stream -> OpenAI's, as server-sent events from templates. Text is kept as latin1: bytes, not characters. */
import { Buffer } from "node:buffer";
import { finishReasonOf, usageOf } from "./reply.mjs";

const plainStart = '{"contentBlockIndex":0,"delta":{"text":"';

/** The JSON of a plain text delta's string, without its quotes and as it arrived; undefined for any other shape. */
function plainText(payload) {
  if (!payload.startsWith(plainStart)) return undefined;
  let end = payload.indexOf('"', plainStart.length);
  while (end > 0 && payload[end - 1] === "\\") {
    let slashes = 1;
    while (payload[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) break;
    end = payload.indexOf('"', end + 1);
  }
  return payload[end + 1] === "}" ? payload.slice(plainStart.length, end) : undefined;
}

export class SseTranslation {
  #start;
  #includeUsage;
  #toolIndex = -1;

  constructor({ id, created, model, includeUsage }) {
    const name = JSON.stringify(model);
    this.#start = `data: {"id":"${id}","object":"chat.completion.chunk","created":${created},"model":${name},"choices":[`;
    this.#includeUsage = includeUsage;
  }

  /** The text to send for one frame; throws on an exception frame. */
  event(eventType, buffer, start, end) {
    if (eventType === "contentBlockDelta") {
      const payload = buffer.latin1Slice(start, end);
      const text = plainText(payload);
      return text === undefined
        ? this.#delta(JSON.parse(buffer.utf8Slice(start, end)).delta)
        : `${this.#start}{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`;
    }
    const payload = JSON.parse(buffer.utf8Slice(start, end));
    switch (eventType) {
      case "messageStart":
        return this.#chunk('{"role":"assistant","content":""}');
      case "contentBlockStart":
        return this.#toolStart(payload.start?.toolUse);
      case "contentBlockStop":
        return "";
      case "messageStop":
        return `${this.#start}{"index":0,"delta":{},"finish_reason":"${finishReasonOf(payload.stopReason)}"}]}\n\n`;
      case "metadata":
        return this.#end(payload.usage);
      default:
        throw new Error(`${eventType}: ${payload.message}`);
    }
  }

  #chunk(delta) {
    return `${this.#start}{"index":0,"delta":${delta},"finish_reason":null}]}\n\n`;
  }

  #delta({ text, toolUse }) {
    const delta =
      toolUse === undefined
        ? { content: text ?? "" }
        : { tool_calls: [{ index: this.#toolIndex, function: { arguments: toolUse.input } }] };
    return latin1(this.#chunk(JSON.stringify(delta)));
  }

  #toolStart(toolUse) {
    if (toolUse === undefined) return "";
    this.#toolIndex += 1;
    const call = { index: this.#toolIndex, id: toolUse.toolUseId, type: "function" };
    const delta = { tool_calls: [{ ...call, function: { name: toolUse.name, arguments: "" } }] };
    return latin1(this.#chunk(JSON.stringify(delta)));
  }

  #end(usage) {
    const last = this.#includeUsage ? `${this.#start}],"usage":${JSON.stringify(usageOf(usage))}}\n\n` : "";
    return `${last}data: [DONE]\n\n`;
  }
}

function latin1(text) {
  return Buffer.from(text, "utf8").latin1Slice();
}
