import { describe, expect, it } from "vitest";
import { takesBeta } from "./betas.ts";
import { catalogueModels } from "./catalogue.ts";
import { factsOfModel } from "./facts-of-model.ts";
import type { ModelFacts, ModelFamily } from "./model-facts.ts";

const haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";
const opaque = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/1arbu5hu2sjr";

/** S12: the models that AI Squared's connector names, and the families whose native bodies it sends them. */
const connectorModels: Partial<Record<ModelFamily, readonly string[]>> = {
  jamba: ["ai21.jamba-1-5-large-v1:0", "ai21.jamba-1-5-mini-v1:0"],
  nova: ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"],
  titan: ["amazon.titan-text-premier-v1:0", "amazon.titan-text-express-v1", "amazon.titan-text-lite-v1"],
  anthropic: [
    "anthropic.claude-3-7-sonnet-20250219-v1:0",
    "anthropic.claude-3-5-haiku-20241022-v1:0",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "anthropic.claude-3-5-sonnet-20240620-v1:0",
    "anthropic.claude-3-opus-20240229-v1:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
  ],
  "cohere-command-r": ["cohere.command-r-v1:0", "cohere.command-r-plus-v1:0"],
  "cohere-command": ["cohere.command-text-v14", "cohere.command-light-text-v14"],
  deepseek: ["us.deepseek.r1-v1:0"],
  llama: ["3-3-70b", "3-2-11b", "3-2-1b", "3-2-3b", "3-2-90b", "3-1-70b", "3-1-8b", "3-70b", "3-8b"].map(
    (name) => `meta.llama${name}-instruct-v1:0`,
  ),
  "mistral-text": [
    "mistral.mistral-large-2402-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.mixtral-8x7b-instruct-v0:1",
    "mistral.mistral-small-2402-v1:0",
  ],
  mistral: ["mistral.pixtral-large-2502-v1:0"],
};
const connectorRows = Object.entries(connectorModels).flatMap(([family, ids]) =>
  ids.map((id) => [id, family] as const),
);

describe("the connector's models", () => {
  it("are 33", () => {
    expect(connectorRows).toHaveLength(33);
  });

  it.each(connectorRows)("%s is known, of family %s", (id, family) => {
    expect(factsOfModel(id)).toMatchObject({ id, family, known: true });
  });
});

describe("the forms of an id", () => {
  it.each([
    haiku,
    `us.${haiku}`,
    `global.${haiku}`,
    `arn:aws:bedrock:us-east-1::foundation-model/${haiku}`,
    `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.${haiku}`,
    `arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.${haiku}`,
    `arn:aws:bedrock:us-east-1:123456789012:custom-model/${haiku}/abcdef123456`,
    `${haiku}:200k`,
  ])("%s has the facts of the foundation model", (id) => {
    const { id: _own, ...facts } = factsOfModel(id);
    const { id: _plain, ...plain } = factsOfModel(haiku);
    expect(facts).toEqual(plain);
    expect(factsOfModel(id).id).toBe(id);
    expect(facts).toMatchObject({ baseId: haiku, provider: "anthropic", family: "anthropic", known: true });
  });

  it("keeps a suffix that belongs to the id", () => {
    expect(factsOfModel("amazon.titan-text-lite-v1:0:4k").baseId).toBe("amazon.titan-text-lite-v1:0");
    expect(factsOfModel("anthropic.claude-v2:1").baseId).toBe("anthropic.claude-v2:1");
  });
});

