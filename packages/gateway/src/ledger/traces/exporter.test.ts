import { afterEach, beforeEach, expect, test } from "vitest";
import { recordWith } from "../testing/records.ts";
import { readTraceExport } from "./export-settings.ts";
import { TraceExporter } from "./exporter.ts";
import { attributesOf, startCollector, type Collector } from "./testing/collector.ts";

let collector: Collector;
const faults: string[] = [];
beforeEach(async () => {
  faults.length = 0;
  collector = await startCollector();
});
afterEach(() => collector.close());

function exporterTo(url: string, variables: Record<string, string> = {}, firstPauseMs = 1): TraceExporter {
  const settings = readTraceExport({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...variables });
  if (settings === undefined) throw new Error("It has an endpoint.");
  return new TraceExporter({
    settings,
    version: "1.2.3",
    onFault: (error) => faults.push(String(error)),
    random: () => 0.5,
    pauses: { gatherMs: 1, firstPauseMs },
  });
}

const records = (count: number) => Array.from({ length: count }, () => recordWith());

test("spans arrive in OTLP's form, with the resource and the headers that the variables name", async () => {
  const exporter = exporterTo(collector.url, {
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=open",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
  });
  exporter.take(records(200));
  await exporter.close();
  expect(collector.faults).toEqual([]);
  expect(new Set(collector.requests.map(({ path }) => path))).toEqual(new Set(["POST /v1/traces"]));
  expect(collector.requests[0]?.headers).toMatchObject({ "content-type": "application/json", "x-key": "open" });
  const ids = new Set(collector.spans.map((span) => attributesOf(span)["adit.request_id"]).filter(Boolean));
  expect(ids.size).toBe(200);
  expect(collector.resources[0]).toEqual({ "deployment.environment.name": "test", "service.name": "adit" });
  expect(exporter.figures).toMatchObject({ sentCalls: 200, waitingCalls: 0, rejectedSpans: 0 });
});

test("what the collector does not take for now is sent again, once each reason is said", async () => {
  collector.answerNext({ status: 503 }, { status: 503 }, { status: 429, headers: { "retry-after": "0.001" } });
  const exporter = exporterTo(collector.url);
  exporter.take(records(3));
  await expect.poll(() => exporter.figures.sentCalls).toBe(3);
  expect(collector.requests).toHaveLength(4);
  expect(new Set(collector.requests.map(({ text }) => text)).size).toBe(1);
  expect(faults).toEqual([
    "Error: The collector of traces answered 503.",
    "Error: The collector of traces answered 429.",
  ]);
  await exporter.close();
});

test("a pause that is asked for as a date is measured by the collector's own clock", async () => {
  const headers = { date: "Fri, 01 Jan 2027 00:00:00 GMT", "retry-after": "Fri, 01 Jan 2027 00:00:01 GMT" };
  collector.answerNext({ status: 503, headers });
  const exporter = exporterTo(collector.url, {}, 600_000);
  exporter.take(records(1));
  await expect.poll(() => exporter.figures.sentCalls).toBe(1);
  await exporter.close();
});

test("what the collector refuses for good, and what it did not keep, is counted", async () => {
  collector.answerNext(
    { status: 400 },
    { status: 200, body: { partialSuccess: { rejectedSpans: "2", errorMessage: "too old" } } },
    { status: 302, headers: { location: "http://127.0.0.1:1/" } },
  );
  const exporter = exporterTo(collector.url);
  for (const count of [5, 3, 2]) {
    exporter.take(records(count));
    await expect.poll(() => exporter.figures.waitingCalls).toBe(0);
  }
  await exporter.close();
  const { sentCalls, lostCalls, rejectedSpans } = exporter.figures;
  expect({ sentCalls, lostCalls, rejectedSpans }).toEqual({
    sentCalls: 3,
    lostCalls: { full: 0, refused: 7, stopped: 0 },
    rejectedSpans: 2,
  });
});

test("without a collector a bounded number waits; what has no room, and what is left at a stop, is counted", async () => {
  const { url } = collector;
  await collector.close();
  const exporter = exporterTo(url, { OTEL_EXPORTER_OTLP_HEADERS: "authorization=CANARY" });
  const one = recordWith();
  for (let batch = 0; batch < 10; batch += 1) exporter.take(Array.from({ length: 1_000 }, () => one));
  // Those that it tries to send are among them.
  expect(exporter.figures.waitingCalls).toBe(8_192);
  expect(exporter.figures.lostCalls.full).toBe(10_000 - 8_192);
  await exporter.close();
  exporter.take([one]);
  const { sentCalls, waitingCalls, lostCalls } = exporter.figures;
  expect([sentCalls, waitingCalls]).toEqual([0, 0]);
  expect(lostCalls.full + lostCalls.stopped).toBe(10_001);
  expect(faults).toEqual(["Error: The collector of traces could not be reached (ECONNREFUSED)."]);
});

test("records that no spans can be made of are counted, and the next ones are sent", async () => {
  const exporter = exporterTo(collector.url);
  const broken = recordWith({ cost: { ...recordWith().cost, totalNano: "much" } });
  exporter.take([broken]);
  await expect.poll(() => exporter.figures.lostCalls.refused).toBe(1);
  exporter.take(records(1));
  await expect.poll(() => exporter.figures.sentCalls).toBe(1);
  await exporter.close();
});

test("calls that the sampler leaves out are neither sent nor lost", async () => {
  const exporter = exporterTo(collector.url, { OTEL_TRACES_SAMPLER: "parentbased_always_off" });
  exporter.take([recordWith({ isSampledByCaller: false }), recordWith({ isSampledByCaller: true }), recordWith()]);
  await exporter.close();
  expect(exporter.figures).toMatchObject({ sentCalls: 1, lostCalls: { full: 0, refused: 0, stopped: 0 } });
});
