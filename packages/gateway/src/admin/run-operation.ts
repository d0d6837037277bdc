/** From a request to an operation and back: rights, shapes, the transaction, what is told in headers. */
import { AditError, openAiErrorBody } from "@adit/bedrock";
import { actorOf, type Principal } from "../access/principal.ts";
import { parseJson, parseJsonBody } from "../http/request/json-body.ts";
import { checkUnaltered } from "../http/unaltered.ts";
import type { ControlRoute, Incoming, Reply } from "../http/routes/route.ts";
import { isReferenced } from "../store/store-faults.ts";
import type { Store } from "../store/store.ts";
import { checkMatch, etagOf, refuseUnheld } from "./etag.ts";
import { longestTold, pathOf, readBy } from "./field-fault.ts";
import {
  DoneMeanwhile,
  earlierReply,
  keepReply,
  keptReply,
  type Idempotency,
  type KeptReply,
  type RepeatableRequest,
} from "./idempotency.ts";
import type { Answer, Call, Operation, Poured } from "./operation.ts";
import { partsWithin, type ControlParts } from "./parts.ts";
import { checkAnyRight, checkRight, projectOfCall } from "./rights.ts";

/** What stands behind the control API once the store is open. */
export interface ControlBase {
  store: Store;
  parts: ControlParts;
  idempotency: Idempotency;
}

export interface ControlRoutesOptions {
  /** Rejects with `store_unavailable` where the store is not open. */
  ready: () => Promise<ControlBase>;
  maxJsonDepth: number;
  /** True where the listener speaks TLS. */
  isTls: boolean;
}

/** The route of an operation. */
export function routeOf(operation: Operation, options: ControlRoutesOptions): ControlRoute {
  return {
    method: operation.method,
    path: operation.path,
    access: "control",
    errorBody: openAiErrorBody,
    handle: async (incoming, reply, principal) => {
      checkAnyRight(principal, operation.need);
      checkNoNul(incoming.parameters);
      const query = operation.query === undefined ? undefined : readBy(operation.query, queryOf(incoming.query));
      const bytes = operation.body === undefined ? undefined : await incoming.readBody();
      const body = bytes === undefined ? undefined : readBody(operation, bytes, options.maxJsonDepth);
      checkAsInPath(body, incoming.parameters);
      const base = await options.ready();
      const run = {
        operation,
        incoming,
        reply,
        principal,
        query,
        body,
        base,
        isTls: options.isTls,
        checked: new Set<string>(),
      };
      if (operation.changes) await change(run, bytes);
      else if (operation.isDoneOnce) await doOnce(run, bytes);
      else await give(run, await operation.run(callOf(run, base.parts)));
    },
  };
}

interface Run {
  operation: Operation;
  incoming: Incoming;
  reply: Reply;
  principal: Principal;
  query: unknown;
  body: unknown;
  base: ControlBase;
  isTls: boolean;
  /** In which projects the caller has been found to have the right. */
  checked: Set<string>;
}

/** Names that may stand several times, with one entry of a list each: OpenAI's SDKs write lists so. */
const listNames: ReadonlySet<string> = new Set(["include", "include[]"]);

/** @throws AditError `invalid_request` where a name has two values: of one of them nothing would come. */
function queryOf(query: URLSearchParams): Record<string, string> {
  const given = Object.fromEntries(query);
  checkNoNul(given);
  for (const [name, value] of query) {
    if (given[name] === value || listNames.has(name)) continue;
    const param = name.slice(0, longestTold);
    throw new AditError("invalid_request", `${param} stands twice in the query, with two values.`, {
      param,
      remedy: "Send it once; where it takes several values, part them with commas.",
    });
  }
  return given;
}

/** PostgreSQL keeps no NUL, and no name or text of the API has one. @throws AditError `invalid_request` */
function checkNoNul(value: unknown): void {
  const place = placeOfNul(value);
  if (place === undefined) return;
  const param = pathOf(place);
  throw new AditError("invalid_request", `${param === "" ? "The request" : param} holds the character NUL (U+0000).`, {
    ...(param !== "" && { param }),
    remedy: "Leave it out.",
  });
}

