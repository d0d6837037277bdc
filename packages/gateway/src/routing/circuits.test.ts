/** `strategy.cb_config`, Portkey's circuit breaker. */
import { expect, test, vi } from "vitest";
import { Circuits, type Circuit } from "./circuits.ts";
import type { CircuitRule } from "./config/config-schema.ts";

function watched(rule: CircuitRule): { circuit: Circuit; pass: (ms: number) => void; circuits: Circuits } {
  let now = 1_000_000;
  const circuits = new Circuits(() => now);
  return { circuit: circuits.circuit("a", rule), pass: (ms) => void (now += ms), circuits };
}

function noteAll(circuit: Circuit, statuses: readonly number[]): void {
  for (const status of statuses) circuit.note(status);
}

test("failure_threshold: as many failures within a minute open it", () => {
  const { circuit } = watched({ failure_threshold: 3 });
  noteAll(circuit, [500, 200, 503]);
  expect(circuit.isOpen()).toBe(false);
  circuit.note(502);
  expect(circuit.isOpen()).toBe(true);
});

test("failures of an earlier minute do not count", () => {
  const { circuit, pass } = watched({ failure_threshold: 2 });
  circuit.note(500);
  pass(60_000);
  circuit.note(500);
  expect(circuit.isOpen()).toBe(false);
  pass(59_999);
  circuit.note(500);
  expect(circuit.isOpen()).toBe(true);
});

test("failure_threshold_percentage counts from minimum_requests on", () => {
  const { circuit } = watched({ failure_threshold_percentage: 50, minimum_requests: 6 });
  noteAll(circuit, [500, 500, 500, 500, 500]);
  expect(circuit.isOpen()).toBe(false);
  circuit.note(200);
  // Five of six.
  expect(circuit.isOpen()).toBe(true);
});

test("a share is counted anew after the circuit was open, and needs as many requests as before", () => {
  const { circuit, pass } = watched({
    failure_threshold_percentage: 20,
    minimum_requests: 4,
    cooldown_interval: 1_000,
  });
  noteAll(circuit, [500, 500, 500, 500]);
  expect(circuit.isOpen()).toBe(true);
  pass(1_000);
  noteAll(circuit, [500, 200, 200]);
  expect(circuit.isOpen()).toBe(false);
  circuit.note(200);
  // One of four.
  expect(circuit.isOpen()).toBe(true);
});

test("a share below the percentage leaves it closed", () => {
  const { circuit } = watched({ failure_threshold_percentage: 50, minimum_requests: 5 });
  noteAll(circuit, [200, 200, 200, 500, 500]);
  expect(circuit.isOpen()).toBe(false);
  circuit.note(500);
  // Three of six.
  expect(circuit.isOpen()).toBe(true);
});

test("failure_status_codes say what a failure is; without them 500 and above", () => {
  const own = watched({ failure_threshold: 1, failure_status_codes: [429] });
  noteAll(own.circuit, [500, 503]);
  expect(own.circuit.isOpen()).toBe(false);
  own.circuit.note(429);
  expect(own.circuit.isOpen()).toBe(true);
  const usual = watched({ failure_threshold: 1 });
  noteAll(usual.circuit, [429, 400, 499]);
  expect(usual.circuit.isOpen()).toBe(false);
});

test.each([
  [undefined, 30_000],
  [45_000, 45_000],
])("cooldown_interval %s: it is open for %d ms, then the counts start anew", (cooldown, ms) => {
  const { circuit, pass } = watched({
    failure_threshold: 2,
    ...(cooldown !== undefined && { cooldown_interval: cooldown }),
  });
  noteAll(circuit, [500, 500]);
  pass(ms - 1);
  expect(circuit.isOpen()).toBe(true);
  pass(1);
  expect(circuit.isOpen()).toBe(false);
  circuit.note(500);
  expect(circuit.isOpen()).toBe(false);
  // The minute in which they count begins with them.
  pass(59_999);
  circuit.note(500);
  expect(circuit.isOpen()).toBe(true);
});

test("calls that were under way when it opened keep it open no longer, and count for nothing after", () => {
  const { circuit, pass } = watched({ failure_threshold: 3 });
  noteAll(circuit, [500, 500, 500, 500, 500]);
  pass(20_000);
  noteAll(circuit, [500, 500, 500]);
  pass(10_000);
  expect(circuit.isOpen()).toBe(false);
  noteAll(circuit, [500, 500]);
  expect(circuit.isOpen()).toBe(false);
});

test("circuits of different keys know nothing of one another, and looking keeps nothing", () => {
  const { circuits, circuit } = watched({ failure_threshold: 1 });
  const other = circuits.circuit("b", { failure_threshold: 1 });
  circuit.note(500);
  expect(circuit.isOpen()).toBe(true);
  expect(other.isOpen()).toBe(false);
  expect(circuits.circuit("a", { failure_threshold: 1 }).isOpen()).toBe(true);
});

test("ten thousand are kept, the oldest leaves first", () => {
  const { circuits, circuit } = watched({ failure_threshold: 1 });
  circuit.note(500);
  for (let index = 0; index < 10_000; index += 1)
    circuits.circuit(`other ${index}`, { failure_threshold: 1 }).note(500);
  expect(circuit.isOpen()).toBe(false);
  expect(circuits.circuit("other 0", { failure_threshold: 1 }).isOpen()).toBe(true);
});

test("a time of day that is set back holds no circuit open", () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  try {
    const circuit = new Circuits().circuit("a", { failure_threshold: 1 });
    circuit.note(500);
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(29_999);
    expect(circuit.isOpen()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(circuit.isOpen()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});
