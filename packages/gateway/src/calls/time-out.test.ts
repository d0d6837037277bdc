import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CallerSignal } from "../http/request/caller-signal.ts";
import { withTimeout } from "./time-out.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("aborts when its time is up, and not before", () => {
  const { signal } = withTimeout(new CallerSignal(), 1_000);
  vi.advanceTimersByTime(999);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ code: "request_timeout" });
});

test("a time beyond what a timer can hold is long, not none", () => {
  const { signal } = withTimeout(new CallerSignal(), Number.MAX_SAFE_INTEGER);
  vi.advanceTimersByTime(24 * 86_400_000);
  expect(signal.aborted).toBe(false);
});

test("begins anew behind a wait, which is no part of the time", () => {
  const { signal, restart } = withTimeout(new CallerSignal(), 1_000);
  vi.advanceTimersByTime(600);
  restart(5_000);
  vi.advanceTimersByTime(5_000);
  restart();
  vi.advanceTimersByTime(999);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ code: "request_timeout" });
});
