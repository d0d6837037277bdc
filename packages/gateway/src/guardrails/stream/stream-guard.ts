/** A stream of server-sent events on its way through its guardrails to the caller. */
import { isJsonObject, type AditError, type JsonObject, type JsonValue } from "@adit/bedrock";
import { parsedObject, SseReader, type ServerSentEvent } from "@adit/bedrock/gateway";
import type { EventWriter } from "../../http/routes/route.ts";
import type { CallGuard } from "../call-guard.ts";
import { withoutQuote } from "../without-quote.ts";
import { eventText } from "./event-text.ts";
import { HeldAnswer, type StreamItem } from "./held-answer.ts";
import { resultsEvent } from "./results-event.ts";
import type { StreamForm } from "./stream-forms.ts";

/** Of items that have gone out, for the end of a stream that breaks; far more than a model writes. */
const mostOutputBytes = 16 * 1024 * 1024;

/** Where a stream ends, as far as its events tell. */
export interface EndPlace {
  /** Number of the next event. */
  sequence?: number | undefined;
  /** What the stream began with, and the items that have gone out whole, in OpenAI's Responses. */
  response?: JsonObject | undefined;
}

export interface StreamGuardOptions {
  guard: CallGuard;
  form: StreamForm;
  /** Where the stream goes. */
  events: EventWriter;
  /** An error as what ends a stream of the dialect's. */
  errorEvent: (error: AditError, place: EndPlace) => string;
  /** True: the caller is told what the guardrails found, in an event of its own behind the others. */
  tellsResults: boolean;
  /** For that event. */
  model: string;
}

/**
 * What is written to it reaches the caller once its guardrails have nothing against it. After a refusal the caller gets the dialect's error
 * event and nothing more; `write` throws then, so that whoever reads upstream stops.
 */
export class StreamGuard implements EventWriter {
  readonly #options: StreamGuardOptions;
  readonly #answer: HeldAnswer;
  readonly #reader: SseReader;
  #isOver = false;
  /** Number of the next event, where the dialect's events have one. */
  #sequence = 0;
  /** As the first event told it, where the dialect's events do. */
  #response: JsonObject | undefined;
  readonly #output: JsonValue[] = [];
  #outputBytes = 0;

  constructor(options: StreamGuardOptions) {
    this.#options = options;
    this.#answer = new HeldAnswer(options.form, options.guard.pieceJudge());
    this.#reader = new SseReader((event, bytes) => this.#take(event, bytes));
  }

  /** @throws AditError `guardrail_denied`, `reply_too_large` */
  write(text: string): void {
    if (!this.#isOver) this.#reader.push(Buffer.from(text));
  }

  flush(): boolean {
    return this.#options.events.flush();
  }

  onDrain(listener: () => void): void {
    this.#options.events.onDrain(listener);
  }

  end(): void {
    this.#options.events.end();
  }

  /** Once the stream has come to its proper end: judges what can only be judged then, and lets go what is held. Rejects as `write` throws. */
  async settle(): Promise<void> {
    if (this.#isOver) return;
    const { guard, events, tellsResults, model } = this.#options;
    const rest = this.#reader.rest();
    if (rest !== undefined) this.#take(rest.event, Buffer.concat([rest.bytes, Buffer.from("\n\n")]));
    const changed = await guard.afterStream(this.#answer.texts);
    this.#answer.release(guard.holdsWhole ? changed : undefined);
    if (tellsResults) events.write(resultsEvent(guard.type, { after: guard.results }, model));
    this.#isOver = true;
  }

  /** The stream broke, or was refused: what is held has not been judged, and does not go out. */
  fail(error: AditError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { events, errorEvent } = this.#options;
    const response = this.#response && { ...this.#response, output: this.#output };
    events.write(errorEvent(withoutQuote(error), { sequence: this.#sequence, response }));
  }

  #take(event: ServerSentEvent | undefined, bytes: Buffer): void {
    const found = this.#answer.take(this.#itemOf(event, bytes));
    if (found === undefined) return;
    throw this.#options.guard.stoppedBy(found);
  }

  /** The first of them, of a host that sends items without end. */
  #remember(item: JsonValue, bytes: number): void {
    this.#outputBytes += bytes;
    if (this.#outputBytes <= mostOutputBytes) this.#output.push(item);
  }

  #itemOf(event: ServerSentEvent | undefined, bytes: Buffer): StreamItem {
    const { events } = this.#options;
    const again = (): JsonObject | undefined => (event === undefined ? undefined : objectIn(event.data));
    const json = again();
    const { type, sequence_number: sequence, response } = json ?? {};
    if (isJsonObject(response)) this.#response ??= response;
    return {
      json,
      again,
      bytes: bytes.length,
      emit: (changed) => {
        if (typeof sequence === "number") this.#sequence = sequence + 1;
        if (type === "response.output_item.done") this.#remember((changed ?? again())?.["item"] ?? null, bytes.length);
        if (changed === undefined) events.write(bytes.toString("utf8"));
        else events.write(eventText(event?.name ?? "", changed));
      },
    };
  }
}

function objectIn(data: string): JsonObject | undefined {
  // `[DONE]` is no JSON. Before a value JSON may have blanks.
  if (!data.trimStart().startsWith("{")) return undefined;
  return parsedObject(data);
}
