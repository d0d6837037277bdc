/** The audit log: who changed what, before and after. Written in the change's own transaction, so that neither is there without the other. */
import type { Clock } from "@adit/bedrock";
import { newId } from "./new-id.ts";
import type { Writing } from "./store.ts";

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
  /** Such as `virtual_key.create`. */
  action: string;
  /** Undefined for what belongs to no project. */
  projectId: string | undefined;
  objectKind: string;
  objectId: string;
  /** The object as the API shows it, which is without secrets. */
  before?: object;
  after?: object;
}

export async function recordChange({ db }: Writing, change: AuditedChange, clock: Clock): Promise<void> {
  const now = clock.now();
  const { actor } = change;
  await db
    .insertInto("auditLog")
    .values({
      id: newId("aud", now),
      at: now,
      projectId: change.projectId ?? null,
      actorKind: actor.kind,
      actorId: actor.id ?? null,
      action: change.action,
      objectKind: change.objectKind,
      objectId: change.objectId,
      beforeJson: change.before === undefined ? null : JSON.stringify(change.before),
      afterJson: change.after === undefined ? null : JSON.stringify(change.after),
      requestId: actor.requestId ?? null,
      address: actor.address ?? null,
    })
    .execute();
}
