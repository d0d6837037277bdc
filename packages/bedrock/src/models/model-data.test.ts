import { describe, expect, it } from "vitest";
import { z } from "zod";
import families from "./data/families.json" with { type: "json" };
import models from "./data/models.json" with { type: "json" };
import { factsOfModel } from "./facts-of-model.ts";
import { stripGeography } from "./geography.ts";
import type { ModelFacts, ModelFamily } from "./model-facts.ts";
import { dataFile } from "../wire/testing/data-checks.ts";

const media = z.enum(["image", "document", "video"]);
const can = z.strictObject({
  system: z.boolean(),
  tools: z.boolean(),
  toolsInStream: z.boolean(),
  toolChoice: z.array(z.enum(["auto", "any", "tool"])),
  images: z.boolean(),
  documents: z.boolean(),
  video: z.boolean(),
  audio: z.boolean(),
  cache: z.array(z.enum(["tools", "system", "messages"])),
  cacheOneHour: z.boolean(),
  outputConfig: z.boolean(),
  strictTools: z.boolean(),
  prefill: z.boolean(),
  toolResultStatus: z.boolean(),
  toolResultMedia: z.array(media),
  textBesideTools: z.boolean(),
  toolResultShared: z.boolean(),
  toolResultJson: z.boolean(),
  s3Sources: z.boolean(),
  systemMessages: z.boolean(),
  stopSequences: z.boolean(),
  blankStops: z.boolean(),
  assistantFirst: z.boolean(),
  trailingSpace: z.boolean(),
  reasoningLast: z.boolean(),
  cacheTtl: z.boolean(),
});
const sampling = z.strictObject({
  accepted: z.boolean(),
  exclusive: z.boolean(),
  topKPath: z.array(z.string()).min(1).optional(),
  penalties: z.strictObject({ least: z.number(), most: z.number() }).optional(),
});
const thinking = z.enum(["none", "budget", "budget-or-adaptive", "adaptive"]);
const effort = z.enum([
  "none",
  "claude",
  "reasoning_effort",
  "reasoning_config",
  "nova-reasoningConfig",
  "reasoning.effort",
  "reasoning.effort-always",
]);
const family = z.enum([
  "anthropic",
  "nova",
  "titan",
  "cohere-command",
  "cohere-command-r",
  "llama",
  "mistral-text",
  "mistral",
  "jamba",
  "jurassic",
  "deepseek",
  "gpt-oss",
  "qwen",
  "minimax",
  "moonshot",
  "zai",
  "nvidia",
  "gemma",
  "writer",
  "gpt",
  "unknown",
]);
const provenance = { source: z.string().min(50), date: z.iso.date() };
const geography = z.enum(["us", "us-gov", "ca", "eu", "apac", "jp", "au", "in", "global"]);

describe("the tables", () => {
  it("of families have the form that the code takes for granted, and their sources", () => {
    const flags = z.array(z.string().regex(/^[a-z0-9-]+-\d{4}-?\d{2}-?\d{2}$/));
    const line = z.strictObject({
      stems: z.array(z.string().regex(/^[a-z0-9.-]+$/)).min(1),
      family,
      why: z.string().optional(),
      can: can.partial().optional(),
      promptBody: z.literal(true).optional(),
      alwaysThinks: z.literal(true).optional(),
      bindsThinking: z.literal(true).optional(),
      thinking: thinking.optional(),
      effort: effort.optional(),
      sampling: sampling.partial().optional(),
      betas: flags.optional(),
    });
    const row = z.strictObject({
      can,
      thinking,
      effort,
      reasonsUnasked: z.boolean(),
      reasoningBack: z.enum(["any", "plain", "signed", "sealed"]),
      toolIds: z.enum(["any", "plain", "nine-letters"]),
      schemas: z.enum(["any", "nova", "claude"]),
      sampling,
    });
    const form = z.strictObject({
      ...provenance,
      refusedBetas: z.strictObject({ why: z.string(), flags }),
      families: z.record(family, row),
      lines: z.array(line),
    });
    expect(form.parse(families)).toEqual(families);
    const stems = families.lines.flatMap((entry) => entry.stems);
    expect(new Set(stems).size).toBe(stems.length);
  });

  it("of models have the form that the code takes for granted, and their sources", () => {
    const row = z.strictObject({
      output: z.enum(["image", "video", "speech", "embedding", "rerank"]).optional(),
      contextTokens: z.int().min(1_000).optional(),
      maxOutputTokens: z.int().min(1_000).optional(),
      geographies: z.array(geography).min(1).optional(),
      profileOnly: z.literal(true).optional(),
      regions: z
        .array(z.string().regex(/^[a-z]{2}(-gov)?-[a-z]+-\d$/))
        .min(1)
        .optional(),
      lifecycle: z.enum(["active", "legacy", "retired"]).optional(),
    });
    const id = z.string().regex(/^[a-z0-9-]{1,63}\.[a-z0-9.:-]{1,127}$/);
    const form = z.strictObject({ ...provenance, models: z.record(id, row) });
    expect(form.parse(models)).toEqual(models);
    // Keys are base ids; a model that is only in profiles has some.
    expect(Object.keys(models.models).filter((key) => stripGeography(key).geography !== undefined)).toEqual([]);
    const unreachable = Object.entries(form.parse(models).models).filter(
      ([, entry]) => entry.profileOnly === true && entry.geographies === undefined,
    );
    expect(unreachable).toEqual([]);
  });

  it.each(Object.keys(models.models))("say nothing of %s that contradicts itself", (id) => {
    const { can: able, sampling: asked, contextTokens, maxOutputTokens } = factsOfModel(id);
    expect(able.tools || (!able.toolsInStream && able.toolChoice.length === 0)).toBe(true);
    expect(able.tools || able.toolResultMedia.length === 0).toBe(true);
    expect(!able.cacheOneHour || (able.cacheTtl && able.cache.length > 0)).toBe(true);
    expect(able.images || !able.toolResultMedia.includes("image")).toBe(true);
    expect(able.documents || !able.toolResultMedia.includes("document")).toBe(true);
    expect(asked.accepted || asked.topKPath === undefined).toBe(true);
    expect(maxOutputTokens ?? 0).toBeLessThanOrEqual(contextTokens ?? Infinity);
  });
});

