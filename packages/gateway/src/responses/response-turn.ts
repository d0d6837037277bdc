/** One request of Responses that goes on from a stored response, or of which something is to be stored. */
import { randomBytes } from "node:crypto";
import { AditError, isJsonObject, type ExchangeTap, type JsonObject, type JsonValue } from "@adit/bedrock";
import { parsedJson } from "@adit/bedrock/gateway";
import type { EventWriter, Reply } from "../http/routes/route.ts";
import { pairsOfBody, type Pair } from "../ledger/content/body-pairs.ts";
import { hiderOf, mostKnown, secretsIn } from "../ledger/content/hide-secrets.ts";
import type { RequestFacts } from "../ledger/record/request-facts.ts";
import type { StoreAccess } from "../store/within.ts";
import { itemsOf, storedItems } from "./input-items.ts";
import { withoutOwnReasoning } from "./own-reasoning.ts";
import { sealItems } from "./sealed-items.ts";
import { isResponseId, storeResponse, type ConversationEnd, type NewResponse } from "./stored-responses.ts";
import { TurnEvents } from "./turn-events.ts";
import { objectWithoutSecrets, withoutSecrets } from "../ledger/content/secrets-in-json.ts";

/** Who asks. */
export type TurnOwner = Pick<NewResponse, "projectId" | "keyId" | "callId" | "at">;

export interface TurnOptions {
  store: StoreAccess;
  owner: TurnOwner;
  reply: Reply;
  /** Of the request, as it came. */
  written: JsonObject;
  bytes: Buffer;
  /** Set where `written`'s input held references to items that are kept here, and has the items now: the places of those that were sealed. */
  unsealed?: ReadonlySet<number>;
  /** Undefined: it goes on from none. */
  previous: ConversationEnd | undefined;
  earlier: readonly JsonValue[];
  /** True: the response is to be stored. */
  stores: boolean;
  /** True: items of the answer are to be sealed, so that a later request may refer to them. */
  seals: boolean;
  /** For the operator. */
  onFault: (error: unknown) => void;
}

/** How the request went out. */
export interface SentRequest {
  /** As the target got it, its guardrails' changes included: what they take out is not stored, nor sent again. */
  body: JsonObject;
  /** The call's metadata, by which a person's data is found and deleted. */
  metadata: Readonly<Record<string, string>>;
  /** True: to another host, which keeps responses by rules of its own. */
  isForeign: boolean;
}

const ended: ReadonlySet<unknown> = new Set(["completed", "incomplete"]);

export class ResponseTurn {
  /** The request with all that it goes on from in its input. */
  readonly body: JsonObject;
  /** So many items of its input are those of earlier responses. */
  readonly earlierCount: number;
  readonly stores: boolean;
  /** What the ids of its items hold: of sealed ones, what nobody else is told. */
  readonly itemsId: string | undefined;
  readonly #options: TurnOptions;
  readonly #hides: ((words: string) => string)[] = [];

  constructor(options: TurnOptions) {
    const { written, previous, earlier } = options;
    this.#options = options;
    this.stores = options.stores;
    this.itemsId = options.seals ? randomBytes(16).toString("hex") : undefined;
    this.earlierCount = earlier.length;
    if (previous === undefined) {
      this.body = written;
      return;
    }
    const { previous_response_id: _previous, ...rest } = written;
    const own = itemsOf(written["input"]);
    // What is no input is the dialect's to refuse.
    this.body = own === undefined ? rest : { ...rest, input: [...earlier, ...own] };
  }

  /** True where something of the answer is kept. */
  get keeps(): boolean {
    return this.stores || this.#options.seals;
  }

  /** True: no answer that another request got is an answer to this one. */
  get isItsOwn(): boolean {
    const { previous, unsealed } = this.#options;
    return this.stores || previous !== undefined || unsealed !== undefined;
  }

  /** The body as text, for whoever counts what is sent; undefined where it is as it came. */
  text(): string | undefined {
    const { written, unsealed } = this.#options;
    return this.body === written && unsealed === undefined ? undefined : JSON.stringify(this.body);
  }

  /** The body for a target in the caller's own format. */
  forOthers(body: JsonObject): { body: JsonObject; dropped: readonly string[] } {
    const { earlierCount } = this;
    const { unsealed } = this.#options;
    return withoutOwnReasoning(
      body,
      (index) => (index < earlierCount ? `previous_response_id[${index}]` : `input[${index - earlierCount}]`),
      unsealed && ((index) => unsealed.has(index - earlierCount)),
    );
  }

  /** Learns beside `tap` what signs the call, for the other side may repeat it. */
  tapOver(tap: ExchangeTap | undefined): ExchangeTap {
    return {
      sent: (body, hide) => {
        this.#hides.push(hide);
        tap?.sent(body, hide);
      },
      received: (chunk) => tap?.received(chunk),
    };
  }

