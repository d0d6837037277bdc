/** From a request to its route: what is refused before, who may come in, and what becomes of what a route throws. */
import type { Socket } from "node:net";
import { AditError } from "@adit/bedrock";
import { Roster } from "@adit/bedrock/gateway";
import type { CallerPrincipal, Principal } from "../../access/principal.ts";
import { anthropicErrorBody, anthropicRequestIdHeader, isForAnthropic } from "../reply/anthropic-errors.ts";
import { Cors, everyMethod } from "../reply/cors.ts";
import { UntakenAnswers } from "../reply/untaken-answers.ts";
import { Exchange, type ExchangeWatch } from "../exchange.ts";
import type { HopMark } from "../request/hop-mark.ts";
import { isHttp2, type NodeRequest, type NodeResponse } from "../node-http.ts";
import type { ControlRoute, Incoming, KeyRoute, LeftRequest, Reply, Route, TapContent } from "./route.ts";
import { RouteTable, type Found } from "./route-table.ts";
import { insteadOf } from "./unserved-paths.ts";

/** A request that has ended: answered whole, broken off, or left by its caller. */
export interface FinishedRequest {
  incoming: Incoming & LeftRequest;
  reply: Reply;
  /** What the route threw, or why no route was run: as it was thrown. Undefined where all went well. */
  error: unknown;
}

/** Says who calls. */
export interface Doorkeeper {
  /** Who calls a model. Rejects with AditError of status 401 or 403. */
  caller(incoming: Incoming, takesSignatures: boolean): CallerPrincipal | Promise<CallerPrincipal>;
  /** Who asks something of the control API. Rejects with AditError of status 401 or 403. */
  principal(incoming: Incoming): Principal | Promise<Principal>;
  /** Whether who came in a while ago is still who they were. Rejects with AditError of status 401, 403 or 408. */
  again(incoming: Incoming, principal: Principal): Promise<void>;
}

export interface RouteRunnerOptions {
  routes: readonly Route[];
  door: Doorkeeper;
  corsOrigins: ReadonlySet<string>;
  hop: HopMark;
  watch: ExchangeWatch;
  onDone: ((finished: FinishedRequest) => void) | undefined;
  tapContent: TapContent | undefined;
}

