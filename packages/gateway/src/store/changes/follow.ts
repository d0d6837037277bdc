/** What a gateway holds of the store whole, read anew whenever any gateway has changed it. */
import { AditError } from "@adit/bedrock";
import type { ChangeKind } from "./change.ts";
import type { StoreAccess } from "../within.ts";

/** Until it is read again where the store was away: the change was told once. */
const againMs = 1_000;

export interface Following<Value> {
  store: Pick<StoreAccess, "onChange">;
  kind: ChangeKind;
  /** False for the id of what is no part of it. */
  concerns?: (id: string) => boolean;
  read: () => Promise<Value>;
  take: (value: Value) => void;
  onFault: (error: unknown) => void;
}

/**
 * Resolves when it has been read for the first time. Of several readings at a time the last that was begun counts: what an earlier one brings may
 * be from before a change. @throws what `read` throws the first time; later that is told, and what was held stays.
 */
export async function follow<Value>(following: Following<Value>): Promise<void> {
  const { store, kind, concerns, read, take, onFault } = following;
  let begun = 0;
  const load = async (): Promise<void> => {
    const turn = (begun += 1);
    const value = await read();
    if (turn === begun) take(value);
  };
  const reload = (): void => {
    load().catch((error: unknown) => {
      onFault(error);
      if (AditError.isInstance(error) && error.code === "store_unavailable") setTimeout(reload, againMs).unref();
    });
  };
  store.onChange(kind, (id) => {
    if (id === undefined || concerns?.(id) !== false) reload();
  });
  await load();
}
