/** Makes calls against the limits of one gateway and tells what happens to each: the upstream is a pause. */
import { setTimeout as pause } from "node:timers/promises";
import type { Limits } from "../limits.ts";
import type { SpendingEvent } from "./spending.ts";

export interface SpendOptions {
  limits: Limits;
  projectId: string;
  who: string;
  calls: number;
  /** Of call number n: what it reserves, and what it uses. */
  bound: (call: number) => number;
  used: (call: number) => number;
  longestMs: number;
  onEvent: (event: SpendingEvent) => void;
}

/** All calls at once. */
export async function spend(options: SpendOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.calls }, (_, call) => makeCall(options, call)));
}

async function makeCall(
  { limits, projectId, who, bound, used, longestMs, onEvent }: SpendOptions,
  call: number,
): Promise<void> {
  const note = (what: SpendingEvent["what"], amount: number): void =>
    onEvent({ at: Number(process.hrtime.bigint()), who, call, what, amount });
  note("asked", bound(call));
  const result = await limits.reserve({ projectId }, { tokens: bound(call), costNano: undefined });
  if (result.isRefused) {
    note("refused", bound(call));
    return;
  }
  note("granted", bound(call));
  await pause((call * 7919) % longestMs);
  note("used", used(call));
  await result.settle({ tokens: used(call), costNano: undefined }).done;
  note("settled", used(call));
}
