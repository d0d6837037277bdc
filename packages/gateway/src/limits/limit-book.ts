/** Which limits concern a call: read from the store once, held in memory until any limit changes. */
import { createHash } from "node:crypto";
import { isSecretName, withoutKnownForms } from "../secret-forms.ts";
import { StoreCache } from "../store/changes/store-cache.ts";
import type { Database, Store } from "../store/store.ts";
import { findLimits } from "./settings/limit-lists.ts";
import type { Limit, LimitScope, LimitSubject } from "./limit.ts";

/** A limit, and which of its counts. */
export interface Counted {
  limit: Limit;
  bucket: string;
}

/** Keys or projects that are held of a scope. */
const mostHeld = 50_000;
/** Longer values are told apart by their hash. */
const longestBucket = 128;
const none: readonly Limit[] = [];

export class LimitBook {
  readonly #held: Readonly<Record<LimitScope, StoreCache<readonly Limit[]>>>;

  constructor(store: Store) {
    // A change names the limit, which says nothing of whom it concerns now, or did.
    const heldOf = (scope: LimitScope): StoreCache<readonly Limit[]> =>
      new StoreCache({
        store,
        kind: "budget",
        related: { kind: "rate_limit" },
        size: mostHeld,
        load: (id) => store.read((db) => readLimits(db, scope, id)),
      });
    this.#held = {
      gateway_key: heldOf("gateway_key"),
      virtual_key: heldOf("virtual_key"),
      project: heldOf("project"),
      // A project's limits on metadata are held under the project.
      metadata: heldOf("metadata"),
    };
  }

  /** True where it is known that none is set for this key, project or project's metadata. Most calls are free: it makes nothing. */
  isFree(scope: LimitScope, id: string): boolean {
    return this.#held[scope].held(id)?.length === 0;
  }

  /** What is held; undefined where the store must be asked. */
  held(subject: LimitSubject): Counted[] | undefined {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      const limits = this.#held[scope].held(id);
      if (limits === undefined) return undefined;
      for (const limit of limits) addCounted(counted, limit, subject.metadata);
    }
    return counted;
  }

  /** What was known last, however long ago; of whom nothing is known nothing is counted. */
  lastKnown(subject: LimitSubject): Counted[] {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      for (const limit of this.#held[scope].lastKnown(id) ?? none) addCounted(counted, limit, subject.metadata);
    }
    return counted;
  }

  /** @throws AditError `store_unavailable`. */
  async find(subject: LimitSubject): Promise<Counted[]> {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      for (const limit of (await this.#held[scope].get(id)) ?? none) addCounted(counted, limit, subject.metadata);
    }
    return counted;
  }
}

async function readLimits(db: Database, scope: LimitScope, id: string): Promise<readonly Limit[]> {
  const limits = await findLimits(db, scope === "metadata" ? { scope, projectId: id } : { scope, scopeId: id });
  // Most have none: they share one list.
  return limits.length === 0 ? none : limits;
}

function scopesOf({ gatewayKeyId, virtualKeyId, projectId, metadata }: LimitSubject) {
  const scopes: { scope: Limit["scope"]; id: string }[] = [];
  if (gatewayKeyId !== undefined) scopes.push({ scope: "gateway_key", id: gatewayKeyId });
  if (virtualKeyId !== undefined) scopes.push({ scope: "virtual_key", id: virtualKeyId });
  if (projectId !== undefined) {
    scopes.push({ scope: "project", id: projectId });
    if (metadata !== undefined) scopes.push({ scope: "metadata", id: projectId });
  }
  return scopes;
}

function addCounted(counted: Counted[], limit: Limit, metadata: LimitSubject["metadata"]): void {
  if (limit.scope !== "metadata") {
    counted.push({ limit, bucket: "" });
    return;
  }
  const value = metadata !== undefined && Object.hasOwn(metadata, limit.scopeId) ? metadata[limit.scopeId] : undefined;
  if (value === undefined) return;
  if (limit.scopeValue === undefined) counted.push({ limit, bucket: bucketOf(limit.scopeId, value) });
  else if (limit.scopeValue === value) counted.push({ limit, bucket: "" });
}

/** Of a value of a field of metadata: the value itself where a column can hold it, and where it is no secret. The empty value has a count too. */
export function bucketOf(field: string, value: string): string {
  const isPlain =
    value !== "" &&
    !isSecretName(field) &&
    value.length <= longestBucket &&
    !value.includes("\0") &&
    !value.startsWith("sha256:") &&
    withoutKnownForms(value) === value;
  return isPlain ? value : `sha256:${createHash("sha256").update(value).digest("hex")}`;
}
