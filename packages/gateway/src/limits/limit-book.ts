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

/** Of one field of the metadata. */
interface FieldLimits {
  /** They count each value apart. */
  each: Limit[];
  ofValue: Map<string, Limit[]>;
}

/** The limits of a key or a project; those on metadata by their field and value, since there may be one on each of ten thousand users. */
class HeldLimits {
  readonly isEmpty: boolean;
  readonly #own: readonly Limit[];
  readonly #byField = new Map<string, FieldLimits>();

  constructor(limits: readonly Limit[]) {
    this.isEmpty = limits.length === 0;
    this.#own = limits.filter(({ scope }) => scope !== "metadata");
    for (const limit of limits) if (limit.scope === "metadata") this.#keep(limit);
  }

  /** Always in one order: a call holds something of a limit only while it asks those behind it. */
  addTo(counted: Counted[], metadata: LimitSubject["metadata"]): void {
    for (const limit of this.#own) counted.push({ limit, bucket: "" });
    if (metadata === undefined) return;
    for (const [field, { each, ofValue }] of this.#byField) {
      const value = Object.hasOwn(metadata, field) ? metadata[field] : undefined;
      if (value === undefined) continue;
      const bucket = each.length === 0 ? "" : bucketOf(field, value);
      for (const limit of each) counted.push({ limit, bucket });
      for (const limit of ofValue.get(value) ?? []) counted.push({ limit, bucket: "" });
    }
  }

  #keep(limit: Limit): void {
    const { scopeId: field, scopeValue: value } = limit;
    const found = this.#byField.get(field) ?? { each: [], ofValue: new Map<string, Limit[]>() };
    this.#byField.set(field, found);
    if (value === undefined) {
      found.each.push(limit);
      return;
    }
    const ofValue = found.ofValue.get(value);
    if (ofValue === undefined) found.ofValue.set(value, [limit]);
    else ofValue.push(limit);
  }
}

const none = new HeldLimits([]);

export class LimitBook {
  readonly #held: Readonly<Record<LimitScope, StoreCache<HeldLimits>>>;

  constructor(store: Store) {
    // A change names the limit, which says nothing of whom it concerns now, or did.
    const heldOf = (scope: LimitScope): StoreCache<HeldLimits> =>
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
    return this.#held[scope].held(id)?.isEmpty === true;
  }

  /** What is held; undefined where the store must be asked. */
  held(subject: LimitSubject): Counted[] | undefined {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      const limits = this.#held[scope].held(id);
      if (limits === undefined) return undefined;
      limits.addTo(counted, subject.metadata);
    }
    return counted;
  }

  /** What was known last, however long ago; of whom nothing is known nothing is counted. */
  lastKnown(subject: LimitSubject): Counted[] {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      this.#held[scope].lastKnown(id)?.addTo(counted, subject.metadata);
    }
    return counted;
  }

  /** @throws AditError `store_unavailable`. */
  async find(subject: LimitSubject): Promise<Counted[]> {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      (await this.#held[scope].get(id))?.addTo(counted, subject.metadata);
    }
    return counted;
  }
}

async function readLimits(db: Database, scope: LimitScope, id: string): Promise<HeldLimits> {
  const limits = await findLimits(db, scope === "metadata" ? { scope, projectId: id } : { scope, scopeId: id });
  // Most have none: they share one.
  return limits.length === 0 ? none : new HeldLimits(limits);
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
