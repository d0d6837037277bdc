/** Searches against a second way of computing: all records in memory, filtered there. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import type { Store } from "../../store/store.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { searchPlan, type CallFilter } from "./call-filter.ts";
import type { CallRecord } from "../record/call-record.ts";
import { addFeedback, type FeedbackInput } from "../feedback/feedback.ts";
import { addCalls } from "../intake/call-rows.ts";
import { callsOfTraces, everyCall, searchCalls } from "./call-search.ts";
import { recordWith } from "../testing/records.ts";

const projectId = "prj_1";
const other = "prj_2";
const begin = Date.UTC(2026, 10, 1);
const pick = <Value>(values: readonly Value[], index: number): Value => values[index % values.length] as Value;

/** 400 calls in two projects; several arrive in one millisecond. */
const records: CallRecord[] = Array.from({ length: 400 }, (_, index) => {
  const status = pick([200, 200, 200, 429, 503], index);
  return recordWith({
    at: begin + Math.floor(index / 3) * 1_000,
    projectId: index % 7 === 0 ? other : projectId,
    keyId: pick(["gk_1", "gk_2", undefined], index),
    model: pick(["amazon.nova-lite-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"], index >> 1),
    credential: pick(["virtual key prod", "environment"], index >> 2),
    region: pick(["us-east-1", "eu-west-1"], index >> 1),
    traceId: `trace-${index % 50}`,
    status,
    isSuccess: status === 200,
    metadata: index % 2 === 0 ? { team: pick(["red", "blue"], index >> 1), run: String(index % 11) } : undefined,
    cost: {
      totalNano: index % 13 === 0 ? undefined : String(index * 1_000),
      partsNano: {},
      missing: [],
      isEstimate: false,
      prices: undefined,
    },
    units: { input: index, output: 1, cacheRead: 0, cacheWrite: 0, total: index + 1 },
    ...(index === 200 && { client: "A Rare Client/1.0" }),
  });
});

function holds(record: CallRecord, filter: CallFilter): boolean {
  const has = <Value>(values: readonly Value[] | undefined, value: Value): boolean =>
    values === undefined || values.includes(value);
  const cost = record.cost.totalNano === undefined ? undefined : BigInt(record.cost.totalNano);
  return (
    record.projectId === filter.projectId &&
    record.at >= (filter.from ?? 0) &&
    record.at < (filter.to ?? Infinity) &&
    has(filter.keyIds, record.keyId ?? "none") &&
    has(filter.models, record.model ?? "none") &&
    has(filter.regions, record.region ?? "none") &&
    (filter.credentials ?? [record.credential]).some((name) =>
      [name, `virtual key ${name}`].includes(record.credential),
    ) &&
    (filter.statuses ?? [record.status]).some(
      (status) => status === record.status || status === (record.isSuccess ? "success" : "error"),
    ) &&
    (filter.traceId ?? record.traceId) === record.traceId &&
    Object.entries(filter.metadata ?? {}).every(([name, value]) => record.metadata?.[name] === value) &&
    (filter.costNano === undefined || (cost !== undefined && cost >= (filter.costNano.min ?? 0n)))
  );
}

const newestFirst = records.toSorted((one, two) => two.at - one.at || (two.id < one.id ? -1 : 1));

const filters = fc.record(
  {
    projectId: fc.constantFrom(projectId, other),
    from: fc.integer({ min: begin, max: begin + 130_000 }),
    to: fc.integer({ min: begin, max: begin + 150_000 }),
    keyIds: fc.subarray(["gk_1", "gk_2", "gk_3"], { minLength: 1 }),
    models: fc.subarray(["amazon.nova-lite-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"], { minLength: 1 }),
    regions: fc.subarray(["us-east-1", "eu-west-1"], { minLength: 1 }),
    credentials: fc.subarray(["prod", "environment", "nobody"], { minLength: 1 }),
    statuses: fc.subarray([200, 429, 503, "success", "error"] as const, { minLength: 1 }),
    traceId: fc.integer({ min: 0, max: 60 }).map((index) => `trace-${index}`),
    metadata: fc.constantFrom<Record<string, string>>({ team: "red" }, { team: "blue", run: "3" }, { run: "10" }),
    costNano: fc.constant({ min: 100_000n, max: undefined }),
  },
  { requiredKeys: ["projectId"] },
);

