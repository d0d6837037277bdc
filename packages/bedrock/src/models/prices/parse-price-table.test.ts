import { describe, expect, it } from "vitest";
import data from "../data/prices.json" with { type: "json" };
import { costOf } from "./cost.ts";
import { layOver } from "./lay-over.ts";
import { parsePriceTable } from "./parse-price-table.ts";
import { shippedPrices } from "./shipped-prices.ts";
import { tableOf } from "./testing/table-of.ts";

const valid = { version: "1", date: "2026-11-01", sources: { mine: "a contract" }, guardrails: [], quirks: [] };
const withRows = (...rows: unknown[]): unknown => ({ ...valid, models: { "x.y": { rows } } });
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index}`);

describe("a price table", () => {
  it.each([
    ["no object", null, ""],
    ["a price that is no whole number", withRows({ tier: "standard", input: 0.5 }), 'models["x.y"].rows[0].input'],
    ["a negative price", withRows({ tier: "standard", output: -1 }), 'models["x.y"].rows[0].output'],
    ["a price beyond reason", withRows({ tier: "standard", output: 1e16 }), 'models["x.y"].rows[0].output'],
    ["a price as text", withRows({ tier: "standard", output: "3" }), 'models["x.y"].rows[0].output'],
    ["a unit that nobody reads", withRows({ tier: "standard", inputt: 1 }), 'models["x.y"].rows[0]'],
    ["an unknown tier", withRows({ tier: "cheap" }), 'models["x.y"].rows[0].tier'],
    ["no rows", withRows(), 'models["x.y"].rows'],
    [
      "the same conditions twice",
      withRows({ tier: "flex" }, { tier: "standard", regions: ["a", "b"] }, { tier: "standard", regions: ["b"] }),
      'models["x.y"].rows[2]',
    ],
    [
      "the same conditions twice, by a profile",
      withRows(
        { tier: "flex", regions: ["a"], profiles: ["us", "eu"] },
        { tier: "flex", regions: ["a"], profiles: ["eu"] },
      ),
      'models["x.y"].rows[1]',
    ],
    ["more regions than AWS has", withRows({ tier: "flex", regions: many(3_000) }), 'models["x.y"].rows[0].regions'],
    ["more geographies", withRows({ tier: "flex", profiles: many(3_000) }), 'models["x.y"].rows[0].profiles'],
    [
      "more rows than can be looked through for each call",
      withRows(...many(1_001).map((_, index) => ({ tier: "flex", aboveInputTokens: index + 1 }))),
      'models["x.y"].rows',
    ],
    ["a date that is none", { ...valid, models: {}, date: "2026-13-01" }, "date"],
    ["no version", { ...valid, models: {}, version: "" }, "version"],
    ["a member that nobody reads", { ...valid, models: {}, extra: 1 }, ""],
    [
      "a guardrail's price that is none",
      { ...valid, models: {}, guardrails: [{ units: { a: 1.5 } }] },
      "guardrails[0].units.a",
    ],
  ])("with %s is refused, and the place named", (_, json, path) => {
    const parsed = parsePriceTable(json);
    expect(parsed).toMatchObject({ fault: { path } });
    expect("fault" in parsed && parsed.fault.message.length > 5).toBe(true);
  });

  it("may name a region or a profile twice in one row, and price what others do not", () => {
    const [regions, profiles] = [
      ["a", "a"],
      ["us", "us"],
    ];
    const rows = [
      { tier: "flex", regions, profiles },
      { tier: "flex", regions: ["a"], profiles: ["eu"] },
      { tier: "flex", regions: ["b"], profiles },
      { tier: "flex", regions, profiles, aboveInputTokens: 5 },
      { tier: "flex", regions },
      { tier: "flex", profiles },
      { tier: "standard", regions, profiles },
    ];
    expect(parsePriceTable(withRows(...rows))).toHaveProperty("table");
  });

  it("that is refused replaces nothing (attack 16): the table in use is another object, and nobody can change it", () => {
    const broken = structuredClone(data) as { models: Record<string, { rows: { input?: number }[] }> };
    broken.models["zai.glm-5"]!.rows[0]!.input = -5;
    expect(parsePriceTable(broken)).toHaveProperty("fault.path", 'models["zai.glm-5"].rows[0].input');
    const [row] = shippedPrices().models.get("zai.glm-5")!.rows;
    expect(row?.input).toBe(1_000_000_000);
    expect(Object.isFrozen(row)).toBe(true);
  });

  it("comes with the package, with source and date", () => {
    expect(shippedPrices()).toBe(shippedPrices());
    expect(shippedPrices().version).toMatch(/^\d{4}-\d{2}-\d{2}/);
    const sources = Object.keys(shippedPrices().sources);
    const unsourced = [...shippedPrices().models].filter(
      ([, model]) => model.sources?.every((key) => sources.includes(key)) !== true,
    );
    expect(unsourced).toEqual([]);
  });
});

describe("an operator's prices", () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 0 };

  it("stand over the table's, model by model, by id, profile or ARN", () => {
    const arn = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc";
    const rows = (input: number): unknown => ({ rows: [{ tier: "standard", input, output: 1 }] });
    const mine = tableOf({
      version: "contract-7",
      models: { "zai.glm-5": rows(900_000_000), "us.amazon.nova-pro-v1:0": rows(5), [arn]: rows(0) },
    });
    const both = layOver(shippedPrices(), mine);
    const total = (model: string): unknown => costOf(usage, { model, region: "us-east-1" }, both);
    expect(total("zai.glm-5")).toMatchObject({ total: 900_000_000n, version: `${shippedPrices().version}+contract-7` });
    expect(total("us.amazon.nova-pro-v1:0")).toMatchObject({ total: 5n });
    expect(total("amazon.nova-pro-v1:0")).toMatchObject({ total: 800_000_000n });
    expect(total(arn)).toMatchObject({ known: true, total: 0n });
    // The whole entry is the operator's: prices for other regions or tiers do not shine through.
    expect(costOf(usage, { model: "zai.glm-5", region: "us-east-1", tier: "flex" }, both)).toMatchObject({
      known: false,
    });
  });

  it("of guardrails replace the table's where there are any, and quirks of both hold", () => {
    const first = tableOf({
      guardrails: [{ units: { a: 1, b: 1 } }],
      quirks: [{ stems: ["x."], routes: ["converse"], inputIncludesCache: true, why: "seen" }],
    });
    const both = layOver(first, tableOf({ guardrails: [{ units: { a: 2 } }] }));
    expect(both.guardrails).toEqual([{ units: new Map([["a", 2]]) }]);
    expect(both.quirks).toEqual(first.quirks);
    expect(layOver(first, tableOf({})).guardrails).toBe(first.guardrails);
  });
});
