/** The stream of a response on its way out: it says what is true of its turn, and its end waits until the response is stored. */
import { AditError, isJsonObject, openAiErrorBody, type JsonObject } from "@adit/bedrock";
import { parsedObject, SseReader, type ServerSentEvent } from "@adit/bedrock/gateway";
import { eventText } from "../guardrails/stream/event-text.ts";
import type { EventWriter } from "../http/routes/route.ts";

export interface TurnEventsOptions {
  events: EventWriter;
  withVendorFields: boolean;
  /** True: the event with the whole response waits for `finish`. */
  holdsEnd: boolean;
  /** A response of an event as it is told; the same object where nothing of it changes. */
  told: (response: JsonObject) => JsonObject;
}

interface HeldEnd {
  name: string;
  event: JsonObject;
  response: JsonObject;
}

/** What may come behind the held end; hosts send nothing there, or a few blanks. */
const mostBehind = 4 * 1024 * 1024;

const ends: ReadonlySet<unknown> = new Set(["response.completed", "response.incomplete"]);

export class TurnEvents implements EventWriter {
  readonly #options: TurnEventsOptions;
  readonly #reader = new SseReader((event, bytes) => this.#take(event, bytes));
  #held: HeldEnd | undefined;
  /** What came behind it. */
  #behind = "";

  constructor(options: TurnEventsOptions) {
    this.#options = options;
  }

  /** @throws AditError `reply_too_large` */
  write(text: string): void {
    this.#reader.push(Buffer.from(text));
  }

  flush(): boolean {
    return this.#options.events.flush();
  }

  onDrain(listener: () => void): void {
    this.#options.events.onDrain(listener);
  }

  /** The stream ends with `finish`. */
  end(): void {}

  /** Lets go what is held, once `store` has resolved, and ends the stream: with the response, or with why it is not stored. */
  async finish(store: (response: JsonObject) => Promise<JsonObject | AditError>): Promise<void> {
    const { events } = this.#options;
    const rest = this.#reader.rest();
    // Some hosts leave out the empty line behind the last event.
    if (rest !== undefined) this.#take(rest.event, rest.bytes);
    if (this.#held !== undefined) {
      const { name, event, response } = this.#held;
      const stored = await store(response);
      if (AditError.isInstance(stored)) this.#fail(stored, this.#held);
      else events.write(eventText(name, { ...event, response: stored }));
    }
    events.write(this.#behind);
    events.end();
  }

  /** As a stream that breaks ends: with what came so far, and the event at which OpenAI's clients throw. */
  #fail(error: AditError, { name, event, response }: HeldEnd): void {
    const { events, withVendorFields } = this.#options;
    const body = openAiErrorBody(error, withVendorFields);
    const { code, message, param } = body.error;
    const failed = { ...response, status: "failed", error: { code, message }, store: false };
    const nameOf = (type: string): string => (name === "" ? "" : type);
    const first = { ...event, type: "response.failed", response: failed };
    events.write(eventText(nameOf("response.failed"), first));
    const number = event["sequence_number"];
    const next = typeof number === "number" ? number + 1 : 0;
    const second = { type: "error", code, message, param, ...body, sequence_number: next };
    events.write(eventText(nameOf("error"), second));
  }

  #take(event: ServerSentEvent | undefined, bytes: Buffer): void {
    const json = event === undefined || !event.data.includes('"response"') ? undefined : parsedObject(event.data);
    const response = json?.["response"];
    if (event === undefined || json === undefined || !isJsonObject(response)) {
      this.#pass(bytes.toString("utf8"));
      return;
    }
    if (this.#options.holdsEnd && ends.has(json["type"]) && this.#held === undefined) {
      this.#held = { name: event.name, event: json, response };
      return;
    }
    const told = this.#options.told(response);
    this.#pass(told === response ? bytes.toString("utf8") : eventText(event.name, { ...json, response: told }));
  }

  #pass(text: string): void {
    if (this.#held === undefined) {
      this.#options.events.write(text);
      return;
    }
    this.#behind += text;
    if (this.#behind.length <= mostBehind) return;
    // Room for the error's own event.
    this.#behind = "";
    throw new AditError("reply_too_large", `More than ${mostBehind} characters came behind the end of the response.`);
  }
}
