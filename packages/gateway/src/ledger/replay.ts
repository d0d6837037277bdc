/** A logged request, asked again: as it was, or edited, at another path, model, credential or config; what differs comes as data. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { CallerPrincipal } from "../access/principal.ts";
import type { ContentTap, Incoming, KeyRoute, Reply, Route } from "../http/route.ts";
import { RouteTable } from "../http/route-table.ts";
import { newId } from "../store/new-id.ts";
import type { KeptContent } from "./call-content.ts";
import type { CallRecord } from "./call-record.ts";
import { differenceOf, type Difference } from "./difference.ts";
import { InnerIncoming, InnerReply } from "./inner-call.ts";

export interface ReplayEdits {
  /** Laid over the request's own members; null takes one away. */
  body: JsonObject;
  /** Another dialect's path; the body must be of that dialect then. */
  path: string | undefined;
  /** Slug. */
  virtualKey: string | undefined;
  config: string | JsonObject | undefined;
}

/** What a replay works with. */
export interface ReplayTools {
  routes: () => readonly Route[];
  tapOf: (incoming: Incoming, principal: CallerPrincipal) => ContentTap | undefined;
  /** Told when the call has ended: it is a call like all others, in the log and for the limits. */
  finish: (incoming: Incoming, reply: Reply) => void;
  now: () => number;
}

export interface Replay {
  record: CallRecord;
  content: KeptContent | undefined;
  edits: ReplayEdits;
  principal: CallerPrincipal;
  signal: Incoming["signal"];
}

export interface Replayed {
  id: string;
  status: number;
  response: JsonValue;
  original: { status: number; response: JsonValue | undefined };
  difference: Difference[];
  /** What could not be as it was. */
  notes: string[];
}

/** Members that hold credentials: they are not kept, so they cannot be sent again. */
const credentialMembers = ["customer_credentials", "credential_override"];

/** @throws AditError `invalid_request` where nothing is kept to be asked again */
export async function replay(
  { record, content, edits, principal, signal }: Replay,
  tools: ReplayTools,
): Promise<Replayed> {
  const notes: string[] = [];
  const path = edits.path ?? record.path;
  const { route, parameters } = routeAt(path, tools.routes());
  const body = bodyOf(content, edits, notes);
  const at = tools.now();
  const incoming = new InnerIncoming({
    id: newId("req", at),
    receivedAt: at,
    path,
    parameters,
    headers: headersOf(record, edits),
    body: Buffer.from(JSON.stringify(body)),
    principal,
    signal,
  });
  incoming.tap = tools.tapOf(incoming, principal);
  const reply = new InnerReply(() => incoming.tap);
  try {
    await route.handle(incoming, reply, principal);
  } catch (error) {
    incoming.error = error;
    const told = AditError.isInstance(error)
      ? error
      : new AditError("internal", "The gateway failed.", { cause: error });
    if (!reply.started) reply.send(told.status, route.errorBody(told, false, incoming.id));
  }
  tools.finish(incoming, reply);
  const response = answerOf(reply.body.toString("utf8"));
  const original = originalOf(content);
  return {
    id: incoming.id,
    status: reply.status,
    response,
    original: { status: record.status, response: original },
    difference: original === undefined ? [] : differenceOf(original, response),
    notes,
  };
}

function routeAt(path: string, routes: readonly Route[]): { route: KeyRoute; parameters: Record<string, string> } {
  const found = new RouteTable(routes).find("POST", path);
  if (found !== undefined && "parameters" in found && found.route.access === "key") {
    return { route: found.route, parameters: { ...found.parameters } };
  }
  throw new AditError("invalid_request", "path: no model is called at this path.", {
    param: "path",
    remedy: "Name a path such as /v1/chat/completions, or leave it out.",
  });
}

function bodyOf(content: KeptContent | undefined, edits: ReplayEdits, notes: string[]): JsonObject {
  const kept = content?.asked?.isCut === true ? undefined : objectIn(content?.asked?.text);
  if (kept === undefined && Object.keys(edits.body).length === 0) {
    throw new AditError("invalid_request", "Of this call no content is kept whole, so it cannot be asked again.", {
      remedy: "Give the whole request as body, or have the project keep content: PUT /v1/logs/settings.",
    });
  }
  if (kept === undefined) notes.push("The request is the body that was given: no content is kept.");
  const body: JsonObject = { ...kept };
  for (const name of credentialMembers) {
    if (!(name in body)) continue;
    delete body[name];
    notes.push(`${name} is not kept: the call is signed by what the key, or virtual_key, gives.`);
  }
  for (const [name, value] of Object.entries(edits.body)) {
    if (value === null) delete body[name];
    else body[name] = value;
  }
  return body;
}

function headersOf(record: CallRecord, { virtualKey, config }: ReplayEdits): Record<string, string> {
  const slug = /^virtual key (\S+)$/.exec(record.credential ?? "")?.[1];
  const named = config ?? (virtualKey === undefined ? record.config : undefined);
  const key = virtualKey ?? (named === undefined ? slug : undefined);
  return {
    "content-type": "application/json",
    "x-adit-metadata": JSON.stringify({ ...record.metadata, replay_of: record.id }),
    ...(named !== undefined && { "x-adit-config": typeof named === "string" ? named : JSON.stringify(named) }),
    ...(key !== undefined && { "x-adit-virtual-key": key }),
  };
}

function originalOf(content: KeptContent | undefined): JsonValue | undefined {
  const text = content?.answered?.text ?? content?.answeredEvents?.map(([, part]) => part).join("");
  return text === undefined ? undefined : answerOf(text);
}

/** JSON where it is, else the text: a stream's. */
function answerOf(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function objectIn(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const value = answerOf(text);
  return isJsonObject(value) ? value : undefined;
}
