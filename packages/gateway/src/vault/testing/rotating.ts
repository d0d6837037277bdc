/** A program that rotates the master key, says how far it is, and rests after each batch. Started by tests, which kill it. */
import { Store, type StoreLocation } from "../../store/store.ts";
import { Keyring } from "../keyring.ts";
import { rotateMasterKey } from "../rotation.ts";

const [location = "", dataDir = ""] = process.argv.slice(2);
const store = await Store.open(JSON.parse(location) as StoreLocation);
const keyring = await Keyring.load({ masterKey: undefined, oldMasterKey: undefined, dataDir });
const report = await rotateMasterKey({
  store,
  keyring,
  onProgress: (rewrapped) => {
    process.stdout.write(`rewrapped ${rewrapped}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  },
});
process.stdout.write(`${JSON.stringify(report)}\n`);
await store.close();
