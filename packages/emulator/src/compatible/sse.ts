/** Server-sent events: the streams of the compatible endpoints. */
import type { Reply } from "../server/reply.ts";
import { errorBody, type CompatibleRefusal } from "./errors.ts";
import type { CompatibleRoute } from "./routes.ts";

/** Recorded for Responses: events are data alone, without a name. Anthropic's have one. */
export function sseEvent(data: object | string, event?: string): Buffer {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return Buffer.from(`${event === undefined ? "" : `event: ${event}\n`}data: ${text}\n\n`);
}

/** A stream of events. An exception in its middle is an event in the dialect's form. */
export function sseReply(surface: CompatibleRoute["surface"], parts: Buffer[]): Reply {
  return {
    status: 200,
    headers: { "Content-Type": "text/event-stream" },
    parts,
    isStream: true,
    failure: (refusal: CompatibleRefusal) =>
      sseEvent(errorBody(surface, refusal), surface === "anthropic" ? "error" : undefined),
  };
}
