/** A program that writes settings until it fails and says each one that the store has acknowledged. Started by tests, which kill it. */
import { AditError } from "@adit/bedrock";
import { Store, type StoreLocation } from "../store.ts";

const [location = "", name = ""] = process.argv.slice(2);
const store = await Store.open(JSON.parse(location) as StoreLocation);
try {
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
} catch (error) {
  process.stderr.write(`${AditError.isInstance(error) ? error.code : String(error)}\n`);
  await store.check();
  process.exitCode = 1;
  await store.close();
}
