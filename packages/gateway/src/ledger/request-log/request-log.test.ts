/** What the log tells the operator of a store that fails. */
import { expect, test } from "vitest";
import { storeError } from "../../store/store-faults.ts";
import { RequestLog } from "./request-log.ts";

test("a store that is away is logged with the database's own words, which its callers do not see", async () => {
  const lines: string[] = [];
  const log = new RequestLog("info", { write: (line) => void lines.push(line) });
  const full = Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
  log.storeFault(storeError(full));
  log.storeFault(new Error("a fault of another kind"));
  await log.flush();
  const reasons = lines.map((line) => (JSON.parse(line) as { reason: string }).reason);
  expect(reasons).toEqual(["database or disk is full", "a fault of another kind"]);
});
