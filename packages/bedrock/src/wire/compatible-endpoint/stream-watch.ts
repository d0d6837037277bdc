import { AditError } from "../../errors/adit-error.ts";
import { namedError } from "../../errors/named-errors.ts";
import { isJsonObject, parsedObject, type JsonObject, type JsonValue } from "../../json.ts";
import { errorOfChoices, formatRow, type AnswerFormat } from "./answer-format.ts";
import type { ServerSentEvent } from "./sse-reader.ts";
import type { Target } from "./target.ts";

/** Follows the events of a stream that is passed through: what it cost, why it stopped, whether it is whole. */
export class StreamWatch {
  /** Of the last event that had one, as the target wrote it; later figures are laid over earlier ones. */
  usage: JsonObject | undefined;
  /** Of the first event that named one. */
  finishReason: string | undefined;
  /** Of the last event that named one. */
  serviceTier: string | undefined;
  /** That an event after the last one would have, in a format that numbers them. */
  nextSequence: number | undefined;
  /** Of what the model has written so far, from which the usage of a stream that breaks is estimated. */
  outputBytes = 0;
  /** With which the answer itself says that it ended, in a format that has an event for it: it was passed on, as it came. */
  failure: AditError | undefined;
  /** What a response says it used which failed before anything of it was given to the caller. */
  failedUsage: JsonObject | undefined;
  /** True where the last event is a chunk without a choice that tells the usage. */
  isUsageAlone = false;
  #isDone = false;
  #any = false;
  readonly #target: Target;
  readonly #format: AnswerFormat;
  /** OpenAI's older formats: chunks of choices, and the mark `[DONE]`. */
  readonly #hasChoices: boolean;

  constructor(target: Target, format: AnswerFormat) {
    this.#target = target;
    this.#format = format;
    this.#hasChoices = format === "chat" || format === "completions";
  }

  /** True once an event of the answer has come. */
  get any(): boolean {
    return this.#any;
  }

  /**
   * Throws AditError: `provider_error` for an error event, `corrupt_stream` for what is no event of the answer. `isUnheard`: the caller has
   * been given nothing yet, so that a response which failed for a passing reason can be asked for again.
   */
  take(event: ServerSentEvent, isUnheard: boolean): void {
    this.isUsageAlone = false;
    if (event.data.trim() === "[DONE]") {
      this.#isDone = true;
      return;
    }
    const json = parsedObject(event.data);
    this.#refuseError(event, json, isUnheard);
    if (this.#hasChoices && event.name !== "" && event.name !== "message") {
      // A target's own, such as a ping: the caller's client passes over it, as it does over a comment.
      return;
    }
    if (json === undefined) {
      throw new AditError("corrupt_stream", `${this.#target.host} sent an event that is not a JSON object.`, {
        remedy: "Send the request again; if it stays, check the address of the target.",
      });
    }
    this.#any = true;
    const sequence = json["sequence_number"];
    if (typeof sequence === "number") {
      this.nextSequence = sequence + 1;
    }
    const row = formatRow(this.#format);
    this.outputBytes += row.written(json);
    const { usage, finishReason, serviceTier, isLast } = row.words(json);
    if (usage !== undefined) {
      this.isUsageAlone = Array.isArray(json["choices"]) && json["choices"].length === 0;
      this.usage = this.#format === "messages" ? { ...this.usage, ...toldOf(usage) } : usage;
    }
    this.finishReason ??= finishReason;
    this.serviceTier = serviceTier ?? this.serviceTier;
    this.#isDone ||= isLast === true;
  }

  #refuseError(event: ServerSentEvent, json: JsonObject | undefined, isUnheard: boolean): void {
    if (event.name === "error" || isPresent(json?.["error"])) {
      throw this.#target.failure(json, event.data);
    }
    const ofChoices = json === undefined ? undefined : errorOfChoices(json);
    if (ofChoices !== undefined) {
      throw this.#target.failure({ error: ofChoices }, event.data);
    }
    const error = this.#format === "responses" ? errorOfFailed(json) : undefined;
    if (error === undefined) {
      return;
    }
    this.failure = this.#target.failure({ error }, event.data);
    if (isUnheard && namedError(error)?.retryable === true) {
      this.failedUsage = json === undefined ? undefined : formatRow(this.#format).words(json).usage;
      throw this.failure;
    }
  }

  /** Throws AditError `empty_output` or `truncated_stream` where the stream may not end here. */
  end(): void {
    const { host } = this.#target;
    if (!this.#any) {
      throw new AditError("empty_output", `${host} answered with a stream that holds nothing.`, {
        remedy: "Try again; if it stays, check the model and the address of the target.",
      });
    }
    // Some targets of chat completions leave the mark of the end out; the other formats have an event for it.
    const isWhole = this.#isDone || (this.#hasChoices && this.finishReason !== undefined);
    if (!isWhole) {
      throw new AditError("truncated_stream", `The stream of ${host} ended before the model had finished.`);
    }
  }
}

/** The error of a `response.failed`. */
function errorOfFailed(event: JsonObject | undefined): JsonObject | undefined {
  if (event?.["type"] !== "response.failed") {
    return undefined;
  }
  const { response } = event;
  const error = isJsonObject(response) ? response["error"] : undefined;
  return isJsonObject(error) ? error : { message: "The response failed, and does not say why." };
}

/** Anthropic writes null for what an event does not tell. */
function toldOf(usage: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([, figure]) => isPresent(figure)));
}

function isPresent(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}
