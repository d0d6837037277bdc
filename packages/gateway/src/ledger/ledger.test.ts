import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { costOf, dollarsOf, shippedPrices } from "@adit/bedrock";
import { adminKey, messages, model, openHouse, type House } from "../testing/house.ts";
import { until } from "../store/testing/until.ts";
import type { CallRecord } from "./record/call-record.ts";

let house: House;
beforeAll(async () => (house = await openHouse()));
afterAll(() => house.close());

async function recordOf(response: Response): Promise<CallRecord> {
  const id = response.headers.get("x-adit-request-id") ?? "";
  const find = () => house.parts.store.read((db) => db.selectFrom("calls").selectAll().where("id", "=", id).execute());
  let rows = await find();
  await until(async () => {
    rows = await find();
    return rows.length > 0;
  });
  return JSON.parse(rows[0]!.record) as CallRecord;
}

test("a whole answer is a record, priced to the nano-dollar, and its header says the cost", async () => {
  const response = await house.chat(adminKey, { "x-adit-metadata": '{"team":"red","_user":"ada"}' });
  const body = (await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
  const record = await recordOf(response);
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = body.usage;
  const cost = costOf({ inputTokens, outputTokens }, { model, region: "us-east-1" }, shippedPrices());
  if (!cost.known) throw new Error("Nova has prices.");
  expect(response.headers.get("x-adit-cost")).toBe(dollarsOf(cost.total));
  expect(record).toMatchObject({
    keyKind: "admin_key",
    metadata: { team: "red", _user: "ada" },
    status: 200,
    isSuccess: true,
    model: "amazon.nova-lite-v1:0",
    modelUsed: model,
    units: { input: inputTokens, output: outputTokens },
    cost: { totalNano: String(cost.total), missing: [], isEstimate: false },
    usageRoute: "converse",
  });
  expect(record.attempts).toHaveLength(1);
  expect(record.attempts[0]).toMatchObject({ status: 200, awsRequestId: record.awsRequestId, model });
});

test("a stream is one too", async () => {
  const response = await house.chat(adminKey, {}, { stream: true });
  await response.text();
  const record = await recordOf(response);
  expect(record).toMatchObject({ stream: true, isSuccess: true, stopReason: "end_turn", cost: { isEstimate: false } });
  expect(record.timings.firstToken).toBeGreaterThanOrEqual(record.timings.firstByte ?? Infinity);
  expect(Number(record.cost.totalNano)).toBeGreaterThan(0);
});

test("a refusal is one that cost nothing", async () => {
  const response = await house.post(
    "/v1/chat/completions",
    { model, messages, n: 3 },
    { authorization: `Bearer ${adminKey}` },
  );
  expect(response.status).toBe(400);
  const record = await recordOf(response);
  expect(record).toMatchObject({ isSuccess: false, status: 400, param: "n", cost: { totalNano: "0" }, attempts: [] });
});

test("of a call during which the clock is set back no time is below 0: sums and metrics would count down", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const before = house.emulator.requests.length;
    house.emulator.faultNext({ kind: "delay", ms: 400 });
    const answer = house.chat(adminKey);
    await until(() => house.emulator.requests.length > before);
    vi.setSystemTime(Date.now() - 600_000);
    const { timings } = await recordOf(await answer);
    expect(timings).toMatchObject({ firstByte: 0, total: 0 });
  } finally {
    vi.useRealTimers();
  }
});
