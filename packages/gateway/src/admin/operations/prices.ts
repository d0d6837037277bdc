/** `/v1/prices`: what calls are priced by. New prices need no release, and are checked before they replace anything. */
import { layOver, shippedPrices, type PriceTable } from "@adit/bedrock";
import {
  checkAllPriced,
  checkGuardrailsOnce,
  oddPrices,
  pricesFrom,
  readOwnPrices,
  unknownModels,
  writeOwnPrices,
} from "../../ledger/cost/prices.ts";
import { recordChange } from "../../store/audit.ts";
import type { StoreAccess } from "../../store/within.ts";
import { administering, callingModels, operation, type Call, type Need } from "../operation.ts";
import { prices, pricesUpdate } from "../schemas/prices.ts";

const tag = "prices";
const path = "/v1/prices";
/** Prices are no secret: whoever has signed in may read them. */
const reading: Need = { ...callingModels, role: "viewer" };

export function priceOperations() {
  return [
    operation({
      id: "getPrices",
      method: "GET",
      path,
      tag,
      summary: "The price table that holds.",
      need: reading,
      answer: prices,
      run: async ({ parts }) => {
        const own = await readOwnPrices(parts.store);
        return { body: viewOf(own, []), shows: { own: own ?? null } };
      },
    }),
    operation({
      id: "updatePrices",
      method: "PUT",
      path,
      tag,
      summary: "Lay prices of one's own over the package's: a whole table, which takes the place of the one before.",
      need: administering("prices", "gateway"),
      body: pricesUpdate,
      answer: prices,
      run: (call) => replace(call, call.body),
    }),
    operation({
      id: "deletePrices",
      method: "DELETE",
      path,
      tag,
      summary: "Go back to the package's own prices.",
      need: administering("prices", "gateway"),
      answer: prices,
      run: (call) => replace(call, undefined),
    }),
  ];
}

async function replace(
  { parts, actor, checkUnchanged }: Pick<Call<unknown, unknown>, "parts" | "actor" | "checkUnchanged">,
  own: object | undefined,
) {
  const { store } = parts;
  const before = await readOwnPrices(store);
  checkUnchanged({ own: before ?? null });
  const table = own === undefined ? undefined : pricesFrom(own);
  if (table !== undefined) {
    checkAllPriced(table);
    checkGuardrailsOnce(table);
  }
  const odd = table === undefined ? [] : oddPrices(table, tableOf(before));
  await writeOwnPrices(store, own);
  await audit(store, { actor, before, own });
  return { body: viewOf(own, odd), shows: { own: own ?? null } };
}

async function audit(
  store: StoreAccess,
  { actor, before, own }: Pick<Call<unknown, unknown>, "actor"> & { before: unknown; own: object | undefined },
): Promise<void> {
  const change = { actor, action: "prices.update", object: { id: "prices" } } as const;
  const tables = { before: { own: before ?? null }, after: { own: own ?? null } };
  await store.write((writing) => recordChange(writing, { ...change, ...tables }, store.clock));
}

function tableOf(own: unknown): PriceTable {
  return own === undefined ? shippedPrices() : layOver(shippedPrices(), pricesFrom(own));
}

function viewOf(own: unknown, odd: readonly string[]) {
  const table = tableOf(own);
  return {
    object: "prices",
    version: table.version,
    date: table.date,
    shipped_version: shippedPrices().version,
    own: own ?? null,
    models: table.models.size,
    odd,
    unknown: own === undefined ? [] : unknownModels(pricesFrom(own)),
  };
}
