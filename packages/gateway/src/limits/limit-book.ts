/** Which limits concern a call: read from the store once, held in memory until any limit changes. */
import { createHash } from "node:crypto";
import { withoutKnownForms } from "../secret-forms.ts";
import type { Store } from "../store/store.ts";
import { budgetFromRow, rateLimitFromRow } from "./limit-row.ts";
import type { Limit, LimitScope, LimitSubject } from "./limit.ts";

/** A limit, and which of its counts. */
export interface Counted {
  limit: Limit;
  bucket: string;
}

/** How long it serves while changes by others cannot be heard of, as for keys. */
const deafMs = 15 * 60_000;
/** Keys, projects and fields that are held of a scope; beyond, all are read anew. */
const mostHeld = 50_000;
/** Longer values are told apart by their hash. */
const longestBucket = 128;
const none: readonly Limit[] = [];

export class LimitBook {
  readonly #store: Store;
  readonly #held: Readonly<Record<LimitScope, Map<string, readonly Limit[]>>> = {
    gateway_key: new Map(),
    virtual_key: new Map(),
    project: new Map(),
    // A project's limits on metadata are held under the project.
    metadata: new Map(),
  };
  /** What is being read, by scope and id: calls that come at once read once, and count by one and the same limit. */
  readonly #loading = new Map<string, Promise<readonly Limit[]>>();

  constructor(store: Store) {
    this.#store = store;
    store.onChange("budget", () => this.#clear());
    store.onChange("rate_limit", () => this.#clear());
  }

  /** True where it is known that none is set for this key, project or project's metadata. Most calls are free: it makes nothing. */
  isFree(scope: LimitScope, id: string): boolean {
    return this.#held[scope].get(id)?.length === 0 && !this.#isStale();
  }

  /** What is held; undefined where the store must be asked. */
  held(subject: LimitSubject): Counted[] | undefined {
    return this.#isStale() ? undefined : this.#counted(subject, undefined);
  }

  /** What was known last, however long ago; of whom nothing is known nothing is counted. */
  lastKnown(subject: LimitSubject): Counted[] {
    return this.#counted(subject, none) ?? [];
  }

  /** @throws AditError `store_unavailable`. */
  async find(subject: LimitSubject): Promise<Counted[]> {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      const limits = (this.#isStale() ? undefined : this.#held[scope].get(id)) ?? (await this.#load(scope, id));
      for (const limit of limits) addCounted(counted, limit, subject.metadata);
    }
    return counted;
  }

  /** Undefined where something is not held and nothing stands for it. */
  #counted(subject: LimitSubject, missing: readonly Limit[] | undefined): Counted[] | undefined {
    const counted: Counted[] = [];
    for (const { scope, id } of scopesOf(subject)) {
      const limits = this.#held[scope].get(id) ?? missing;
      if (limits === undefined) return undefined;
      for (const limit of limits) addCounted(counted, limit, subject.metadata);
    }
    return counted;
  }

  #isStale(): boolean {
    const { deafSince } = this.#store;
    return deafSince !== undefined && this.#store.clock.now() - deafSince >= deafMs;
  }

  #load(scope: LimitScope, id: string): Promise<readonly Limit[]> {
    const key = `${scope} ${id}`;
    const known = this.#loading.get(key);
    if (known !== undefined) return known;
    const loading = this.#read(scope, id).then((limits) => {
      // What was being read when a change came is not kept.
      if (this.#loading.get(key) !== loading) return limits;
      const held = this.#held[scope];
      if (held.size >= mostHeld) held.clear();
      held.set(id, limits.length === 0 ? none : limits);
      return limits;
    });
    this.#loading.set(key, loading);
    const forget = (): void => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
    };
    loading.then(forget, forget);
    return loading;
  }

  #read(scope: LimitScope, id: string): Promise<readonly Limit[]> {
    return this.#store.read(async (db) => {
      const column = scope === "metadata" ? "projectId" : "scopeId";
      const budgets = await db
        .selectFrom("budgets")
        .selectAll()
        .where("scope", "=", scope)
        .where(column, "=", id)
        .orderBy("id")
        .execute();
      const rates = await db
        .selectFrom("rateLimits")
        .selectAll()
        .where("scope", "=", scope)
        .where(column, "=", id)
        .orderBy("id")
        .execute();
      return [...rates.map((row) => rateLimitFromRow(row)), ...budgets.map((row) => budgetFromRow(row))];
    });
  }

  #clear(): void {
    this.#loading.clear();
    for (const held of Object.values(this.#held)) held.clear();
  }
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
  if (limit.scopeValue === undefined) counted.push({ limit, bucket: bucketOf(value) });
  else if (limit.scopeValue === value) counted.push({ limit, bucket: "" });
}

/** Of a value of metadata: the value itself where a column can hold it, and where it is no secret. The empty value has a count too. */
export function bucketOf(value: string): string {
  const isPlain =
    value !== "" &&
    value.length <= longestBucket &&
    !value.includes("\0") &&
    !value.startsWith("sha256:") &&
    withoutKnownForms(value) === value;
  return isPlain ? value : `sha256:${createHash("sha256").update(value).digest("hex")}`;
}
