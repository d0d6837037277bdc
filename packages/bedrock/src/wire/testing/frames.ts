import { encodeFrame } from "../event-stream/encoder.ts";
import type { HeaderValue } from "../event-stream/frame.ts";

const string = (value: string): HeaderValue => ({ type: "string", value });

/** An event's frame, headers in AWS's order. */
export function eventFrame(type: string, payload: object): Buffer {
  return frame("event", type, payload);
}

/** An exception's frame; `type` in lower camel case. */
export function exceptionFrame(type: string, payload: object): Buffer {
  return frame("exception", type, payload);
}

function frame(kind: "event" | "exception", type: string, payload: object): Buffer {
  return encodeFrame(
    [
      [`:${kind}-type`, string(type)],
      [":content-type", string("application/json")],
      [":message-type", string(kind)],
    ],
    Buffer.from(JSON.stringify(payload)),
  );
}

/** A whole stream of one text block, a delta each text. */
export function plainStream(...texts: string[]): Buffer {
  return Buffer.concat([
    eventFrame("messageStart", { p: "abcd", role: "assistant" }),
    ...texts.map((text) => eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text }, p: "abc" })),
    eventFrame("contentBlockStop", { contentBlockIndex: 0, p: "a" }),
    eventFrame("messageStop", { p: "ab", stopReason: "end_turn" }),
    eventFrame("metadata", {
      metrics: { latencyMs: 7 },
      p: "abcdef",
      usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    }),
  ]);
}
