/** The live tail: what it shows of calls as they end. */
import { expect, test } from "vitest";
import { onBothEngines } from "../../store/testing/engines.ts";
import { addCalls } from "../intake/call-rows.ts";
import { tailCalls, type TailOptions } from "./tail.ts";
import { recordWith } from "../testing/records.ts";

onBothEngines((house) => {
  test("keeps to the window, and finds a text as it was written", async () => {
    const store = await house.open();
    const now = Date.now();
    const seen = async (options: Omit<TailOptions, "signals" | "filter">, window: object): Promise<string[]> => {
      const over = new AbortController();
      const filter = { projectId: recordWith().projectId, ...window };
      const ids: string[] = [];
      const calls = tailCalls(store, { ...options, filter, signals: [over.signal] });
      await calls.next();
      const records = [recordWith({ at: now - 60_000 }), recordWith({ at: now, client: 'the "other"' })];
      await addCalls(
        store,
        records.map((record) => ({ record, text: JSON.stringify(record) })),
      );
      const { value } = await calls.next();
      for (const { id } of value?.records ?? []) ids.push(String(records.findIndex((record) => record.id === id)));
      over.abort();
      await calls.return(undefined);
      return ids.toSorted();
    };
    expect(await seen({}, {})).toEqual(["0", "1"]);
    expect(await seen({}, { from: now - 1_000 })).toEqual(["1"]);
    expect(await seen({}, { to: now - 1_000 })).toEqual(["0"]);
    expect(await seen({ text: 'The "OTHER"' }, {})).toEqual(["1"]);
  });
});
