import fc from "fast-check";
import { expect, test } from "vitest";
import { UuidV7Source } from "../../http/request/request-id.ts";
import { hashOf, markInSql, markOf, seqAt, seqOfId, stretchMs, timeOfSeq } from "./call-marks.ts";

const moments = fc.integer({ min: 0, max: 2 ** 42 - 1 });

test("seqs order calls as their ids do, and tell the time", () => {
  const ids = new UuidV7Source();
  fc.assert(
    fc.property(fc.array(moments, { minLength: 2, maxLength: 50 }), (times) => {
      const made = times.map((time) => ({ time, id: `req_${ids.next(time)}` }));
      for (const { time, id } of made) expect(timeOfSeq(seqOfId(id) ?? -1n)).toBe(time);
      const byId = made.map(({ id }) => id).toSorted();
      const seqs = byId.map((id) => seqOfId(id) ?? -1n);
      expect(seqs).toEqual(seqs.toSorted((one, other) => (one < other ? -1 : Number(one > other))));
    }),
  );
});

test("two thousand ids of one millisecond have as many seqs", () => {
  const ids = new UuidV7Source();
  const seqs = Array.from({ length: 2_000 }, () => seqOfId(`req_${ids.next(1_790_000_000_000)}`));
  expect(new Set(seqs).size).toBe(2_000);
});

test("what is no id of a call has no seq", () => {
  for (const id of [
    "",
    "req_",
    "req_1",
    "vk_01890a5d-ac96-774b-bcce-b302099a8057",
    "req_ffffffff-ffff-7000-8000-000000000000",
  ]) {
    expect(seqOfId(id)).toBeUndefined();
  }
});

test("a window begins at the first seq of its millisecond", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 42 - 1 }), (ms) => {
      expect(timeOfSeq(seqAt(ms))).toBe(ms);
      expect(timeOfSeq(seqAt(ms) - 1n)).toBe(ms - 1);
    }),
  );
});

test("a mark is the same all through its stretch, in SQL too, and a number that is exact", () => {
  fc.assert(
    fc.property(moments, fc.constantFrom("key", "trace"), fc.string(), (ms, kind, value) => {
      const hash = hashOf("prj_1", value);
      const mark = markOf(kind, ms, hash);
      expect(Number.isSafeInteger(mark)).toBe(true);
      expect(markOf(kind, ms - (ms % stretchMs(kind)), hash)).toBe(mark);
      const [, seqsOfStretch = "1", hashes = "1"] = /\/ (\d+)\) \* (\d+)/.exec(markInSql(kind, "seq", hash)) ?? [];
      expect((seqAt(ms) / BigInt(seqsOfStretch)) * BigInt(hashes) + BigInt(hash)).toBe(BigInt(mark));
    }),
  );
});

test("hashes are as they were: they are stored", () => {
  expect([hashOf("prj_1"), hashOf("prj_1", "gk_1"), hashOf("prj_1", "team", "red")]).toMatchInlineSnapshot(`
    [
      1475767218,
      408139868,
      1489677196,
    ]
  `);
});

test("hashes of similar values are spread", () => {
  const hashes = new Set(Array.from({ length: 20_000 }, (_, index) => hashOf("prj_1", "_user", `user-${index}`)));
  expect(hashes.size).toBeGreaterThan(19_990);
});
