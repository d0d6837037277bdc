/** The inside of one transaction, in the form of a store: several repositories' changes are kept together, or none of them. */
import type { ChangeKind } from "./changes/change.ts";
import type { Store, Writing } from "./store.ts";

/** What a repository needs of a store. */
export type StoreAccess = Pick<
  Store,
  "engine" | "clock" | "deafSince" | "isAway" | "read" | "snapshot" | "write" | "onChange"
>;

/** A store whose reads see what the transaction has written so far, and whose changes are part of it. */
export function within(store: StoreAccess, writing: Writing): StoreAccess {
  const listeners = new Set<{ kind: ChangeKind; listener: (id: string | undefined) => void }>();
  const joined: Writing = {
    ...writing,
    changed: (kind, id) => {
      writing.changed(kind, id);
      for (const entry of listeners) if (entry.kind === kind) entry.listener(id);
    },
  };
  return {
    engine: store.engine,
    clock: store.clock,
    deafSince: undefined,
    isAway: false,
    read: (query) => query(writing.db),
    snapshot: (query) => query(writing.db),
    write: (change) => change(joined),
    onChange: (kind, listener) => {
      const entry = { kind, listener };
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}
