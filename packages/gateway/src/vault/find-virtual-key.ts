/** Virtual keys as the store has them, for whoever reads or changes them there. */
import { randomBytes } from "node:crypto";
import { AditError } from "@adit/bedrock";
import type { ExpressionBuilder } from "kysely";
import { isListed, keyStatuses, type KeyFilter } from "../store/list-page.ts";
import type { Database } from "../store/store.ts";
import type { StoreAccess } from "../store/within.ts";
import type { Tables } from "../store/tables/tables.ts";
import { servedBy } from "./check-virtual-key.ts";
import { virtualKeyFromRow, type VirtualKeyRow } from "./virtual-key-row.ts";
import type { VirtualKey } from "./virtual-key.ts";

/** Which keys of a project a list has. */
export interface VirtualKeyFilter extends KeyFilter {
  /** True: without those that follow another. */
  isOwn?: boolean | undefined;
}

export function keysOf(
  db: Database,
  projectId: string,
  filter: VirtualKeyFilter,
  store: Pick<StoreAccess, "clock" | "engine">,
) {
  const columns = { search: ["name", "slug"], statuses: keyStatuses(store, filter.exhausted ?? []) } as const;
  return db
    .selectFrom("virtualKeys")
    .where("projectId", "=", projectId)
    .$if(filter.isOwn === true, (own) => own.where("integrationId", "is", null))
    .where((where) => isListed(where, filter, columns));
}

/** The slug of what a key follows, beside the key's own columns. */
export function integrationSlug(columns: ExpressionBuilder<Tables, "virtualKeys">) {
  return columns
    .selectFrom("virtualKeys as integrations")
    .select("integrations.slug")
    .whereRef("integrations.id", "=", "virtualKeys.integrationId")
    .as("integrationSlug");
}

export function rowById(db: Database, id: string): Promise<VirtualKeyRow | undefined> {
  return db.selectFrom("virtualKeys").selectAll().select(integrationSlug).where("id", "=", id).executeTakeFirst();
}

export function rowBySlug(
  db: Database,
  place: { projectId: string; slug: string },
): Promise<VirtualKeyRow | undefined> {
  return db
    .selectFrom("virtualKeys")
    .selectAll()
    .select(integrationSlug)
    .where("projectId", "=", place.projectId)
    .where("slug", "=", place.slug)
    .executeTakeFirst();
}

export async function keyInStore(db: Database, id: string): Promise<VirtualKey> {
  return virtualKeyFromRow((await rowById(db, id)) ?? notFound(id));
}

/** As it is when its turn comes: who changes the same key at the same time waits here, in words that both engines know. */
export async function lockedKey(db: Database, id: string): Promise<VirtualKey> {
  const row = await db
    .updateTable("virtualKeys")
    .set((column) => ({ updatedAt: column.ref("updatedAt") }))
    .where("id", "=", id)
    .returning("id")
    .executeTakeFirst();
  return keyInStore(db, row?.id ?? notFound(id));
}

function notFound(id: string): never {
  throw new AditError("not_found", `There is no virtual key ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its id.",
  });
}

/** Another key may have the name's slug: then some random digits tell them apart. */
export async function freeSlug(db: Database, place: { projectId: string; slug: string }): Promise<string> {
  const other = await rowBySlug(db, place);
  return other === undefined ? place.slug : `${place.slug}-${randomBytes(3).toString("hex")}`;
}

/** The virtual key that assumes a role: one with a key pair, of the same project. */
export async function sourceIdOf(
  db: Database,
  source: { projectId: string; slug: string | undefined; ownId: string },
): Promise<string | undefined> {
  if (source.slug === undefined) return undefined;
  const row = await rowBySlug(db, { projectId: source.projectId, slug: source.slug.replace(/^@/, "") });
  const canSign = row !== undefined && row.id !== source.ownId && servedBy(row.kind).canAssume;
  if (canSign) return row.id;
  throw new AditError(
    "invalid_request",
    `source names no virtual key of this project with a key pair: ${JSON.stringify(source.slug.slice(0, 64))}.`,
    {
      param: "source",
      remedy:
        "Name the slug of a virtual key of the kind access_key or server_chain, or leave it out for the server's own credentials.",
    },
  );
}
