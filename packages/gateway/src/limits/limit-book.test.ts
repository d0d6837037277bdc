import { expect, test } from "vitest";
import { onEngine } from "../store/testing/engines.ts";
import { LimitBook } from "./limit-book.ts";
import { LimitRig, projectId } from "./testing/limit-rig.ts";

const users = 10_000;

onEngine("sqlite", (house) => {
  test("of the limits on each of many users a call looks at its own user's alone", { timeout: 60_000 }, async () => {
    const rig = await LimitRig.start(house);
    const each = await rig.budget({ scope: "metadata", scopeId: "_user" });
    const { scopeValue: _none, ...row } = await rig.store.read((db) =>
      db.selectFrom("budgets").selectAll().where("id", "=", each.id).executeTakeFirstOrThrow(),
    );
    for (let from = 0; from < users; from += 500) {
      const rows = Array.from({ length: 500 }, (_, index) => {
        const name = `user-${from + index}`;
        return { ...row, id: `bud_${name}`, scopeValue: name };
      });
      await rig.store.write(({ db }) => db.insertInto("budgets").values(rows).execute());
    }
    const book = new LimitBook(rig.store);
    const subject = { projectId, metadata: { _user: "user-7", team: "red" } };
    const counted = await book.find(subject);
    expect(counted.map(({ limit, bucket }) => [limit.id, bucket])).toEqual([
      [each.id, "user-7"],
      ["bud_user-7", ""],
    ]);
    const before = process.cpuUsage();
    for (let call = 0; call < 5_000; call += 1) expect(book.held(subject)?.length === 2).toBe(true);
    // With a look at all of them it was over two seconds.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
    expect(book.held({ projectId, metadata: { team: "user-7" } })).toEqual([]);
    expect(book.isFree("metadata", projectId)).toBe(false);
    await rig.close();
  });
});
