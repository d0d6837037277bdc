/** The price table that calls are priced by: the package's, with the operator's own over it. A new one is taken whole, or not at all. */
import {
  AditError,
  catalogueModels,
  factsOfModel,
  layOver,
  parseModelArn,
  parsePriceTable,
  pieceUnits,
  shippedPrices,
  tokenUnits,
  type PriceRow,
  type PriceTable,
} from "@adit/bedrock";
import { rowFor } from "@adit/bedrock/gateway";
import { follow } from "../../store/changes/follow.ts";
import type { StoreAccess } from "../../store/within.ts";
import { unreadPrices } from "./unread-prices.ts";

const settingName = "prices";

/** A price that differs so many times from the one before is more often a slip of units than a change of AWS's. */
const oddFactor = 10;

export class Prices {
  #current: PriceTable = unreadPrices();

  /** Always the same function: what is made once may hold it. */
  readonly current = (): PriceTable => this.#current;

  /** Reads the operator's own, and again whenever a gateway has changed them. What cannot be read replaces nothing. */
  async follow(store: StoreAccess, onFault: (error: unknown) => void): Promise<void> {
    await follow({
      store,
      kind: "setting",
      concerns: (id) => id === settingName,
      read: async () => {
        const own = await readOwnPrices(store);
        return own === undefined ? shippedPrices() : layOver(shippedPrices(), pricesFrom(own));
      },
      take: (table) => (this.#current = table),
      onFault,
    });
  }
}

/** The operator's own prices, as they were given; undefined where there are none. */
export async function readOwnPrices(store: Pick<StoreAccess, "read">): Promise<unknown> {
  const row = await store.read((db) =>
    db.selectFrom("settings").select("value").where("name", "=", settingName).executeTakeFirst(),
  );
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** Takes the place of all that the operator had given before; undefined takes it away. */
export async function writeOwnPrices(store: StoreAccess, own: object | undefined): Promise<void> {
  await store.write(async ({ db, changed }) => {
    await db.deleteFrom("settings").where("name", "=", settingName).execute();
    if (own !== undefined) {
      const value = JSON.stringify(own);
      await db.insertInto("settings").values({ name: settingName, value, updatedAt: store.clock.now() }).execute();
    }
    changed("setting", settingName);
  });
}

/** @throws AditError `invalid_request` that says what is wrong, and where */
export function pricesFrom(own: unknown): PriceTable {
  const parsed = parsePriceTable(own);
  if ("table" in parsed) return parsed.table;
  const { path, message } = parsed.fault;
  throw new AditError("invalid_request", `${path === "" ? "The price table" : path}: ${message}.`, {
    ...(path !== "" && { param: path }),
    remedy: "Prices are whole nano-dollars per million tokens, or apiece: see /docs/logs.md#cost. Nothing was changed.",
  });
}

/** Of a row, what are its conditions and no price. */
const conditions = new Set(["tier", "regions", "profiles", "aboveInputTokens"]);

/**
 * A row without a price would stand in the place of those that have one, and make what they price unknown.
 * @throws AditError `invalid_request` that names the row
 */
export function checkAllPriced({ models }: PriceTable): void {
  for (const [model, { rows }] of models) {
    const empty = rows.findIndex((row) => Object.keys(row).every((name) => conditions.has(name)));
    if (empty === -1) continue;
    const path = `models[${JSON.stringify(model)}].rows[${empty}]`;
    throw new AditError("invalid_request", `${path}: has no price.`, {
      param: path,
      remedy: "Give it one, such as input, or leave the row out: see /docs/logs.md#cost. Nothing was changed.",
    });
  }
}

/**
 * Guardrails have one row for each region, and one for all others: of a second only the first would hold, and what it prices stay unknown.
 * @throws AditError `invalid_request` that names the row
 */
export function checkGuardrailsOnce({ guardrails }: PriceTable): void {
  const seen = new Set<string>();
  for (const [index, { regions = [everyRegion] }] of guardrails.entries()) {
    const twice = regions.find((region) => seen.has(region));
    if (twice !== undefined) {
      const path = `guardrails[${index}]`;
      const place = twice === everyRegion ? "all regions" : twice;
      throw new AditError("invalid_request", `${path}: an earlier row has the prices for ${place}.`, {
        param: path,
        remedy: "Write all units of a place in one row: see /docs/logs.md#cost. Nothing was changed.",
      });
    }
    for (const region of regions) seen.add(region);
  }
}

/** No region has an empty name. */
const everyRegion = "";

/**
 * Models of which some price is ten times what calls have been priced by so far, or a tenth: not refused, but to be looked at. A price that
 * is left out for input or output counts as none.
 */
export function oddPrices(own: PriceTable, before: PriceTable): string[] {
  return [...own.models].flatMap(([model, { rows }]) =>
    rows.some((row) => isOdd(row, rowBefore(model, row, before))) ? [model] : [],
  );
}

/**
 * Models that Adit's data does not know: of another host, or new ones, whose prices hold where calls name them exactly so. They are not
 * refused, but to be looked at: under a misspelt name a price holds for no call.
 */
export function unknownModels(own: PriceTable): string[] {
  const { models: priced } = shippedPrices();
  const known = new Set(catalogueModels().map(({ id }) => id));
  const isKnown = (id: string): boolean => priced.has(id) || known.has(id);
  return [...own.models.keys()].filter(
    (model) => parseModelArn(model) === undefined && !isKnown(model) && !isKnown(factsOfModel(model).baseId),
  );
}

/** What has held for the calls that `row` is for: by whichever name the model was priced. */
function rowBefore(model: string, { tier, regions, profiles, aboveInputTokens }: PriceRow, before: PriceTable) {
  const [region = ""] = regions ?? [];
  const [geography] = profiles ?? [];
  const place = { model, region, tier, ...(geography !== undefined && { geography }) };
  return rowFor(place, (aboveInputTokens ?? -1) + 1, before);
}

function isOdd(now: PriceRow, earlier: PriceRow | undefined): boolean {
  return [...tokenUnits, ...pieceUnits].some((unit) => {
    const was = earlier?.[unit];
    const is = now[unit] ?? (unit === "input" || unit === "output" ? 0 : was);
    if (was === undefined || is === undefined) return false;
    return is > was * oddFactor || was > is * oddFactor;
  });
}
