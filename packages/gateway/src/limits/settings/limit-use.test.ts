import { sql } from "kysely";
import { expect, test } from "vitest";
import { onEngine } from "../../store/testing/engines.ts";

onEngine("sqlite", (house) => {
  test("the present windows of a budget are found without its past ones", async () => {
    const store = await house.open();
    const { rows } = await store.read((db) =>
      sql<{ detail: string }>`
        explain query plan
        select * from limit_windows where limit_id = 'l' and window_start = 1 order by settled_amount desc limit 100
      `.execute(db),
    );
    expect(rows.map(({ detail }) => detail).join("\n")).toContain("(limit_id=? AND window_start=?)");
  });
});
