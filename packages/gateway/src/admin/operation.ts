/** One operation of the control API: what the document says of it, who may run it, and what it does. */
import type { CancelSignal } from "@adit/bedrock";
import type { z } from "zod";
import { callScope, type Principal } from "../access/principal.ts";
import type { Incoming, Reply, RouteMethod } from "../http/routes/route.ts";
import type { Actor } from "../store/audit.ts";
import type { Writing } from "../store/store.ts";
import type { Role } from "../store/tables/tables.ts";
import type { ControlParts } from "./parts.ts";

/**
 * What a caller needs: a person the role, in the project or in the whole gateway; a gateway key the scope, within its own project. What
 * needs an admin, no gateway key may do, unless `forKeys` says that an admin may give the scope to one.
 */
export interface Need {
  scope: string;
  role: Role;
  over: "project" | "gateway";
  forKeys?: true;
  /** A second scope that a gateway key needs beside the first: for what shows more than it does. */
  alsoScope?: string;
}

export interface Call<Query, Body> {
  /** Values of the path's `{name}` parts. */
  parameters: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  /** Within the operation's own transaction, where it changes something. */
  parts: ControlParts;
  principal: Principal;
  actor: Actor;
  /** Scheme, host and port by which the caller reached the gateway. */
  origin: string;
  /** For what becomes a call of a model: the request that it is told of in the log, and the answer that its headers go to. */
  incoming: Incoming;
  reply: Reply;
  /**
   * Id of the project that the operation is about, in which the caller has been found to have the right: the one that `workspace_id` of the
   * body or the query names, or `named`, where it stands elsewhere.
   * @throws AditError `forbidden`, `not_found`, `invalid_request`
   */
  project: (named?: string) => Promise<string>;
  /**
   * Checks the right in a project that an object belongs to.
   * @throws AditError `not_found` where the caller has nothing to do with the project, `forbidden` where its right is too small
   */
  checkRight: (projectId: string) => void;
  /**
   * Of what is done once, in the transaction that does it: notes the answer. Where the same was done meanwhile it rejects, which undoes the
   * transaction, and the caller gets the answer of then.
   */
  noteDone: (writing: Writing, body: object) => Promise<void>;
  /**
   * Holds the object against `If-Match`: where it fails, nothing is changed.
   * @throws AditError `precondition_failed`
   */
  checkUnchanged: (object: object) => void;
}

export interface Answer {
  body: object;
  /** The object that the answer shows, for its ETag. */
  shows?: object;
}

/** An answer that is not one JSON object: the operation writes it itself. */
export interface Poured {
  pour: (reply: Reply, signal: CancelSignal) => Promise<void>;
}

export interface Operation {
  /** `operationId` of the document. */
  id: string;
  method: RouteMethod;
  path: string;
  tag: string;
  summary: string;
  need: Need;
  query: z.ZodType | undefined;
  body: z.ZodType | undefined;
  /** True where the body may be a list too. */
  takesList: boolean;
  /** What is answered; of a stream, one of its entries. */
  answer: z.ZodType;
  /** Of the answer; `application/json` unless it is poured. */
  contentTypes: readonly string[];
  status: number;
  /** False for what changes nothing: it runs outside of a transaction. */
  changes: boolean;
  /**
   * True for what does something in a transaction of its own, and is not done again where it is asked for again by its `Idempotency-Key`: it
   * calls {@link Call.noteDone}.
   */
  isDoneOnce: boolean;
  /** True for what is done with calls: admins of the gateway do it in a project that is gone too, by its id, where calls of it are left. */
  reachesGone: boolean;
  /** Fields of the answer that are shown once, and not again to a repeated request. */
  shownOnce: readonly string[];
  run: (call: Call<unknown, unknown>) => Promise<Answer | Poured>;
}

/** What operations that call models work with, whose callers have come by no door of calls. */
export interface CallTools {
  /**
   * Asked before a call is made.
   * @throws AditError `store_unavailable` where it could not be recorded
   */
  checkRoom: () => void;
}

/** What the document says of a route, whether it is an operation or not. */
export interface DescribedRoute extends Pick<
  Operation,
  "id" | "method" | "path" | "tag" | "summary" | "query" | "body" | "status" | "changes"
> {
  isDoneOnce?: boolean;
  /** Undefined: whoever has come in may use it. */
  need: Need | undefined;
  /** Undefined: the answer has no body. */
  answer: z.ZodType | undefined;
  /** JSON unless it says otherwise. */
  contentTypes?: readonly string[];
  /** Who may use it, where `need` does not say. */
  rights?: string;
  /** True: it may be asked without a body. */
  isBodyOptional?: boolean;
  /** What is answered where it fails, where that is not an error as elsewhere. */
  failure?: z.ZodType;
  /** True: nobody needs a key or a session. */
  isOpen?: boolean;
}

type Output<Shape extends z.ZodType | undefined> = Shape extends z.ZodType ? z.output<Shape> : undefined;

interface OperationInput<Query extends z.ZodType | undefined, Body extends z.ZodType | undefined> extends Pick<
  Operation,
  "id" | "method" | "path" | "tag" | "summary" | "need" | "answer"
> {
  query?: Query;
  body?: Body;
  takesList?: boolean;
  status?: number;
  changes?: boolean;
  isDoneOnce?: boolean;
  reachesGone?: boolean;
  contentTypes?: readonly string[];
  shownOnce?: readonly string[];
  run: (call: Call<Output<Query>, Output<Body>>) => Promise<Answer | Poured>;
}

/** An operation whose `run` knows the types that its shapes give. */
export function operation<
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(input: OperationInput<Query, Body>): Operation {
  const { query, body, run, ...rest } = input;
  return {
    status: 200,
    changes: input.method !== "GET",
    isDoneOnce: false,
    reachesGone: false,
    shownOnce: [],
    takesList: false,
    contentTypes: ["application/json"],
    ...rest,
    query,
    body,
    // What is given to it has been read by these very shapes.
    run: (call) => run(call as Call<Output<Query>, Output<Body>>),
  };
}

export const administering = (resource: string, over: Need["over"]): Need => ({
  scope: `${resource}.*`,
  role: "admin",
  over,
});
export const reading = (resource: string): Need => ({ scope: `${resource}.read`, role: "viewer", over: "project" });
/** What belongs to calling models: whoever may call them may do it too. */
export const callingModels: Need = { scope: callScope, role: "member", over: "project" };
export const listing = (resource: string): Need => ({ scope: `${resource}.list`, role: "viewer", over: "project" });
export const changing = (resource: string, verb: "create" | "update" | "delete"): Need => ({
  scope: `${resource}.${verb}`,
  role: "member",
  over: "project",
});
