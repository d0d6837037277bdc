/** A request as the routes see it. Whatever costs something is made when it is first asked for. */
import { AditError } from "@adit/bedrock";
import type { Principal } from "../../access/principal.ts";
import { readTrace } from "./trace.ts";
import { BodyReader, bodyRefusal, type BodySender } from "./body-reader.ts";
import type { BodyRoom } from "./body-room.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { CallerHeaders } from "./caller-headers.ts";
import { CallerSignal } from "./caller-signal.ts";
import type { Departures } from "../reply/departures.ts";
import type { HttpLimits } from "../listener/http-limits.ts";
import { isHttp2, type NodeRequest, type NodeResponse } from "../node-http.ts";
import type { UuidV7Source } from "./request-id.ts";
import type { BeforeEnd, BodyContent, ContentTap, GoesOn, Incoming } from "../routes/route.ts";
import type { Ticker } from "../ticker.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** What the requests of a listener share. */
export interface RequestWatch {
  limits: HttpLimits;
  ticker: Ticker;
  room: BodyRoom;
  maxBodyBytes: number;
  ids: UuidV7Source;
  departures: Departures;
  beforeEnd: BeforeEnd | undefined;
  goesOn: GoesOn | undefined;
  /** Asks who came in a while ago whether they still may. Rejects with AditError. */
  askAgain: (incoming: Incoming, principal: Principal) => Promise<void>;
  /** Undefined: there is no proxy whose word counts. */
  proxies: TrustedProxies | undefined;
}

export class IncomingRequest implements Incoming, BodySender {
  readonly id: string;
  readonly receivedAt: number;
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly headers: CallerHeaders;
  readonly signal = new CallerSignal();
  facts: RequestFacts | undefined;
  principal: Principal | undefined;
  admittedAt: number | undefined;
  error: unknown;
  tap: ContentTap | undefined;
  parameters: Readonly<Record<string, string>> = {};
  readonly #request: NodeRequest;
  readonly #response: NodeResponse;
  readonly #watch: RequestWatch;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #address: string | undefined;
  #traceId: string | undefined;
  #body: Promise<Buffer> | undefined;
  #reader: BodyReader | undefined;
  #hasLeft = false;

  constructor(request: NodeRequest, response: NodeResponse, place: { watch: RequestWatch; now: number }) {
    this.#request = request;
    this.#response = response;
    this.#watch = place.watch;
    this.receivedAt = place.now;
    this.id = `req_${place.watch.ids.next(place.now)}`;
    this.method = request.method ?? "GET";
    this.headers = new CallerHeaders(request.headers);
    this.target = originForm(request.url ?? "/");
    const mark = this.target.indexOf("?");
    this.path = mark === -1 ? this.target : this.target.slice(0, mark);
    this.#search = mark === -1 ? "" : this.target.slice(mark + 1);
  }

  /** As it was when it was first asked for: a connection that is gone has none, and who was let in by it may be asked about again. */
  get address(): string | undefined {
    return (this.#address ??= this.#addressNow());
  }

  #addressNow(): string | undefined {
    // The type says that there is always one.
    const socket = this.#request.socket as NodeRequest["socket"] | undefined;
    const peer = socket?.remoteAddress;
    const { proxies } = this.#watch;
    return proxies === undefined || peer === undefined
      ? peer
      : proxies.callerOf(peer, this.headers.raw("x-forwarded-for"));
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  get traceId(): string {
    // A new trace has the UUID of its first request's id.
    return (this.#traceId ??= readTrace(this.headers, () => this.id.slice("req_".length)).traceId);
  }

  readBody(content: BodyContent = "json", mostBytes = this.#watch.maxBodyBytes): Promise<Buffer> {
    if (this.#body !== undefined) return this.#body;
    if (this.#reader !== undefined) throw new Error("The body was let go of.");
    this.#body = this.#readBody(content, Math.min(mostBytes, this.#watch.maxBodyBytes));
    const { tap } = this;
    if (tap !== undefined) void this.#body.then((bytes) => tap.asked(bytes), noBody);
    return this.#body;
  }

  askAgain(): Promise<void> {
    const { principal } = this;
    return principal === undefined ? Promise.resolve() : this.#watch.askAgain(this, principal);
  }

  bodyText(): string {
    const bytes = this.#reader?.body;
    if (bytes === undefined) throw new Error("The body has not been read, or was let go of.");
    return bytes.toString("utf8");
  }

  letGoOfBody(): void {
    this.#reader?.letGo();
    this.#body = undefined;
  }

  /** The request has ended: others may take the room of its body. */
  releaseBody(): void {
    this.#reader?.release();
  }

  /** True where the caller sends, or is going to send, a body that nobody has read to its end. */
  get hasUnreadBody(): boolean {
    if (this.#reader?.isWhole === true) return false;
    if (isHttp2(this.#request)) return !this.#request.stream.endAfterHeaders;
    const { headers } = this.#request;
    const length = headers["content-length"];
    return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
  }

  /** True where `Host` comes twice: node tells of the first alone, and a proxy before the gateway may go by the other. */
  get hasTwoHosts(): boolean {
    if (isHttp2(this.#request)) return false;
    const { rawHeaders } = this.#request;
    let hosts = 0;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index];
      if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
    }
    return hosts > 1;
  }

  /** True once the caller is gone, or the gateway has broken the connection off. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** The connection is gone before the answer was. `goesOn`: what was asked for is not aborted. */
  leave(goesOn: boolean): void {
    this.#hasLeft = true;
    if (goesOn) return;
    this.abort(new AditError("client_closed", "The caller left before the answer was whole."));
  }

  /** Aborts the signal, once. */
  abort(reason: AditError): void {
    this.signal.abort(reason);
  }

  #readBody(content: BodyContent, mostBytes: number): Promise<Buffer> {
    const { limits, ticker, room } = this.#watch;
    const refusal = bodyRefusal(this.#request, mostBytes, content);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (this.#request.headers.expect !== undefined) this.#response.writeContinue();
    this.#reader = new BodyReader(this.#request, mostBytes, { limits, ticker, room, sender: this });
    return this.#reader.read();
  }
}

/** The route is told why. */
const noBody = (): void => {};

/** A proxy may send the whole URL as the target (RFC 9112, section 3.2.2): the authority is dropped. */
function originForm(url: string): string {
  if (url.startsWith("/")) return url;
  const authority = /^https?:\/\/[^/?#]*/i.exec(url)?.[0];
  if (authority === undefined) return url;
  const rest = url.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