describe("an opaque ARN", () => {
  it.each([`arn:aws:bedrock:us-east-1::foundation-model/${haiku}`, haiku, `us.${haiku}`])(
    "has the facts of the model that AWS told: %s",
    (foundationModel) => {
      const facts = factsOfModel(opaque, foundationModel);
      expect(facts).toMatchObject({ id: opaque, baseId: haiku, family: "anthropic", known: true, thinking: "budget" });
    },
  );

  it.each([
    opaque,
    "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdef123456",
    "arn:aws:bedrock:us-east-1:123456789012:imported-model/abcdef123456",
    "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345:1",
    "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/anthropic.claude:1",
    "arn:aws:sagemaker:us-east-1:123456789012:endpoint/endpoint-quick-start-idr7y",
    "abcdef123456",
    "gpt-4o",
    "",
    "a".repeat(5_000_000),
  ])("allows everything where nothing is known (%#)", (id) => {
    expect(factsOfModel(id)).toMatchObject({
      baseId: id,
      family: "unknown",
      provider: "",
      known: false,
      can: {
        system: true,
        tools: true,
        toolsInStream: true,
        toolChoice: ["auto", "any", "tool"],
        images: true,
        documents: true,
        video: true,
        audio: true,
        cache: ["tools", "system", "messages"],
        prefill: true,
      },
      thinking: "budget-or-adaptive",
      sampling: { accepted: true, exclusive: false },
      profileOnly: false,
      regions: [],
      geographies: [],
      lifecycle: "unknown",
    });
    expect(factsOfModel(id).betas).toBeUndefined();
  });

  it("is not fooled by a foundation model that is none", () => {
    expect(factsOfModel(opaque, "nonsense")).toMatchObject({ baseId: opaque, family: "unknown" });
  });
});

/** Claude's generations, as Anthropic documents them: thinking, sampling, prefill. */
const generations: readonly (readonly [
  id: string,
  thinking: ModelFacts["thinking"],
  sampling: "free" | "exclusive" | "refused",
  prefill: boolean,
])[] = [
  ["anthropic.claude-3-haiku-20240307-v1:0", "none", "free", true],
  ["anthropic.claude-3-5-haiku-20241022-v1:0", "none", "free", true],
  ["anthropic.claude-3-5-sonnet-20241022-v2:0", "none", "free", true],
  ["anthropic.claude-3-7-sonnet-20250219-v1:0", "budget", "free", true],
  ["anthropic.claude-sonnet-4-20250514-v1:0", "budget", "free", true],
  ["anthropic.claude-opus-4-20250514-v1:0", "budget", "free", true],
  ["anthropic.claude-opus-4-1-20250805-v1:0", "budget", "exclusive", true],
  ["anthropic.claude-sonnet-4-5-20250929-v1:0", "budget", "exclusive", true],
  ["anthropic.claude-haiku-4-5-20251001-v1:0", "budget", "exclusive", true],
  ["anthropic.claude-opus-4-5-20251101-v1:0", "budget", "exclusive", true],
  ["anthropic.claude-sonnet-4-6", "budget-or-adaptive", "exclusive", false],
  ["anthropic.claude-opus-4-6-v1", "budget-or-adaptive", "exclusive", false],
  ["anthropic.claude-opus-4-7", "adaptive", "refused", false],
  ["anthropic.claude-opus-4-8", "adaptive", "refused", false],
  ["anthropic.claude-opus-5", "adaptive", "refused", false],
  ["anthropic.claude-sonnet-5", "adaptive", "refused", false],
  ["anthropic.claude-fable-5", "adaptive", "refused", false],
];

