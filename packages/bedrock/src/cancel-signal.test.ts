import { getEventListeners } from "node:events";
import { expect, it, vi } from "vitest";
import { eitherSignal, listenForAbort, unlessAborted, type CancelSignal } from "./cancel-signal.ts";
import { systemClock } from "./clock.ts";

it.each([0, 1])("one of two signals: the abort of number %i is its own, with its reason", (which) => {
  const controllers = [new AbortController(), new AbortController()] as const;
  const [one, other] = controllers;
  const either = eitherSignal(one.signal, other.signal);
  const listener = vi.fn<() => void>();
  const handler = { handleEvent: vi.fn<() => void>() };
  listenForAbort(either, listener);
  listenForAbort(either, handler);
  expect([either.aborted, either.reason]).toEqual([false, undefined]);
  controllers[which]?.abort("why");
  expect([either.aborted, either.reason]).toEqual([true, "why"]);
  expect([listener.mock.calls.length, handler.handleEvent.mock.calls.length]).toEqual([1, 1]);
});

it("leaves nothing at a signal that outlives the call", () => {
  const lasting = new AbortController().signal;
  for (let call = 0; call < 100; call += 1) {
    const either = eitherSignal(new AbortController().signal, lasting);
    const listener = vi.fn<() => void>();
    listenForAbort(either, listener);
    expect(getEventListeners(lasting, "abort")).toHaveLength(1);
    either.removeEventListener("abort", listener);
  }
  expect(getEventListeners(lasting, "abort")).toEqual([]);
});

it.each<[what: string, wait: (signal: CancelSignal) => Promise<unknown>]>([
  ["a sleep", (signal) => systemClock.sleep(60_000, signal)],
  ["what never comes", (signal) => unlessAborted(new Promise(() => {}), signal)],
])("%s that one of two signals ends leaves nothing at the other, which outlives the call", async (_what, wait) => {
  const lasting = new AbortController().signal;
  const controller = new AbortController();
  const waiting = wait(eitherSignal(controller.signal, lasting));
  expect(getEventListeners(lasting, "abort")).toHaveLength(1);
  controller.abort("why");
  await expect(waiting).rejects.toBe("why");
  expect(getEventListeners(lasting, "abort")).toEqual([]);
});