export class RouteRunner {
  readonly #options: RouteRunnerOptions;
  readonly #table: RouteTable;
  readonly #cors: Cors;
  readonly #open = new Roster<Exchange>();
  readonly #untaken: UntakenAnswers;
  #isStopping = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: RouteRunnerOptions) {
    this.#options = options;
    this.#table = new RouteTable(options.routes);
    this.#cors = new Cors(options.corsOrigins);
    const { limits } = options.watch;
    this.#untaken = new UntakenAnswers(limits.maxUntakenAnswers, limits.untakenMs);
  }

  /** Requests under way. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Takes a request of node's. Never throws. */
  serve(request: NodeRequest, response: NodeResponse): void {
    const exchange = new Exchange(request, response, {
      watch: this.#options.watch,
      now: Date.now(),
    });
    this.#open.add(exchange);
    response.on("close", () => this.#close(exchange));
    // A pipelined request has no socket for its answer yet; if the connection ends first, node tells nobody.
    if (!isHttp2(request) && response.socket === null) this.#watchConnection(request.socket, response, exchange);
    void this.#run(exchange);
  }

  #watchConnection(socket: Socket, response: NodeResponse, exchange: Exchange): void {
    const onClose = (): void => this.#close(exchange);
    // As many as there are requests in the pipe: node would warn of a leak from the eleventh on.
    socket.setMaxListeners(0);
    socket.once("close", onClose);
    // A connection may live long; the request must not live as long as it.
    response.on("close", () => socket.off("close", onClose));
  }

  /** From now on requests are refused. `onQuiet` is called each time that one less is under way. */
  refuseNew(onQuiet: () => void): void {
    this.#isStopping = true;
    this.#onQuiet = onQuiet;
    this.#open.forEach((exchange) => (exchange.reply.mustClose = true));
  }

  /** Aborts what is under way, so that routes can end their streams with an error. */
  abortAll(reason: AditError): void {
    this.#open.forEach((exchange) => exchange.incoming.abort(reason));
  }

  async #run(exchange: Exchange): Promise<void> {
    try {
      const route = this.#enter(exchange);
      if (route !== undefined) {
        await this.#handle(route, exchange);
      }
      exchange.checkAnswered();
    } catch (error) {
      await giveBack(exchange);
      this.#fail(exchange, error);
    }
    // Where a route has made an answer of what failed, it is free by now at the latest.
    const hold = exchange.incoming.facts?.hold;
    if (hold !== undefined) void hold.settle();
    exchange.isSettled = true;
    if (!exchange.isClosed && exchange.incoming.principal === undefined) this.#untaken.add(exchange, performance.now());
    this.#finish(exchange);
  }

  /** Who is known at once does not wait a turn of the event loop, and no step of this waits beside the route while that answers. */
  #handle(route: Route, exchange: Exchange): Promise<void> {
    const { door } = this.#options;
    const { incoming, reply } = exchange;
    switch (route.access) {
      case "open":
        return route.handle(incoming, reply);
      case "key": {
        const known = door.caller(incoming, route.takesSignatures === true);
        return known instanceof Promise
          ? this.#admitLater(route, exchange, known)
          : this.#callFor(known, route, exchange);
      }
      case "control":
        return controlFor(door.principal(incoming), route, exchange);
    }
  }

  async #admitLater(route: KeyRoute, exchange: Exchange, known: Promise<CallerPrincipal>): Promise<void> {
    const caller = await known;
    exchange.incoming.admittedAt = Date.now();
    return this.#callFor(caller, route, exchange);
  }

  #callFor(caller: CallerPrincipal, route: KeyRoute, { incoming, reply }: Exchange): Promise<void> {
    incoming.principal = caller;
    incoming.tap = this.#options.tapContent?.(incoming, caller);
    return route.handle(incoming, reply, caller);
  }

  #fail(exchange: Exchange, error: unknown): void {
    try {
      exchange.fail(error);
    } catch (second) {
      // Even the words for the error could not be written.
      exchange.incoming.error = second;
      exchange.breakOff(500);
    }
  }

  /** The route to run; undefined where the request is answered already. */
  #enter(exchange: Exchange): Route | undefined {
    const { incoming, reply } = exchange;
    const { method, path, headers } = incoming;
    const isAllowedOrigin = this.#cors.allow(headers, reply);
    const found = this.#table.find(method, path);
    speakAs(found?.route ?? this.#table.neighbour(path), exchange);
    if (this.#isStopping) return routeWhileStopping(found, reply);
    this.#checkWay(exchange);
    if (found?.route !== undefined) {
      incoming.parameters = found.parameters;
      return found.route;
    }
    if (method === "OPTIONS" && (found !== undefined || path === "*")) {
      reply.header("allow", found?.allow ?? everyMethod);
      if (isAllowedOrigin) this.#cors.allowPreflight(headers, reply);
      reply.send(204, "");
      return undefined;
    }
    const instead = insteadOf(path);
    if (instead !== undefined) throw new AditError("not_found", "Nothing is served at this path.", { remedy: instead });
    if (found === undefined) throw this.#notFound(path);
    reply.header("allow", found.allow);
    throw new AditError("method_not_allowed", `${method} is not answered at this path.`, {
      remedy: `Use one of ${found.allow}.`,
    });
  }

  /** Who it came by, and to whom. */
  #checkWay({ incoming, reply }: Exchange): void {
    if (incoming.hasTwoHosts) throw twoHosts(reply);
    if (this.#options.hop.isLoop(incoming.headers)) {
      throw new AditError("loop_detected", "The request came back to the gateway that had sent it.");
    }
  }

  #notFound(path: string): AditError {
    if (path.startsWith("/v1/proxy/")) {
      return new AditError("not_found", "The paths under /v1/proxy/ are not served: Portkey has given them up too.", {
        remedy: "Call the same path without /proxy, such as /v1/chat/completions.",
      });
    }
    const bare = path.replace(/^\/(?:anthropic|openai)(?=\/v1\/)/, "");
    if (bare !== path && this.#table.has(bare)) {
      return new AditError("not_found", "Nothing is served at this path.", {
        remedy: `Call ${bare}: AWS's own endpoints have a folder before it, the gateway has none.`,
      });
    }
    const near = [`/v1${path}`, path.replace(/^\/v1\/v1\//, "/v1/")].find((other) => this.#table.has(other));
    if (near === undefined || near === path) return new AditError("not_found", "Nothing is served at this path.");
    return new AditError("not_found", "Nothing is served at this path.", {
      remedy: `Call ${near}: the base URL of OpenAI's clients ends in /v1, once.`,
    });
  }

  #close(exchange: Exchange): void {
    if (exchange.isClosed) return;
    exchange.close();
    this.#finish(exchange);
  }

  /** Both sides are done, whichever was the first. */
  #finish(exchange: Exchange): void {
    if (!exchange.isSettled || !exchange.isClosed) return;
    this.#open.remove(exchange);
    this.#untaken.remove(exchange);
    const { incoming, reply } = exchange;
    incoming.releaseBody();
    try {
      this.#options.onDone?.({ incoming, reply, error: incoming.error });
    } catch (fault) {
      // A log that fails must not take the requests of others with it.
      process.emitWarning(fault instanceof Error ? fault : String(fault));
    }
    this.#onQuiet?.();
  }
}