  /** A whole answer as the caller gets it: stored first, where it is to be. Rejects with AditError where it could not be. */
  async whole<Body extends object | string>(answer: Body, sent: SentRequest): Promise<Body | JsonObject> {
    const response = responseIn(answer);
    if (response === undefined) {
      if (this.#storesAs(sent)) throw this.#notStored(new TypeError("The answer is no response."));
      return answer;
    }
    if (this.#storesAs(sent) && ended.has(response["status"])) {
      const stored = await this.#stored(response, sent);
      if (AditError.isInstance(stored)) throw stored;
      return stored;
    }
    if (this.#sealsAs(sent) && ended.has(response["status"])) await this.#seal(response, sent);
    const told = this.#told(response, this.stores && !this.#storesAs(sent) ? false : undefined);
    return told === response ? answer : told;
  }

  /** Where the stream is to be written. `finish` must follow its end. */
  eventsOver(events: EventWriter, sent: SentRequest, withVendorFields: boolean): TurnEvents {
    const stores = this.#storesAs(sent);
    return new TurnEvents({
      events,
      withVendorFields,
      holdsEnd: stores || this.#sealsAs(sent),
      told: (response) => this.#told(response, this.stores ? stores && response["status"] !== "failed" : undefined),
    });
  }

  /** Stores the response with which a stream ends, and ends it. The caller is told what became of it, and `facts` what failed. */
  finish(events: TurnEvents, sent: SentRequest, facts: Pick<RequestFacts, "streamError">): Promise<void> {
    return events.finish(async (response) => {
      if (!this.#storesAs(sent)) {
        await this.#seal(response, sent);
        return this.#told(response, undefined);
      }
      const stored = await this.#stored(response, sent);
      if (AditError.isInstance(stored)) facts.streamError = stored.code;
      return stored;
    });
  }

  /** A config may take `store` out of the request. */
  #storesAs({ body }: SentRequest): boolean {
    return this.stores && body["store"] === true;
  }

  /** A request that says `store: false`, or a config that does, means the items too. */
  #sealsAs({ body, isForeign }: SentRequest): boolean {
    return this.#options.seals && body["store"] !== false && !isForeign;
  }

  /** What a response says of this turn. `isStored` is undefined where the gateway has no part in it. */
  #told(response: JsonObject, isStored: boolean | undefined): JsonObject {
    const previous = this.#options.previous?.id;
    const saysPrevious = previous === undefined || response["previous_response_id"] === previous;
    const saysStored = isStored === undefined || response["store"] === isStored;
    if (saysPrevious && saysStored) return response;
    return {
      ...response,
      ...(previous !== undefined && { previous_response_id: previous }),
      ...(isStored !== undefined && { store: isStored }),
    };
  }

  /** Never rejects: what failed is told in the dialect's own way. */
  async #stored(response: JsonObject, sent: SentRequest): Promise<JsonObject | AditError> {
    const { store, owner, previous } = this.#options;
    const told = this.#told(response, true);
    try {
      const { id, model } = told;
      if (!isResponseId(id)) throw new TypeError("The answer has no id of a response's form.");
      const hide = this.#hiding(secretsIn(this.#options.bytes.toString("utf8")));
      await storeResponse(store, {
        ...owner,
        id,
        previous,
        model: modelText(model),
        pairs: this.#pairsOf(sent),
        response: objectWithoutSecrets(told, hide),
        input: withoutSecrets(storedItems(this.#ownItems(sent.body), id), hide) as JsonValue[],
      });
      return told;
    } catch (error) {
      return this.#notStored(error);
    }
  }

  /** Never rejects: nobody has asked for it, and the answer is whole without it. */
  async #seal(response: JsonObject, sent: SentRequest): Promise<void> {
    const { store, owner, bytes, onFault } = this.#options;
    try {
      const known = secretsIn(bytes.toString("utf8"));
      if (known.length > mostKnown) return;
      const output = withoutSecrets(response["output"] ?? [], this.#hiding(known));
      await sealItems(store, {
        ...owner,
        model: modelText(response["model"]),
        pairs: this.#pairsOf(sent),
        output: Array.isArray(output) ? output : [],
      });
    } catch (error) {
      if (!AditError.isInstance(error)) onFault(error);
    }
  }

  /** What was sent lacks fields of its caller's that are the gateway's. */
  #pairsOf({ body, metadata }: SentRequest): Pair[] {
    const written = parsedJson(this.#options.bytes.toString("utf8"));
    return [...Object.entries(metadata), ...pairsOfBody(body), ...(isJsonObject(written) ? pairsOfBody(written) : [])];
  }

  /** As they were sent, without those of earlier responses: a webhook may have left some of these out, or put something before them. */
  #ownItems(sent: JsonObject): JsonValue[] {
    const items = itemsOf(sent["input"]) ?? [];
    const { earlier } = this.#options;
    if (earlier.every((item, index) => index < items.length && idOf(items[index]) === idOf(item))) {
      return items.slice(earlier.length);
    }
    const known = new Set(earlier.map(idOf));
    known.delete(undefined);
    return items.filter((item) => !known.has(idOf(item)));
  }

  /** Hides what the request has under secrets' names, and what signed the call. */
  #hiding(known: ReturnType<typeof secretsIn>): (words: string) => string {
    const hideKnown = hiderOf(known);
    const hides = this.#hides;
    return (words) => hides.reduce((text, hide) => hide(text), hideKnown(words));
  }

  #notStored(cause: unknown): AditError {
    if (!AditError.isInstance(cause)) this.#options.onFault(cause);
    // OpenAI's clients would have the model called again by themselves.
    if (!this.#options.reply.started) this.#options.reply.header("x-should-retry", "false");
    return new AditError(
      "store_unavailable",
      "The model has answered, but the response could not be stored, as store: true asks.",
      {
        cause,
        remedy: "Send the request again, or without store. The call has been billed.",
      },
    );
  }
}

function idOf(item: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(item) ? item["id"] : undefined;
}

/** PostgreSQL keeps no NUL. */
function modelText(model: JsonValue | undefined): string {
  return typeof model === "string" ? model.replaceAll("\0", "\ufffd") : "";
}

function responseIn(answer: object | string): JsonObject | undefined {
  const text = typeof answer === "string" ? answer : Buffer.isBuffer(answer) ? answer.toString("utf8") : undefined;
  const value: unknown = text === undefined ? answer : parsedJson(text);
  return isJsonObject(value) && value["object"] === "response" ? value : undefined;
}
