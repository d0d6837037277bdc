/** What the listener and the routes agree on: a request as a route sees it, and how a route answers. */
import type { AditError, CancelSignal, ExchangeTap } from "@adit/bedrock";
import type { CallerPrincipal, Principal } from "../../access/principal.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { CallerHeaders } from "../request/caller-headers.ts";

/** What a route may be for. HEAD is answered by GET's. */
export const routeMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type RouteMethod = (typeof routeMethods)[number];

/** What a route takes as its body. */
export type BodyContent = "json" | "any";

/** One request under way. */
export interface Incoming {
  /** `req_` and a UUIDv7. */
  readonly id: string;
  /** The trace that the caller named, else a new one. The answer's trace header, unless the route sets another. */
  readonly traceId: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly method: string;
  /** Without the query; percent-encoded as it came. */
  readonly path: string;
  /** Values of the `{name}` parts of the route's path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Path and query as they came. */
  readonly target: string;
  /**
   * Where the caller is: the connection's other end, or behind a proxy of `ADIT_TRUSTED_PROXIES` whom that names. Undefined once the caller has
   * left, or where the proxy names nobody.
   */
  readonly address: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: CallerHeaders;
  /** Aborted with AditError `client_closed` when the caller leaves, `shutting_down` when the gateway's patience at its stop ends. */
  readonly signal: CancelSignal;
  /** What the route learns of the request on its way, for the request log and the ledger. */
  facts: RequestFacts | undefined;
  /** When who calls was known, where that was waited for; milliseconds since 1970. */
  readonly admittedAt: number | undefined;
  /** Who calls; undefined before the door, and at routes that anyone may call. */
  readonly principal: Principal | undefined;
  /** Takes down what is asked and answered, where the caller's project keeps content. */
  readonly tap: ContentTap | undefined;
  /** What the route threw, as it was thrown. */
  readonly error: unknown;
  /** True once the caller is gone, or the gateway has broken the connection off. */
  readonly hasLeft: boolean;
  /**
   * The whole body, within the limits on size and time; `any` takes other content types than JSON's too. `mostBytes`: for what is known to be
   * small. Rejects with AditError `body_too_large`, `unsupported_media_type`, `request_timeout`, `client_closed`.
   */
  readBody(content?: BodyContent, mostBytes?: number): Promise<Buffer>;
  /** The body as text, once it has been read. */
  bodyText(): string;
  /** The body is not read again: a stream that is open for an hour does not hold on to it. */
  letGoOfBody(): void;
}

/**
 * How a route answers: whole with `send`, as server-sent events with `openEvents`, or as other bytes with `openBytes`. One of them, once.
 * Where the caller has left already, what is written goes nowhere, without an error.
 */
export interface Reply {
  /** Sets a header of the answer, errors' answers too; a value with characters that no header can carry is written with `?` for them. */
  header(name: string, value: string): void;
  /** Answers whole. An object is written as JSON; text and bytes go as they are, with the content type given (default `application/json`). */
  send(status: number, body: object | string | Uint8Array, contentType?: string): void;
  /**
   * Sends the head of a `text/event-stream`, with status 200 unless another is named. While nothing is written `keepAlive` is, a comment unless
   * the dialect has an event for it.
   */
  openEvents(status?: number, keepAlive?: string): EventWriter;
  /** Sends the head of an answer of this content type whose length is not known, with status 200 unless another is named. */
  openBytes(contentType: string, status?: number): ByteWriter;
  /** True once a head has been sent. */
  readonly started: boolean;
  /** The status that was sent; 0 before; 499 where the caller left before any was. */
  readonly status: number;
}

/** A request whose caller is gone. */
export interface LeftRequest extends Pick<Incoming, "facts" | "principal"> {
  /** Aborts its signal. */
  abort(reason: AditError): void;
}

/** True: what the request has asked for goes on without its caller. */
export type GoesOn = (request: LeftRequest) => boolean;

