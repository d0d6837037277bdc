/** A call of one of the gateway's own routes from within: no socket, the same way in all else. */
import type { IncomingHttpHeaders } from "node:http";
import type { CallerPrincipal } from "../../access/principal.ts";
import { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { ByteWriter, ContentTap, EventWriter, Incoming, Reply } from "../../http/routes/route.ts";
import type { RequestFacts } from "../record/request-facts.ts";

export interface InnerRequest {
  id: string;
  receivedAt: number;
  path: string;
  parameters: Readonly<Record<string, string>>;
  headers: IncomingHttpHeaders;
  body: Buffer;
  principal: CallerPrincipal;
  signal: Incoming["signal"];
}

export class InnerIncoming implements Incoming {
  readonly id: string;
  readonly traceId: string;
  readonly receivedAt: number;
  readonly admittedAt = undefined;
  readonly method = "POST";
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly target: string;
  readonly address = undefined;
  readonly query = new URLSearchParams();
  readonly headers: CallerHeaders;
  readonly signal: Incoming["signal"];
  readonly principal: CallerPrincipal;
  facts: RequestFacts | undefined;
  error: unknown;
  tap: ContentTap | undefined;
  readonly #body: Buffer;

  constructor(request: InnerRequest) {
    this.id = request.id;
    this.traceId = request.id.slice("req_".length);
    this.receivedAt = request.receivedAt;
    this.path = request.path;
    this.target = request.path;
    this.parameters = request.parameters;
    this.headers = new CallerHeaders(request.headers);
    this.signal = request.signal;
    this.principal = request.principal;
    this.#body = request.body;
  }

  get hasLeft(): boolean {
    return this.signal.aborted;
  }

  readBody(): Promise<Buffer> {
    this.tap?.asked(this.#body);
    return Promise.resolve(this.#body);
  }

  bodyText(): string {
    return this.#body.toString("utf8");
  }

  letGoOfBody(): void {
    // Who asks for the call has it too.
  }
}

/** Takes an answer in, up to its end. */
export class InnerReply implements Reply {
  readonly headers = new Map<string, string>();
  status = 0;
  readonly #pieces: Buffer[] = [];
  readonly #tap: () => ContentTap | undefined;

  constructor(tap: () => ContentTap | undefined) {
    this.#tap = tap;
  }

  get started(): boolean {
    return this.status !== 0;
  }

  /** All that was answered. */
  get body(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  header(name: string, value: string): void {
    this.headers.set(name.toLowerCase(), value);
  }

  send(status: number, body: object | string | Uint8Array): void {
    this.status = status;
    this.#take(typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body));
  }

  openEvents(status = 200): EventWriter {
    this.status = status;
    return this.#writer();
  }

  openBytes(_contentType: string, status = 200): ByteWriter {
    this.status = status;
    return this.#writer();
  }

  #writer(): EventWriter & ByteWriter {
    return {
      write: (part: string | Uint8Array) => this.#take(part),
      flush: () => true,
      onDrain: () => {},
      end: () => {},
    };
  }

  #take(part: string | Uint8Array): void {
    this.#tap()?.answered(part);
    this.#pieces.push(Buffer.from(part));
  }
}
