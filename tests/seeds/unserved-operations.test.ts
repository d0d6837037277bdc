/** What ReqLLM's page says that no API key can call: refused at the door, with the reason. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test.each([
  ["the bidirectional stream", "/model/amazon.nova-sonic-v1%3A0/invoke-with-bidirectional-stream"],
  ["agents", "/agents/AGENT12345/agentAliases/ALIAS12345/sessions/s-1/text"],
  ["Data Automation", "/"],
  ["agents, under /bedrock", "/bedrock/agents/AGENT12345/agentAliases/ALIAS12345/sessions/s-1/text"],
  ["Data Automation, under /bedrock", "/bedrock/"],
])("R04 %s is a 400 with the reason, and nothing is sent", async (_name, path) => {
  const reply = await house.post(path, {});
  expect(reply.status).toBe(400);
  expect(reply.headers.get("x-amzn-errortype")).toBe("ValidationException");
  expect(((await reply.json()) as { message: string }).message).toMatch(/no API key.*nothing was sent/);
  expect(house.emulator.requests).toEqual([]);
});
