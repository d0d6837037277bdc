/** A disk that takes a part of what is written to it: wherever the part ends, each record is in the database once. */
import type * as FileSystem from "node:fs";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { onEngine } from "../../store/testing/engines.ts";
import { until } from "../../store/testing/until.ts";
import { Filler } from "./filler.ts";
import { Journal, readLines } from "./journal.ts";
import { RecordTaker } from "./record-taker.ts";
import { recordWith } from "../testing/records.ts";

/** Bytes that the disk takes yet; undefined: all. */
const disk = vi.hoisted((): { room: number | undefined } => ({ room: undefined }));

vi.mock("node:fs", async (importOriginal) => {
  const system = await importOriginal<typeof FileSystem>();
  const writeSync = (descriptor: number, text: string): number => {
    const bytes = Buffer.from(text);
    if (disk.room === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const taken = system.writeSync(descriptor, bytes, 0, Math.min(bytes.length, disk.room ?? bytes.length));
    if (disk.room !== undefined) disk.room -= taken;
    return taken;
  };
  return { ...system, writeSync };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adit-short-"));
});
afterEach(async () => {
  disk.room = undefined;
  await rm(folder, { recursive: true, force: true });
});

const journalHere = (): Journal => new Journal({ folder, now: Date.now });

function write(journal: Journal, lines: readonly string[]): void {
  for (const line of lines) journal.append(line);
  journal.write();
}

/** What whoever comes after a crash finds in the files. */
function recordsOnDisk(journal: Journal): string[] {
  return journal.paths.flatMap((path) => {
    const descriptor = openSync(path, "r");
    try {
      return readLines({ descriptor, offset: 0 }).lines.filter((line) => isJson(line));
    } finally {
      closeSync(descriptor);
    }
  });
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

const before = ['{"id":"a"}'];
const cut = ['{"id":"bé"}', '{"id":"c"}'];
const whole = Buffer.byteLength(`${cut.join("\n")}\n`);

describe("wherever the disk's part ends", () => {
  const places = Array.from({ length: whole + 1 }, (_, bytes) => bytes);

  test.each(places)("after %i bytes, with more to come at once", (bytes) => {
    const journal = journalHere();
    write(journal, before);
    disk.room = bytes;
    write(journal, cut);
    // Nobody has taken the full disk away: what comes waits behind what waits.
    write(journal, ['{"id":"d"}']);
    expect(journal.waiting).toBeGreaterThan(0);
    expect(journal.fault).toBeInstanceOf(Error);
    disk.room = undefined;
    write(journal, ['{"id":"e"}']);
    expect([journal.waiting, journal.fault]).toEqual([0, undefined]);
    // What the disk took without its end is written again: once more is no harm, never is.
    expect([...new Set(recordsOnDisk(journal))]).toEqual([...before, ...cut, '{"id":"d"}', '{"id":"e"}']);
    expect(recordsOnDisk(journal).filter((line) => !cut.includes(line))).toHaveLength(3);
  });

  test.each(places)("after %i bytes, and again, byte by byte", (bytes) => {
    const journal = journalHere();
    write(journal, before);
    disk.room = bytes;
    write(journal, cut);
    for (let turn = 0; turn < 3 * whole && journal.waiting > 0; turn += 1) {
      disk.room = turn % 7;
      journal.retry();
    }
    disk.room = undefined;
    journal.retry();
    expect([...new Set(recordsOnDisk(journal))]).toEqual([...before, ...cut]);
  });
});

onEngine("sqlite", (house) => {
  test("a record whose end alone was not taken is in the database once", async () => {
    const store = await house.open();
    const journal = journalHere();
    const records = [recordWith(), recordWith(), recordWith()];
    const [first = "", ...others] = records.map((record) => JSON.stringify(record));
    disk.room = Buffer.byteLength(first);
    write(journal, [first]);
    expect(journal.waiting).toBe(1);
    disk.room = undefined;
    write(journal, others);
    expect(recordsOnDisk(journal)).toHaveLength(4);
    const faults: unknown[] = [];
    const onFault = (error: unknown): void => void faults.push(error);
    const taker = new RecordTaker({ store, folder, onRefused: onFault, wantsAdded: false });
    const filler = new Filler({ store, taker, journal, folder, onFault });
    await filler.drain();
    await filler.close();
    const found = await store.read((db) => db.selectFrom("calls").select("id").execute());
    expect(found.map(({ id }) => id).toSorted()).toEqual(records.map(({ id }) => id).toSorted());
    const sums = await store.read((db) => sql<{ requests: number }>`select requests from call_sums`.execute(db));
    expect(sums.rows.map(({ requests }) => Number(requests)).reduce((total, more) => total + more, 0)).toBe(2 * 3);
    expect(faults).toEqual([]);
    await journal.close();
  });

  test("a time of day that is set back after a failure holds up no record", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const store = await house.open();
      const journal = journalHere();
      const record = recordWith();
      write(journal, [JSON.stringify(record)]);
      const taker = new RecordTaker({ store, folder, onRefused: () => {}, wantsAdded: false });
      const faults: unknown[] = [];
      vi.spyOn(taker, "takeFile").mockRejectedValueOnce(new Error("Away for a moment."));
      const filler = new Filler({ store, taker, journal, folder, onFault: (error) => void faults.push(error) });
      await until(() => faults.length > 0);
      vi.setSystemTime(Date.now() - 3_600_000);
      const kept = () => store.read((db) => db.selectFrom("calls").select("id").execute());
      await until(async () => (await kept()).length > 0);
      expect(await kept()).toEqual([{ id: record.id }]);
      await filler.close();
      await journal.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
