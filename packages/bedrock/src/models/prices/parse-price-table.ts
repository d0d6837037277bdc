/** A price table from JSON: whole and checked, or not at all. */
import { iso, z } from "zod";
import {
  pieceUnits,
  priceTiers,
  tokenUnits,
  usageRoutes,
  type ModelPrices,
  type PriceRow,
  type PricedUnit,
  type PriceTable,
} from "./price-table.ts";

/** What is wrong with a table, and where. */
export interface PriceTableFault {
  /** Such as `models["amazon.nova-lite-v1:0"].rows[3].input`; empty for the table itself. */
  path: string;
  message: string;
}

/** Prices that no model will have: a million dollars per million tokens. A slip of units is caught here. */
const dearest = 1e15;
const price = z.int("must be a whole number of nano-dollars").min(0).max(dearest);
const units = [...tokenUnits, ...pieceUnits];
const prices = Object.fromEntries(units.map((unit) => [unit, price.optional()])) as Record<
  PricedUnit,
  z.ZodOptional<typeof price>
>;
const names = z.array(z.string().min(1)).min(1);

const row = z.strictObject({
  tier: z.enum(priceTiers),
  regions: names.optional(),
  profiles: names.optional(),
  aboveInputTokens: z.int().min(1).optional(),
  ...prices,
});
const model = z
  .strictObject({ rows: z.array(row).min(1), sources: names.optional(), disputed: z.string().optional() })
  .superRefine((value, context) => {
    const twice = firstPricedTwice(value.rows as PriceRow[]);
    if (twice !== undefined) {
      context.addIssue({ code: "custom", path: ["rows", twice], message: "prices what an earlier row prices" });
    }
  });
const guardrail = z.strictObject({ regions: names.optional(), units: z.record(z.string().min(1), price) });
const quirk = z.strictObject({
  stems: names,
  routes: z.array(z.enum(usageRoutes)).min(1),
  inputIncludesCache: z.literal(true),
  streamsOnly: z.literal(true).optional(),
  why: z.string().min(1),
});

const form = z.strictObject({
  version: z.string().min(1).max(200),
  date: iso.date(),
  sources: z.record(z.string(), z.string().min(1)),
  models: z.record(z.string().min(1).max(2_048), model),
  guardrails: z.array(guardrail),
  quirks: z.array(quirk),
});

/** The table that `json` holds, frozen; or its first fault. Members that are not known are faults: a price that is not read would be lost. */
export function parsePriceTable(json: unknown): { table: PriceTable } | { fault: PriceTableFault } {
  const checked = form.safeParse(json);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    return { fault: { path: pathOf(issue?.path ?? []), message: issue?.message ?? "is not a price table" } };
  }
  return { table: tableOf(checked.data) };
}

function tableOf({ models, guardrails, ...rest }: z.infer<typeof form>): PriceTable {
  for (const { rows } of Object.values(models)) {
    rows.forEach((entry) => Object.freeze(entry));
    Object.freeze(rows);
  }
  return Object.freeze({
    ...rest,
    models: new Map(Object.entries(models as Record<string, ModelPrices>)),
    guardrails: guardrails.map(({ regions, units: named }) => ({
      ...(regions !== undefined && { regions }),
      units: new Map(Object.entries(named)),
    })),
  });
}

/** Index of the first row that holds under the very conditions of an earlier one: which of them applies would be chance. */
function firstPricedTwice(rows: readonly PriceRow[]): number | undefined {
  const seen = new Set<string>();
  for (const [index, entry] of rows.entries()) {
    const conditions = conditionsOf(entry);
    if (conditions.some((each) => seen.has(each))) {
      return index;
    }
    conditions.forEach((each) => seen.add(each));
  }
  return undefined;
}

/** One text for each region and profile that a row is for. */
function conditionsOf({ tier, regions = [""], profiles = [""], aboveInputTokens = 0 }: PriceRow): string[] {
  return regions.flatMap((region) =>
    profiles.map((profile) => JSON.stringify([tier, region, profile, aboveInputTokens])),
  );
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((written, step) => {
    if (typeof step === "number") {
      return `${written}[${step}]`;
    }
    const name = String(step);
    const plain = /^[A-Za-z]\w*$/.test(name);
    return plain ? `${written}${written === "" ? "" : "."}${name}` : `${written}[${JSON.stringify(name)}]`;
  }, "");
}
