/** Answers in OpenAI's form: chat completions and their chunks, of which the first choice is read. */
import type { ConverseRequest } from "../../converse/request.ts";
import { AditError } from "../../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { AnswerBlocks } from "../answer-blocks.ts";
import type { AnswerFormat } from "../answer-format.ts";
import type { AnswerPart, AnswerReader } from "../answer-stream.ts";
import { NewCallIds } from "../call-id.ts";
import { known, type InvocationCounts } from "../../converse/invocation-counts.ts";
import { countOf } from "../../count.ts";
import { textIn, unreadable } from "../native-errors.ts";
import { ReasoningSplitter } from "../reasoning-tags.ts";
import { stopReasonFrom } from "../stop-reasons.ts";
import type { ChatStyle } from "./chat-style.ts";

/** Beside `choices`. */
const others = ["id", "object", "created", "model", "usage", "service_tier", "system_fingerprint", "meta"];

const ofChoice: ReadonlySet<string> = new Set([
  "index",
  "delta",
  "message",
  "text",
  "finish_reason",
  "stop_reason",
  "logprobs",
]);

const ofMessage: ReadonlySet<string> = new Set([
  "role",
  "content",
  "refusal",
  "reasoning",
  "reasoning_content",
  "tool_calls",
]);

export function chatAnswers(style: ChatStyle): AnswerFormat {
  return { content: "choices", others, open: (blocks, request) => new ChatAnswerReader(blocks, style, request) };
}

class ChatAnswerReader implements AnswerReader {
  readonly #blocks: AnswerBlocks;
  readonly #splitter: ReasoningSplitter | undefined;
  readonly #request: ConverseRequest;
  readonly #newIds: NewCallIds;
  /** Ids as the model gave them, by the number of the call in the answer. */
  readonly #calls = new Map<number, string>();
  #openCall: number | undefined;
  #callCount = 0;

  constructor(blocks: AnswerBlocks, { tags }: ChatStyle, request: ConverseRequest) {
    this.#blocks = blocks;
    this.#splitter = tags === undefined ? undefined : new ReasoningSplitter(tags, blocks);
    this.#request = request;
    this.#newIds = new NewCallIds(request);
  }

  read(part: JsonObject): AnswerPart {
    const counts = countsIn(part["usage"]);
    const choices = Array.isArray(part["choices"]) ? part["choices"] : [];
    const choice = choices.find((one) => !isJsonObject(one) || !isFurther(one["index"]));
    if (choice === undefined) {
      return { counts };
    }
    if (!isJsonObject(choice)) {
      throw unreadable("choices", "object");
    }
    // Some answers and chunks have the one where OpenAI has the other.
    const message = choice["delta"] ?? choice["message"] ?? {};
    if (!isJsonObject(message)) {
      throw unreadable("choices[0]", "message");
    }
    // Servers have it under either name, or under both; one of the two may be empty.
    this.#readReasoning(textOf(message["reasoning_content"]) || message["reasoning"]);
    this.#readContent(message["content"] ?? choice["text"]);
    this.#readContent(message["refusal"]);
    this.#readCalls(message["tool_calls"], part["id"]);
    return { counts, stopReason: this.#stopReason(choice), unfamiliar: unfamiliarIn(choice, message) };
  }

  end(): void {
    this.#splitter?.end();
  }

  #readReasoning(text: JsonValue | undefined): void {
    if (typeof text === "string" && text !== "") {
      this.#openCall = undefined;
      this.#blocks.reasoning({ text });
    }
  }

