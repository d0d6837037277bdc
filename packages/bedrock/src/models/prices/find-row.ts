/** Which row of a price table holds for a call. */
import { factsOfModel } from "../facts-of-model.ts";
import { stripGeography } from "../geography.ts";
import { parseModelArn } from "../model-arn.ts";
import type { ModelPrices, PriceRow, PriceTable, PriceTier, UsageRoute } from "./price-table.ts";

/** Where a call was served. */
export interface PricePlace {
  /** As sent: an id, an inference profile's id, or an ARN. Empty where no model ran (a guardrail alone). */
  model: string;
  /** The model behind an ARN that does not tell it (an application inference profile, a prompt router): an id or ARN. */
  foundationModel?: string;
  /**
   * Geography of the profile behind an application inference profile, where `foundationModel` does not name it. The ids of other models do.
   */
  geography?: string;
  /** The region that the call was sent to. */
  region: string;
  /** Absent: `standard`. */
  tier?: PriceTier;
  /** Whose counts the usage holds. Absent: Converse's. */
  route?: UsageRoute;
  /** Whether the usage is a stream's. Absent: not known. */
  isStream?: boolean;
}

/**
 * The prices of the model of `place`: those of exactly what was sent (an operator's price of an ARN), else of the inference profile that an
 * ARN names or that is behind it, else of the model. What is paid by the hour has none but the operator's, whatever is behind it.
 */
export function pricesOfPlace(
  place: Pick<PricePlace, "model" | "foundationModel">,
  table: PriceTable,
): ModelPrices | undefined {
  const own = table.models.get(place.model);
  const arn = own === undefined ? parseModelArn(place.model) : undefined;
  if (arn?.resourceType === "provisioned-model" || arn?.resourceType === "imported-model") {
    return undefined;
  }
  const ofProfile = arn === undefined ? undefined : table.models.get(profileNamed(place));
  return own ?? ofProfile ?? table.models.get(factsOfModel(place.model, place.foundationModel).baseId);
}

/** What tells nothing of the profile that stands behind it. */
const profilesBehind: ReadonlySet<string | undefined> = new Set([
  "application-inference-profile",
  "prompt-router",
  "default-prompt-router",
]);

/**
 * The id of the inference profile that a call went by, or of the one behind an application inference profile or a prompt router; any other id
 * or ARN as it is.
 */
function profileNamed({ model, foundationModel = "" }: Pick<PricePlace, "model" | "foundationModel">): string {
  const arn = parseModelArn(model);
  if (profilesBehind.has(arn?.resourceType)) return profileNamed({ model: foundationModel });
  return arn?.resourceType === "inference-profile" ? arn.resourceId : model;
}

/**
 * The geography of the inference profile that a call went by, or of the one behind an application inference profile or a prompt router;
 * undefined without one.
 */
export function geographyOfPlace(
  place: Pick<PricePlace, "model" | "foundationModel" | "geography">,
): string | undefined {
  if (place.geography !== undefined) {
    return place.geography;
  }
  return stripGeography(profileNamed(place)).geography;
}

/** The row that holds for a call with `inputTokens` of input in all; undefined where none does. */
export function rowFor(place: PricePlace, inputTokens: number, table: PriceTable): PriceRow | undefined {
  const geography = geographyOfPlace(place) ?? "";
  const { region, tier = "standard" } = place;
  let best: PriceRow | undefined;
  for (const row of pricesOfPlace(place, table)?.rows ?? []) {
    const fits =
      row.tier === tier &&
      row.regions?.includes(region) !== false &&
      row.profiles?.includes(geography) !== false &&
      inputTokens > (row.aboveInputTokens ?? -1);
    if (fits && (best === undefined || isNarrower(row, best))) {
      best = row;
    }
  }
  return best;
}

/** A profile's price comes before a region's, either before the general one; then the longer context. */
function isNarrower(row: PriceRow, than: PriceRow): boolean {
  const difference = weightOf(row) - weightOf(than);
  return difference === 0 ? (row.aboveInputTokens ?? 0) > (than.aboveInputTokens ?? 0) : difference > 0;
}

function weightOf(row: PriceRow): number {
  return (row.profiles === undefined ? 0 : 2) + (row.regions === undefined ? 0 : 1);
}

/** Prices of guardrails' units in `region`. */
export function guardrailPrices(region: string, table: PriceTable): ReadonlyMap<string, number> {
  const own = table.guardrails.find((row) => row.regions?.includes(region));
  return (own ?? table.guardrails.find((row) => row.regions === undefined))?.units ?? new Map();
}
