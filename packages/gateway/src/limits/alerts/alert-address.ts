/** Where a budget's alerts go. Its row holds what may be shown of the address; what that hides is sealed, since it is often a key. */
import { Secret } from "@adit/bedrock";
import type { Writing } from "../../store/store.ts";
import { isHiddenAddress, shownAddress } from "../../vault/shown-address.ts";
import type { RecordPlace, Vault } from "../../vault/vault.ts";
import type { Budget } from "../limit.ts";

/** The whole address; undefined where there is none, or it is not kept: an import brings no secrets. */
export async function alertAddressOf(
  vault: Pick<Vault, "unseal">,
  { id, alertUrl }: Pick<Budget, "id" | "alertUrl">,
): Promise<string | undefined> {
  if (alertUrl === undefined || !isHiddenAddress(alertUrl)) return alertUrl;
  const kept = (await vault.unseal(placeOf(id)))?.["address"]?.reveal();
  return kept !== undefined && shownAddress(kept) === alertUrl ? kept : undefined;
}

/** Part of the change that writes the row. */
export async function keepAlertAddress(
  vault: Vault,
  writing: Writing,
  { id, address }: { id: string; address: string | undefined },
): Promise<void> {
  if (address === undefined || shownAddress(address) === address) await vault.remove(writing, placeOf(id));
  else await vault.seal(writing, placeOf(id), { address: new Secret(address) });
}

/** True where the budget's alerts go to this address: it is compared, and not given out. */
export async function isAlertAddress(vault: Vault, { id, alertUrl }: Budget, address: string): Promise<boolean> {
  if (shownAddress(address) !== alertUrl) return false;
  return address === alertUrl || vault.holds(placeOf(id), { address: new Secret(address) });
}

function placeOf(budgetId: string): RecordPlace {
  return { kind: "budget", id: budgetId };
}
