/** The control API, called through the client that is generated from its document. */
import createClient from "openapi-fetch";
import { createContext, useContext } from "react";
import { apiErrorFrom, unreachable } from "./api-error.ts";
import type { components, paths } from "./control-api.ts";

export type Schemas = components["schemas"];

/** Who asks: a person by the cookie and its token, or the admin key, which is kept in memory alone and is gone with the tab. */
export interface Identity {
  csrfToken?: string;
  adminKey?: string;
}

export interface Answered<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

export class Control {
  readonly #listeners = new Set<() => void>();
  #identity: Identity = {};
  /** How far the gateway's clock is ahead of this machine's. */
  #aheadMs = 0;

  /**
   * Called as a change is sent. What it gives is asked where that was forbidden: whether the same person has signed in anew in another window
   * since. It is sent again then.
   */
  renewal: () => () => Promise<boolean> = () => () => Promise.resolve(false);

  /** The generated client. Its answers go through {@link answerOf}. */
  readonly api = createClient<paths>({
    // openapi-fetch hands over a whole request; what is refused for want of a session ends the one on this page.
    fetch: (request) => this.#fetch(request),
  });

  get identity(): Identity {
    return this.#identity;
  }

  set identity(identity: Identity) {
    this.#identity = identity;
  }

  /** The present moment by the gateway's clock, as its answers tell it: what it keeps has its times, and this machine's clock may be wrong. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Told when the gateway no longer knows who asks. */
  onSignedOut(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For routes that the document lacks. */
  async ask<Data>(method: string, path: string, body?: unknown): Promise<Data> {
    const request = new Request(path, {
      method,
      ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const response = await this.#fetch(request).catch((cause: unknown) => Promise.reject(unreachable(cause)));
    const text = await response.text();
    if (!response.ok) throw apiErrorFrom(response, jsonIn(text));
    return (text === "" ? undefined : JSON.parse(text)) as Data;
  }

  /** The bytes of an answer that goes on and on; `body` is posted; events go on behind the one with the id `after`. @throws ApiError */
  async stream(
    path: string,
    signal: AbortSignal,
    { body, after }: { body?: object; after?: string | undefined } = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const posted = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const request = new Request(path, { signal, ...posted });
    if (body !== undefined) request.headers.set("content-type", "application/json");
    if (after !== undefined) request.headers.set("last-event-id", after);
    const response = await this.#fetch(request).catch((cause: unknown) => Promise.reject(unreachable(cause)));
    if (response.ok && response.body !== null) return response.body;
    throw apiErrorFrom(response, await response.json().catch(() => undefined));
  }

  async #fetch(request: Request): Promise<Response> {
    const mayBeLate = request.method !== "GET" && this.#identity.csrfToken !== undefined;
    if (!mayBeLate) return this.#send(request);
    const [again, isRenewed] = [request.clone(), this.renewal()];
    const response = await this.#send(request);
    // Of a session that is no more nothing was done.
    return response.status === 403 && (await isRenewed()) ? this.#send(again) : response;
  }

  async #send(request: Request): Promise<Response> {
    const { adminKey, csrfToken } = this.#identity;
    if (adminKey !== undefined) request.headers.set("authorization", `Bearer ${adminKey}`);
    else if (csrfToken !== undefined) request.headers.set("x-adit-csrf-token", csrfToken);
    const askedAt = Date.now();
    const response = await fetch(request);
    this.#aheadMs = aheadOf(response, askedAt, Date.now());
    // There a password was wrong, or nobody was signed in: that ends no session.
    const isOfSession = new URL(request.url).pathname.startsWith("/v1/session");
    if (response.status === 401 && !isOfSession) {
      for (const listener of this.#listeners) listener();
    }
    return response;
  }
}

/** Answers tell whole seconds; of clocks that agree theirs lies between the question and the answer. */
function aheadOf({ headers }: Response, askedAt: number, answeredAt: number): number {
  const told = Date.parse(headers.get("date") ?? "");
  if (told + 1_000 < askedAt) return told + 1_000 - askedAt;
  return told > answeredAt ? told - answeredAt : 0;
}

/** Undefined for what is no JSON: what stands between may refuse in words of its own. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The data of an answer. @throws ApiError */
export async function answerOf<Data>(call: Promise<Answered<Data>>): Promise<Data> {
  const { data, error, response } = await call.catch((cause: unknown) => Promise.reject(unreachable(cause)));
  if (!response.ok) throw apiErrorFrom(response, error);
  return data as Data;
}

const ControlContext = createContext<Control | undefined>(undefined);
export const ControlProvider = ControlContext.Provider;

export function useControl(): Control {
  const control = useContext(ControlContext);
  if (control === undefined) throw new Error("There is no ControlProvider around.");
  return control;
}
