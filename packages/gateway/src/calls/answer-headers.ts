/** The headers that say how a request went: Adit's always, Portkey's where its or Obiguard's prefix was used. */
import type { Incoming, Reply } from "../http/route.ts";
import type { RequestFacts } from "./request-facts.ts";

/** What the caller sent to find its request again comes back, on errors too; the trace's id is on every answer anyway. */
export function echoTrace(incoming: Incoming, reply: Reply, facts: RequestFacts): void {
  const { trace, metadata } = facts;
  if (trace !== undefined) {
    if (trace.spanId !== undefined) reply.header("x-adit-span-id", trace.spanId);
    if (trace.spanName !== undefined) reply.header("x-adit-span-name", trace.spanName);
    if (trace.parentSpanId !== undefined) reply.header("x-adit-parent-span-id", trace.parentSpanId);
  }
  const traceparent = incoming.headers.raw("traceparent");
  if (traceparent !== undefined) reply.header("traceparent", traceparent);
  if (metadata !== undefined && Object.keys(metadata).length > 0) {
    reply.header("x-adit-metadata", asciiJson(metadata));
  }
}

/** Where the answer came from. Called again with more when more is known. */
export function nameAnswer(incoming: Incoming, reply: Reply, facts: RequestFacts): void {
  if (facts.route !== undefined) reply.header("x-adit-route", facts.route);
  if (facts.region !== undefined && facts.region !== "") reply.header("x-adit-region", facts.region);
  if (facts.credential !== undefined) reply.header("x-adit-credential", facts.credential);
  if (facts.modelUsed !== undefined) reply.header("x-adit-model", facts.modelUsed);
  if (facts.dropped !== undefined && facts.dropped.length > 0) reply.header("x-adit-dropped", facts.dropped.join(","));
  if (!usesVendorPrefix(incoming)) return;
  reply.header("x-portkey-cache-status", "DISABLED");
  if (facts.provider !== undefined) reply.header("x-portkey-provider", facts.provider);
  if (facts.target !== undefined) reply.header("x-portkey-last-used-option-index", facts.target);
  if (facts.attempts !== undefined) {
    reply.header("x-portkey-retry-attempt-count", String(Math.max(0, facts.attempts - 1)));
  }
}

/** True for a client of Portkey's or Obiguard's, which looks for Portkey's headers and error fields. */
export function usesVendorPrefix({ headers }: Incoming): boolean {
  return headers.uses("portkey") || headers.uses("obiguard");
}

/** JSON that any header can carry: what is not ASCII is escaped. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
