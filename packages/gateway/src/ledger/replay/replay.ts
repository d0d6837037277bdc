/** A logged request, asked again: as it was, or edited, at another path, model, credential or config; what differs comes as data. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { alteredIn, parsedObject } from "@adit/bedrock/gateway";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { ContentTap, Incoming, KeyRoute, Reply, Route } from "../../http/routes/route.ts";
import { RouteTable } from "../../http/routes/route-table.ts";
import { newId } from "../../store/new-id.ts";
import { pairsOfBody } from "../content/body-pairs.ts";
import type { KeptContent } from "../content/call-content.ts";
import { mostPairs } from "../../caller-text.ts";
import type { CallRecord } from "../record/call-record.ts";
import { differenceOf, type Difference } from "./difference.ts";
import { InnerIncoming, InnerReply } from "./inner-call.ts";
import type { UsedPrompt } from "../../prompts/used-prompts.ts";
import { paramObjects } from "../../routing/request/keywords-params.ts";
import { isCredentialPlace } from "../../routing/request/request-fields.ts";
import { replayNotes } from "./replay-notes.ts";
import type { RequestFacts } from "../record/request-facts.ts";
import { toldAnswer, type ToldAnswer } from "../content/told-answer.ts";

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
  /** True: who asks for it wants nothing kept of what is said. */
  isUnkept: boolean;
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

/** Members that hold credentials: they are not kept, so they cannot be sent again. A region is none. */
function isCredentialMember(name: string): boolean {
  return isCredentialPlace(name) && !/region/i.test(name);
}

/** Bedrock's own paths name the model. */
const nativePath = /^\/model\/[^/]+\/([\w-]+)$/;
/** The prompt, perhaps with what stands behind its `@`. */
const promptPath = /^\/v1\/prompts\/([^/@%]+)(?:[@%][^/]*)?\/completions$/;

/** @throws AditError `invalid_request` where nothing is kept to be asked again */
export async function replay(asked: Replay, tools: ReplayTools): Promise<Replayed> {
  const { record, content, edits, principal, signal } = asked;
  const notes: string[] = [];
  const { path, members } = placeOf(record, edits);
  const { route, parameters } = routeAt(path, tools.routes());
  const body = Buffer.from(bodyOf(content, members, notes));
  const at = tools.now();
  const incoming = new InnerIncoming({
    id: newId("req", at),
    receivedAt: at,
    path,
    parameters,
    headers: headersOf(asked, path),
    body,
    principal,
    signal,
  });
  incoming.tap = tools.tapOf(incoming, principal);
  noteWhomFor(incoming, asked);
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
  // What a call that failed has reserved is free, as behind every other request.
  await incoming.facts?.hold?.settle();
  tools.finish(incoming, reply);
  notes.push(
    ...replayNotes(record, {
      body: body.toString("utf8"),
      credential: incoming.facts?.credential,
      region: incoming.facts?.region,
      prompt: promptOf(incoming.facts),
      hasLoosePartials: incoming.facts?.prompts?.hasLoosePartials === true,
      isElsewhere: edits.path !== undefined || edits.virtualKey !== undefined || edits.config !== undefined,
    }),
  );
  const response = toldAnswer(reply.body);
  const original = originalOf(content);
  return {
    id: incoming.id,
    status: reply.status,
    response: response.shown,
    original: { status: record.status, response: original?.shown },
    difference: original === undefined ? [] : differenceOf(original.compared, response.compared),
    notes,
  };
}

/** What is edited away named whom it was for, too: by that as well its content is found when it is to be deleted. */
function noteWhomFor({ tap }: Incoming, { content, edits }: Pick<Replay, "content" | "edits">): void {
  if (Object.keys(edits.body).length > 0) tap?.about(pairsOfBody(askedIn(content) ?? {}));
}

/** Where it is asked, and what of the body is edited: at Bedrock's own paths another model is another path. */
function placeOf(record: CallRecord, edits: ReplayEdits): { path: string; members: JsonObject } {
  const path = edits.path ?? pathOf(record);
  const { model, ...members } = edits.body;
  if (typeof model === "string" && path.startsWith("/guardrail/")) {
    throw new AditError("invalid_request", "model: a guardrail is applied at this path, by no model.", {
      param: "model",
      remedy: "Leave model out.",
    });
  }
  const action = nativePath.exec(path)?.[1];
  if (action === undefined || typeof model !== "string") return { path, members: edits.body };
  return { path: `/model/${encodeURIComponent(model)}/${action}`, members };
}

