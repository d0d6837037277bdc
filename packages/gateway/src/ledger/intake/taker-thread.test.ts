/** The thread is begun as a file of its own: it is tested as it was built. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { getPriority, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { Filler } from "./filler.ts";
import { Journal } from "./journal.ts";
import type * as Sources from "./taker-thread.ts";
import { recordWith } from "../testing/records.ts";

const built = resolve(import.meta.dirname, "../../../dist/ledger/intake/taker-thread.js");

/** Of this process's threads, as Linux has them: 0 for most, the higher the less. */
async function priorities(): Promise<number[]> {
  const threads = await readdir("/proc/self/task");
  const lines = await Promise.all(threads.map((thread) => readFile(`/proc/self/task/${thread}/stat`, "utf8")));
  // The name in parentheses may hold blanks; of what stands behind it, "nice" is the 17th.
  return lines.map((line) => Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[16]));
}

onBothEngines((house) => {
  let folder: string;
  let store: Store;
  let thread: Sources.TakerThread;
  let refused: unknown[];
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => void workers.push(worker);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "adit-thread-"));
    store = await house.open();
    refused = [];
    const { TakerThread } = (await import(built)) as typeof Sources;
    process.on("worker", onWorker);
    const onRefused = (error: unknown): void => void refused.push(error);
    thread = new TakerThread({ location: store.location, folder, wantsAdded: true, onRefused });
  });
  afterEach(async () => {
    process.off("worker", onWorker);
    workers.length = 0;
    await thread.close();
    await rm(folder, { recursive: true, force: true });
  });

  const idsInStore = async (): Promise<string[]> =>
    (await store.read((db) => db.selectFrom("calls").select("id").orderBy("id").execute())).map(({ id }) => id);
  const appendTo = (journal: Journal, count: number): string[] =>
    Array.from({ length: count }, () => {
      const record = recordWith({ metadata: { team: "red" } });
      journal.append(JSON.stringify(record));
      journal.write();
      return record.id;
    });

  test("what stands in a file of this process is taken over in the thread, each record once", async () => {
    const journal = new Journal({ folder, now: Date.now });
    const added: string[] = [];
    const onFault = (error: unknown): void => void refused.push(error);
    const onAdded = (records: readonly { id: string }[]): void => void added.push(...records.map(({ id }) => id));
    const filler = new Filler({ store, taker: thread, journal, folder, onFault, onAdded });
    const ids = appendTo(journal, 5_000);
    await filler.drain();
    expect(await idsInStore()).toEqual(ids.toSorted());
    expect(added.toSorted()).toEqual(ids.toSorted());
    await filler.close();
    await journal.close();
    const again = recordWith({ id: ids[0] ?? "" });
    expect(await thread.takeLines([JSON.stringify(again)])).toMatchObject({ lines: 1, added: [] });
    expect(refused).toEqual([]);
  });

  test("a record that the database refuses is set aside, and said here", async () => {
    const odd = { ...recordWith(), status: "not a number" };
    const good = recordWith();
    await thread.takeLines([odd, good].map((record) => JSON.stringify(record)));
    expect(await idsInStore()).toEqual([good.id]);
    expect(await readFile(join(folder, "refused.jsonl"), "utf8")).toContain(odd.id);
    expect(refused).toHaveLength(1);
  });

  test("a thread that ends is said, and begun anew: nothing is lost, nothing counts twice", async () => {
    const journal = new Journal({ folder, now: Date.now });
    const ids = appendTo(journal, 4_000);
    const faults: unknown[] = [];
    const filler = new Filler({ store, taker: thread, journal, folder, onFault: (fault) => void faults.push(fault) });
    const drained = filler.drain();
    await expect.poll(() => workers.length, { timeout: 20_000 }).toBe(1);
    await workers[0]?.terminate();
    await expect(drained).rejects.toThrow(/thread that fills the ledger has ended, and is begun anew/);
    await filler.drain();
    expect(await idsInStore()).toEqual(ids.toSorted());
    const { requests } = await store.read((db) =>
      db
        .selectFrom("metadataSums")
        .select(({ fn }) => fn.sum<number>("requests").as("requests"))
        .executeTakeFirstOrThrow(),
    );
    expect(Number(requests)).toBe(4_000);
    expect(workers.length).toBeGreaterThan(1);
    await filler.close();
    await journal.close();
  });

  test.runIf(process.platform === "linux")(
    "where both want a core, the thread that answers calls goes first",
    async () => {
      const lower = Math.min(getPriority() + 5, 19);
      const countOf = (found: readonly number[]): number => found.filter((priority) => priority === lower).length;
      const before = await priorities();
      await thread.takeLines([JSON.stringify(recordWith())]);
      expect(countOf(await priorities())).toBe(countOf(before) + 1);
    },
  );

  test("a thread that is done with keeps nothing open", async () => {
    await thread.takeLines([JSON.stringify(recordWith())]);
    await thread.close();
    await expect.poll(() => workers.every(({ threadId }) => threadId === -1)).toBe(true);
  });
});
