/** The audit log: who changed what, before and after. Written in the change's own transaction, so that neither is there without the other. */
import type { Clock } from "@adit/bedrock";
import { newId } from "./new-id.ts";
import type { Database, Writing } from "./store.ts";
import type { Row } from "./tables/tables.ts";

/** Who made a change. */
export interface Actor {
  kind: "admin_key" | "person" | "gateway_key" | "command";
  /** Of the person or key. */
  id?: string;
  requestId?: string;
  /** The caller's network address. */
  address?: string;
}

export interface AuditedChange {
  actor: Actor;
  /** The object's kind and what was done with it, such as `virtual_key.create`. */
  action: `${string}.${string}`;
  /** What was changed; what is of no project, such as people, has no `projectId`. */
  object: { id: string; projectId?: string | undefined };
  /** The object as the API shows it, which is without secrets. */
  before?: object | undefined;
  after?: object | undefined;
}

export async function recordChange({ db }: Writing, change: AuditedChange, clock: Clock): Promise<void> {
  const now = clock.now();
  const { actor, action, object, before, after } = change;
  await db
    .insertInto("auditLog")
    .values({
      id: newId("aud", now),
      at: now,
      projectId: object.projectId ?? null,
      actorKind: actor.kind,
      actorId: actor.id ?? null,
      action,
      objectKind: action.slice(0, action.indexOf(".")),
      objectId: object.id,
      beforeJson: before === undefined ? null : JSON.stringify(before),
      afterJson: after === undefined ? null : JSON.stringify(after),
      requestId: actor.requestId ?? null,
      address: actor.address ?? null,
    })
    .execute();
}

export type AuditEntry = Row<"auditLog">;

export interface AuditFilter {
  /** Undefined: all, and what is of none. */
  projects: readonly string[] | undefined;
  limit: number;
  /** Id of the entry behind which the page begins. */
  after?: string | undefined;
  action?: string | undefined;
  objectKind?: string | undefined;
  objectId?: string | undefined;
  actorId?: string | undefined;
  /** Milliseconds since 1970: from this on, and before that. */
  from?: number | undefined;
  to?: number | undefined;
}

/** The entries that fit, the newest first. */
export function auditEntries(db: Database, filter: AuditFilter): Promise<AuditEntry[]> {
  const { projects, after, from, to, limit } = filter;
  let query = db.selectFrom("auditLog").selectAll();
  if (projects !== undefined) query = query.where("projectId", "in", projects);
  if (after !== undefined) query = query.where("id", "<", after);
  if (from !== undefined) query = query.where("at", ">=", from);
  if (to !== undefined) query = query.where("at", "<", to);
  for (const column of ["action", "objectKind", "objectId", "actorId"] as const) {
    const value = filter[column];
    if (value !== undefined) query = query.where(column, "=", value);
  }
  return query.orderBy("id", "desc").limit(limit).execute();
}