describe("the generations of Claude", () => {
  it.each(generations)("%s", (id, thinking, sampling, prefill) => {
    const facts = factsOfModel(id);
    expect(facts.known).toBe(true);
    expect(facts.thinking).toBe(thinking);
    expect(facts.effort).toBe(thinking === "none" ? "none" : "claude");
    expect(facts.sampling.accepted).toBe(sampling !== "refused");
    expect(facts.sampling.exclusive).toBe(sampling === "exclusive");
    expect(facts.sampling.topKPath).toEqual(sampling === "refused" ? undefined : ["top_k"]);
    expect(facts.can.prefill).toBe(prefill);
    expect(facts.can.toolChoice).toEqual(["auto", "any", "tool"]);
    expect(facts.can.video).toBe(false);
  });

  it("take structured output from 4.5 to 4.6", () => {
    const taking = generations.map(([id]) => id).filter((id) => factsOfModel(id).can.outputConfig);
    expect(taking).toEqual([
      "anthropic.claude-sonnet-4-5-20250929-v1:0",
      "anthropic.claude-haiku-4-5-20251001-v1:0",
      "anthropic.claude-opus-4-5-20251101-v1:0",
      "anthropic.claude-sonnet-4-6",
      "anthropic.claude-opus-4-6-v1",
    ]);
    expect(taking.every((id) => factsOfModel(id).can.strictTools)).toBe(true);
  });

  it("take cache points from 3.5 Haiku and 3.7 on", () => {
    const without = generations.map(([id]) => id).filter((id) => factsOfModel(id).can.cache.length === 0);
    expect(without).toEqual(["anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-5-sonnet-20241022-v2:0"]);
    for (const id of ["anthropic.claude-3-7-sonnet-20250219-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"]) {
      expect(factsOfModel(id).can.cache).toEqual(["tools", "system", "messages"]);
    }
    expect(factsOfModel("anthropic.claude-3-7-sonnet-20250219-v1:0").can.cacheOneHour).toBe(false);
    expect(factsOfModel("anthropic.claude-sonnet-4-5-20250929-v1:0").can.cacheOneHour).toBe(true);
  });

  it("alone are known to refuse a last message of the assistant, from 4.6 on", () => {
    const refusing = catalogueModels().filter(({ id }) => !factsOfModel(id).can.prefill);
    expect(refusing.map(({ id }) => id)).toEqual(
      generations.flatMap(([id, , , prefill]) => (prefill ? [] : [id])).toSorted(),
    );
  });

  it("keep to their generation in ids that the data does not have", () => {
    expect(factsOfModel("us.anthropic.claude-sonnet-4-5-20990101-v9:0")).toMatchObject({
      known: false,
      family: "anthropic",
      thinking: "budget",
    });
    // A new generation behaves as the newest known one.
    expect(factsOfModel("anthropic.claude-sonnet-4-9")).toMatchObject({ known: false, thinking: "adaptive" });
    expect(factsOfModel("anthropic.claude-opus-4-10").thinking).toBe("adaptive");
    expect(factsOfModel("anthropic.claude-novel-9").sampling.accepted).toBe(false);
  });

  it("know which betas are taken", () => {
    expect(factsOfModel("anthropic.claude-opus-4-7").betas).toEqual([]);
    const betas = factsOfModel("us.anthropic.claude-sonnet-4-5-20250929-v1:0").betas ?? [];
    expect(betas).toContain("interleaved-thinking-2025-05-14");
    for (const refused of ["oauth-2025-04-20", "prompt-caching-scope-2026-01-05", "fast-mode-2026-02-01"]) {
      expect(generations.flatMap(([id]) => factsOfModel(id).betas ?? [])).not.toContain(refused);
      expect(takesBeta(factsOfModel("anthropic.claude-opus-4-8"), refused)).toBe(false);
    }
    // Not known: all others are sent.
    expect(factsOfModel("anthropic.claude-opus-4-8").betas).toBeUndefined();
    expect(takesBeta(factsOfModel("anthropic.claude-opus-4-8"), "flag-of-the-future-2031-01-01")).toBe(true);
    expect(factsOfModel("amazon.nova-lite-v1:0").betas).toBeUndefined();
  });
});