async function controlFor(
  known: Principal | Promise<Principal>,
  route: ControlRoute,
  { incoming, reply }: Exchange,
): Promise<void> {
  const principal = await known;
  incoming.principal = principal;
  return route.handle(incoming, reply, principal);
}

/** From now on errors have the form that the route's callers read, and every answer the name of the request that they look for. */
function speakAs(route: Route | undefined, exchange: Exchange): void {
  if (route !== undefined) {
    exchange.errorBody = route.errorBody;
    exchange.errorHeaders = route.errorHeaders;
    if (route.requestIdHeader !== undefined) exchange.reply.header(route.requestIdHeader, exchange.incoming.id);
    if (route.access !== "open") keepFromOthers(exchange);
  }
  // A route that calls models has the dialect that it is for. A list of models, and what is not served, is asked for in two.
  if (route?.access !== "key" && isForAnthropic(exchange.incoming.headers)) {
    exchange.errorBody = anthropicErrorBody;
    exchange.reply.header(anthropicRequestIdHeader, exchange.incoming.id);
  }
}

/**
 * A cache in between, as Varnish in its own settings, knows `Authorization` and cookies, and none of the vendors' headers with a key: what one caller
 * read with such a key, it would give to everybody.
 */
function keepFromOthers({ incoming: { method }, reply }: Exchange): void {
  if (method === "GET" || method === "HEAD") reply.header("cache-control", "private, no-cache");
}

/** What a call that failed holds of limits is free before its caller can know, and the error says what is left. */
async function giveBack({ incoming, reply }: Exchange): Promise<void> {
  const hold = incoming.facts?.hold;
  if (hold === undefined) return;
  await hold.settle();
  hold.tell(reply);
}

/** RFC 9112, section 3.2. What comes behind on the connection may be meant for the other one. */
function twoHosts(reply: Exchange["reply"]): AditError {
  reply.mustClose = true;
  return new AditError("invalid_request", "The request names its Host more than once.", {
    param: "host",
    remedy: "Send one Host header.",
  });
}

function routeWhileStopping(found: Found, reply: Exchange["reply"]): Route {
  reply.mustClose = true;
  const route = found?.route;
  if (route?.access === "open" && route.isForStopping === true) return route;
  throw new AditError("shutting_down", "The gateway is stopping.", { retryAfterSeconds: 1 });
}
