/** An answer of the cache on its way to the caller, and the storing of one that came from a target. */
import type { CachedCall, WithoutKey } from "../../cache/cached-call.ts";
import type { StoredAnswer } from "../../cache/stored-answers.ts";
import type { EventWriter } from "../../http/routes/route.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { nameAnswer } from "./answer-headers.ts";
import type { Journey } from "../journey.ts";

interface CachedWay extends Journey {
  cached: CachedCall;
  stream: boolean;
  events: EventWriter | undefined;
}

/** What a target has answered to the same request before. */
export interface FoundAnswer {
  kind: "stored";
  target: Target;
  credential: string | undefined;
  answer: StoredAnswer;
}

/** Rejects with AditError where the credential, which is a part of the place, cannot be had. */
export async function findStored(
  { incoming, asked, cached, facts }: CachedWay,
  target: Target,
  describe: () => Promise<WithoutKey>,
  now: () => number,
): Promise<FoundAnswer | undefined> {
  const startedAt = now();
  const answer = await cached.find(target, async () => {
    const request = await describe();
    // Two bodies whose difference is lost in their reading are two requests all the same.
    return facts.altered === undefined ? request : { ...request, form: [...request.form, incoming.bodyText()] };
  });
  const { status } = cached;
  facts.cacheStatus = status === "DISABLED" ? undefined : status;
  (facts.cacheLookups ??= []).push({ startedAt, durationMs: now() - startedAt, status });
  if (cached.isOtherMode && !asked.dropped.includes("cache")) asked.dropped.push("cache");
  const credential = target.credentials?.label ?? target.apiKeyLabel;
  return answer === undefined ? undefined : { kind: "stored", target, credential, answer };
}

/** Nothing was used, so nothing is counted. */
export function learnStored({ asked, facts }: CachedWay, { target, credential, answer }: FoundAnswer): void {
  facts.route = answer.route;
  facts.region = target.region;
  facts.credential = credential;
  facts.modelUsed = answer.modelUsed;
  facts.attempts = 0;
  const own = [...asked.dropped, ...target.droppedParams];
  facts.dropped = own.length === 0 ? answer.dropped : [...new Set([...own, ...answer.dropped])];
}

/** Answers as it was answered before: the same body, or the same events. */
export function sendStored(way: CachedWay, found: FoundAnswer): void {
  const { incoming, reply, facts } = way;
  const { answer } = found;
  learnStored(way, found);
  nameAnswer(incoming, reply, facts);
  if (!way.stream) {
    reply.send(200, answer.text);
    return;
  }
  const events = way.events ?? reply.openEvents();
  events.write(answer.text);
  events.end();
}

export function keepWhole(way: CachedWay, body: object | Uint8Array | string): void {
  if (way.cached.awaited === undefined) return;
  const text = typeof body === "string" ? body : Buffer.isBuffer(body) ? body.toString("utf8") : JSON.stringify(body);
  keep(way, text);
}

/** `text` is undefined where the stream was too long to be stored. */
export function keepStream(way: CachedWay, text: string | undefined): void {
  if (text !== undefined) keep(way, text);
}

/** What another request with the same body, and another config, leaves out is its own to tell, by the rules of its target too. */
function keep({ asked, cached, facts }: CachedWay, text: string): void {
  const { route, modelUsed = "", dropped = [] } = facts;
  const own = new Set([...asked.dropped, ...(cached.awaited?.droppedParams ?? [])]);
  const ofAnswer = own.size === 0 ? dropped : dropped.filter((path) => !own.has(path));
  if (route !== undefined) cached.keep({ text, route, modelUsed, dropped: ofAnswer });
}
