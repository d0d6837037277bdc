/** The catalogue of models that comes with Adit, with prices. */
import { priceTiers } from "@adit/bedrock";
import { z } from "zod";
import { named, texts } from "./schema.ts";

const nanoDollars = z.int().min(0).optional();

const price = z.strictObject({
  tier: z.enum(priceTiers),
  regions: texts.optional().describe("Absent: those that no other row names."),
  profiles: texts
    .optional()
    .describe("Geographies of inference profiles. Absent: a call without one, or by one that no other row names."),
  above_input_tokens: z.int().optional().describe("The row holds for a request with more input than this."),
  input: nanoDollars,
  output: nanoDollars,
  cache_read: nanoDollars,
  cache_write_5m: nanoDollars,
  cache_write_1h: nanoDollars,
  image: nanoDollars,
  second: nanoDollars,
  query: nanoDollars,
});

const model = z.strictObject({
  id: z.string(),
  object: z.literal("catalog-model"),
  provider: z.string(),
  input: texts.nullable().describe("What it reads; null where the data does not say."),
  output: z.enum(["text", "image", "video", "speech", "embedding", "rerank"]),
  context_tokens: z.int().nullable(),
  max_output_tokens: z.int().nullable(),
  capabilities: texts.nullable(),
  lifecycle: z.string(),
  profile_only: z.boolean().describe("AWS refuses the bare id on demand: name one of inference_profiles."),
  inference_profiles: texts,
  regions: texts.nullable().describe("Those known to offer it, not all; null where none is known."),
  prices: z
    .array(price)
    .nullable()
    .describe(
      "Nano-dollars: per million tokens, or for one image, second or query. What a row lacks is unknown, never 0.",
    ),
  price_sources: texts.describe("Names of `sources`: with one alone, no second confirms the prices."),
});

export const modelCatalog = named(
  "ModelCatalog",
  z.strictObject({
    object: z.literal("list"),
    success: z.literal(true),
    total: z.int(),
    data: z.array(model),
    price_version: z.string(),
    price_date: z.iso.date().describe("The day that the prices are of."),
    sources: z.record(z.string(), z.string()),
  }),
  {
    object: "list",
    success: true,
    total: 1,
    data: [
      {
        id: "amazon.nova-micro-v1:0",
        object: "catalog-model",
        provider: "amazon",
        input: ["text"],
        output: "text",
        context_tokens: 128_000,
        max_output_tokens: 10_000,
        capabilities: ["system", "tools"],
        lifecycle: "active",
        profile_only: false,
        inference_profiles: ["us.amazon.nova-micro-v1:0"],
        regions: ["us-east-1"],
        prices: [{ tier: "standard", input: 35_000_000, output: 140_000_000 }],
        price_sources: ["portkey"],
      },
    ],
    price_version: "2026-08-21",
    price_date: "2026-08-21",
    sources: { portkey: "Portkey-AI/models" },
  },
);
