/** A program that writes settings without end and says each one that the store has acknowledged. Started by tests, which kill it. */
import { Store, type StoreLocation } from "../store.ts";

const [location = "", name = ""] = process.argv.slice(2);
const store = await Store.open(JSON.parse(location) as StoreLocation);
for (let number = 0; ; number += 1) {
  await store.write(async ({ db, changed }) => {
    await db
      .insertInto("settings")
      .values({ name: `${name}-${number}`, value: "x".repeat(1_000), updatedAt: Date.now() })
      .execute();
    changed("setting", `${name}-${number}`);
  });
  process.stdout.write(`${name}-${number}\n`);
}
