import { randomUUID } from "node:crypto";
import type { Step } from "../faults/steps.ts";
import type { Reply } from "./reply.ts";
import type { Wire } from "./wire.ts";

/** A timer of Node's holds 2^31 - 1 ms at most; a silence without end is cut by the caller. */
const longestMs = 2_147_483_647;

/** Sends a reply step by step. `now` is what its `Date` says, asked when the head is sent. Gives true where it was sent to its end. */
export async function send(
  reply: Reply,
  steps: Iterable<Step>,
  exchange: { wire: Wire; now: () => number },
): Promise<boolean> {
  const { wire, now } = exchange;
  for (const step of steps) {
    if (wire.gone.aborted) {
      return false;
    }
    switch (step.do) {
      case "head":
        wire.head(reply.status, headersOf(reply, now(), step.bytes));
        break;
      case "bytes":
        await wire.write(step.bytes);
        break;
      case "wait":
        await pause(step.ms, wire.gone);
        break;
      case "end":
        wire.end();
        return true;
      case "close":
        wire.close();
        return false;
      case "reset":
        wire.reset();
        return false;
    }
  }
  return false;
}

/** A name stands once, however it is written: what a fault asks for comes in the place of the emulator's own. */
function headersOf(reply: Reply, now: number, bytes: number | undefined): Record<string, string> {
  const headers = {
    Date: new Date(now).toUTCString(),
    "x-amzn-RequestId": randomUUID(),
    ...reply.headers,
    ...(bytes !== undefined && { "Content-Length": String(bytes) }),
  };
  const named = new Map(Object.entries(headers).map((header) => [header[0].toLowerCase(), header]));
  return Object.fromEntries(named.values());
}

/** By the global timer, which tests may hold. Ends early where the caller leaves. */
function pause(ms: number | undefined, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      gone.removeEventListener("abort", settle);
      resolve();
    };
    const timer = setTimeout(settle, Math.min(ms ?? longestMs, longestMs));
    gone.addEventListener("abort", settle);
  });
}
