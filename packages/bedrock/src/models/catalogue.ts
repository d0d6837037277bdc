import { factsOfModel } from "./facts-of-model.ts";
import { modelRows, type ModelRow } from "./model-data.ts";
import type { ModelFacts } from "./model-facts.ts";
import type { PriceRow, PriceTable } from "./prices/price-table.ts";
import { shippedPrices } from "./prices/shipped-prices.ts";

/** What a model can do under Converse. */
export type ModelCapability =
  | "system"
  | "tools"
  | "streaming-tools"
  | "prompt-cache"
  | "structured-output"
  | "thinking"
  | "documents";

/** A model as the data knows it: for lists where AWS's control plane may not be asked. What is absent is not known. */
export interface CatalogueModel {
  /** Base id: without geography. */
  id: string;
  provider: string;
  /** Absent where the data does not say. */
  input?: readonly ("text" | "image" | "video" | "audio")[];
  output: "text" | "image" | "video" | "speech" | "embedding" | "rerank";
  contextTokens?: number;
  maxOutputTokens?: number;
  /** Absent where the data does not say. */
  capabilities?: readonly ModelCapability[];
  lifecycle: ModelFacts["lifecycle"];
  /** Geographies whose profiles hold the model: `us` -> `us.ID`. */
  geographies: readonly string[];
  /** True: AWS refuses the bare id on demand. */
  profileOnly: boolean;
  /** Regions known to offer the model, not all; absent where none is known. */
  regions?: readonly string[];
  /** Nano-dollars, per million tokens or apiece, under the conditions of each row; absent where the table has no prices. */
  prices?: readonly PriceRow[];
}

const lists = new WeakMap<PriceTable, readonly CatalogueModel[]>();

/** All models of the data, by id, with the prices of `table`. The same frozen list each time for a table. */
export function catalogueModels(table: PriceTable = shippedPrices()): readonly CatalogueModel[] {
  const known = lists.get(table);
  if (known !== undefined) {
    return known;
  }
  const models = Object.freeze([...modelRows].map(([id, row]) => Object.freeze(catalogueModel(id, row, table))));
  lists.set(table, models);
  return models;
}

function catalogueModel(id: string, row: ModelRow, table: PriceTable): CatalogueModel {
  const facts = factsOfModel(id);
  const { provider, lifecycle, geographies, profileOnly, regions } = facts;
  const prices = table.models.get(id)?.rows;
  return {
    id,
    provider,
    output: row.output ?? "text",
    ...(facts.contextTokens !== undefined && { contextTokens: facts.contextTokens }),
    ...(facts.maxOutputTokens !== undefined && { maxOutputTokens: facts.maxOutputTokens }),
    // The facts of an unknown family allow everything: that is no knowledge.
    ...(facts.family !== "unknown" && { input: inputOf(facts), capabilities: capabilitiesOf(facts) }),
    lifecycle,
    geographies,
    profileOnly,
    ...(regions.length > 0 && { regions }),
    ...(prices !== undefined && { prices }),
  };
}

function inputOf({ can }: ModelFacts): NonNullable<CatalogueModel["input"]> {
  const media = [can.images && "image", can.video && "video", can.audio && "audio"] as const;
  return ["text", ...media.filter((kind) => kind !== false)];
}

function capabilitiesOf({ can, thinking, effort }: ModelFacts): readonly ModelCapability[] {
  const capabilities = [
    can.system && "system",
    can.tools && "tools",
    can.toolsInStream && "streaming-tools",
    can.documents && "documents",
    can.cache.length > 0 && "prompt-cache",
    can.outputConfig && "structured-output",
    (thinking !== "none" || effort !== "none") && "thinking",
  ] as const;
  return capabilities.filter((capability) => capability !== false);
}
