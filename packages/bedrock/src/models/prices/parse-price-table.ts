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
/** AWS has some forty regions, and a dozen geographies: a row holds for each of the one with each of the other. */
const mostRegions = 100;
const mostProfiles = 30;
/** Each is looked at with each length of input at which another holds. */
const mostRows = 1_000;

const row = z.strictObject({
  tier: z.enum(priceTiers),
  regions: names.max(mostRegions).optional(),
  profiles: names.max(mostProfiles).optional(),
  aboveInputTokens: z.int().min(1).optional(),
  ...prices,
});
const model = z
  .strictObject({ rows: z.array(row).min(1).max(mostRows), sources: names.optional(), disputed: z.string().optional() })
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
  /** The profiles that are priced already, by all else. */
  const seen = new Map<string, Set<string>>();
  for (const [index, { tier, regions = [""], profiles = [""], aboveInputTokens = 0 }] of rows.entries()) {
    for (const region of new Set(regions)) {
      const place = `${tier} ${aboveInputTokens} ${region}`;
      const priced = seen.get(place) ?? new Set();
      if (profiles.some((profile) => priced.has(profile))) return index;
      for (const profile of profiles) priced.add(profile);
      seen.set(place, priced);
    }
  }
  return undefined;
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
