/** Why an answer of AWS's endpoints in other clients' formats ended: the record says it of whole answers as it does of streams. */
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../store/testing/until.ts";
import { adminKey, openHouse, type House } from "../testing/house.ts";

const authorization = `Bearer ${adminKey}`;
const messages = [{ role: "user", content: "Good morning" }];

let emulator: Emulator;
let house: House;
beforeAll(async () => {
  emulator = await startEmulator();
  house = await openHouse({ emulator, variables: { ADIT_ENDPOINT_URL_MANTLE: emulator.url } });
});
afterAll(async () => {
  await house.close();
  await emulator.close();
});

async function stopReasonOf(path: string, body: object): Promise<string | null> {
  const response = await house.post(path, body, { authorization });
  expect(response.status).toBe(200);
  await response.text();
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization } });
  await until(async () => (await read()).ok);
  return ((await (await read()).json()) as { stop_reason: string | null }).stop_reason;
}

test.each([
  ["/v1/chat/completions", { model: "openai.gpt-oss-20b", messages }, "stop"],
  ["/v1/chat/completions", { model: "openai.gpt-oss-20b", messages, max_tokens: 2 }, "length"],
  ["/v1/responses", { model: "openai.gpt-5.5", input: "Good morning" }, "completed"],
])("%s %j: %s", async (path, body, reason) => {
  expect(await stopReasonOf(path, body)).toBe(reason);
  expect(await stopReasonOf(path, { ...body, stream: true })).toBe(reason);
});
