/**
 * How the last test of each virtual key went, for whoever looks at it later: when it ended, and how each stage did. What AWS said is not kept.
 * It is forgotten when the key, or the one that assumes its role, is changed in what a test goes by.
 */
import { isDeepStrictEqual } from "node:util";
import type { Database } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import type { VirtualKey } from "./virtual-key.ts";

export const testStages = ["shape", "identity", "models", "profiles", "call"] as const;
export const testEnds = ["ok", "failed", "skipped"] as const;

export interface TestedStage {
  stage: (typeof testStages)[number];
  status: (typeof testEnds)[number];
  /** Of the error table, where it failed. */
  code?: string;
}

export interface TestOutcome {
  /** Undefined for a host that is not AWS's. */
  region: string | undefined;
  stages: readonly TestedStage[];
}

export interface KeptTest extends TestOutcome {
  /** When it ended, in milliseconds since 1970. */
  testedAt: number;
}

export class VirtualKeyTests {
  readonly #store: StoreAccess;

  constructor(store: StoreAccess) {
    this.#store = store;
  }

  async of(id: string): Promise<KeptTest | undefined> {
    return (await this.ofAll([id])).get(id);
  }

  /** By the ids of the keys; one that was not tested as it is now is not among them. */
  async ofAll(ids: readonly string[]): Promise<Map<string, KeptTest>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#store.read((db) =>
      db.selectFrom("virtualKeyTests").selectAll().where("virtualKeyId", "in", ids).execute(),
    );
    return new Map(rows.map((row) => [row.virtualKeyId, testFromRow(row)]));
  }

  /**
   * Keeps the outcome of a test of the first of the keys; the others are those that it was tested through, all as they were before it.
   * Where one of them has been changed since, the outcome is of a credential that is no more: nothing is kept.
   */
  async keep(keys: readonly [VirtualKey, ...VirtualKey[]], { region, stages }: TestOutcome): Promise<void> {
    const { clock } = this.#store;
    await this.#store.write(async ({ db }) => {
      // In one order, so that no two tests wait for each other.
      for (const key of keys.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
        if (!(await isUnchanged(db, key))) return;
      }
      const kept = stages.map(({ stage, status, code }) => ({ stage, status, ...(code !== undefined && { code }) }));
      const outcome = { testedAt: clock.now(), region: region ?? null, stages: JSON.stringify(kept) };
      await db
        .insertInto("virtualKeyTests")
        .values({ virtualKeyId: keys[0].id, ...outcome })
        .onConflict((conflict) => conflict.column("virtualKeyId").doUpdateSet(outcome))
        .execute();
    });
  }
}

/** Whoever changes the key waits until the outcome is written, and then forgets it. */
async function isUnchanged(db: Database, { id, updatedAt }: VirtualKey): Promise<boolean> {
  const row = await db
    .updateTable("virtualKeys")
    .set({ updatedAt })
    .where("id", "=", id)
    .where("updatedAt", "=", updatedAt)
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets how tests went of what is another by a change: names and notes say nothing of whether it works. */
export async function forgetTests(
  db: Database,
  { before, after, isGivenAnew }: { before: VirtualKey; after: VirtualKey; isGivenAnew: boolean },
): Promise<void> {
  if (!isGivenAnew && isDeepStrictEqual(testedPart(before), testedPart(after))) return;
  await db
    .deleteFrom("virtualKeyTests")
    .where((where) =>
      where.or([
        where("virtualKeyId", "=", after.id),
        where("virtualKeyId", "in", where.selectFrom("virtualKeys").select("id").where("sourceId", "=", after.id)),
      ]),
    )
    .execute();
}

function testedPart({ name: _name, note: _note, updatedAt: _updatedAt, ...tested }: VirtualKey) {
  return tested;
}

function testFromRow({ testedAt, region, stages }: Row<"virtualKeyTests">): KeptTest {
  return { testedAt, region: region ?? undefined, stages: JSON.parse(stages) as TestedStage[] };
}
