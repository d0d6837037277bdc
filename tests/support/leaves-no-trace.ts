/**
 * Runs around every file that shares its process with others: a file that leaves behind a changed variable, clock, global or
 * prototype fails itself, and not whichever file comes after it.
 */
import { deepStrictEqual } from "node:assert/strict";
import { afterAll, vi } from "vitest";

const before = traces();

afterAll(() => deepStrictEqual(traces(), before, "This file leaves something behind in the process that it shares."));

/** What one file could change for the next. */
function traces(): Record<string, unknown> {
  const { Date, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, fetch } = globalThis;
  const prototypes = [Object, Array, String, Number, Function, Promise, Map, Set, Uint8Array].map(
    (one) => one.prototype,
  );
  const signals = ["uncaughtException", "unhandledRejection", "warning", "worker", "SIGINT", "SIGTERM", "SIGHUP"];
  return {
    variables: { ...process.env },
    folder: process.cwd(),
    hasFakeTimers: vi.isFakeTimers(),
    globals: { Date, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, fetch },
    prototypes: prototypes.map((one: object) => Reflect.ownKeys(one)),
    listeners: signals.map((name) => [name, process.listenerCount(name)]),
  };
}
