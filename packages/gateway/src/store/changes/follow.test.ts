import { setImmediate } from "node:timers/promises";
import { AditError } from "@adit/bedrock";
import { expect, test, vi } from "vitest";
import { follow } from "./follow.ts";

/** Readings that the test answers, and changes that it tells of. */
function rig() {
  const readings: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];
  const taken: string[] = [];
  const faults: unknown[] = [];
  let tell: (id: string | undefined) => void = () => {};
  const started = follow({
    store: {
      onChange: (_kind, listener) => {
        tell = listener;
        return () => true;
      },
    },
    kind: "log_settings",
    concerns: (id) => id !== "another",
    read: () => new Promise<string>((resolve, reject) => readings.push({ resolve, reject })),
    take: (value) => void taken.push(value),
    onFault: (error) => void faults.push(error),
  });
  return { readings, taken, faults, started, tell: (id?: string) => tell(id) };
}

test("what was read before a change does not come after what was read behind it", async () => {
  const { readings, taken, started, tell } = rig();
  readings[0]?.resolve("first");
  await started;
  tell("one");
  tell("another");
  tell(undefined);
  expect(readings).toHaveLength(3);
  readings[2]?.resolve("newest");
  await setImmediate();
  readings[1]?.resolve("older");
  await setImmediate();
  expect(taken).toEqual(["first", "newest"]);
});

test("a change that was told while the store was away is read when it is back; what cannot be read is told once", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  try {
    const { readings, taken, faults, started, tell } = rig();
    readings[0]?.resolve("first");
    await started;
    tell("one");
    const away = new AditError("store_unavailable", "Away.");
    readings[1]?.reject(away);
    await setImmediate();
    vi.advanceTimersByTime(1_000);
    readings[2]?.resolve("changed");
    await setImmediate();
    tell("one");
    const broken = new AditError("invalid_request", "Out of form.");
    readings[3]?.reject(broken);
    await setImmediate();
    vi.advanceTimersByTime(60_000);
    expect([readings.length, taken, faults]).toEqual([4, ["first", "changed"], [away, broken]]);
  } finally {
    vi.useRealTimers();
  }
});
