/** Who waits for a connection where the server has no more to give. */
import { expect, test } from "vitest";
import { FreedConnections } from "./freed-connections.ts";

const full = Object.assign(new Error("too many connections"), { code: "53300" });

test("one that was closed is waited for until the server has ended it, also where it was the only one", async () => {
  const freed = new FreedConnections(2_000);
  await freed.take(() => Promise.resolve("first"));
  let refusals = 0;
  const second = freed.take(() => {
    refusals += 1;
    return refusals <= 3 ? Promise.reject(full) : Promise.resolve("second");
  });
  await Promise.resolve();
  // It was closed, and the server counts it still.
  freed.giveBack();
  await expect(second).resolves.toBe("second");
});

test("where none was in use there is nothing to wait for", async () => {
  const freed = new FreedConnections(2_000);
  const askedAt = performance.now();
  const asked = Array.from({ length: 8 }, () => freed.take(() => Promise.reject(full)));
  for (const { status } of await Promise.allSettled(asked)) expect(status).toBe("rejected");
  expect(performance.now() - askedAt).toBeLessThan(1_000);
});
