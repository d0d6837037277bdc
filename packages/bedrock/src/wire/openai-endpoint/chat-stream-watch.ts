import { AditError } from "../../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { Target } from "./target.ts";
import type { ServerSentEvent } from "./sse-reader.ts";

/** Follows the events of a chat completion's stream: what it cost, why it stopped, whether it is whole. */
export class ChatStreamWatch {
  /** `usage` of the last chunk that had one, as the target wrote it. */
  usage: JsonObject | undefined;
  /** Of the first choice that named one. */
  finishReason: string | undefined;
  #isDone = false;
  #any = false;
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** True once a chunk has come. */
  get any(): boolean {
    return this.#any;
  }

  /** Throws AditError: `provider_error` for an error event, `corrupt_stream` for what is no chunk. */
  take(event: ServerSentEvent): void {
    if (event.data.trim() === "[DONE]") {
      this.#isDone = true;
      return;
    }
    const chunk = objectOf(event.data);
    if (event.name === "error" || isPresent(chunk?.["error"])) {
      throw this.#target.failure(chunk, event.data);
    }
    if (event.name !== "" && event.name !== "message") {
      // A target's own, such as a ping: the caller's client passes over it, as it does over a comment.
      return;
    }
    if (chunk === undefined) {
      throw new AditError("corrupt_stream", `${this.#target.host} sent an event that is not a JSON object.`, {
        remedy: "Send the request again; if it stays, check the address of the target.",
      });
    }
    this.#any = true;
    if (isJsonObject(chunk["usage"])) {
      this.usage = chunk["usage"];
    }
    this.finishReason ??= finishReasonOf(chunk["choices"]);
  }

  /** Throws AditError `empty_output` or `truncated_stream` where the stream may not end here. */
  end(): void {
    const { host } = this.#target;
    if (!this.#any) {
      throw new AditError("empty_output", `${host} answered with a stream that holds nothing.`, {
        remedy: "Try again; if it stays, check the model and the address of the target.",
      });
    }
    if (!this.#isDone && this.finishReason === undefined) {
      throw new AditError("truncated_stream", `The stream of ${host} ended before the model had finished.`);
    }
  }
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not JSON: the caller says so.
    return undefined;
  }
}

function finishReasonOf(choices: JsonValue | undefined): string | undefined {
  for (const choice of Array.isArray(choices) ? choices : []) {
    const reason = isJsonObject(choice) ? choice["finish_reason"] : undefined;
    if (typeof reason === "string") {
      return reason;
    }
  }
  return undefined;
}

function isPresent(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}
