import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { Projects } from "../../access/projects.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import type { Store } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { until } from "../../store/testing/until.ts";
import { HandClock } from "../../store/testing/hand-clock.ts";
import { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { Incoming } from "../../http/routes/route.ts";
import { findResponse, storeResponse, type NewResponse } from "../../responses/stored-responses.ts";
import { pairHashes } from "../content/body-pairs.ts";
import { ContentKeeper, readContent } from "../content/content-keeper.ts";
import { addFeedback } from "../feedback/feedback.ts";
import { deleteByMetadata } from "./delete-calls.ts";
import { sumsOf } from "../analytics/call-figures.ts";
import { wholeMinutesFrom } from "../analytics/whole-minutes.ts";
import { addCalls } from "../intake/call-rows.ts";
import { usualLogSettings, writeLogSettings, type LogSettings } from "../content/log-settings.ts";
import type { CallRecord } from "../record/call-record.ts";
import { Retention } from "./retention.ts";
import { addLogExport } from "../search/log-exports.ts";
import { saveLogView } from "../search/log-views.ts";
import { recordWith } from "../testing/records.ts";

const dayMs = 86_400_000;

/** The store, with something done after each change. */
function withWrites(store: Store, after: (done: unknown) => Promise<void>): StoreAccess {
  return {
    engine: store.engine,
    clock: store.clock,
    deafSince: store.deafSince,
    isAway: store.isAway,
    read: store.read.bind(store),
    snapshot: store.snapshot.bind(store),
    write: async (change) => {
      const done = await store.write(change);
      await after(done);
      return done;
    },
    onChange: store.onChange.bind(store),
  };
}

function storedOf({ id: callId, projectId, at }: CallRecord): Omit<NewResponse, "pairs"> {
  const said = { response: { id: "resp_1" }, input: ["I am Ada"] };
  return { projectId, id: "resp_1", previous: undefined, keyId: undefined, callId, model: "m", at, ...said };
}

onBothEngines((house) => {
  async function after(
    settings: Partial<LogSettings>,
    aheadMs = 0,
  ): Promise<{ calls: number; contents: number[]; sums: number }> {
    const now = Date.now();
    // So long ago that each of them had its minute.
    const clock = new HandClock(now - 100 * dayMs);
    const store = await house.open(undefined, { clock });
    const days = [0, 5, 40, 100];
    const written = days.map((age) => {
      const record = recordWith({ at: now - age * dayMs, metadata: { team: "red" } });
      return { record, text: JSON.stringify(record) };
    });
    await addCalls(store, written);
    clock.time = now;
    const contents = written.map(({ record: { id: callId, projectId, at } }) => {
      return { callId, projectId, at, storedBytes: 1_000, content: Buffer.from("x") };
    });
    await store.write(({ db }) => db.insertInto("callContents").values(contents).execute());
    await writeLogSettings(store, defaultProjectId, { ...usualLogSettings, ...settings });
    clock.time = now + aheadMs;
    const retention = new Retention({ store, onFault: () => {} });
    await retention.run();
    await retention.close();
    return store.read(async (db) => {
      const calls = await db.selectFrom("calls").select("id").execute();
      const kept = await db.selectFrom("callContents").select("at").orderBy("at", "desc").execute();
      const pairs = await db.selectFrom("callMetadata").select("callSeq").execute();
      const sums = await db.selectFrom("callSums").select("at").execute();
      expect(pairs).toHaveLength(calls.length);
      return {
        calls: calls.length,
        contents: kept.map(({ at }) => Math.round((now - at) / dayMs)),
        sums: sums.length,
      };
    });
  }

  test("records stay for ever, content for 30 days, sums by the minute for two, unless something else is set", async () => {
    // Four hours, and the minute of today.
    expect(await after({})).toEqual({ calls: 4, contents: [0, 5], sums: 5 });
  });

  test("a clock that was ahead for a while leaves analytics whole, as does one that goes on from there", async () => {
    const begin = Date.UTC(2026, 10, 27, 10, 20);
    const clock = new HandClock(begin);
    const store = await house.open(undefined, { clock });
    const retention = new Retention({ store, onFault: () => {} });
    const add = async (): Promise<void> => {
      const record = recordWith({ at: clock.time });
      await addCalls(store, [{ record, text: JSON.stringify(record) }]);
    };
    const counted = async (from: number, to: number): Promise<number> => {
      const wanted = { by: [], measures: ["requests"] as const, isByTime: false };
      const { rows } = await sumsOf(store, {
        filter: { projectId: defaultProjectId },
        window: { from, to },
        ...wanted,
      });
      return rows.reduce((sum, { measures }) => sum + Number(measures.requests ?? 0n), 0);
    };
    await add();
    clock.time = begin + 3 * dayMs;
    await add();
    await retention.run();
    clock.time = begin + 60_000;
    await add();
    const [ago, ahead] = [begin - 1_800_000, begin + 1_800_000];
    expect(await counted(ago, ahead)).toBe(2);
    await retention.run();
    clock.time = begin + 600_000;
    await add();
    expect(await counted(ago, ahead)).toBe(3);
    expect(await counted(begin, begin + 60_000)).toBe(1);
    // What comes after is told by minutes again.
    expect(await wholeMinutesFrom(store)).toBe(begin + 120_000);
    expect(await counted(begin + 540_000, ahead)).toBe(1);
    await retention.close();
  });

  test("by time: of content, and of records with all that belongs to them", async () => {
    expect(await after({ contentDays: 3 })).toMatchObject({ calls: 4, contents: [0] });
    expect(await after({ contentDays: 365, recordDays: 50 })).toMatchObject({ calls: 3, contents: [0, 5, 40] });
  });

  test("a gateway whose clock is a year ahead takes nothing away from others of the same database", async () => {
    const kept = await after({ recordDays: 200 }, 365 * dayMs);
    // With SQLite all of them have the one machine's clock.
    expect(kept).toMatchObject(house.engine === "sqlite" ? { calls: 0, contents: [] } : { calls: 4, contents: [0, 5] });
  });

  describe("of two projects", () => {
    const ada = { _user: "ada", team: "red" };
    const one = defaultProjectId;
    const another = async (store: Store): Promise<string> =>
      (await new Projects(store).create({ name: "Two" }, { kind: "admin_key" })).id;

    /** A call of Ada's, with all that is kept beside it. */
    async function addCall(store: Store, projectId: string, at: number): Promise<void> {
      const record = recordWith({ projectId, at, traceId: "trace-of-both", metadata: ada });
      await addCalls(store, [{ record, text: JSON.stringify(record) }]);
      await storeResponse(store, { ...storedOf(record), pairs: Object.entries(ada) });
      const { id: callId } = record;
      const pairs = pairHashes(Object.entries(ada)).map((pair) => ({ projectId, pair, callId }));
      await store.write(async ({ db }) => {
        const content = { callId, projectId, at, storedBytes: 1_000, content: Buffer.from("x") };
        await db.insertInto("callContents").values(content).execute();
        await db.insertInto("callContentPairs").values(pairs).execute();
      });
    }

    async function addWords(store: Store, projectId: string): Promise<void> {
      const said = { traceId: "trace-of-both", value: 1, weight: 1, metadata: ada };
      await addFeedback(store, projectId, [said], () => Promise.resolve());
      const query = new URLSearchParams({ metadata: JSON.stringify(ada) }).toString();
      await saveLogView(store, projectId, { name: "Ada's", query });
      const request = JSON.stringify({ filters: { metadata: ada } });
      await addLogExport(store, projectId, { description: "Ada's", request, total: 1 }, () => Promise.resolve());
    }

    /** How many rows of it each table has. */
    async function kept(store: Store, projectId: string): Promise<number[]> {
      const tables = [
        "calls",
        "callContents",
        "callContentPairs",
        "storedResponses",
        "storedResponsePairs",
        "feedback",
        "logViews",
        "logExports",
        "metadataSums",
      ] as const;
      return store.read((db) =>
        Promise.all(
          tables.map(async (table) => {
            const rows = await db.selectFrom(table).select("projectId").where("projectId", "=", projectId).execute();
            return rows.length;
          }),
        ),
      );
    }

    test("a person who asks one of them goes from that one alone", async () => {
      const store = await house.open();
      const two = await another(store);
      for (const projectId of [one, two]) {
        await addCall(store, projectId, Date.now());
        await addWords(store, projectId);
      }
      const all = [1, 1, 2, 1, 2, 1, 1, 1, 2];
      expect([await kept(store, one), await kept(store, two)]).toEqual([all, all]);
      await deleteByMetadata(store, { projectId: two, metadata: { _user: "ada" }, contentOnly: true });
      expect(await kept(store, one)).toEqual(all);
      expect(await deleteByMetadata(store, { projectId: two, metadata: ada, contentOnly: false })).toBe(1);
      expect(await kept(store, one)).toEqual(all);
      expect((await kept(store, two)).filter((_, index) => index !== 1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    });

    test("what one keeps for a shorter time, or less of, the other keeps", async () => {
      const clock = new HandClock(Date.now());
      const store = await house.open(undefined, { clock });
      const two = await another(store);
      for (const projectId of [one, two]) await addCall(store, projectId, clock.time - 5 * dayMs);
      const settings = (changes: Partial<LogSettings>): Promise<void> =>
        writeLogSettings(store, two, { ...usualLogSettings, ...changes });
      const retention = new Retention({ store, onFault: () => {} });
      const contents = async (): Promise<[number[], number[]]> => {
        await retention.run();
        const of = async (projectId: string) => (await kept(store, projectId)).slice(0, 5);
        return [await of(one), await of(two)];
      };
      const whole = [1, 1, 2, 1, 2];
      // More than its own, and less than that of both.
      await settings({ mostContentBytes: 1_900 });
      expect(await contents()).toEqual([whole, whole]);
      await settings({ mostContentBytes: 1 });
      expect(await contents()).toEqual([whole, [1, 0, 0, 0, 0]]);
      await settings({ recordDays: 4, contentDays: 3 });
      expect(await contents()).toEqual([whole, [0, 0, 0, 0, 0]]);
      await retention.close();
    });
  });

  test("by size: the oldest content goes until the rest fits", async () => {
    expect(await after({ contentDays: 365, mostContentBytes: 2_500 })).toMatchObject({ contents: [0, 5] });
  });

  test("by size: of very many, the moments that fit whole; two gateways take no more away than one", async () => {
    const store = await house.open();
    const now = Date.now();
    for (let batch = 0; batch < 5; batch += 1) {
      const rows = Array.from({ length: 5_000 }, (_, index) => {
        const place = batch * 5_000 + index;
        const at = now - Math.floor(place / 3);
        return {
          callId: `call_${place}`,
          projectId: defaultProjectId,
          at,
          storedBytes: 1,
          content: new Uint8Array(),
        };
      });
      await store.write(({ db }) => db.insertInto("callContents").values(rows).execute());
    }
    await writeLogSettings(store, defaultProjectId, { ...usualLogSettings, mostContentBytes: 24_500 });
    const gateways = [0, 1].map(() => new Retention({ store, onFault: () => {} }));
    await Promise.all(gateways.map((retention) => retention.run()));
    await Promise.all(gateways.map((retention) => retention.close()));
    const ats = await store.read((db) => db.selectFrom("callContents").select("at").execute());
    expect(ats).toHaveLength(24_498);
    expect(Math.min(...ats.map(({ at }) => at))).toBe(now - 8_165);
  });

  test("large contents go a few at a time", async () => {
    const store = await house.open();
    const at = Date.now() - 100 * dayMs;
    const rows = [3, 3, 3, 20, 1].map((mebibytes, index) => {
      const storedBytes = mebibytes * 1024 * 1024;
      return {
        callId: `call_${index}`,
        projectId: defaultProjectId,
        at: at + index,
        storedBytes,
        content: Buffer.from("x"),
      };
    });
    await store.write(({ db }) => db.insertInto("callContents").values(rows).execute());
    const left: number[] = [];
    const watched = withWrites(store, async () => {
      const contents = await store.read((db) => db.selectFrom("callContents").select("callId").execute());
      if (contents.length !== left.at(-1)) left.push(contents.length);
    });
    const retention = new Retention({ store: watched, onFault: () => {} });
    await retention.run();
    await retention.close();
    expect(left.filter((count) => count < 5)).toEqual([3, 2, 1, 0]);
  });

  test.each([false, true])(
    "a person's content that comes behind the deletion is not kept, its alone %s",
    async (contentOnly) => {
      const store = await house.open();
      await writeLogSettings(store, defaultProjectId, { ...usualLogSettings, content: "all" });
      const keeper = new ContentKeeper({ now: Date.now, random: Math.random, onFault: () => {} });
      keeper.attach(store);
      await keeper.settings.follow(store, () => {});
      const record = recordWith({ metadata: { _user: "ada" } });
      await addCalls(store, [{ record, text: JSON.stringify(record) }]);
      // It is kept before its call ends, and goes with what is kept of that.
      await storeResponse(store, { ...storedOf(record), pairs: [["_user", "ada"]] });
      await deleteByMetadata(store, { projectId: defaultProjectId, metadata: { _user: "ada" }, contentOnly });
      const incoming = { headers: new CallerHeaders({}), receivedAt: record.at } as Incoming;
      keeper.keepGiven(incoming, record, { asked: "I am Ada", answered: undefined, pairs: [] });
      await keeper.drain();
      const kept = await store.read((db) => db.selectFrom("callContents").select(["content", "storedBytes"]).execute());
      expect(kept.map(({ content, storedBytes }) => [content.length, storedBytes])).toEqual([[0, 0]]);
      expect(await readContent(store, record.id)).toBeUndefined();
      expect(await findResponse(store, defaultProjectId, "resp_1")).toBeUndefined();
    },
  );

  test("a person of very many pairs goes with all of them, and others have their turns meanwhile", async () => {
    const store = await house.open();
    const numbered = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`number_${index}`, String(index)]));
    const record = recordWith({ metadata: { _user: "ada", ...numbered } });
    const other = recordWith({ metadata: { _user: "ben", number_1: "1" } });
    await addCalls(
      store,
      [record, other].map((one) => ({ record: one, text: JSON.stringify(one) })),
    );
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    turn();
    await deleteByMetadata(store, { projectId: defaultProjectId, metadata: { _user: "ada" }, contentOnly: false });
    isOver = true;
    expect(turns).toBeGreaterThan(250);
    const left = await store.read((db) =>
      db
        .selectNoFrom((select) => [
          select
            .selectFrom("callMetadata")
            .select(({ fn }) => fn.countAll().as("count"))
            .as("marks"),
          select
            .selectFrom("metadataSums")
            .select(({ fn }) => fn.countAll().as("count"))
            .as("sums"),
        ])
        .executeTakeFirstOrThrow(),
    );
    expect([Number(left.marks), Number(left.sums)]).toEqual([2, 2]);
  });

  test("the feedback on another trace stays beside one of more calls than are looked at", async () => {
    const store = await house.open();
    const at = Date.now() - (Date.now() % dayMs);
    const ada = { _user: "ada" };
    const records = [
      recordWith({ at, traceId: "few" }),
      ...Array.from({ length: 20_001 }, () => recordWith({ at: at + 1, traceId: "many" })),
      recordWith({ at, traceId: "few", metadata: ada }),
      recordWith({ at, traceId: "many", metadata: ada }),
    ];
    await addCalls(
      store,
      records.map((record) => ({ record, text: JSON.stringify(record) })),
    );
    const given = ["few", "many"].map((traceId) => ({ traceId, value: 1, weight: 1, metadata: {} }));
    await addFeedback(store, defaultProjectId, given, async () => {});
    await deleteByMetadata(store, { projectId: defaultProjectId, metadata: ada, contentOnly: false });
    const left = await store.read((db) => db.selectFrom("feedback").select("traceId").orderBy("traceId").execute());
    expect(left.map(({ traceId }) => traceId)).toEqual(["few", "many"]);
  });

  test("nor is what is just being written while the person's calls go", async () => {
    const store = await house.open();
    const record = recordWith({ metadata: { _user: "ada" } });
    await addCalls(store, [{ record, text: JSON.stringify(record) }]);
    const { id: callId, projectId, at } = record;
    let isWritten = false;
    const isWaitedFor = async (): Promise<boolean> => {
      if (house.engine === "sqlite") return true;
      const waiting = await store.read((db) =>
        sql`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
          db,
        ),
      );
      return waiting.rows.length > 0;
    };
    const writing = store.write(async ({ db }) => {
      const row = { callId, projectId, at, storedBytes: 1, content: Buffer.from("x") };
      await db.insertInto("callContents").values(row).execute();
      await db.insertInto("callContentPairs").values({ projectId, pair: "p", callId }).execute();
      isWritten = true;
      await until(isWaitedFor);
    });
    await until(() => isWritten);
    await deleteByMetadata(store, { projectId, metadata: { _user: "ada" }, contentOnly: false });
    await writing;
    const kept = await store.read((db) => db.selectFrom("callContents").select("storedBytes").execute());
    expect(kept.filter(({ storedBytes }) => storedBytes > 0)).toEqual([]);
    expect(await store.read((db) => db.selectFrom("callContentPairs").select("pair").execute())).toEqual([]);
  });

  test("of a person who calls on while the calls go, the sums tell what came since, and nothing of what is gone", async () => {
    const store = await house.open();
    const hour = 3_600_000;
    const add = async (at: number): Promise<void> => {
      const record = recordWith({ at, metadata: { _user: "ada", team: "red" } });
      await addCalls(store, [{ record, text: JSON.stringify(record) }]);
    };
    const now = Date.now();
    for (const hours of [0, 0, 1, 30]) await add(now - hours * hour);
    let writes = 0;
    const busy = withWrites(store, async () => {
      if ((writes += 1) === 2) await add(now);
    });
    const deletion = { projectId: defaultProjectId, metadata: { _user: "ada" }, contentOnly: false };
    expect(await deleteByMetadata(busy, deletion)).toBe(4);
    const sums = await store.read((db) =>
      db
        .selectFrom("metadataSums")
        .select(["name", "at", "requests", "costNano"])
        .where("name", "=", "_user")
        .execute(),
    );
    expect(sums.map(({ at, requests, costNano }) => [Number(at), Number(requests), Number(costNano)])).toEqual([
      [now - (now % hour), 1, 18_000],
    ]);
    await deleteByMetadata(store, deletion);
    const left = await store.read((db) => db.selectFrom("metadataSums").select("name").execute());
    expect(left).toEqual([]);
  });

  test("what comes while very many calls of a person go, goes too", async () => {
    const store = await house.open();
    const some = (count: number) => {
      const records = Array.from({ length: count }, () => recordWith({ metadata: { _user: "ada" } }));
      return addCalls(
        store,
        records.map((record) => ({ record, text: JSON.stringify(record) })),
      );
    };
    await some(500);
    let writes = 0;
    const busy = withWrites(store, async () => {
      if ((writes += 1) === 3) await some(20);
    });
    const deletion = { projectId: defaultProjectId, metadata: { _user: "ada" }, contentOnly: false };
    expect(await deleteByMetadata(busy, deletion)).toBe(520);
    const left = await store.read((db) => db.selectFrom("calls").select("id").execute());
    expect(left).toEqual([]);
  });

  test("answers that are kept to be given again go after a day, and a person's at once", async () => {
    const clock = new HandClock(Date.now());
    const store = await house.open(undefined, { clock });
    const metadata = { _user: "ada" };
    const query = new URLSearchParams({ metadata: JSON.stringify(metadata) }).toString();
    const { id } = await saveLogView(store, defaultProjectId, { name: "Ada's", query });
    const times = { createdAt: clock.time, expiresAt: clock.time + dayMs };
    const kept = [{ id, query }, { id: "lv_other" }].map((reply, index) => {
      return { ownerId: "o", idempotencyKey: `k${index}`, requestHash: "h", status: 200, reply: JSON.stringify(reply) };
    });
    await store.write(({ db }) =>
      db
        .insertInto("idempotencyKeys")
        .values(kept.map((row) => ({ ...row, ...times })))
        .execute(),
    );
    const replies = async (): Promise<(string | null)[]> => {
      const rows = await store.read((db) =>
        db.selectFrom("idempotencyKeys").select("reply").orderBy("idempotencyKey").execute(),
      );
      return rows.map(({ reply }) => reply);
    };
    await deleteByMetadata(store, { projectId: defaultProjectId, metadata, contentOnly: false });
    expect(await replies()).toEqual([null, '{"id":"lv_other"}']);
    const retention = new Retention({ store, onFault: () => {} });
    await retention.run();
    expect(await replies()).toHaveLength(2);
    clock.time += dayMs;
    await retention.run();
    await retention.close();
    expect(await replies()).toEqual([]);
  });

  test("what was said by mistake can be taken back while it is carried out", async () => {
    const store = await house.open();
    const at = Date.now() - 10 * dayMs;
    const old = Array.from({ length: 500 }, (_, index) => {
      return { callId: `call_${index}`, projectId: defaultProjectId, at, storedBytes: 1, content: Buffer.from("x") };
    });
    await store.write(({ db }) => db.insertInto("callContents").values(old).execute());
    const keep = (contentDays: number) =>
      writeLogSettings(store, defaultProjectId, { ...usualLogSettings, contentDays });
    await keep(1);
    const regretted = withWrites(store, async (done) => {
      if (done === 200) await keep(30);
    });
    const retention = new Retention({ store: regretted, onFault: () => {} });
    await retention.run();
    await retention.close();
    const kept = await store.read((db) => db.selectFrom("callContents").select("callId").execute());
    expect(kept).toHaveLength(300);
  });
});
