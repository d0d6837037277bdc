import { describe, expect, it } from "vitest";
import { catalogueModels } from "./catalogue.ts";
import { factsOfModel } from "./facts-of-model.ts";

const byId = new Map(catalogueModels().map((model) => [model.id, model]));

describe("the catalogue", () => {
  it("lists each model once, in order, with its base id", () => {
    const ids = catalogueModels().map((model) => model.id);
    expect(byId.size).toBe(ids.length);
    expect(ids).toEqual(ids.toSorted());
    expect(ids.every((id) => factsOfModel(id).baseId === id && factsOfModel(id).known)).toBe(true);
  });

  it("says what is known of a model", () => {
    expect(byId.get("anthropic.claude-sonnet-4-5-20250929-v1:0")).toEqual({
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
  });

  it("is the same list again, and nobody can change it", () => {
    expect(catalogueModels()).toBe(catalogueModels());
    expect(Object.isFrozen(catalogueModels())).toBe(true);
    expect(catalogueModels().every((model) => Object.isFrozen(model))).toBe(true);
  });
});
