/** The thread is begun as a file of its own: it is tested as it was built. */
import { resolve } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { addCalls } from "../intake/call-rows.ts";
import type * as Sources from "./search-thread.ts";
import { keepContents } from "../testing/contents.ts";
import { recordWith } from "../testing/records.ts";

const built = resolve(import.meta.dirname, "../../../dist/ledger/search/search-thread.js");

const begin = Date.UTC(2026, 10, 1);
const filter = { projectId: "prj_1" };
const search = { filter, text: "a whisper", inContent: true };
const never = new AbortController().signal;

onBothEngines((house) => {
  let store: Store;
  let thread: Sources.SearchThread;
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => void workers.push(worker);
  const records = Array.from({ length: 40 }, (_, index) => recordWith({ ...filter, at: begin + index * 1_000 }));
  const threadWith = async (options: { idleMs?: number }): Promise<Sources.SearchThread> => {
    const { SearchThread } = (await import(built)) as typeof Sources;
    return new SearchThread({ location: store.location, ...options });
  };
  beforeEach(async () => {
    store = await house.open();
    await addCalls(
      store,
      records.map((record) => ({ record, text: JSON.stringify(record) })),
    );
    await keepContents(
      store,
      records.map((record, index) => ({
        record,
        asked: `{"content":"${index % 10 === 0 ? "A Whisper" : "a shout"}"}`,
      })),
    );
    process.on("worker", onWorker);
    thread = await threadWith({});
  });
  afterEach(async () => {
    process.off("worker", onWorker);
    workers.length = 0;
    await thread.close();
  });

  test("it finds what is said, page by page, and searches side by side have their own answers", async () => {
    const ids = [30, 20, 10, 0].map((index) => records[index]?.id);
    const [first, none] = await Promise.all([
      thread.find(search, { limit: 2 }, never),
      thread.find({ ...search, text: "a song" }, { limit: 2 }, never),
    ]);
    expect(first.records.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(none).toMatchObject({ records: [], hasMore: false, scanned: 40, withoutContent: 0, scannedTo: begin });
    const second = await thread.find(search, { limit: 2, after: first.lastId }, never);
    expect(second.records.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(workers).toHaveLength(1);
  });

  test("who has left is not searched for", async () => {
    const leaving = new AbortController();
    const found = thread.find({ ...search, text: "a song" }, { limit: 2 }, leaving.signal);
    leaving.abort();
    const gone = thread.find({ ...search, text: "a song" }, { limit: 2 }, leaving.signal);
    expect((await gone).scanned).toBe(0);
    expect(await found).toMatchObject({ records: [], hasMore: true });
  });

  test("what is wrong is said as it is said here", async () => {
    await expect(thread.find(search, { limit: 2, after: "zzz" }, never)).rejects.toMatchObject({
      code: "invalid_request",
      param: "after",
      remedy: "Name last_id of the page before.",
    });
  });

  test("a thread that ends breaks its searches off, and the next begins it anew", async () => {
    const broken = thread.find(search, { limit: 2 }, never);
    await expect.poll(() => workers.length, { timeout: 20_000 }).toBe(1);
    await workers[0]?.terminate();
    await expect(broken).rejects.toMatchObject({ code: "store_unavailable" });
    expect((await thread.find(search, { limit: 10 }, never)).records).toHaveLength(4);
    expect(workers).toHaveLength(2);
  });

  test("it ends when nobody searches, and is there again", async () => {
    const idle = await threadWith({ idleMs: 1 });
    await idle.find(search, { limit: 2 }, never);
    await expect.poll(() => workers.map(({ threadId }) => threadId), { timeout: 20_000 }).toEqual([-1]);
    expect((await idle.find(search, { limit: 10 }, never)).records).toHaveLength(4);
    await idle.close();
    await expect.poll(() => workers.every(({ threadId }) => threadId === -1)).toBe(true);
  });
});

test.each([
  ["PostgreSQL", { databaseUrl: "postgres://a_role@127.0.0.1:1/a_database" }, "ECONNREFUSED"],
  ["SQLite", { file: import.meta.dirname }, "is a folder"],
])("a store in %s that cannot be opened is away: why is for the operator", async (_engine, location, reason) => {
  const { SearchThread } = (await import(built)) as typeof Sources;
  const thread = new SearchThread({ location });
  const failed = await thread.find(search, { limit: 2 }, never).catch((error: unknown) => error);
  await thread.close();
  expect(failed).toMatchObject({ code: "store_unavailable", message: "The gateway's store does not answer." });
  expect(failed).toHaveProperty("cause.message", expect.stringContaining(reason));
});
