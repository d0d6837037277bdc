/** The price table beside the lists that it was taken from: read here again, by other means, entry by entry. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { dataFile } from "../../wire/testing/data-checks.ts";
import { catalogueModels } from "../catalogue.ts";
import { stripGeography } from "../geography.ts";
import { costOf } from "./cost.ts";
import { dollarsOf } from "./dollars.ts";
import type { PriceTier } from "./price-table.ts";
import { shippedPrices } from "./shipped-prices.ts";

const table = shippedPrices();
/** Short enough for the price of short contexts; times 20 it is a million. */
const share = 50_000;
const usage = { inputTokens: share, outputTokens: share };

/** Dollars for a million tokens in and a million out, as decimal texts; undefined where either is unknown. */
function inAndOut(model: string, region: string, tier: PriceTier = "standard"): readonly (string | undefined)[] {
  const { parts } = costOf(usage, { model, region, tier }, table);
  return [parts["input"], parts["output"]].map((part) => (part === undefined ? undefined : dollarsOf(20n * part)));
}

describe("examples, copied from the sources by hand", () => {
  it.each([
    ["anthropic.claude-haiku-4-5-20251001-v1:0", "us-east-1", "1", "5"],
    ["anthropic.claude-3-5-sonnet-20241022-v2:0", "us-west-2", "3", "15"],
    ["eu.anthropic.claude-opus-4-8", "eu-central-1", "5.5", "27.5"],
    ["global.anthropic.claude-opus-4-8", "eu-central-1", "5", "25"],
    ["us-gov.anthropic.claude-sonnet-5", "us-gov-west-1", "2.4", "12"],
    ["amazon.nova-pro-v1:0", "us-east-1", "0.8", "3.2"],
    ["eu.amazon.nova-pro-v1:0", "eu-south-1", "1.28", "5.21"],
    ["amazon.nova-micro-v1:0", "ap-southeast-2", "0.03605", "0.1442"],
    ["us.amazon.nova-2-lite-v1:0", "us-east-1", "0.33", "2.75"],
    ["cohere.command-r-plus-v1:0", "us-east-1", "3", "15"],
    ["meta.llama3-3-70b-instruct-v1:0", "us-east-1", "0.72", "0.72"],
    ["us.meta.llama4-maverick-17b-instruct-v1:0", "us-east-1", "0.24", "0.97"],
    ["openai.gpt-oss-120b-1:0", "us-west-2", "0.15", "0.6"],
    ["openai.gpt-oss-120b-1:0", "eu-west-2", "0.23", "0.93"],
    ["cohere.embed-english-v3", "us-east-1", "0.1", undefined],
    ["us.cohere.embed-v4:0", "us-east-1", "0.12", undefined],
    ["amazon.titan-embed-text-v2:0", "us-east-1", "0.02", undefined],
    ["global.xai.grok-4.6", "us-east-1", "2", "6"],
    ["xai.grok-4.3", "us-east-1", "1.25", "2.5"],
  ])("%s in %s", (model, region, input, output) => {
    expect(inAndOut(model, region)).toEqual([input, output]);
  });

  it("by tier: GPT-oss in priority, flex and batch", () => {
    const at = (tier: PriceTier): unknown => inAndOut("openai.gpt-oss-20b-1:0", "eu-central-1", tier);
    expect([at("priority"), at("flex"), at("batch")]).toEqual([
      ["0.1575", "0.7"],
      ["0.045", "0.2"],
      ["0.05", "0.2"],
    ]);
    expect(inAndOut("anthropic.claude-opus-5", "us-east-1", "batch")).toEqual(["2.5", "12.5"]);
  });
});

const price = z.object({ price: z.number() });
const paid = z.object({
  pay_as_you_go: z.object({
    request_token: price.optional(),
    response_token: price.optional(),
    cache_read_input_token: price.optional(),
  }),
});
const portkeyList = z.record(
  z.string(),
  z.object({
    pricing_config: paid,
    custom_pricing: z
      .object({
        regions: z.record(
          z.string(),
          z.object({ execution_modes: z.record(z.string(), z.object({ pricing_config: paid.optional() })) }),
        ),
      })
      .optional(),
  }),
);

