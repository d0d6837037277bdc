/** A rotation waits for the gateways that run: what is sealed after it opens with the new key alone. */
import { setTimeout as pause } from "node:timers/promises";
import { AditError } from "@adit/bedrock";
import { databaseTime } from "../store/database-time.ts";
import { livingGateways, type LivingGateway } from "../store/living-gateways.ts";
import type { Database, Store } from "../store/store.ts";

const askEveryMs = 100;
/** Gateways that an error names at most. */
const mostTold = 10;

/**
 * Resolves once each gateway that runs says that it holds the key. A key file that was made just now they find when they are told of it.
 * @throws AditError `in_use` that names those that do not hold it after `patienceMs`.
 */
export async function awaitReady(store: Store, keyId: string, patienceMs: number): Promise<void> {
  await store.write(({ changed }) => Promise.resolve(changed("master_key", keyId)));
  for (let waitedMs = 0; ; waitedMs += askEveryMs) {
    const now = await databaseTime(store);
    const lacking = await store.read((db) => lackingKey(db, { keyId, now }));
    if (lacking.length === 0) return;
    if (waitedMs >= patienceMs) throw notReady(keyId, lacking, now);
    await pause(askEveryMs);
  }
}

/** The same at once, as part of the change that makes the key the one that seals: a gateway may have started since. */
export async function checkReady(db: Database, key: { keyId: string; now: number }): Promise<void> {
  const lacking = await lackingKey(db, key);
  if (lacking.length > 0) throw notReady(key.keyId, lacking, key.now);
}

async function lackingKey(db: Database, { keyId, now }: { keyId: string; now: number }): Promise<LivingGateway[]> {
  const living = await livingGateways(db, now);
  return living.filter(({ word }) => word === undefined || !word.masterKeys.includes(keyId));
}

function notReady(keyId: string, lacking: readonly LivingGateway[], now: number): AditError {
  const told = lacking.slice(0, mostTold).map(({ id, word, seenAt }) => {
    const name = word === undefined ? `${id} (of an older version, which says nothing of its keys)` : word.name;
    return `${name}, last heard of ${Math.max(0, Math.round((now - seenAt) / 1_000))} s ago`;
  });
  const more = lacking.length > mostTold ? `; and ${lacking.length - mostTold} more` : "";
  const who = lacking.length === 1 ? "A gateway runs that does" : `${lacking.length} gateways run that do`;
  return new AditError("in_use", `${who} not hold the master key ${keyId}: ${told.join("; ")}${more}.`, {
    remedy:
      "Give every gateway the new key as ADIT_MASTER_KEY and the present one as ADIT_MASTER_KEY_OLD (or the same data folder), and start it again; then rotate. One that was killed counts for 30 s; adit vault rotate --force does not wait.",
  });
}
