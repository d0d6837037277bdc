/** C: what stands in the place of a config's name may be anything, a secret too: the ledger and the log keep names alone. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatPath, question } from "../support/asking.ts";
import { filesUnder } from "../support/files-under.ts";
import { openHouse, type House } from "../support/house.ts";

const canary = "CANARYconfigNamexQ7vR2mK9pL4wT8zB3nH6wJa";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test("a config that is no object is refused, and its text is kept nowhere", async () => {
  for (const config of [`[{"aws_secret_access_key":"${canary}"}]`, `"${canary}"`, canary, `pc-${canary}`]) {
    const answer = await house.post(chatPath, question("Hello"), { "x-portkey-config": config });
    // The caller alone may read its own words again.
    expect(answer.status).toBe(400);
    await answer.text();
  }
  expect((await house.post(chatPath, question("MARKERkept"), { "x-portkey-trace-id": "MARKERtrace" })).status).toBe(
    200,
  );
  const kept = async (): Promise<string> => [...(await filesUnder(house.dataDir)).values()].join("\n");
  // What may be kept is there: the search finds what it looks for.
  await expect.poll(kept, { timeout: 60_000 }).toContain("MARKERtrace");
  expect(await kept()).not.toContain("CANARYconfigName");
  expect(JSON.stringify(house.logLines())).not.toContain("CANARYconfigName");
});
