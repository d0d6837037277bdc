/** The cost function beside a bill worked out by hand: no difference, over 10,000 records of usage; and beside the bound that budgets reserve. */
import fc from "fast-check";
import { expect, it } from "vitest";
import data from "../data/prices.json" with { type: "json" };
import type { BillableUsage } from "./billed-units.ts";
import { costOf, type CostParts } from "./cost.ts";
import { dearestCost } from "./dearest-cost.ts";
import { priceTiers, type PriceTier } from "./price-table.ts";
import { shippedPrices } from "./shipped-prices.ts";
import { billByHand, type PaperRow } from "./testing/long-hand.ts";

const seed = 20_260_821;
const models = Object.entries(data.models as Record<string, { rows: PaperRow[] }>).filter(([, { rows }]) =>
  rows.some((row) => "input" in row && "output" in row),
);
const tokens = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 50 }),
  fc.integer({ min: 0, max: 5_000_000 }),
  // Around the bounds of long contexts, and where floats go wrong.
  fc.constantFrom(200_000, 200_001, 271_999, 272_000, 272_001, 2 ** 52 + 1),
);
const regions = [
  ...new Set(models.flatMap(([, { rows }]) => rows.flatMap((row) => row.regions ?? []))),
  "us-east-1",
  "xx-new-9",
];
const none = fc.constant(0);

/** Mostly what the model has prices for; now and then what it has none for. */
const record = fc.constantFrom(...models).chain(([id, { rows }]) => {
  const priced = (unit: string): fc.Arbitrary<number> =>
    rows.some((row) => unit in row)
      ? fc.oneof(none, tokens)
      : fc.oneof({ arbitrary: none, weight: 19 }, { arbitrary: tokens, weight: 1 });
  return fc.record({
    id: fc.constant(id),
    rows: fc.constant(rows),
    geography: fc.constantFrom(undefined, "us", "us-gov", "eu", "au", "jp", "in", "global"),
    region: fc.constantFrom(...regions),
    tier: fc.oneof(
      { arbitrary: fc.constantFrom(...rows.map((row) => row.tier as PriceTier)), weight: 19 },
      { arbitrary: fc.constantFrom(...priceTiers), weight: 1 },
    ),
    input: tokens,
    output: tokens,
    read: priced("cacheRead"),
    write: priced("cacheWrite5m"),
    hour: priced("cacheWrite1h"),
  });
});

/** Amounts as digits. */
function written({ parts, total }: { parts: CostParts; total: bigint }): unknown {
  return {
    parts: Object.fromEntries(Object.entries(parts).map(([unit, part]) => [unit, part.toString()])),
    total: total.toString(),
  };
}

it("prices 10,000 records as they are priced by hand, to the nano-dollar", () => {
  const seen = { known: 0, unknown: 0, long: 0 };
  fc.assert(
    fc.property(record, ({ id, rows, geography, region, tier, ...usage }) => {
      const isQuirky = id.startsWith("openai.gpt-5");
      const told: BillableUsage = {
        // These models count their cache within the input, and AWS's other ones beside it.
        inputTokens: isQuirky ? usage.input + usage.read + usage.write + usage.hour : usage.input,
        outputTokens: usage.output,
        cacheReadInputTokens: usage.read,
        cacheWriteInputTokens: usage.write + usage.hour,
        cacheDetails: [
          { ttl: "1h", inputTokens: usage.hour },
          { ttl: "5m", inputTokens: usage.write },
        ],
      };
      fc.pre(Object.values(told).every((count) => typeof count !== "number" || Number.isSafeInteger(count)));
      const cost = costOf(
        told,
        { model: geography === undefined ? id : `${geography}.${id}`, region, tier },
        shippedPrices(),
      );
      const byHand = billByHand(rows, usage, { region, geography, tier });
      seen[cost.known ? "known" : "unknown"] += 1;
      seen.long += usage.input > 272_000 ? 1 : 0;
      expect(cost.known ? written(cost) : { lacking: cost.missing }).toEqual(byHand);
    }),
    { seed, numRuns: 10_000 },
  );
  expect(seen.known).toBeGreaterThan(7_500);
  expect(seen.unknown).toBeGreaterThan(500);
  expect(seen.long).toBeGreaterThan(500);
});

it("no record costs more than the bound that was reserved for it", () => {
  let compared = 0;
  fc.assert(
    fc.property(record, fc.nat(9), ({ id, geography, region, tier, ...usage }, slack) => {
      const place = { model: geography === undefined ? id : `${geography}.${id}`, region, tier };
      const all = usage.input + usage.read + usage.write + usage.hour;
      fc.pre(Number.isSafeInteger(all + slack));
      const bound = dearestCost(
        { inputTokens: all + slack, outputTokens: usage.output, oneHourCache: usage.hour > 0 },
        [place],
        shippedPrices(),
      );
      const cost = costOf(
        {
          inputTokens: usage.input,
          outputTokens: usage.output,
          cacheReadInputTokens: usage.read,
          cacheWriteInputTokens: usage.write + usage.hour,
          cacheDetails: [{ ttl: "1h", inputTokens: usage.hour }],
        },
        place,
        shippedPrices(),
      );
      if (bound.known && cost.known) {
        compared += 1;
      }
      expect(bound.known && cost.known && cost.total > bound.total).toBe(false);
    }),
    { seed, numRuns: 5_000 },
  );
  expect(compared).toBeGreaterThan(1_000);
});
