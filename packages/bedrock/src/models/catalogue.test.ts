import { describe, expect, it } from "vitest";
import { catalogueModels } from "./catalogue.ts";
import { factsOfModel } from "./facts-of-model.ts";
import { parsePriceTable } from "./prices/parse-price-table.ts";
import { shippedPrices } from "./prices/shipped-prices.ts";

const byId = new Map(catalogueModels().map((model) => [model.id, model]));

describe("the catalogue", () => {
  it("lists each model once, in order, with its base id", () => {
    const ids = catalogueModels().map((model) => model.id);
    expect(byId.size).toBe(ids.length);
    expect(ids).toEqual(ids.toSorted());
    expect(ids.every((id) => factsOfModel(id).baseId === id && factsOfModel(id).known)).toBe(true);
  });

  it("lists every model that has a price", () => {
    expect([...shippedPrices().models.keys()].filter((id) => !byId.has(id))).toEqual([]);
  });

  it("says what is known of a model", () => {
    const { prices, ...sonnet } = byId.get("anthropic.claude-sonnet-4-5-20250929-v1:0")!;
    expect(prices).toContainEqual({
      tier: "standard",
      input: 3_000_000_000,
      output: 15_000_000_000,
      cacheRead: 300_000_000,
      cacheWrite5m: 3_750_000_000,
      cacheWrite1h: 6_000_000_000,
    });
    expect(sonnet).toEqual({
      id: "anthropic.claude-sonnet-4-5-20250929-v1:0",
      provider: "anthropic",
      input: ["text", "image"],
      output: "text",
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      capabilities: [
        "system",
        "tools",
        "streaming-tools",
        "documents",
        "prompt-cache",
        "structured-output",
        "thinking",
      ],
      lifecycle: "active",
      geographies: ["us", "us-gov", "eu", "jp", "au", "global"],
      profileOnly: true,
    });
    expect(byId.get("amazon.nova-lite-v1:0")?.input).toEqual(["text", "image", "video"]);
    expect(byId.get("mistral.voxtral-mini-3b-2507")?.input).toEqual(["text", "audio"]);
    expect(byId.get("meta.llama3-3-70b-instruct-v1:0")?.capabilities).toEqual(["system", "tools", "documents"]);
  });

  it("says nothing where nothing is known", () => {
    const embedding = byId.get("amazon.titan-embed-text-v2:0");
    expect(embedding).toMatchObject({ output: "embedding", provider: "amazon" });
    expect(embedding).not.toHaveProperty("input");
    expect(embedding).not.toHaveProperty("capabilities");
    expect(embedding).not.toHaveProperty("contextTokens");
    expect(byId.get("meta.llama3-3-70b-instruct-v1:0")).not.toHaveProperty("regions");
    expect(byId.get("amazon.nova-canvas-v1:0")).not.toHaveProperty("prices");
  });

  it("says in which regions a model is known to be, and what another table charges", () => {
    expect(byId.get("meta.llama3-1-405b-instruct-v1:0")?.regions).toEqual(["us-east-2"]);
    const rows = [{ tier: "standard", input: 7 }];
    const parsed = parsePriceTable({
      version: "mine",
      date: "2026-11-01",
      sources: {},
      quirks: [],
      guardrails: [],
      models: { "amazon.nova-canvas-v1:0": { rows } },
    });
    const mine = "table" in parsed ? catalogueModels(parsed.table) : [];
    expect(mine.filter((model) => model.prices !== undefined)).toMatchObject([
      { id: "amazon.nova-canvas-v1:0", prices: rows },
    ]);
  });

  it("is the same list again, and nobody can change it", () => {
    expect(catalogueModels()).toBe(catalogueModels());
    expect(Object.isFrozen(catalogueModels())).toBe(true);
    expect(catalogueModels().every((model) => Object.isFrozen(model))).toBe(true);
  });
});
