/** A program that spends from the limits of the database that it is given and says all that happens. Started by tests, which kill it. */
import { writeSync } from "node:fs";
import { Store, type StoreLocation } from "../../store/store.ts";
import { openTestVault } from "../../vault/testing/test-vault.ts";
import { Limits } from "../limits.ts";
import { spend } from "./spend.ts";

const [location = "", who = "", projectId = "", rounds = "1"] = process.argv.slice(2);
const store = await Store.open(JSON.parse(location) as StoreLocation, { pollMs: 10 });
const limits = await Limits.open({
  store,
  vault: await openTestVault(store),
  customHosts: new Set(),
  sendAlert: () => Promise.resolve(),
  tickMs: 200,
  termMs: 1_500,
});
// All begin at once, when the test says so.
writeSync(1, "ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
for (let round = 0; round < Number(rounds); round += 1) {
  await spend({
    limits,
    projectId,
    who: `${who}#${round}`,
    calls: 125,
    bound: () => 100,
    used: (call) => 20 + ((call * 31) % 80),
    longestMs: 40,
    // Written at once: what was said before a kill -9 is there.
    onEvent: (event) => void writeSync(1, `${JSON.stringify(event)}\n`),
  });
}
await limits.close();
await store.close();
process.stdin.destroy();
