/** Finds what a request of Responses goes on from, and what of its response is to be stored. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { projectOf, type CallerPrincipal } from "../access/principal.ts";
import { mostPairs } from "../caller-text.ts";
import type { Incoming, Reply } from "../http/routes/route.ts";
import { pairsOfBody } from "../ledger/content/body-pairs.ts";
import { mostKnown, secretsIn } from "../ledger/content/hide-secrets.ts";
import { unkeptWish } from "../routing/request/request-fields.ts";
import type { Store } from "../store/store.ts";
import { itemsOf, referencesIn, withReferenced } from "./input-items.ts";
import { unsealItems } from "./sealed-items.ts";
import { ResponseTurn, type TurnOptions, type TurnOwner } from "./response-turn.ts";
import { bytesOf, findEnd, itemsById, itemsUpTo, type ConversationEnd } from "./stored-responses.ts";

/** A conversation of so many responses ends there: each turn sends all of it to the model. */
const mostTurns = 1_000;
/** References that are followed in one request. */
const mostReferences = 1_000;

/**
 * The AI SDK, by its own name (`ai/6.0.0 ai-sdk/provider-utils/4.0.0`, `ai-sdk/openai/3.0.0`, of 7 `ai-sdk-openai/4.0.0`): it refers to
 * items of answers without having asked for these to be stored. What nobody refers to is not written to the database with each call.
 */
const refersUnasked = /(?:^| )ai(?:-sdk[/-][a-z-]+)?\/\d/;

export interface ResponseTurnsOptions {
  /** Rejects with AditError `store_unavailable`. */
  store: () => Store | Promise<Store>;
  /** True where the project keeps such content, and the caller has nothing against it. */
  mayStore: (incoming: Incoming, principal: CallerPrincipal) => Promise<boolean>;
  /** True where the project allows items to be sealed, and the caller has nothing against it. */
  maySeal: (incoming: Incoming, principal: CallerPrincipal) => Promise<boolean>;
  /** That a conversation may have as JSON. */
  mostBytes: number;
  onFault: (error: unknown) => void;
}

/** One request of Responses, as it came. */
export interface TurnRequest {
  incoming: Incoming;
  reply: Reply;
  principal: CallerPrincipal;
  written: JsonObject;
  bytes: Buffer;
}

/** False for a request that surely stores nothing, and goes on from nothing. */
export function asksForTurn(written: JsonObject): boolean {
  return (
    written["store"] !== false ||
    typeof written["previous_response_id"] === "string" ||
    referencesIn(written["input"]) !== undefined
  );
}

export class ResponseTurns {
  readonly #options: ResponseTurnsOptions;

  constructor(options: ResponseTurnsOptions) {
    this.#options = options;
  }

  /**
   * Undefined for a request that stores nothing and goes on from nothing that is stored here.
   * @returns rejects with AditError `store_unavailable`; `previous_response_not_found` where a part of the conversation is gone; `body_too_large`, `invalid_request`
   * for one that is too long.
   */
  async open(request: TurnRequest): Promise<ResponseTurn | undefined> {
    const { incoming, reply, principal, written, bytes } = request;
    const named = written["previous_response_id"];
    const previousId = typeof named === "string" ? named : undefined;
    const keeping = await this.#keepingOf(request);
    const keeps = keeping.stores || keeping.seals;
    const references = referencesIn(written["input"]);
    if (previousId === undefined && !keeps && references === undefined) return undefined;
    const owner: TurnOwner = {
      projectId: projectOf(principal),
      keyId: principal.kind === "gateway_key" ? principal.key.id : undefined,
      callId: incoming.id,
      at: incoming.receivedAt,
    };
    const referenced = references === undefined ? undefined : await this.#withReferenced(request, references, owner);
    // What nobody here knows a target may.
    if (referenced === undefined && previousId === undefined && !keeps) return undefined;
    const length = referenced?.length ?? bytes.length;
    return this.#open({ reply, owner, written, bytes, ...keeping, ...referenced?.with }, length, previousId);
  }

