/** A gateway that dies while a guardrail asks Bedrock leaves word: what the check cost is unknown then, and not nothing. */
import { mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { until } from "../../store/testing/until.ts";
import type { CallRecord } from "../record/call-record.ts";
import { keptCall } from "../testing/kept-call.ts";
import { recordWith } from "../testing/records.ts";
import { Filler } from "./filler.ts";
import { Journal } from "./journal.ts";
import { lateLine } from "./late-facts.ts";
import { OwedFacts, owedLines } from "./owed-facts.ts";
import { RecordTaker } from "./record-taker.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adit-owed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const never = new Promise<void>(() => {});
const lineOf = (id: string, callId: string): string => {
  const cost = { partsNano: {}, missing: ["usage.guardrailUnits"], prices: "p" };
  return lateLine(id, callId, { guardrails: [], feedback: [], cost });
};
const owedFiles = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith("owed-")).map((name) => join(folder, name));

test("the file has nothing in it while no check is under way, and goes with its process", async () => {
  const owed = new OwedFacts(folder, Date.now);
  expect(await owedFiles()).toEqual([]);
  let end = (): void => {};
  const work = new Promise<void>((resolve) => (end = resolve));
  for (const id of ["1", "2"]) owed.add(id, lineOf(id, "req_1"), work);
  const [file = ""] = await owedFiles();
  expect((await stat(file)).size).toBeGreaterThan(0);
  end();
  await new Promise(setImmediate);
  expect((await stat(file)).size).toBe(0);
  owed.close();
  expect(await owedFiles()).toEqual([]);
});

test("where checks are always under way the file does not grow without end, and has those that have not ended", async () => {
  const owed = new OwedFacts(folder, Date.now);
  owed.add("first", lineOf("first", "req_0"), never);
  const [first] = await owedFiles();
  for (let id = 1; id <= 9_000; id += 1) owed.add(String(id), lineOf(String(id), `req_${id}`), Promise.resolve());
  await new Promise(setImmediate);
  for (let id = 9_001; id <= 27_000; id += 1) {
    owed.add(String(id), lineOf(String(id), `req_${id}`), Promise.resolve());
    if (id % 100 === 0) await new Promise(setImmediate);
  }
  owed.add("last", lineOf("last", "req_1"), never);
  const files = await owedFiles();
  expect(files).toEqual([owed.path]);
  expect(files).not.toContain(first);
  const [file = ""] = files;
  expect((await stat(file)).size).toBeLessThan(2.5 * 1024 * 1024);
  expect(owedLines(file)).toEqual([lineOf("first", "req_0"), lineOf("last", "req_1")]);
  owed.close();
  expect(await owedFiles()).toEqual([file]);
});

onBothEngines((house) => {
  let store: Store;
  const open: Filler[] = [];
  beforeEach(async () => {
    store = await house.open();
  });
  afterEach(async () => {
    for (const filler of open.splice(0)) await filler.close();
  });

  const fillerOf = (journal: Journal, owed: OwedFacts): Filler => {
    const taker = new RecordTaker({ store, folder, onRefused: () => {}, wantsAdded: false });
    const filler = new Filler({ store, taker, journal, owed, folder, onFault: () => {} });
    open.push(filler);
    return filler;
  };
  const journalHere = (): Journal => new Journal({ folder, now: Date.now });
  const seen = async (record: CallRecord) => {
    const { record: kept, costNano, sums } = await keptCall(store, record);
    return { cost: kept.cost, costNano, sums };
  };

  test("the cost of a call is unknown whose check had not ended, and that of one whose check had is known", async () => {
    const [pending, ended] = [recordWith(), recordWith()];
    const killed = journalHere();
    const owedByKilled = new OwedFacts(folder, Date.now);
    for (const record of [pending, ended]) killed.append(JSON.stringify(record));
    killed.write();
    owedByKilled.add("1", lineOf("1", pending.id), never);
    owedByKilled.add("2", lineOf("2", ended.id), Promise.resolve());
    await new Promise(setImmediate);

    const own = new OwedFacts(folder, Date.now);
    own.add("3", lineOf("3", ended.id), never);
    const filler = fillerOf(journalHere(), own);
    await filler.sweep();
    // Its owner may live, and tell of it yet.
    expect(await seen(pending)).toMatchObject({ costNano: 18_000n, sums: { unknown_costs: 0n } });
    for (const file of await owedFiles()) await utimes(file, new Date(0), new Date(0));
    await filler.sweep();
    // The filler looks by itself, too, and may be at it.
    await until(async () => (await owedFiles()).length === 1);
    expect(await seen(pending)).toMatchObject({
      costNano: null,
      cost: { missing: ["usage.guardrailUnits"], partsNano: pending.cost.partsNano },
      sums: { requests: 2n, cost_nano: 18_000n, unknown_costs: 1n },
    });
    expect(await seen(ended)).toMatchObject({ costNano: 18_000n, cost: { missing: [] } });
    expect(await owedFiles()).toEqual([own.path]);
  });

  test("a gateway that stops while a check is under way leaves word of it", async () => {
    const record = recordWith();
    const stopped = journalHere();
    stopped.append(JSON.stringify(record));
    const owed = new OwedFacts(folder, Date.now);
    owed.add("1", lineOf("1", record.id), never);
    const filler = fillerOf(stopped, owed);
    await filler.drain();
    await filler.close();
    await stopped.close();
    owed.close();
    for (const file of await owedFiles()) await utimes(file, new Date(0), new Date(0));
    await fillerOf(journalHere(), new OwedFacts(folder, Date.now)).sweep();
    await until(async () => (await owedFiles()).length === 0);
    expect(await seen(record)).toMatchObject({ costNano: null });
  });
});
