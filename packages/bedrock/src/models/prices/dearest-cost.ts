/** The most that a call can cost, for whoever reserves before it is made. */
import { parseModelArn } from "../model-arn.ts";
import { costFrom, type Cost } from "./cost.ts";
import { geographyOfPlace, guardrailPrices, pricesOfPlace, rowFor, type PricePlace } from "./find-row.ts";
import { pieceUnits, type PieceUnit, type PriceRow, type PriceTable, type TokenUnit } from "./price-table.ts";

/** The most that a call can use. What is absent it cannot use. */
export interface MostUnits extends Partial<Record<PieceUnit, number>> {
  /** Input of all kinds, cached or not. */
  inputTokens?: number;
  outputTokens?: number;
  /** True where the request asks for cache points of an hour. */
  oneHourCache?: boolean;
  guardrailUnits?: Readonly<Record<string, number>>;
}

/** `costOf` rounds input in up to four parts, each by half a nano-dollar at most. */
const roundedInput = 2n;

/**
 * An upper bound of the cost at any of `places`, the targets that a plan may come to: no call within `most` costs more by the same table.
 * Input is taken at the dearest of its prices, since a model may write its cache unasked; at those for an hour only where they are
 * asked for. Unknown, with what is missing, where a price that can apply is unknown at any of the places.
 */
export function dearestCost(most: MostUnits, places: readonly PricePlace[], table: PriceTable): Cost {
  const lines = places.flatMap((place) => [
    ...rowsThatCanHold(place, most, table).flatMap((row) => linesBy(row, most)),
    ...guardrailLines(most, guardrailPrices(place.region, table)),
  ]);
  const parts: Record<string, bigint> = {};
  const missing = new Set<string>(places.length === 0 ? ["price"] : []);
  for (const { name, cost } of lines) {
    if (cost === undefined) {
      missing.add(name);
    } else if (cost > (parts[name] ?? -1n)) {
      parts[name] = cost;
    }
  }
  return costFrom(parts, [...missing], table.version);
}

/** A part of the bound by one row; without a cost where its price is unknown. */
interface BoundLine {
  name: string;
  cost: bigint | undefined;
}

/**
 * Rows for every length of input up to the most; behind an application inference profile whose geography is not known, those of
 * every geography.
 */
function rowsThatCanHold(place: PricePlace, most: MostUnits, table: PriceTable): readonly (PriceRow | undefined)[] {
  const rows = pricesOfPlace(place, table)?.rows ?? [];
  const lengths = new Set([0, ...rows.map((row) => (row.aboveInputTokens ?? -1) + 1)]);
  const isOpaque =
    geographyOfPlace(place) === undefined &&
    parseModelArn(place.model)?.resourceType === "application-inference-profile";
  const geographies = isOpaque ? rows.flatMap((row) => row.profiles ?? []) : [];
  const possible = [place, ...geographies.map((geography) => ({ ...place, geography }))];
  const holding = [...lengths]
    .filter((length) => length <= (most.inputTokens ?? 0))
    .flatMap((length) => possible.map((each) => rowFor(each, length, table)));
  return [...new Set(holding)];
}

function linesBy(row: PriceRow | undefined, most: MostUnits): BoundLine[] {
  const { inputTokens = 0, outputTokens = 0 } = most;
  const pieces = pieceUnits.filter((unit) => (most[unit] ?? 0) > 0);
  return [
    ...(inputTokens > 0 ? [inputLine(row, inputTokens, most.oneHourCache === true)] : []),
    ...(outputTokens > 0 ? [{ name: "output", cost: perMillion(outputTokens, row?.output) }] : []),
    ...pieces.map((unit) => ({ name: unit, cost: apiece(most[unit] ?? 0, row?.[unit]) })),
  ];
}

function inputLine(row: PriceRow | undefined, tokens: number, oneHourCache: boolean): BoundLine {
  const known = row?.input !== undefined && (!oneHourCache || row.cacheWrite1h !== undefined);
  if (!known) {
    return { name: row?.input === undefined ? "input" : "cacheWrite1h", cost: undefined };
  }
  const units: readonly TokenUnit[] = [
    "input",
    "cacheRead",
    "cacheWrite5m",
    ...(oneHourCache ? ["cacheWrite1h" as const] : []),
  ];
  const price = Math.max(...units.map((unit) => row[unit] ?? 0));
  return { name: "input", cost: (perMillion(tokens, price) ?? 0n) + roundedInput };
}

function guardrailLines(most: MostUnits, prices: ReadonlyMap<string, number>): BoundLine[] {
  const used = Object.entries(most.guardrailUnits ?? {}).filter(([, count]) => count > 0);
  return used.map(([name, count]) => ({ name: `guardrail.${name}`, cost: apiece(count, prices.get(name)) }));
}

/** Rounded up. */
function perMillion(count: number, price: number | undefined): bigint | undefined {
  return price === undefined ? undefined : (BigInt(count) * BigInt(price) + 999_999n) / 1_000_000n;
}

function apiece(count: number, price: number | undefined): bigint | undefined {
  return price === undefined ? undefined : BigInt(count) * BigInt(price);
}