/** Where the first text with a NUL is; of a name with one, the object that has it. */
function placeOfNul(value: unknown): PropertyKey[] | undefined {
  if (typeof value === "string") return value.includes("\0") ? [] : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, entry] of Object.entries(value)) {
    if (name.includes("\0")) return [];
    const place = placeOfNul(entry);
    if (place !== undefined) return [Array.isArray(value) ? Number(name) : name, ...place];
  }
  return undefined;
}

/**
 * Portkey's SDK sends some of what is in the path in the body too. @throws AditError `invalid_request` where the body has another: it may be
 * meant as a change, and nothing would come of it.
 */
function checkAsInPath(body: unknown, parameters: Incoming["parameters"]): void {
  if (typeof body !== "object" || body === null) return;
  for (const [name, value] of Object.entries(parameters)) {
    const given = (body as Record<string, unknown>)[name];
    if (typeof given !== "string" || given.replace(/^@/, "") === value.replace(/^@/, "")) continue;
    throw new AditError("invalid_request", `${name} is ${JSON.stringify(value.slice(0, 64))} in the path.`, {
      param: name,
      remedy: `Leave ${name} out of the body: it cannot be changed.`,
    });
  }
}

/** An empty body is an empty object: clients send none where all fields are optional. */
function readBody(operation: Operation, bytes: Buffer, maxDepth: number): unknown {
  const given = bytes.length === 0 ? {} : parsedBody(operation, bytes, maxDepth);
  checkNoNul(given);
  return operation.body === undefined ? undefined : readBy(operation.body, given);
}

/** Lists are of what happened elsewhere, told as well as may be; everything else sets something. */
function parsedBody({ takesList }: Operation, bytes: Buffer, maxDepth: number): object {
  if (takesList) return parseJson(bytes, maxDepth);
  const given = parseJsonBody(bytes, maxDepth);
  checkUnaltered(bytes, given, "invalid_request");
  // Shapes that take names of others leave this one out in silence.
  if (Object.hasOwn(given, "__proto__")) {
    throw new AditError("unsupported_parameter", "There is no field __proto__ here.", {
      param: "__proto__",
      remedy: "Leave it out.",
    });
  }
  return given;
}

function callOf(
  { operation, incoming, reply, principal, query, body, isTls, checked }: Run,
  parts: ControlParts,
): Call<unknown, unknown> {
  const { need, reachesGone } = operation;
  const ifMatch = incoming.headers.raw("if-match");
  const checkIn = (projectId: string): void => {
    checkRight(principal, need, projectId);
    checked.add(projectId);
  };
  return {
    parameters: incoming.parameters,
    query,
    body,
    parts,
    principal,
    actor: actorOf(principal, incoming),
    origin: originOf(incoming, isTls),
    incoming,
    reply,
    project: async (named) => {
      const inBody = named ?? workspaceIn(body);
      const inQuery = workspaceIn(query);
      const projectId = await projectOfCall(principal, inBody ?? inQuery, parts, reachesGone);
      checkIn(projectId);
      if (inBody !== undefined && inQuery !== undefined) await checkSame(projectId, inQuery, parts);
      return projectId;
    },
    checkRight: checkIn,
    noteDone: () => Promise.resolve(),
    checkUnchanged: (object) => checkMatch(ifMatch, object),
  };
}

function workspaceIn(given: unknown): string | undefined {
  const named = (given as { workspace_id?: unknown } | undefined)?.workspace_id;
  return typeof named === "string" ? named : undefined;
}

/** @throws AditError `invalid_request` where the query names another project than the body: one of the two is a mistake. */
async function checkSame(projectId: string, inQuery: string, { projects }: ControlParts): Promise<void> {
  if ((await projects.find(inQuery))?.id === projectId) return;
  throw new AditError("invalid_request", "workspace_id names one project in the body and another in the query.", {
    param: "workspace_id",
    remedy: "Name the project once.",
  });
}

/** As the caller wrote it: what is answered with it goes back to the same caller. */
function originOf({ headers }: Incoming, isTls: boolean): string {
  const host = headers.raw("host") ?? headers.raw(":authority") ?? "127.0.0.1";
  return `${isTls || headers.raw("x-forwarded-proto") === "https" ? "https" : "http"}://${host}`;
}

