/** Which streams go on without their callers, and for how long. */
import type { AditError } from "@adit/bedrock";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LeftRequest } from "../../http/routes/route.ts";
import { newFacts } from "../../ledger/record/request-facts.ts";
import { LeftStreams, type LeftStreamsOptions } from "./left-streams.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Left extends LeftRequest {
  aborted: string[];
  resumed: number;
}

function left(hasStream = true): Left {
  const request: Left = {
    aborted: [],
    resumed: 0,
    principal: { kind: "admin_key", isGatewayKey: () => false },
    facts: newFacts("openai-chat"),
    abort: (reason: AditError) => void request.aborted.push(reason.code),
  };
  if (hasStream && request.facts !== undefined) request.facts.upstream = { resume: () => (request.resumed += 1) };
  return request;
}

const streams = (options: Partial<LeftStreamsOptions> = {}): LeftStreams =>
  new LeftStreams({ isWanted: () => true, ...options });

test("only a stream that has begun, of a project that wants it", () => {
  expect(streams().take(left(false))).toBe(false);
  expect(streams({ isWanted: () => false }).take(left())).toBe(false);
  const request = left();
  expect(streams().take(request)).toBe(true);
  expect([request.resumed, request.aborted]).toEqual([1, []]);
});

test("so many at once: a further one when one has ended", () => {
  const some = streams({ most: 2 });
  const [first, second, third] = [left(), left(), left()];
  expect([first, second, third].map((request) => some.take(request))).toEqual([true, true, false]);
  some.forget(first);
  expect(some.take(third)).toBe(true);
  expect(some.count).toBe(2);
});

test("so long: then AWS is stopped", () => {
  const some = streams({ longestMs: 1_000 });
  const [slow, quick] = [left(), left()];
  some.take(slow);
  some.take(quick);
  some.forget(quick);
  vi.advanceTimersByTime(999);
  expect(slow.aborted).toEqual([]);
  vi.advanceTimersByTime(1);
  expect([slow.aborted, quick.aborted]).toEqual([["client_closed"], []]);
});

test("a gateway that stops ends them, and takes none any more", () => {
  const some = streams();
  const request = left();
  some.take(request);
  some.stop();
  expect(request.aborted).toEqual(["shutting_down"]);
  expect(some.take(left())).toBe(false);
});