/** Takes down a call's content, in order. Never throws, and changes nothing. */
export interface ContentTap extends ExchangeTap {
  /** The body as it came. */
  asked(body: Uint8Array): void;
  /** Pairs that it holds: by them, too, the content is found when it is to be deleted. */
  about(pairs: readonly (readonly [name: string, value: string])[]): void;
  /** What is written to the caller: the whole answer, or a part of a stream. */
  answered(part: string | Uint8Array): void;
  /** For one of several calls that are under way at once: what comes back to it stands with what it sent. */
  apart(): ExchangeTap;
}

/** Says whether a call's content is taken down; undefined: it is not. */
export type TapContent = (incoming: Incoming, principal: CallerPrincipal) => ContentTap | undefined;

/** Told of a request once, when its answer is whole but its last byte has not left. It may set headers where none were sent; never throws. */
export type BeforeEnd = (incoming: Incoming, reply: Reply) => void;

/** Writes server-sent events. What is written between two flushes leaves in one write to the socket. */
export interface EventWriter {
  /** Adds text, such as `data: {...}\n\n`. Nothing leaves before `flush`. */
  write(text: string): void;
  /** Hands what was added to the socket. False where the caller reads too slowly: stop reading upstream until `onDrain`. */
  flush(): boolean;
  /** Called each time the caller has caught up again. */
  onDrain(listener: () => void): void;
  /** Flushes and ends the answer. */
  end(): void;
}

/** Writes bytes. What is written between two flushes leaves in one write to the socket. */
export interface ByteWriter {
  /** Adds bytes; they must not change any more. Nothing leaves before `flush`. */
  write(bytes: Uint8Array): void;
  /** Hands what was added to the socket. False where the caller reads too slowly: stop reading upstream until `onDrain`. */
  flush(): boolean;
  /** Called each time the caller has caught up again. */
  onDrain(listener: () => void): void;
  /** Flushes and ends the answer. */
  end(): void;
}

/** Writes an error's body in a dialect. `withVendorFields`: Portkey's top-level `status`, `message`, `provider` are added. */
export type ErrorBody = (error: AditError, withVendorFields: boolean, requestId: string) => object | string;
/** Headers that an error's answer has in a dialect. */
export type ErrorHeaders = (error: AditError) => Record<string, string>;

interface RouteBase {
  method: RouteMethod;
  /** Exact path; with `{name}` parts, each of which stands for one part of a path; or a prefix where it ends in `/*`. */
  path: string;
  errorBody: ErrorBody;
  errorHeaders?: ErrorHeaders;
  /** A header of every answer that bears the request's id, as the dialect's clients expect it. */
  requestIdHeader?: string;
}

/** A route that calls models, and asks for a gateway key. */
export interface KeyRoute extends RouteBase {
  access: "key";
  /** True: a request may be signed with a key pair of the gateway's in a key's place, as AWS's SDKs do. */
  takesSignatures?: boolean;
  /**
   * What it throws (AditError, or anything: then `internal`) is answered in the route's dialect. Once the stream is open an
   * error event is the route's own matter: what it throws then breaks the connection, as does a stream that it leaves open.
   */
  handle(incoming: Incoming, reply: Reply, principal: CallerPrincipal): Promise<void>;
}

/** A route of the control API: for keys, and for people who have signed in. What each of them may do there is the route's to decide. */
export interface ControlRoute extends RouteBase {
  access: "control";
  handle(incoming: Incoming, reply: Reply, principal: Principal): Promise<void>;
}

/** A route that anyone may call: nobody's identity is known to it. */
export interface OpenRoute extends RouteBase {
  access: "open";
  /** True: answered also while the gateway stops. */
  isForStopping?: boolean;
  handle(incoming: Incoming, reply: Reply): Promise<void>;
}

/** One row of the table of routes. */
export type Route = KeyRoute | ControlRoute | OpenRoute;
