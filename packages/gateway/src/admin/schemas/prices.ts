/** Prices: the table that holds, and the operator's own. */
import { z } from "zod";
import { named } from "./schema.ts";

const table = z.looseObject({
  version: z.string(),
  date: z.string(),
  models: z.record(z.string(), z.looseObject({ rows: z.array(z.looseObject({ tier: z.string() })) })),
});

const ownExample = {
  version: "ours-2027-01",
  date: "2027-01-01",
  sources: { contract: "Our agreement with AWS" },
  models: { "amazon.nova-lite-v1:0": { rows: [{ tier: "standard", input: 50_000_000, output: 200_000_000 }] } },
  guardrails: [],
  quirks: [],
};

export const prices = named(
  "Prices",
  z.strictObject({
    object: z.literal("prices"),
    version: z.string().describe("Of the table that holds: the package's, and the operator's own behind a plus sign."),
    date: z.string(),
    shipped_version: z.string(),
    own: table.nullable().describe("The operator's own prices, which go before the package's."),
    models: z.int().describe("Models that have prices."),
    odd: z.array(z.string()).describe("Models whose price is ten times what it was, or a tenth: to be looked at."),
    unknown: z
      .array(z.string())
      .describe(
        "Models of one's own prices that Adit's data does not know: they hold for calls that name them exactly so.",
      ),
  }),
  {
    object: "prices",
    version: "2026-08-21+ours-2027-01",
    date: "2026-08-21",
    shipped_version: "2026-08-21",
    own: ownExample,
    models: 120,
    odd: [],
    unknown: [],
  },
);

export const pricesUpdate = named("PricesUpdate", z.looseObject({}), ownExample);