/** Of a prompt's call by the version that was used: another may be published by now. */
function pathOf({ path, prompt }: CallRecord): string {
  if (prompt === undefined || promptPath.exec(path)?.[1] !== prompt.id) return path;
  return `/v1/prompts/${prompt.id}@${prompt.version}/completions`;
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

function bodyOf(content: KeptContent | undefined, members: JsonObject, notes: string[]): string {
  const kept = askedIn(content);
  if (kept !== undefined) return editedBody(content?.asked?.text ?? "", kept, { members, notes });
  if (Object.keys(members).length === 0) {
    throw new AditError("invalid_request", "Of this call no content is kept whole, so it cannot be asked again.", {
      remedy: "Give the whole request as body, or have the project keep content: PUT /v1/logs/settings.",
    });
  }
  notes.push("The request is the body that was given: no content is kept.");
  return JSON.stringify(withMembers({}, members));
}

/** The body that was asked; undefined where it is not kept, or not whole. */
function askedIn(content: KeptContent | undefined): JsonObject | undefined {
  const { text = "", isCut = false } = content?.asked ?? {};
  return isCut ? undefined : parsedObject(text);
}

/** As it is kept, where nothing of it is changed: written anew, numbers of many digits would be others. */
function editedBody(
  text: string,
  kept: JsonObject,
  { members, notes }: { members: JsonObject; notes: string[] },
): string {
  const altered = alteredIn(Buffer.from(text), kept);
  const leftOut = withoutCredentials(kept);
  if (leftOut.length === 0 && Object.keys(members).length === 0) return text;
  notes.push(
    ...leftOut.map((name) => `${name} is not kept: the call is signed by what the key, or virtual_key, gives.`),
  );
  if (altered !== undefined) notes.push(`Written anew, and not as it was: ${altered.paths.join(", ")}.`);
  return JSON.stringify(withMembers(kept, members));
}

function withMembers(kept: JsonObject, members: JsonObject): JsonObject {
  const body = { ...kept };
  for (const [name, value] of Object.entries(members)) {
    if (value === null) delete body[name];
    else body[name] = value;
  }
  return body;
}

/** Takes them out, also of what stands in it under the names of parameters, and gives their names. */
function withoutCredentials(body: JsonObject): string[] {
  const places = [body, ...paramObjects.map((name) => body[name])].filter((each) => isJsonObject(each));
  return places.flatMap((place) => {
    const names = Object.keys(place).filter(isCredentialMember);
    for (const name of names) delete place[name];
    return names;
  });
}

/** All pairs go with it: by them a person's calls are found, to be deleted. Where there is no room beside them, `replay_of` is left out. */
function metadataOf({ id, metadata = {} }: CallRecord): Record<string, string> {
  return Object.keys(metadata).length < mostPairs ? { ...metadata, replay_of: id } : metadata;
}

function headersOf({ record, edits, isUnkept }: Replay, path: string): Record<string, string> {
  const { virtualKey, config } = edits;
  // A connector has a credential of its own, and takes no other.
  const slug = path.startsWith("/v1/connectors/")
    ? undefined
    : /^virtual key (\S+)$/.exec(record.credential ?? "")?.[1];
  const named = config ?? (virtualKey === undefined ? record.config : undefined);
  const key = virtualKey ?? (named === undefined ? slug : undefined);
  return {
    "content-type": "application/json",
    // What was stored was no answer to this question.
    "x-adit-cache-force-refresh": "true",
    "x-adit-metadata": JSON.stringify(metadataOf(record)),
    ...(isUnkept && { "x-adit-do-not-track": "true" }),
    ...(named !== undefined && { "x-adit-config": typeof named === "string" ? named : JSON.stringify(named) }),
    ...(key !== undefined && { "x-adit-virtual-key": key }),
  };
}

function promptOf(facts: RequestFacts | undefined): UsedPrompt | undefined {
  return facts?.prompts?.of(facts.target);
}

function originalOf(content: KeptContent | undefined): ToldAnswer | undefined {
  const { answered, answeredEvents } = content ?? {};
  if (answered?.base64 !== undefined) return toldAnswer(Buffer.from(answered.base64, "base64"));
  const text = answered?.text ?? answeredEvents?.map(([, part]) => part).join("");
  return text === undefined ? undefined : toldAnswer(Buffer.from(text));
}