  async #keepingOf({
    incoming,
    principal,
    written,
    bytes,
  }: TurnRequest): Promise<Pick<TurnOptions, "stores" | "seals">> {
    const mayKeep =
      written["store"] !== false &&
      unkeptWish(written) !== true &&
      // What it goes on from is somebody else's to keep, and so is this.
      (written["conversation"] ?? null) === null &&
      // As of content: it would not be found when it is to go, if not all were kept.
      pairsOfBody(written).length <= mostPairs;
    if (!mayKeep) return { stores: false, seals: false };
    const stores =
      written["store"] === true &&
      (await this.#options.mayStore(incoming, principal)) &&
      // As of content: each is looked for in all that would be stored.
      secretsIn(bytes.toString("utf8")).length <= mostKnown;
    const seals = !stores && refersUnasked.test(incoming.headers.raw("user-agent") ?? "");
    return { stores, seals: seals && (await this.#options.maySeal(incoming, principal)) };
  }

  /** Undefined where none of them is stored here. `length`: of the request with them, in bytes. @throws AditError `body_too_large` */
  async #withReferenced(
    { written, bytes }: Pick<TurnRequest, "written" | "bytes">,
    references: readonly string[],
    { projectId }: TurnOwner,
  ): Promise<{ with: { written: JsonObject; unsealed: ReadonlySet<number> }; length: number } | undefined> {
    const { mostBytes } = this.#options;
    const store = await this.#options.store();
    const ids = new Set(references.slice(0, mostReferences));
    const sealed = await unsealItems(store, projectId, ids);
    const stored = await itemsById(store, projectId, { ids: [...ids].filter((id) => !sealed.has(id)), mostBytes });
    if (sealed.size + stored.size === 0) return undefined;
    const lengths = new Map([...stored, ...sealed].map(([id, item]) => [id, bytesOf(item)]));
    // One item may be referred to many times: it is not written out before it is known to fit.
    const length = references.reduce((sum, id) => sum + (lengths.get(id) ?? 0), bytes.length);
    if (length > mostBytes) {
      const words = `With the items that it refers to, input is longer than the ${mostBytes} bytes that a request may have.`;
      throw new AditError("body_too_large", words, { param: "input", remedy: "Refer to fewer items." });
    }
    const { input, unsealed } = withReferenced(itemsOf(written["input"]) ?? [], stored, sealed);
    return { with: { written: { ...written, input }, unsealed }, length };
  }

  async #open(
    asked: Pick<TurnOptions, "reply" | "owner" | "written" | "bytes" | "stores" | "seals" | "unsealed">,
    length: number,
    previousId: string | undefined,
  ): Promise<ResponseTurn | undefined> {
    const { onFault } = this.#options;
    const store = await this.#options.store();
    const { projectId } = asked.owner;
    if (previousId === undefined) {
      return new ResponseTurn({ ...asked, store, previous: undefined, earlier: [], onFault });
    }
    const previous = await findEnd(store, projectId, previousId);
    // A target that keeps responses itself may know it.
    if (previous === undefined) return undefined;
    this.#checkLength(previous, length);
    const earlier = await itemsUpTo(store, projectId, previous);
    return new ResponseTurn({ ...asked, store, previous, earlier, onFault });
  }

  #checkLength({ id, turn, bytes }: ConversationEnd, ownBytes: number): void {
    const { mostBytes } = this.#options;
    const param = "previous_response_id";
    const remedy = "Begin a new conversation: send what it needs in input.";
    if (turn >= mostTurns) {
      const words = `The conversation up to ${id} has ${turn} responses, and may have ${mostTurns} at most.`;
      throw new AditError("invalid_request", words, { param, remedy });
    }
    if (bytes + ownBytes <= mostBytes) return;
    const words = `The conversation up to ${id} has ${bytes} bytes: with this request it is longer than the ${mostBytes} that a request may have.`;
    throw new AditError("body_too_large", words, { param, remedy });
  }
}