onBothEngines((house) => {
  let store: Store;
  beforeEach(async () => {
    store = await house.open();
    const written = records.map((record) => ({ record, text: JSON.stringify(record) }));
    await addCalls(store, written);
  });

  test("any filter, page by page, finds what is meant, in order, and nothing twice", async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 60 }), async (filter, limit) => {
        const expected = newestFirst.filter((record) => holds(record, filter)).map(({ id }) => id);
        const found: string[] = [];
        for (let after: string | undefined; ;) {
          const page = await searchCalls(store, { filter }, { limit, after });
          found.push(...page.records.map(({ id }) => id));
          if (!page.hasMore) break;
          expect(page.records.length).toBe(limit);
          after = page.lastId;
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test("pages by number are the same as those by cursor", async () => {
    const filter = { projectId, statuses: ["success" as const], regions: ["us-east-1"] };
    const expected = newestFirst.filter((record) => holds(record, filter)).map(({ id }) => id);
    for (const offset of [0, 10, 20]) {
      const page = await searchCalls(store, { filter }, { limit: 10, offset });
      expect(page.records.map(({ id }) => id)).toEqual(expected.slice(offset, offset + 10));
    }
  });

  test("text is found in any case of letters, and the answer says how much was read for it", async () => {
    const page = await searchCalls(store, { filter: { projectId }, text: "a RARE client" }, { limit: 10 });
    expect(page.records.map(({ client }) => client)).toEqual(["A Rare Client/1.0"]);
    expect(page.scanned).toBe(records.filter((record) => record.projectId === projectId).length);
    expect(page.hasMore).toBe(false);
  });

  test("who left is not searched for any longer, and may go on where the search has come to", async () => {
    let isOver = true;
    const many = Array.from({ length: 600 }, (_, index) => recordWith({ projectId: "prj_3", at: begin + index }));
    const written = many.map((record) => ({ record, text: JSON.stringify(record) }));
    for (const half of [written.slice(0, 300), written.slice(300)]) {
      await addCalls(store, half);
    }
    const search = { filter: { projectId: "prj_3" }, text: many[0]?.id ?? "", isOver: () => isOver };
    const first = await searchCalls(store, search, { limit: 10 });
    expect(first).toMatchObject({ records: [], hasMore: true, scanned: 500, scannedTo: many[100]?.at });
    isOver = false;
    const second = await searchCalls(store, search, { limit: 10, after: first.lastId });
    expect(second.records.map(({ id }) => id)).toEqual([many[0]?.id]);
  });

  test("who reads all gets all, once", async () => {
    const ids: string[] = [];
    for await (const { id } of everyCall(store, { filter: { projectId } })) ids.push(id);
    expect(ids).toEqual(newestFirst.filter((record) => record.projectId === projectId).map(({ id }) => id));
  });

  test(
    "what was said of a trace is added up once, however many calls it has and however much was said",
    { timeout: 30_000 },
    async () => {
      const store = await house.open();
      const said = (traceId: string, value: number, weight = 1): FeedbackInput => ({
        traceId,
        value,
        weight,
        metadata: {},
      });
      const project = { projectId: defaultProjectId };
      const calls = Array.from({ length: 2_000 }, () => recordWith({ ...project, traceId: "one" }));
      calls.push(...["two", "three", "four"].map((traceId) => recordWith({ ...project, traceId })));
      await addCalls(
        store,
        calls.map((record) => ({ record, text: JSON.stringify(record) })),
      );
      const nothing = () => Promise.resolve();
      for (let count = 0; count < 40; count += 1) {
        const some = Array.from({ length: 500 }, (_, index) => said("one", index % 2));
        await addFeedback(store, defaultProjectId, some, nothing);
      }
      await addFeedback(
        store,
        defaultProjectId,
        [said("two", 10, 0.25), said("two", -2, 0.75), said("three", 5, 0)],
        nothing,
      );
      const found = async (weightedFeedback: CallFilter["weightedFeedback"]): Promise<Record<string, number>> => {
        const counts: Record<string, number> = {};
        for await (const { traceId } of everyCall(store, { filter: { ...project, weightedFeedback } })) {
          counts[traceId] = (counts[traceId] ?? 0) + 1;
        }
        const traces = await callsOfTraces(store, { ...project, weightedFeedback }, ["one", "two", "three", "four"]);
        expect(new Set(traces.map(({ traceId }) => traceId))).toEqual(new Set(Object.keys(counts)));
        return counts;
      };
      expect(await found({ min: 0.5, max: 0.5 })).toEqual({ one: 2_000 });
      expect(await found({ min: undefined, max: 0.75 })).toEqual({ one: 2_000 });
      expect(await found({ min: 0.75, max: undefined })).toEqual({ two: 1 });
      expect(await found({ min: -10, max: 10 })).toEqual({ one: 2_000, two: 1 });
    },
  );
});

describe("what is found by no index is a rest", () => {
  test.each<[string, Partial<CallFilter>]>([
    ["a region", { regions: ["us-east-1"] }],
    ["a key and a model", { keyIds: ["gk_1"], models: ["amazon.nova-lite-v1:0"] }],
    ["success", { statuses: ["success"] }],
    ["two pairs", { metadata: { team: "red", run: "1" } }],
    ["a cost", { costNano: { min: 1n, max: undefined } }],
  ])("%s", (_name, filter) => {
    expect(searchPlan({ projectId, ...filter }).hasRest).toBe(true);
  });
});

test("each of these is found by an index alone", () => {
  const drives = (
    [
      {},
      { keyIds: ["gk_1"] },
      { models: ["amazon.nova-lite-v1:0"] },
      { statuses: [429] },
      { statuses: ["error"] },
      { credentials: ["prod"] },
      { traceId: "trace-1" },
      { metadata: { team: "red" } },
    ] satisfies Partial<CallFilter>[]
  ).map((filter) => searchPlan({ projectId, from: begin, ...filter }));
  expect(drives.filter(({ hasRest }) => hasRest)).toEqual([]);
  expect(drives.map((plan) => plan.drives[0]?.by)).toEqual([
    "time",
    "key",
    "model",
    "status",
    "failure",
    "credential",
    "trace",
    "pair",
  ]);
});
