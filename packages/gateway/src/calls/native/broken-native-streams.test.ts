/** A stream at Bedrock's own door that breaks before its figures: the body, which nobody had to read, tells what the estimate goes by. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../store/testing/until.ts";
import { adminKey, model, openHouse, type House } from "../../testing/house.ts";

const authorization = `Bearer ${adminKey}`;
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const bytes = Buffer.concat([png, Buffer.alloc(300_000)]).toString("base64");

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

interface Log {
  cost: string | null;
  cost_missing: string[];
  cost_is_estimate: boolean;
  tier: string;
  units: { input: number | null };
}

async function recordOf(content: object[], more: object = {}): Promise<Log> {
  house.emulator.faultNext({ kind: "cut", frame: 3 });
  const path = `/model/${encodeURIComponent(model)}/converse-stream`;
  const response = await house.post(path, { messages: [{ role: "user", content }], ...more }, { authorization });
  expect(response.status).toBe(200);
  await response.arrayBuffer().catch(() => undefined);
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization } });
  await until(async () => (await read()).ok);
  return (await (await read()).json()) as Log;
}

test("an image counts as one, and not as its bytes", async () => {
  const image = { image: { format: "png", source: { bytes } } };
  const { units, cost_is_estimate: isEstimate } = await recordOf([{ text: "What is it?" }, image]);
  expect(isEstimate).toBe(true);
  expect(units.input).toBeGreaterThan(1_500);
  expect(units.input).toBeLessThan(1_600);
});

test("how much a document makes nobody knows", async () => {
  const document = { document: { format: "pdf", name: "a", source: { bytes } } };
  const record = await recordOf([{ text: "Sum it up." }, document]);
  expect(record).toMatchObject({ cost: null, cost_missing: ["usage.inputTokens"], units: { input: null } });
});

test("it is priced at the tier that was asked for", async () => {
  const { tier } = await recordOf([{ text: "Good morning" }], { serviceTier: { type: "priority" } });
  expect(tier).toBe("priority");
});
