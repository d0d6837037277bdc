import { expect, test } from "vitest";
import { onBothEngines } from "../../store/testing/engines.ts";
import { recordWith } from "../testing/records.ts";
import { addGuardrailFeedback } from "./feedback.ts";

onBothEngines((house) => {
  test("what many guardrails said of many calls is taken, however many values that makes", async () => {
    const store = await house.open();
    const said = { guardrail: "pg-one", value: 1, weight: 1, metadata: {} };
    const records = Array.from({ length: 1_000 }, () =>
      recordWith({ guardrailFeedback: Array.from({ length: 10 }, () => said) }),
    );
    await store.write(({ db }) => addGuardrailFeedback({ db }, 1, records));
    const { count } = await store.read((db) =>
      db
        .selectFrom("feedback")
        .select((row) => row.fn.countAll().as("count"))
        .executeTakeFirstOrThrow(),
    );
    expect(Number(count)).toBe(10_000);
  });
});