describe("other families", () => {
  it("Nova caches system and messages, not tools, and takes top_k in its own place", () => {
    const lite = factsOfModel("us.amazon.nova-lite-v1:0");
    expect(lite.can.cache).toEqual(["system", "messages"]);
    expect(lite.sampling.topKPath).toEqual(["inferenceConfig", "topK"]);
    expect(lite.can).toMatchObject({ images: true, documents: true, video: true, s3Sources: true });
    expect(factsOfModel("amazon.nova-micro-v1:0").can).toMatchObject({ images: false, documents: false, video: false });
    expect(factsOfModel("amazon.nova-2-lite-v1:0").effort).toBe("nova-reasoningConfig");
    for (const first of ["micro", "lite", "pro", "premier"]) {
      expect(factsOfModel(`us.amazon.nova-${first}-v1:0`).effort).toBe("none");
    }
    // A new generation behaves as the newest known one.
    for (const later of ["us.amazon.nova-2-pro-v1:0", "amazon.nova-3-lite-v1:0"]) {
      expect(factsOfModel(later)).toMatchObject({ known: false, effort: "nova-reasoningConfig" });
    }
  });

  it.each([
    "meta.llama3-1-70b-instruct-v1:0",
    "meta.llama3-3-70b-instruct-v1:0",
    "meta.llama4-maverick-17b-instruct-v1:0",
    "mistral.mistral-large-2402-v1:0",
    "mistral.mistral-large-2407-v1:0",
    "mistral.pixtral-large-2502-v1:0",
    "writer.palmyra-x5-v1:0",
  ])("%s takes tools, not in a stream", (id) => {
    expect(factsOfModel(id).can).toMatchObject({ tools: true, toolsInStream: false });
  });

  it("a Command that the data does not have is a Command R, not one of the first, which had neither system nor tools", () => {
    const later = factsOfModel("cohere.command-a-03-2026-v1:0");
    const newest = factsOfModel("cohere.command-r-plus-v1:0");
    expect(later).toMatchObject({ known: false, family: "cohere-command-r", can: newest.can });
  });

  it.each([
    "amazon.titan-text-express-v1",
    "cohere.command-text-v14",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.mixtral-8x7b-instruct-v0:1",
    "ai21.j2-ultra-v1",
  ])("%s takes neither system nor tools", (id) => {
    expect(factsOfModel(id).can).toMatchObject({ system: false, tools: false, toolsInStream: false, toolChoice: [] });
  });

  it.each([
    "meta.llama3-70b-instruct-v1:0",
    "meta.llama3-2-3b-instruct-v1:0",
    "deepseek.r1-v1:0",
    "google.gemma-3-12b-it",
  ])("%s takes system, not tools", (id) => {
    expect(factsOfModel(id).can).toMatchObject({ system: true, tools: false });
  });

  it.each<[string, ModelFacts["effort"]]>([
    ["openai.gpt-oss-120b-1:0", "reasoning_effort"],
    ["openai.gpt-oss-20b", "reasoning_effort"],
    ["qwen.qwen3-32b-v1:0", "reasoning_config"],
    ["deepseek.v3-v1:0", "reasoning_config"],
    ["deepseek.v3.2", "reasoning_config"],
    ["deepseek.r1-v1:0", "none"],
    ["amazon.nova-lite-v1:0", "none"],
    ["moonshot.kimi-k2-thinking", "none"],
  ])("%s takes effort as %s", (id, effort) => {
    expect(factsOfModel(id).effort).toBe(effort);
  });

  it("Writer refuses the status of a tool result", () => {
    expect(factsOfModel("us.writer.palmyra-x4-v1:0").can.toolResultStatus).toBe(false);
  });
});

describe("facts", () => {
  it("are the same object again, and nobody can change them", () => {
    const facts = factsOfModel(`us.${haiku}`);
    expect(factsOfModel(`us.${haiku}`)).toBe(facts);
    expect(factsOfModel(opaque, haiku)).toBe(factsOfModel(opaque, haiku));
    expect(factsOfModel(opaque)).not.toBe(factsOfModel(opaque, haiku));
    expect(() => Object.assign(facts, { family: "nova" })).toThrow(TypeError);
    expect(() => Object.assign(facts.can, { tools: false })).toThrow(TypeError);
    expect(() => Object.assign(facts.sampling, { accepted: false })).toThrow(TypeError);
  });

  it("of a family are found by whole parts of the id alone", () => {
    expect(factsOfModel("anthropic.claude-3-5-haiku-x").thinking).toBe("none");
    expect(factsOfModel("anthropic.claude-3-5-haikus").thinking).toBe("adaptive");
    expect(factsOfModel("anthropics.claude-3-5-haiku").family).toBe("unknown");
    expect(factsOfModel(`amazon.nova-micro${"-x".repeat(900)}`)).toMatchObject({ family: "nova", known: false });
  });

  it("are forgotten in turn: strangers cannot fill the memory", () => {
    const first = factsOfModel("stranger.model-0");
    for (let number = 1; number <= 2_000; number += 1) {
      factsOfModel(`stranger.model-${number}`);
    }
    const again = factsOfModel("stranger.model-0");
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});
