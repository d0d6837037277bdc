import { AditError } from "@adit/bedrock";
import { expect, test } from "vitest";
import type { CallRecord } from "../ledger/record/call-record.ts";
import { recordWith } from "../ledger/testing/records.ts";
import { pourLines } from "./pour-lines.ts";

const line = `${"x".repeat(70_000)}\n`;
const form = { contentType: "application/jsonl", fileName: "logs.jsonl", head: "", line: () => line };

test("whoever has lost the right while they read has no more lines, and no end of the file", async () => {
  let at = 0;
  let isAllowed = true;
  let checks = 0;
  const written: string[] = [];
  const out = {
    write: (part: string | Uint8Array) => void written.push(Buffer.from(part).toString()),
    flush: () => true,
    onDrain: () => {},
    end: () => void written.push("end"),
  };
  async function* calls(): AsyncGenerator<CallRecord> {
    yield recordWith();
    at = 1_999;
    yield recordWith();
    at = 2_000;
    yield recordWith();
    isAllowed = false;
    at = 3_999;
    yield recordWith();
    at = 4_000;
    yield recordWith();
    yield recordWith();
  }
  const check = (): Promise<void> => {
    checks += 1;
    return isAllowed
      ? Promise.resolve()
      : Promise.reject(new AditError("invalid_gateway_key", "The gateway key is switched off."));
  };
  const lines = { calls: calls(), most: Infinity, form, check, now: () => at };
  const poured = pourLines({ header: () => {}, openBytes: () => out }, new AbortController().signal, lines);
  await expect(poured).rejects.toMatchObject({ code: "invalid_gateway_key" });
  expect([checks, written]).toEqual([2, [line, line, line, line]]);
});