  /** A string, or Mistral's list of parts. */
  #readContent(content: JsonValue | undefined): void {
    if (Array.isArray(content)) {
      for (const part of content) {
        if (!isJsonObject(part)) {
          this.#readContent(part);
        } else if (part["type"] === "thinking") {
          this.#readReasoning(textOf(part["thinking"]));
        } else {
          this.#readContent(part["text"]);
        }
      }
      return;
    }
    const text = textIn(content, "the message's content") ?? "";
    if (text !== "") {
      this.#openCall = undefined;
      if (this.#splitter === undefined) {
        this.#blocks.text(text);
      } else {
        this.#splitter.push(text);
      }
    }
  }

  #readCalls(calls: JsonValue | undefined, answerId: JsonValue | undefined): void {
    if (calls === undefined || calls === null) {
      return;
    }
    if (!Array.isArray(calls)) {
      throw unreadable("tool_calls", "list");
    }
    calls.forEach((call, place) => {
      if (!isJsonObject(call)) {
        throw unreadable(`tool_calls[${place}]`, "object");
      }
      this.#readCall(call, typeof call["index"] === "number" ? call["index"] : place, answerId);
    });
  }

  /** The first piece of a call has its id and name; where pieces have no number, another id is another call. */
  #readCall(call: JsonObject, number: number, answerId: JsonValue | undefined): void {
    const { id } = call;
    const given = typeof id === "string" ? id : "";
    const piece = isJsonObject(call["function"]) ? call["function"] : {};
    const { name } = piece;
    const before = this.#calls.get(number);
    if (before === undefined || (given !== "" && given !== before)) {
      this.#splitter?.end();
      this.#calls.set(number, given);
      this.#blocks.toolStart({
        toolUseId: given === "" ? this.#newId(answerId) : given,
        name: typeof name === "string" ? name : "",
      });
      this.#callCount += 1;
      this.#openCall = number;
    }
    this.#readArguments(piece["arguments"], number);
  }

  /** A call without an id gets one that no other of the conversation has. */
  #newId(answerId: JsonValue | undefined): string {
    return typeof answerId === "string" && answerId !== ""
      ? `${answerId}_${this.#callCount}`
      : this.#newIds.at(this.#callCount);
  }

  #readArguments(given: JsonValue | undefined, number: number): void {
    const text = typeof given === "string" ? given : given === undefined || given === null ? "" : JSON.stringify(given);
    if (text === "") {
      return;
    }
    if (this.#openCall !== number) {
      throw new AditError(
        "malformed_model_output",
        `A piece of tool call ${number} came after something else had begun: Converse has no way to go back to it.`,
      );
    }
    this.#blocks.toolInput(text);
  }

  #stopReason(choice: JsonObject): string | undefined {
    const { finish_reason: finish, stop_reason: stop } = choice;
    const reason = stopReasonFrom(finish ?? stop);
    if (reason !== "end_turn") {
      return reason;
    }
    // Recorded: `stop_reason` beside `finish_reason` is the token or the text that ended the answer.
    const isSequence =
      typeof stop === "string" && this.#request.inferenceConfig?.stopSequences?.includes(stop) === true;
    // A call that was demanded by name ends with `stop`.
    return isSequence ? "stop_sequence" : this.#callCount > 0 ? "tool_use" : reason;
  }
}

/** True for the answers beyond the first, which only a body written by hand asks for. */
function isFurther(index: JsonValue | undefined): boolean {
  return typeof index === "number" && index > 0;
}

function textOf(value: JsonValue | undefined): string {
  if (Array.isArray(value)) {
    return value.map((part) => (isJsonObject(part) ? textOf(part["text"]) : "")).join("");
  }
  return typeof value === "string" ? value : "";
}

function unfamiliarIn(choice: JsonObject, message: JsonObject): string[] {
  const paths = (object: JsonObject, members: ReadonlySet<string>, path: string): string[] =>
    Object.entries(object).flatMap(([name, value]) => (members.has(name) || value === null ? [] : [`${path}.${name}`]));
  return [...paths(choice, ofChoice, "choices[0]"), ...paths(message, ofMessage, "choices[0].delta")];
}

/** As AWS counts them itself (recorded: its header says 151 where `prompt_tokens` is 151, 64 of them cached, and names no cache). */
function countsIn(usage: JsonValue | undefined): InvocationCounts {
  return isJsonObject(usage)
    ? known({ inputTokens: countOf(usage["prompt_tokens"]), outputTokens: countOf(usage["completion_tokens"]) })
    : {};
}
