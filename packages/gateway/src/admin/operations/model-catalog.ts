/** `/v1/model-catalog`: the models that Adit's data knows, for people who choose one. What an account may call is for AWS to say. */
import { catalogueModels, type CatalogueModel, type PriceRow, type PriceTable } from "@adit/bedrock";
import { listing, operation } from "../operation.ts";
import { modelCatalog } from "../schemas/model-catalog.ts";
import { inProject } from "../schemas/schema.ts";

function priceOf({ aboveInputTokens, cacheRead, cacheWrite5m, cacheWrite1h, regions, profiles, ...rest }: PriceRow) {
  return {
    ...rest,
    ...(regions !== undefined && { regions: [...regions] }),
    ...(profiles !== undefined && { profiles: [...profiles] }),
    ...(aboveInputTokens !== undefined && { above_input_tokens: aboveInputTokens }),
    ...(cacheRead !== undefined && { cache_read: cacheRead }),
    ...(cacheWrite5m !== undefined && { cache_write_5m: cacheWrite5m }),
    ...(cacheWrite1h !== undefined && { cache_write_1h: cacheWrite1h }),
  };
}

function viewOf(model: CatalogueModel, prices: PriceTable) {
  return {
    id: model.id,
    object: "catalog-model",
    provider: model.provider,
    input: model.input ?? null,
    output: model.output,
    context_tokens: model.contextTokens ?? null,
    max_output_tokens: model.maxOutputTokens ?? null,
    capabilities: model.capabilities ?? null,
    lifecycle: model.lifecycle,
    profile_only: model.profileOnly,
    inference_profiles: model.geographies.map((geography) => `${geography}.${model.id}`),
    regions: model.regions ?? null,
    prices: model.prices?.map(priceOf) ?? null,
    price_sources: prices.models.get(model.id)?.sources ?? [],
  };
}

/** `prices`: those that calls are priced by, the operator's own over the package's. */
export function modelCatalogOperations({ prices: currentPrices }: { prices: () => PriceTable }) {
  return [
    operation({
      id: "listCatalogModels",
      method: "GET",
      path: "/v1/model-catalog",
      tag: "models",
      summary: "The models that come with Adit's data: limits, capabilities, the prices that hold. AWS is not asked.",
      need: listing("models"),
      query: inProject,
      answer: modelCatalog,
      run: async ({ project }) => {
        await project();
        const prices = currentPrices();
        const data = catalogueModels(prices).map((model) => viewOf(model, prices));
        const { version, date, sources } = prices;
        const total = data.length;
        return {
          body: { object: "list", success: true, total, data, price_version: version, price_date: date, sources },
        };
      },
    }),
  ];
}
