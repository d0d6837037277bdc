import type { AditError } from "../../errors/adit-error.ts";
import { openAiErrorBody } from "../../errors/openai-error-body.ts";
import type { JsonObject } from "../../json.ts";
import { escapedOf, lineSafe } from "../translation/answers/event-text.ts";

/**
 * The events of one stream as server-sent events, numbered. A delta is written from a head that is made once an item: it costs a few string
 * joins. Without `write` nothing is written: a whole answer is put together by the same code.
 */
export class ResponseEvents {
  readonly #write: ((text: string) => void) | undefined;
  #sequence: number;

  /** `first`: number of the first event that is written. */
  constructor(write: ((text: string) => void) | undefined, first = 0) {
    this.#write = write;
    this.#sequence = first;
  }

  /** True once anything was written. */
  get hasBegun(): boolean {
    return this.#sequence > 0;
  }

  write(type: string, fields: object): void {
    if (this.#write !== undefined) {
      const data = JSON.stringify({ type, ...fields, sequence_number: this.#sequence });
      this.#sequence += 1;
      this.#write(`event: ${type}\ndata: ${lineSafe(data)}\n\n`);
    }
  }

  /** What all deltas of one part share. */
  deltaHead(type: string, fields: object): string {
    return this.#write === undefined
      ? ""
      : `event: ${type}\ndata: ${lineSafe(JSON.stringify({ type, ...fields })).slice(0, -1)},"delta":"`;
  }

  /** `escaped` is the inside of a JSON string. */
  writeDelta(head: string, escaped: string): void {
    if (this.#write !== undefined) {
      this.#write(`${head}${lineSafe(escaped)}","sequence_number":${this.#sequence}}\n\n`);
      this.#sequence += 1;
    }
  }

  writeTextDelta(head: string, text: string): void {
    if (this.#write !== undefined) {
      this.writeDelta(head, escapedOf(text));
    }
  }
}

/** The fields of the event `error`, at which OpenAI's clients throw. */
export function errorFields(error: AditError, withVendorFields: boolean): object {
  const body = openAiErrorBody(error, withVendorFields);
  const { code, message, param } = body.error;
  return { code, message, param, ...body };
}

/**
 * What ends a stream whose end is not the writer's; the empty lines first, for the event that may have been cut. With the `response` as far as
 * it has come, `response.failed` comes first; where a guardrail denies it, without what came so far. Codex takes any other end for a broken
 * connection, and has the answer made, and paid, five times more; it stops at OpenAI's own word for what a policy refuses.
 */
export function responsesErrorEvent(
  error: AditError,
  withVendorFields: boolean,
  sequence = 0,
  response?: JsonObject,
): string {
  let text = "\n\n";
  const events = new ResponseEvents((event) => (text += event), sequence);
  if (response !== undefined) {
    const { code, message } = openAiErrorBody(error, withVendorFields).error;
    const isDenied = error.code === "guardrail_denied";
    const failure = { code: isDenied ? "invalid_prompt" : (code ?? error.code), message };
    const output = isDenied ? [] : (response["output"] ?? []);
    events.write("response.failed", { response: { ...response, status: "failed", error: failure, output } });
  }
  events.write("error", errorFields(error, withVendorFields));
  return text;
}