/** Families by the shape of the id, written apart from the tables. Ids without a provider are not Bedrock's. */
const shapes: readonly (readonly [shape: RegExp, family: ModelFamily])[] = [
  [/embed|rerank|sonic|canvas|reel|image-generator|^(stability|luma|twelvelabs|xai)\.|^[^.]*$|^rerank/, "unknown"],
  [/^anthropic\./, "anthropic"],
  [/^amazon\.nova/, "nova"],
  [/^amazon\.titan/, "titan"],
  [/^ai21\.jamba/, "jamba"],
  [/^ai21\.j2/, "jurassic"],
  [/^cohere\.command-r/, "cohere-command-r"],
  [/^cohere\.command/, "cohere-command"],
  [/^meta\./, "llama"],
  [/^mistral\.(mistral-7b|mixtral|mistral-large-2402|mistral-small-2402)/, "mistral-text"],
  [/^mistral\./, "mistral"],
  [/^deepseek\./, "deepseek"],
  [/^openai\.gpt-oss/, "gpt-oss"],
  [/^openai\.gpt/, "gpt"],
  [/^qwen\./, "qwen"],
  [/^minimax\./, "minimax"],
  [/^moonshot(ai)?\./, "moonshot"],
  [/^zai\./, "zai"],
  [/^nvidia\./, "nvidia"],
  [/^google\.gemma/, "gemma"],
  [/^writer\./, "writer"],
];

function familyByShape(id: string): ModelFamily | undefined {
  const bare = id.replace(/^(us|us-gov|eu|apac|jp|au|ca|in|global)\./, "");
  return shapes.find(([shape]) => shape.test(bare))?.[1];
}

/** The ids whose facts have another family than their shape. */
function otherwise(ids: readonly string[]): readonly string[] {
  return ids
    .filter((id) => factsOfModel(id).family !== familyByShape(id))
    .map((id) => `${id}: ${factsOfModel(id).family}`);
}

const files = [
  "models.bedrock",
  "models.bedrock-mantle",
  "models.models-dev",
  "prices.bedrock",
  "prices.bedrock-mantle",
];

it("every id of the tables is of the family that its shape says", () => {
  expect(otherwise(Object.keys(models.models))).toEqual([]);
});

describe.skipIf(dataFile("models.bedrock.json") === undefined)("other people's tables", () => {
  const read = (name: string): Record<string, Record<string, unknown>> =>
    dataFile(`${name}.json`) as Record<string, Record<string, unknown>>;

  it.each(files)("%s: every id is of the family that its shape says", (name) => {
    const ids = Object.keys(read(name));
    expect(ids.length).toBeGreaterThan(40);
    expect(otherwise(ids)).toEqual([]);
  });

  it("models.dev: windows, limits, and media agree", () => {
    const told = z.object({
      limit: z.object({ context: z.number().optional(), output: z.number().optional() }).optional(),
      modalities: z.object({ input: z.array(z.string()).optional() }).optional(),
    });
    // Sources disagree about these, models.dev with itself about the second, an invoice with it about the last two: see the `source` of the table.
    const disputed = [
      "amazon.nova-2-lite-v1:0",
      "anthropic.claude-sonnet-4-6",
      "qwen.qwen3-32b-v1:0",
      "openai.gpt-5.4",
      "openai.gpt-5.5",
    ];
    const entries = Object.entries(read("models.models-dev")).filter(
      ([id]) => factsOfModel(id).known && !disputed.includes(factsOfModel(id).baseId),
    );
    expect(entries.length).toBeGreaterThan(80);
    const ours = entries.map(([id]) => ({ id, ...figuresOf(factsOfModel(id)) }));
    const theirs = entries.map(([id, value]) => {
      const { limit, modalities } = told.parse(value);
      const own = figuresOf(factsOfModel(id));
      return {
        id,
        context: limit?.context ?? own.context,
        output: limit?.output ?? own.output,
        media: modalities?.input?.filter((kind) => ["image", "audio", "video"].includes(kind)) ?? own.media,
      };
    });
    expect(ours).toMatchObject(theirs.map(({ media: _media, ...figures }) => figures));
    const denied = theirs.filter(({ id, media: kinds }) =>
      kinds.some((kind) => !figuresOf(factsOfModel(id)).media.includes(kind)),
    );
    expect(denied).toEqual([]);
  });

  it("every profile that they name is in a geography of its model", () => {
    const ids = ["models.bedrock", "models.models-dev"].flatMap((name) => Object.keys(read(name)));
    const missing = ids.filter((id) => {
      const { geography: named } = stripGeography(id);
      const facts = factsOfModel(id);
      return named !== undefined && facts.known && !facts.geographies.includes(named);
    });
    expect(missing).toEqual([]);
  });
});

function figuresOf({ contextTokens, maxOutputTokens, can: able }: ModelFacts): {
  context: number | undefined;
  output: number | undefined;
  media: readonly string[];
} {
  const kinds = [able.images ? "image" : "", able.audio ? "audio" : "", able.video ? "video" : ""];
  return { context: contextTokens, output: maxOutputTokens, media: kinds.filter((kind) => kind !== "") };
}
