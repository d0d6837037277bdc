/** C: a secret of a known form in what a caller says of itself and its call is in no record, no journal and no log line. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatPath, question } from "../support/asking.ts";
import { filesUnder } from "../support/files-under.ts";
import { openHouse, type House } from "../support/house.ts";

const canary = "CANARYtextxQ7vR2mK9pL4wT8zB3nH6wJa";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test("user agent, metadata, trace, span and model", async () => {
  const [openAi, bedrock, adit, slack] = [`sk-${canary}`, `ABSK${canary}`, `adit_sk_${canary}`, `xoxb-${canary}`];
  const headers = {
    "user-agent": `sdk ${openAi}`,
    "x-portkey-metadata": JSON.stringify({ plain: "MARKERmetadata", key: openAi, [bedrock]: "name" }),
    "x-portkey-trace-id": `MARKERtrace ${slack}`,
    "x-portkey-span-id": adit,
    "x-portkey-span-name": `MARKERspan ${bedrock}`,
    "x-portkey-parent-span-id": openAi,
  };
  for (const model of ["us.amazon.nova-lite-v1:0", openAi]) {
    const answer = await house.post(chatPath, { ...question("Hello"), model }, headers);
    await answer.text();
  }
  await (await house.post(`/model/${openAi}/converse`, { messages: [] }, headers)).text();
  const kept = async (): Promise<string> => [...(await filesUnder(house.dataDir)).values()].join("\n");
  await expect.poll(kept, { timeout: 60_000 }).toContain("MARKERmetadata");
  expect(await kept()).toContain("MARKERspan [secret]");
  expect(await kept()).not.toContain("CANARYtext");
  const lines = JSON.stringify(house.logLines());
  expect(lines).toContain("MARKERtrace [secret]");
  expect(lines).not.toContain("CANARYtext");
});
