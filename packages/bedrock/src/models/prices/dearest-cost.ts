/** The most that a call can cost, so that it can be reserved before the call is made. */
import { RecentMap } from "../../memory/recent-map.ts";
import { profileIdFor } from "../geography.ts";
import { parseModelArn } from "../model-arn.ts";
import { costFrom, type Cost } from "./cost.ts";
import { geographyOfPlace, guardrailPrices, pricesOfPlace, rowFor, type PricePlace } from "./find-row.ts";
import { pieceUnits, type PieceUnit, type PriceRow, type PriceTable } from "./price-table.ts";

/** The most that a call can use. What is absent it cannot use. */
export interface MostUnits extends Partial<Record<PieceUnit, number>> {
  /** Input of all kinds, cached or not. */
  inputTokens?: number;
  outputTokens?: number;
  /** True where the request asks for cache points of an hour. */
  oneHourCache?: boolean;
  /** True for a model that is paid by the piece: its input costs nothing where it has no price. */
  isPaidApiece?: boolean;
  /** True where the request may hold video or sound of a length that nobody can see: unknown where seconds have a price. */
  hasSeconds?: boolean;
  guardrailUnits?: Readonly<Record<string, number>>;
}

/** Where a call may be served. */
export interface PossiblePlace extends PricePlace {
  /** True: where AWS does not serve the model on demand, the profile of the region's geography stands in for it. */
  mayStandIn?: boolean;
}

const million = 1_000_000;
/** `costOf` rounds input in up to four parts, each by half a nano-dollar at most. */
const roundedInput = 2n;

/**
 * An upper bound of the cost at any of `places`, the targets that a plan may come to: no call within `most` costs more by the same table.
 * Input is taken at the dearest of its prices, since a model may write its cache unasked; at those for an hour only where they are
 * asked for. Unknown, with what is missing, where a price that can apply is unknown at any of the places.
 */
export function dearestCost(most: MostUnits, places: readonly PossiblePlace[], table: PriceTable): Cost {
  const bound = new Bound(most);
  if (places.length === 0) bound.missing.push("price");
  for (const place of places) {
    for (const { fromTokens, row } of rowsOf(place, table)) {
      if (fromTokens <= (most.inputTokens ?? 0)) bound.addRow(row);
    }
    if (most.guardrailUnits !== undefined) bound.addGuardrails(guardrailPrices(place.region, table));
  }
  return costFrom(bound.parts, bound.missing, table.version);
}

/** The dearest of each part so far, and what is without a price. */
class Bound {
  readonly parts: Record<string, bigint> = {};
  readonly missing: string[] = [];
  readonly #most: MostUnits;

  constructor(most: MostUnits) {
    this.#most = most;
  }

  addRow(row: PriceRow | undefined): void {
    const { inputTokens = 0, outputTokens = 0, isPaidApiece = false } = this.#most;
    if (inputTokens > 0 && (row?.input !== undefined || !isPaidApiece)) this.#addInput(row, inputTokens);
    if (outputTokens > 0) this.#add("output", perMillion(outputTokens, row?.output));
    for (const unit of pieceUnits) this.#addPieces(unit, row?.[unit]);
  }

  #addPieces(unit: PieceUnit, price: number | undefined): void {
    const count = this.#most[unit] ?? 0;
    if (count > 0) this.#add(unit, apiece(count, price));
    else if (unit === "second" && price !== undefined && this.#most.hasSeconds === true) this.#add(unit, undefined);
  }

  addGuardrails(prices: ReadonlyMap<string, number>): void {
    for (const [name, count] of Object.entries(this.#most.guardrailUnits ?? {})) {
      if (count > 0) this.#add(`guardrail.${name}`, apiece(count, prices.get(name)));
    }
  }

  #addInput(row: PriceRow | undefined, tokens: number): void {
    const { oneHourCache = false } = this.#most;
    if (row?.input === undefined || (oneHourCache && row.cacheWrite1h === undefined)) {
      this.#add(row?.input === undefined ? "input" : "cacheWrite1h", undefined);
      return;
    }
    const { input, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = row;
    const price = Math.max(input, cacheRead, cacheWrite5m, oneHourCache ? cacheWrite1h : 0);
    this.#add("input", (perMillion(tokens, price) ?? 0n) + roundedInput);
  }

  #add(name: string, cost: bigint | undefined): void {
    if (cost === undefined) {
      if (!this.missing.includes(name)) this.missing.push(name);
    } else if (cost > (this.parts[name] ?? -1n)) {
      this.parts[name] = cost;
    }
  }
}

/** A row that holds for calls with at least so much input. */
interface HoldingRow {
  fromTokens: number;
  row: PriceRow | undefined;
}

/** What was found at places of a table: few are called, each of them often. */
const found = new WeakMap<PriceTable, RecentMap<string, readonly HoldingRow[]>>();
const mostPlaces = 1_000;
const longestPlace = 4_096;

function rowsOf(place: PossiblePlace, table: PriceTable): readonly HoldingRow[] {
  const { model, foundationModel = "", geography, region, tier = "standard", mayStandIn = false } = place;
  const key = `${region}\n${tier}\n${geography ?? "-"}\n${mayStandIn}\n${model}\n${foundationModel}`;
  let ofTable = found.get(table);
  if (ofTable === undefined) found.set(table, (ofTable = new RecentMap(mostPlaces)));
  const known = ofTable.get(key);
  if (known !== undefined) return known;
  const rows = rowsThatCanHold(place, table);
  if (key.length <= longestPlace) ofTable.set(key, rows);
  return rows;
}

/**
 * A row for every length of input at which another may hold; behind an application inference profile whose geography is not known, those
 * of every geography; with those of the profile that may stand in.
 */
function rowsThatCanHold(place: PossiblePlace, table: PriceTable): HoldingRow[] {
  const profile = place.mayStandIn === true ? profileIdFor(place.model, place.region) : undefined;
  const own = rowsAt(place, table);
  return profile === undefined ? own : [...own, ...rowsAt({ ...place, model: profile }, table)];
}

function rowsAt(place: PricePlace, table: PriceTable): HoldingRow[] {
  const rows = pricesOfPlace(place, table)?.rows ?? [];
  const lengths = new Set([0, ...rows.map((row) => (row.aboveInputTokens ?? -1) + 1)]);
  const isOpaque =
    geographyOfPlace(place) === undefined &&
    parseModelArn(place.model)?.resourceType === "application-inference-profile";
  const geographies = isOpaque ? rows.flatMap((row) => row.profiles ?? []) : [];
  const possible = [place, ...geographies.map((geography) => ({ ...place, geography }))];
  return [...lengths].flatMap((fromTokens) =>
    possible.map((each) => ({ fromTokens, row: rowFor(each, fromTokens, table) })),
  );
}

/** Rounded up. */
function perMillion(count: number, price: number | undefined): bigint | undefined {
  if (price === undefined) return undefined;
  const product = count * price;
  if (product > Number.MAX_SAFE_INTEGER) return (BigInt(count) * BigInt(price) + 999_999n) / 1_000_000n;
  // Numbers are exact up to there, and a tenth of the work.
  const rest = product % million;
  return BigInt((product - rest) / million + (rest > 0 ? 1 : 0));
}

function apiece(count: number, price: number | undefined): bigint | undefined {
  return price === undefined ? undefined : BigInt(count) * BigInt(price);
}