/** Cents a token as dollars for a million tokens, by the digits that the number is written with. */
function dollars(cents: number | undefined): string | undefined {
  return cents === undefined ? undefined : String(Number((cents * 1e4).toPrecision(12)));
}

/** By base id: where the table says otherwise than Portkey, for the reasons that the table gives. */
const otherwise = new Set([
  "amazon.titan-embed-image-v1",
  "openai.gpt-5.4",
  "openai.gpt-5.5",
  "openai.gpt-oss-20b",
  "openai.gpt-oss-120b",
  "nvidia.nemotron-nano-12b-v2",
  "xai.grok-4.6",
]);

describe.skipIf(dataFile("prices.bedrock.json") === undefined)("Portkey's list", () => {
  const list = portkeyList.parse(dataFile("prices.bedrock.json") ?? {});
  const ids = new Set(catalogueModels().map((model) => model.id));
  const isText = (id: string): boolean => !/rerank|stability/.test(id);
  const listed = Object.keys(list).filter((id) => ids.has(stripGeography(id).baseId) && isText(id));

  it("every model of the catalogue that it prices has a price here", () => {
    const missing = [...ids].filter((id) => id in list && !table.models.has(id));
    // Why not: the table's `sources`.
    expect(missing).toEqual([
      "amazon.titan-embed-image-v1",
      "stability.stable-diffusion-xl-v0",
      "stability.stable-diffusion-xl-v1",
    ]);
    expect(listed.length).toBeGreaterThan(100);
  });

  it.each(listed.filter((id) => !otherwise.has(stripGeography(id).baseId)))("%s: in every region and tier", (id) => {
    const entry = list[id]!;
    const isDisputed = id.startsWith("eu.anthropic.");
    const general = entry.pricing_config.pay_as_you_go;
    const expected = (paidFor: z.infer<typeof paid>["pay_as_you_go"]): unknown => [
      dollars(paidFor.request_token?.price),
      id.includes("embed") ? undefined : dollars(paidFor.response_token?.price),
    ];
    expect(inAndOut(id, "us-east-1")).toEqual(isDisputed ? tenthMore(expected(general)) : expected(general));
    const elsewhere = Object.entries(entry.custom_pricing?.regions ?? {}).filter(([name]) => name !== "default");
    for (const [names, { execution_modes: modes }] of elsewhere) {
      for (const region of names.split(",")) {
        for (const [tier, { pricing_config: config }] of Object.entries(modes)) {
          expect([region, tier, inAndOut(id, region, tier as PriceTier)]).toEqual([
            region,
            tier,
            config && expected(config.pay_as_you_go),
          ]);
        }
      }
    }
  });

  function tenthMore(prices: unknown): unknown {
    return (prices as string[]).map((text) => String(Number((Number(text) * 1.1).toPrecision(12))));
  }
});

describe.skipIf(dataFile("models.models-dev.json") === undefined)("models.dev", () => {
  const list = z
    .record(
      z.string(),
      z.object({
        cost: z.object({
          input: z.number(),
          output: z.number(),
          cache_read: z.number().optional(),
          cache_write: z.number().optional(),
        }),
      }),
    )
    .parse(dataFile("models.models-dev.json") ?? {});

  it("agrees, save where the table notes a dispute", () => {
    const differing = Object.entries(list).filter(([id, { cost }]) => {
      const cached = { cacheReadInputTokens: share, cacheWriteInputTokens: share };
      const { parts } = costOf({ ...usage, ...cached }, { model: id, region: "us-east-1" }, table);
      const theirs = {
        input: cost.input,
        output: cost.output,
        cacheRead: cost.cache_read,
        cacheWrite5m: cost.cache_write,
      };
      return Object.entries(theirs).some(
        ([unit, figure]) => figure !== undefined && 20n * (parts[unit] ?? -1n) !== BigInt(Math.round(figure * 1e9)),
      );
    });
    const undisputed = differing.filter(([id]) => table.models.get(stripGeography(id).baseId)?.disputed === undefined);
    expect(undisputed).toEqual([]);
    expect(differing.length).toBeLessThan(15);
  });
});
