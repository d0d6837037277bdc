import { expect, test } from "vitest";
import { recordWith } from "../ledger/testing/records.ts";
import type { TailBatch } from "../ledger/search/tail.ts";
import { pourTail } from "./pour-tail.ts";

test("who reads too slowly is shown nothing until the socket has room again, and then told that there was more", async () => {
  const batch = (...ids: string[]): TailBatch => ({ records: ids.map((id) => recordWith({ id })), hasGap: false });
  let drain = (): void => {};
  let isFull = false;
  let written = "";
  async function* batches(): AsyncGenerator<TailBatch> {
    isFull = true;
    yield batch("req_1");
    yield batch("req_2");
    yield batch("req_3");
    isFull = false;
    drain();
    yield batch();
    yield batch("req_4");
    isFull = true;
    yield batch("req_5");
    // So many came that some were not looked at.
    yield { ...batch(), hasGap: true };
    isFull = false;
    drain();
    yield batch("req_6");
  }
  const events = {
    write: (text: string) => (written += text),
    flush: () => !isFull,
    onDrain: (listener: () => void) => (drain = listener),
    end: () => (written += "end"),
  };
  const check = (): Promise<void> => Promise.resolve();
  await pourTail({ openEvents: () => events }, { batches: batches(), check, now: () => 0 });
  // Before there is anything: a proxy passes the head on with it.
  expect(written.startsWith(": following\n\n")).toBe(true);
  expect(written.match(/^event: \w+|^id: \w+|end$/gm)).toEqual([
    "event: log",
    "id: req_1",
    "event: gap",
    "event: log",
    "id: req_4",
    "event: log",
    "id: req_5",
    "event: gap",
    "event: log",
    "id: req_6",
    "end",
  ]);
});
