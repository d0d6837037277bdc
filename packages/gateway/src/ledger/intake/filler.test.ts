/** The journal and the database: every record once, whatever dies, and whatever the disk and the database do meanwhile. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, rmdir, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { until } from "../../store/testing/until.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { deleteByMetadata } from "../retention/delete-calls.ts";
import { hourMs } from "../analytics/call-sums.ts";
import { addFeedback } from "../feedback/feedback.ts";
import { keptCall } from "../testing/kept-call.ts";
import { Filler } from "./filler.ts";
import { Journal } from "./journal.ts";
import { lateLine } from "./late-facts.ts";
import { OwedFacts } from "./owed-facts.ts";
import { RecordTaker } from "./record-taker.ts";
import { recordWith } from "../testing/records.ts";

onBothEngines((house) => {
  let folder: string;
  let store: Store;
  const open: Filler[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "adit-journal-"));
    store = await house.open();
  });
  afterEach(async () => {
    for (const filler of open.splice(0)) await filler.close();
    await rm(folder, { recursive: true, force: true });
  });

  const journalHere = (mostWaiting?: number): Journal =>
    new Journal({ folder, now: Date.now, ...(mostWaiting !== undefined && { mostWaiting }) });
  const fillerOf = (journal: Journal, onFault: (error: unknown) => void = () => {}): Filler => {
    const taker = new RecordTaker({ store, folder, onRefused: onFault, wantsAdded: false });
    const filler = new Filler({ store, taker, journal, folder, onFault });
    open.push(filler);
    return filler;
  };
  const idsInStore = async (): Promise<string[]> =>
    (await store.read((db) => db.selectFrom("calls").select("id").orderBy("id").execute())).map(({ id }) => id);
  const append = (journal: Journal, count: number, agoMs = 0): string[] =>
    Array.from({ length: count }, () => {
      const record = recordWith({ at: Date.now() - agoMs, metadata: { team: "red" } });
      journal.append(JSON.stringify(record));
      journal.write();
      return record.id;
    });

  test("what was appended is in the database, with its metadata, and the file is taken away", async () => {
    const journal = journalHere();
    const ids = append(journal, 250);
    await fillerOf(journal).drain();
    expect(await idsInStore()).toEqual(ids.toSorted());
    const pairs = await store.read((db) => db.selectFrom("callMetadata").selectAll().execute());
    expect(pairs).toHaveLength(250);
    await journal.close();
    expect(await readdir(folder)).toEqual([]);
  });

  test("a start takes over what a dead process left, also what it had taken over already: each record once", async () => {
    const dead = journalHere();
    const first = append(dead, 120);
    const filler = fillerOf(dead);
    await filler.drain();
    const more = append(dead, 30);
    // It is gone without a word: its file stays, and everything in it is read again.
    await fillerOf(journalHere()).sweep();
    expect(await idsInStore()).toEqual([...first, ...more].toSorted());
    const pairs = await store.read((db) => db.selectFrom("callMetadata").select("callSeq").execute());
    expect(pairs).toHaveLength(150);
  });

  test("what is in the database stands in no file, and calls that were deleted do not come back after a kill", async () => {
    const killed = journalHere();
    append(killed, 20);
    const filler = fillerOf(killed);
    await filler.drain();
    expect(await readdir(folder)).toEqual([]);
    await filler.close();
    const [left = ""] = append(killed, 1);
    const metadata = { team: "red" };
    expect(await deleteByMetadata(store, { projectId: defaultProjectId, metadata, contentOnly: false })).toBe(20);
    await fillerOf(journalHere()).sweep();
    expect(await idsInStore()).toEqual([left]);
    const sums = await store.read((db) => db.selectFrom("metadataSums").select("requests").execute());
    expect(sums.map(({ requests }) => Number(requests))).toEqual([1]);
  });

  test.each([
    ["of just now", 0],
    ["of hours ago, since the database was away", 6 * hourMs],
  ])(
    "calls %s of a killed gateway that were brought in and deleted do not come back with the next start, nor do they count twice",
    async (_when, agoMs) => {
      const killed = journalHere();
      append(killed, 5, agoMs);
      await fillerOf(journalHere()).sweep();
      const metadata = { team: "red" };
      expect(await deleteByMetadata(store, { projectId: defaultProjectId, metadata, contentOnly: false })).toBe(5);
      const [left = ""] = append(killed, 1);
      // The file stays as long as its owner may live.
      expect(await readdir(folder)).toHaveLength(1);
      await fillerOf(journalHere()).sweep();
      expect(await idsInStore()).toEqual([left]);
      const counted = await store.read((db) =>
        sql<{ calls: number }>`select sum(requests) as calls from call_sums where step_ms = ${hourMs}`.execute(db),
      );
      expect(Number(counted.rows[0]?.calls)).toBe(6);
    },
  );

  test("calls of a killed gateway that another brings in while they are being deleted do not come back, nor do they count twice", async () => {
    const location = await house.newLocation();
    store = await house.open(location);
    const other = await house.open(location);
    const killed = journalHere();
    const [rated = ""] = append(killed, 5);
    const first = fillerOf(journalHere());
    await first.sweep();
    await first.close();
    const said = { traceId: `trace-${rated}`, value: 5, weight: 1, metadata: {} };
    await addFeedback(store, defaultProjectId, [said], () => Promise.resolve());
    // On SQLite one writes at a time: nothing is under way beside another.
    const isServer = house.engine === "postgres";
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const holding = isServer
      ? other.write(async ({ db }) => {
          // The last that a deletion writes of calls, where one of them has been rated.
          await sql`lock table feedback in share mode`.execute(db);
          await released;
        })
      : undefined;
    const waiting = async (): Promise<number> => {
      const { rows } = await store.read((db) =>
        sql<{ count: number }>`
          select count(*) as count from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'
        `.execute(db),
      );
      return Number(rows[0]?.count);
    };
    const metadata = { team: "red" };
    const deleting = deleteByMetadata(store, { projectId: defaultProjectId, metadata, contentOnly: false });
    if (isServer) await until(async () => (await waiting()) === 1);
    const sweeping = fillerOf(journalHere()).sweep();
    if (isServer) await until(async () => (await waiting()) > 1);
    release();
    await Promise.all([holding, deleting, sweeping]);
    expect(await idsInStore()).toEqual([]);
    const counted = await store.read((db) =>
      sql<{ calls: number }>`select sum(requests) as calls from call_sums where step_ms = ${hourMs}`.execute(db),
    );
    expect(Number(counted.rows[0]?.calls)).toBe(5);
  });

  test("a person's other pairs go from the sums too, but for those that others have", async () => {
    const journal = journalHere();
    const call = (metadata: Record<string, string>): void => {
      journal.append(JSON.stringify(recordWith({ metadata })));
      journal.write();
    };
    call({ _user: "ada", email: "ada@example.com", team: "red" });
    call({ _user: "bob", email: "bob@example.com", team: "red" });
    await fillerOf(journal).drain();
    const metadata = { _user: "ada" };
    await deleteByMetadata(store, { projectId: defaultProjectId, metadata, contentOnly: false });
    const sums = await store.read((db) => db.selectFrom("metadataSums").select(["name", "value"]).execute());
    expect(sums.map(({ name, value }) => `${name}=${value}`).toSorted()).toEqual([
      "_user=bob",
      "email=bob@example.com",
      "team=red",
    ]);
  });

  test("the file of a dead process is taken away when it has shown no life for long; that of a living one stays", async () => {
    const other = journalHere();
    append(other, 3);
    const filler = fillerOf(journalHere());
    await filler.sweep();
    expect(await readdir(folder)).toHaveLength(1);
    const [path = ""] = other.paths;
    await utimes(path, new Date(0), new Date(0));
    await filler.sweep();
    expect(await readdir(folder)).toEqual([]);
    // It was alive after all: it sees that, goes on in a new file, and loses nothing.
    const own = fillerOf(other);
    await own.sweep();
    const late = append(other, 2);
    await own.drain();
    expect(await idsInStore()).toEqual(expect.arrayContaining(late));
    expect(await idsInStore()).toHaveLength(5);
  });

  test("what cannot be read of the folder stays there, is told of once, and holds up nothing behind it", async () => {
    const unreadable = join(folder, "calls-00000000-0000-7000-8000-000000000000.jsonl");
    await mkdir(unreadable);
    const dead = journalHere();
    const record = recordWith();
    const { id } = record;
    dead.append(JSON.stringify(record));
    dead.write();
    const owed = new OwedFacts(folder, Date.now);
    const cost = { partsNano: {}, missing: ["usage.guardrailUnits"], prices: "p" };
    owed.add("late", lateLine("late", id, { guardrails: [], feedback: [], cost }), new Promise(() => {}));
    const longAgo = async (path = ""): Promise<void> => utimes(path, new Date(0), new Date(0));
    for (const path of [...dead.paths, owed.path]) await longAgo(path);
    const faults: unknown[] = [];
    const filler = fillerOf(journalHere(), (error) => void faults.push(error));
    await filler.sweep();
    await filler.sweep();
    expect(await idsInStore()).toEqual([id]);
    // What is owed comes behind every record that it may be for.
    expect((await readdir(folder)).map((name) => join(folder, name)).toSorted()).toEqual([unreadable, owed.path]);
    expect(faults.map(String)).toEqual([expect.stringMatching(new RegExp(`${unreadable} stays .*EISDIR`))]);
    // Of a file that is older than what is owed it waits no more.
    await longAgo(unreadable);
    await filler.sweep();
    expect((await readdir(folder)).map((name) => join(folder, name))).toEqual([unreadable]);
    expect((await keptCall(store, record)).record.cost.missing).toEqual(["usage.guardrailUnits"]);
    await rmdir(unreadable);
    await filler.sweep();
    expect(await readdir(folder)).toEqual([]);
  });

  test("an owed file that cannot be read is not taken away unread", async () => {
    const path = join(folder, "owed-01890a5d-ac96-774b-bcce-b302099a8057.jsonl");
    await mkdir(path);
    await utimes(path, new Date(0), new Date(0));
    const faults: unknown[] = [];
    await fillerOf(journalHere(), (error) => void faults.push(error)).sweep();
    expect(faults.map(String)).toEqual([expect.stringContaining("EISDIR")]);
  });

  test("a line that was cut off is passed over, and what follows it is read", async () => {
    const journal = journalHere();
    const [id = ""] = append(journal, 1);
    const file = join(folder, "calls-01890a5d-ac96-774b-bcce-b302099a8057.jsonl");
    const next = recordWith();
    await appendFile(file, `{"form":1,"id":"req_cut\n${JSON.stringify(next)}\n{"form":1,"id":"req_being_writ`);
    const filler = fillerOf(journal);
    await filler.sweep();
    await filler.drain();
    expect(await idsInStore()).toEqual([id, next.id].toSorted());
  });

  test("a record that the database refuses is set aside and holds up no other", async () => {
    const journal = journalHere();
    const [before = ""] = append(journal, 1);
    const odd = { ...recordWith(), status: "not a number" };
    journal.append(JSON.stringify(odd));
    journal.write();
    const [after = ""] = append(journal, 1);
    const faults: unknown[] = [];
    await fillerOf(journal, (error) => void faults.push(error)).drain();
    expect(await idsInStore()).toEqual([before, after].toSorted());
    expect(await readFile(join(folder, "refused.jsonl"), "utf8")).toContain(odd.id);
    expect(faults).toHaveLength(1);
  });

  test("a database that cannot write any record at all sets none aside: they are taken when it can", async () => {
    const journal = journalHere();
    const ids = append(journal, 2);
    const filler = fillerOf(journal);
    const rename = (from: string, to: string) =>
      store.write(({ db }) => sql`alter table ${sql.table(from)} rename to ${sql.table(to)}`.execute(db));
    await rename("call_sums", "call_sums_away");
    await expect(filler.drain()).rejects.toThrow(/call_sums|does not answer/);
    await rename("call_sums_away", "call_sums");
    await filler.drain();
    expect(await idsInStore()).toEqual(ids.toSorted());
    expect(await readdir(folder)).not.toContain("refused.jsonl");
  });

  test("a disk that takes nothing: records wait in memory up to a bound, and the database gets them all the same", async () => {
    await rm(folder, { recursive: true });
    const journal = journalHere(3);
    const ids = append(journal, 2);
    expect(journal.hasRoom).toBe(true);
    expect(journal.fault).toMatchObject({ code: "ENOENT" });
    ids.push(...append(journal, 1));
    expect(journal.hasRoom).toBe(false);
    await fillerOf(journal).drain();
    expect(journal.hasRoom).toBe(true);
    expect(await idsInStore()).toEqual(ids.toSorted());
  });

  test("a database that is away: the journal holds what comes, and all of it arrives when it is back", async () => {
    const journal = journalHere();
    const filler = fillerOf(journal);
    const ids = append(journal, 10);
    const location = store;
    await location.close();
    await expect(filler.drain()).rejects.toMatchObject({ code: "store_unavailable" });
    ids.push(...append(journal, 10));
    expect(journal.backlogBytes).toBeGreaterThan(0);
    await filler.close();
    store = await house.open();
    const again = fillerOf(journal);
    await until(async () => (await idsInStore()).length === 20);
    expect(await idsInStore()).toEqual(ids.toSorted());
    await again.drain();
  });
});
