/** The headers that say how a request went: Adit's always, Portkey's where its or Obiguard's prefix was used. */
import type { Incoming, Reply } from "../../http/routes/route.ts";
import { promptName } from "../../prompts/used-prompts.ts";
import { longestTraceValue } from "../../http/request/trace.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";

/** What the caller sent to find its request again comes back, on errors too; the trace's id is on every answer anyway. */
export function echoTrace(incoming: Incoming, reply: Reply, facts: RequestFacts): void {
  const { trace, metadata } = facts;
  if (trace !== undefined) {
    if (trace.spanId !== undefined) reply.header("x-adit-span-id", trace.spanId);
    if (trace.spanName !== undefined) reply.header("x-adit-span-name", trace.spanName);
    if (trace.parentSpanId !== undefined) reply.header("x-adit-parent-span-id", trace.parentSpanId);
  }
  const traceparent = incoming.headers.raw("traceparent");
  if (traceparent !== undefined && traceparent.length <= longestTraceValue) reply.header("traceparent", traceparent);
  if (metadata !== undefined && Object.keys(metadata).length > 0) {
    const json = JSON.stringify(metadata);
    // Escaped it only gets longer.
    const text = json.length <= longestList ? asciiOf(json) : undefined;
    if (text !== undefined && text.length <= longestList) reply.header("x-adit-metadata", text);
  }
}

/**
 * Where the answer, or the refusal, came from. Called again with more when more is known. `hasGivenUp`: it was tried again in vain, or would
 * have been but for too long a wait.
 */
export function nameAnswer(incoming: Incoming, reply: Reply, facts: RequestFacts, hasGivenUp = false): void {
  if (facts.route !== undefined) reply.header("x-adit-route", facts.route);
  if (facts.region !== undefined && facts.region !== "") reply.header("x-adit-region", facts.region);
  if (facts.credential !== undefined) reply.header("x-adit-credential", facts.credential);
  if (facts.modelUsed !== undefined) reply.header("x-adit-model", facts.modelUsed);
  if (facts.dropped !== undefined && facts.dropped.length > 0) reply.header("x-adit-dropped", paths(facts.dropped));
  if (facts.structuredOutput !== undefined) reply.header("x-adit-structured-output", facts.structuredOutput);
  if (facts.cacheStatus !== undefined) reply.header("x-adit-cache-status", facts.cacheStatus);
  if (facts.prompts !== undefined) reply.header("x-adit-prompt", promptName(facts.prompts.of(facts.target)));
  facts.hold?.tell(reply);
  if (usesVendorPrefix(incoming)) nameAnswerAsPortkey(reply, facts, hasGivenUp);
}

function nameAnswerAsPortkey(reply: Reply, facts: RequestFacts, hasGivenUp: boolean): void {
  reply.header("x-portkey-cache-status", facts.cacheStatus ?? "DISABLED");
  if (facts.provider !== undefined) reply.header("x-portkey-provider", facts.provider);
  if (facts.target !== undefined) reply.header("x-portkey-last-used-option-index", facts.target);
  if (facts.attempts !== undefined) {
    // -1 is Portkey's word for retries of which none helped.
    reply.header("x-portkey-retry-attempt-count", hasGivenUp ? "-1" : String(retriesOf(facts)));
  }
}

/** How often the last target was tried again. Of a request that is many calls each is a transmission, and none of the others' retries. */
export function retriesOf({ dialect, attempts = 0, retries }: RequestFacts): number {
  return dialect === "openai-embeddings" ? retries : Math.max(0, attempts - 1);
}

/** Beyond this a header is a burden to proxies, and soon too long for the caller's own client. */
const longestList = 4096;

function paths(dropped: readonly string[]): string {
  const all = dropped.join(",");
  if (all.length <= longestList) return all;
  const end = all.lastIndexOf(",", longestList);
  // One path may be longer than all may be: a caller named it.
  return end === -1 ? `${all.slice(0, longestList)}...` : `${all.slice(0, end)},...`;
}

/** True for a client of Portkey's or Obiguard's, which looks for Portkey's headers and error fields. */
export function usesVendorPrefix({ headers }: Incoming): boolean {
  return headers.uses("portkey") || headers.uses("obiguard");
}

/** JSON that any header can carry: what is not ASCII is escaped. */
function asciiOf(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
