/** Searches in kept content against a second way of computing: all of it in memory, filtered there. */
import { brotliCompressSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import type { CallRecord } from "../record/call-record.ts";
import { addCalls } from "../intake/call-rows.ts";
import { searchCalls, type CallSearch, type FoundCalls } from "./call-search.ts";
import { readContent } from "../content/content-keeper.ts";
import { contentSearchOn } from "./content-search.ts";
import { mostContentBytes } from "./page-filling.ts";
import { keepContents, type Said } from "../testing/contents.ts";
import { recordWith } from "../testing/records.ts";

const projectId = "prj_1";
const begin = Date.UTC(2026, 10, 1);
const never = new AbortController().signal;

/** 1,200 calls, more than are read at once: of every third nothing is kept, every fortieth says the word, one has it in its record. */
const calls: (Said & { isKept: boolean })[] = Array.from({ length: 1_200 }, (_, index) => ({
  record: recordWith({
    projectId: index % 7 === 0 ? "prj_2" : projectId,
    at: begin + Math.floor(index / 3) * 1_000,
    region: index % 2 === 0 ? "us-east-1" : "eu-west-1",
    ...(index === 601 && { client: "The Lighthouse/1.0" }),
  }),
  asked: JSON.stringify({
    messages: [{ role: "user", content: `${index} ${index % 40 === 0 ? "LightHouse" : "sea"}` }],
  }),
  isKept: index % 3 !== 0,
}));

const newestFirst = calls.toSorted(({ record: one }, { record: two }) => two.at - one.at || (two.id < one.id ? -1 : 1));
const says = ({ record, asked, isKept }: (typeof calls)[number]): boolean =>
  (isKept && asked.includes("LightHouse")) || record.client === "The Lighthouse/1.0";

onBothEngines((house) => {
  let store: Store;
  beforeEach(async () => {
    store = await house.open();
    const written = calls.map(({ record }) => ({ record, text: JSON.stringify(record) }));
    await addCalls(store, written.slice(0, 600));
    await addCalls(store, written.slice(600));
    await keepContents(
      store,
      calls.filter(({ isKept }) => isKept),
    );
  });

  const everyPage = async (search: Omit<CallSearch, "isOver">, limit: number): Promise<FoundCalls[]> => {
    const contents = contentSearchOn(store);
    const pages: FoundCalls[] = [];
    for (let after: string | undefined; ;) {
      const page = await contents.find(search, { limit, after }, never);
      pages.push(page);
      if (!page.hasMore) return pages;
      after = page.lastId;
    }
  };
  const idsOf = (pages: readonly FoundCalls[]): string[] =>
    pages.flatMap(({ records }: { records: CallRecord[] }) => records.map(({ id }) => id));
  const search = { text: "LIGHThouse", inContent: true };

  test("page by page it finds what is said and what the record holds, in order, and nothing twice", async () => {
    for (const filter of [
      { projectId },
      { projectId: "prj_2" },
      { projectId, regions: ["us-east-1"], to: begin + 200_000 },
    ]) {
      const meant = newestFirst.filter(
        ({ record }) =>
          record.projectId === filter.projectId &&
          record.at < (filter.to ?? Infinity) &&
          (filter.regions ?? [record.region]).includes(record.region),
      );
      const expected = meant.filter(says).map(({ record }) => record.id);
      expect(expected.length).toBeGreaterThan(1);
      for (const limit of [1, 4, 100]) {
        const pages = await everyPage({ ...search, filter }, limit);
        expect(idsOf(pages)).toEqual(expected);
        const [read, without] = [sum(pages, "scanned"), sum(pages, "withoutContent")];
        expect([read >= meant.length, without]).toEqual([true, meant.filter(({ isKept }) => !isKept).length]);
      }
    }
  });

  test("without the wish nothing of it is looked at", async () => {
    const { records, withoutContent } = await searchCalls(store, { filter: { projectId }, text: "sea" }, { limit: 10 });
    expect([records, withoutContent]).toEqual([[], undefined]);
    const inRecords = await searchCalls(store, { filter: { projectId }, text: "lighthouse" }, { limit: 10 });
    expect(inRecords.records.map(({ client }) => client)).toEqual(["The Lighthouse/1.0"]);
  });

  test("an answer ends when so many bytes have been read, and the next goes on behind it", async () => {
    const filter = { projectId: "prj_large" };
    const bulky = Array.from({ length: 12 }, (_, index) => ({
      record: recordWith({ ...filter, at: begin + index * 1_000 }),
      asked: `${index === 0 ? "the oldest" : ""} ${"x".repeat(mostContentBytes / 8)}`,
    }));
    await addCalls(
      store,
      bulky.map(({ record }) => ({ record, text: JSON.stringify(record) })),
    );
    await keepContents(store, bulky);
    const pages = await everyPage({ filter, text: "the oldest", inContent: true }, 10);
    expect(pages.map(({ scanned, scannedTo }) => [scanned, scannedTo])).toEqual([
      [8, begin + 4_000],
      [4, begin],
    ]);
    expect(idsOf(pages)).toEqual([bulky[0]?.record.id]);
  });

  test("who leaves ends it at the call that is looked at", async () => {
    let looked = 0;
    const isOver = (): boolean => (looked += 1) > 5;
    const found = await searchCalls(store, { ...search, filter: { projectId }, isOver }, { limit: 10 });
    expect(found).toMatchObject({ hasMore: true, scanned: 5 });
    const expected = newestFirst.filter(({ record }) => record.projectId === projectId);
    expect(found.lastId).toBe(expected[4]?.record.id);
  });

  test("content that goes while it is looked for is passed over", async () => {
    const found = contentSearchOn(store).find({ ...search, filter: { projectId } }, { limit: 100 }, never);
    await store.write(({ db }) => db.deleteFrom("callContents").execute());
    expect((await found).hasMore).toBe(false);
  });

  describe("a content that is damaged", () => {
    const compressed = (json: unknown): Uint8Array => brotliCompressSync(JSON.stringify(json));
    const random = Buffer.from("5f3c9a01d4e27788ffee0102030405060708090a0b0c0d0e0f", "hex");
    const damaged: [string, (content: Uint8Array) => Uint8Array][] = [
      ["nothing", () => new Uint8Array(0)],
      ["cut", (content) => content.subarray(0, content.length - 3)],
      ["other bytes", () => random],
      ["sealed by who knows whom", (content) => content.map((byte) => byte ^ 0x5a)],
      ["half of a JSON", () => brotliCompressSync('{"form":1,"asked":{"text":"LightHouse')],
      ["no object", () => compressed(null)],
      ["another form", () => compressed({ form: 2, body: "LightHouse" })],
      ["parts that are none", () => compressed({ form: 1, asked: { text: 7 }, exchanges: [] })],
      ["exchanges that are none", () => compressed({ form: 1, exchanges: [null] })],
      ["events that are none", () => compressed({ form: 1, exchanges: [], answeredEvents: ["LightHouse"] })],
    ];

    test.each(damaged)("%s: is passed over and counted, and all others are found", async (_what, damage) => {
      const kept = newestFirst.filter(({ record, isKept }) => isKept && record.projectId === projectId);
      const lost = kept.filter(({ asked }) => asked.includes("LightHouse"))[1];
      const mute = kept.find(({ asked }) => asked.includes("sea"));
      const ids = [lost, mute].map((call) => call?.record.id ?? "");
      await store.write(async ({ db }) => {
        const rows = await db.selectFrom("callContents").selectAll().where("callId", "in", ids).execute();
        for (const { callId, content } of rows) {
          await db
            .updateTable("callContents")
            .set({ content: damage(content) })
            .where("callId", "=", callId)
            .execute();
        }
      });
      const expected = newestFirst.filter((call) => call.record.projectId === projectId && says(call) && call !== lost);
      const pages = await everyPage({ ...search, filter: { projectId } }, 4);
      expect(idsOf(pages)).toEqual(expected.map(({ record }) => record.id));
      expect(sum(pages, "unreadable")).toBe(2);
      await expect(readContent(store, ids[0] ?? "")).rejects.toMatchObject({
        code: "internal",
        message: expect.stringContaining("cannot be read"),
      });
    });
  });
});

function sum(pages: readonly FoundCalls[], name: "scanned" | "withoutContent" | "unreadable"): number {
  return pages.reduce((all, page) => all + (page[name] ?? Number.NaN), 0);
}
