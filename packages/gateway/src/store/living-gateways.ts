/** The gateways that run on this store, as they say it themselves about every second. */
import type { Database } from "./store.ts";

/** What a gateway says of itself. */
export interface GatewayWord {
  /** Where it is, for people. */
  name: string;
  /** Names of the master keys that it can open with: never the keys. */
  masterKeys: readonly string[];
}

export interface LivingGateway {
  id: string;
  /** Undefined for a gateway of an older version, which does not say it. */
  word: GatewayWord | undefined;
  /** When it was last heard of, by the database's clock. */
  seenAt: number;
}

/** One that stopped in order is gone at once; one that was killed counts for so long. */
const deadMs = 30_000;

/** `now`: by the database's clock. */
export async function livingGateways(db: Database, now: number): Promise<LivingGateway[]> {
  const rows = await db
    .selectFrom("limitHolders")
    .selectAll()
    .where("seenAt", ">", now - deadMs)
    .orderBy("id")
    .execute();
  return rows.map(({ id, seenAt, name, masterKeys }) => ({
    id,
    seenAt,
    word: masterKeys === null ? undefined : { name: name ?? "", masterKeys: JSON.parse(masterKeys) as string[] },
  }));
}