async function change(run: Run, bytes: Buffer | undefined): Promise<void> {
  const outcome = await inTransaction(run, await repeatable(run, bytes));
  if ("earlier" in outcome) replay(run, outcome.earlier);
  else send(run, outcome.answer);
}

/** What has a transaction of its own, in which the answer is kept too. */
async function doOnce(run: Run, bytes: Buffer | undefined): Promise<void> {
  const { operation, base } = run;
  const { store } = base;
  const request = await repeatable(run, bytes);
  const earlier = request && (await store.read((db) => keptReply(db, request, store.clock.now())));
  if (earlier !== undefined) return replay(run, earlier);
  try {
    return await give(
      run,
      await operation.run({ ...callOf(run, base.parts), ...(request && { noteDone: noterOf(run, request) }) }),
    );
  } catch (error) {
    if (error instanceof DoneMeanwhile) return replay(run, error.reply);
    throw error;
  }
}

function noterOf({ operation, base, checked }: Run, request: RepeatableRequest): Call<unknown, unknown>["noteDone"] {
  return async (writing, body) => {
    const meanwhile = await earlierReply(writing, request, base.store.clock.now());
    if (meanwhile !== undefined) throw new DoneMeanwhile(meanwhile);
    await keepReply(
      writing,
      request,
      { status: operation.status, body, projectIds: [...checked] },
      operation.shownOnce,
    );
  };
}

async function repeatable(
  { incoming, principal, base }: Run,
  bytes: Buffer | undefined,
): Promise<RepeatableRequest | undefined> {
  const key = incoming.headers.raw("idempotency-key");
  if (key === undefined) return undefined;
  return base.idempotency.read(key, principal, [incoming.method, incoming.target, bytes?.toString("base64") ?? ""]);
}

/** @throws AditError `not_found`, `forbidden` where the caller has lost the right since, and would be refused what the answer shows */
function replay(run: Run, earlier: KeptReply): void {
  for (const projectId of earlier.projectIds) checkRight(run.principal, run.operation.need, projectId);
  run.reply.header("idempotent-replayed", "true");
  finish(run, earlier);
}

type Outcome = { answer: Answer } | { earlier: KeptReply };

/** All of the change or nothing of it, with its audit log and the key by which it may be repeated. */
async function inTransaction(run: Run, request: RepeatableRequest | undefined): Promise<Outcome> {
  const { operation, base } = run;
  try {
    return await base.store.writeAlone(async (writing) => {
      const now = base.store.clock.now();
      const earlier = request === undefined ? undefined : await earlierReply(writing, request, now);
      if (earlier !== undefined) return { earlier };
      const call = callOf(run, partsWithin(base.parts, writing));
      let isHeld = false;
      const checkUnchanged = (object: object): void => {
        isHeld = true;
        call.checkUnchanged(object);
      };
      const answer = await operation.run({ ...call, checkUnchanged });
      // The document offers If-Match for every change of what is there: a POST makes something.
      if (!isHeld && operation.method !== "POST") refuseUnheld(run.incoming.headers.raw("if-match"));
      if ("pour" in answer) throw new Error("What changes something answers whole.");
      if (request !== undefined) {
        const kept = { status: operation.status, body: answer.body, projectIds: [...run.checked] };
        await keepReply(writing, request, kept, operation.shownOnce);
      }
      return { answer };
    });
  } catch (error) {
    // What others point to is looked at when all is done.
    if (!isReferenced(error)) throw error;
    throw new AditError("in_use", "Something else uses this object.");
  }
}

function give(run: Run, answer: Answer | Poured): Promise<void> | void {
  if (!("pour" in answer)) return send(run, answer);
  run.reply.header("cache-control", "private, no-store");
  return answer.pour(run.reply, run.incoming.signal);
}

function send(run: Run, { body, shows }: Answer): void {
  if (shows !== undefined) run.reply.header("etag", etagOf(shows));
  finish(run, { status: run.operation.status, body });
}

/** A program may keep an answer and ask whether it still holds. A browser keeps none: others may sit before it after the sign-out. */
function finish({ reply, principal }: Run, { status, body }: Omit<KeptReply, "projectIds">): void {
  reply.header("cache-control", principal.kind === "person" ? "no-store" : "private, no-cache");
  reply.send(status, body);
}
