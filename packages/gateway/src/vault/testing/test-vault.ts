/** A vault for tests that need no key files: on one database, every one of them holds the same key. */
import { Secret } from "@adit/bedrock";
import type { Store } from "../../store/store.ts";
import { Keyring } from "../keyring.ts";
import { Vault } from "../vault.ts";

const keyOfTests = Buffer.alloc(32, "of tests").toString("base64");

export async function openTestVault(store: Store, masterKey = keyOfTests): Promise<Vault> {
  return Vault.open(
    store,
    await Keyring.load({ masterKey: new Secret(masterKey), oldMasterKey: undefined, dataDir: "no-such-folder" }),
  );
}
