import { describe, expect, it } from "vitest";
import { geographyOfRegion, profileIdFor, stripGeography, geographyOfRegions } from "./geography.ts";
import { factsOfModel } from "./facts-of-model.ts";
import { modelRows } from "./model-data.ts";

describe("an id's geography", () => {
  it.each(["us", "eu", "ap", "apac", "ca", "au", "jp", "us-gov", "global", "sa", "amer", "in"])(
    "%s. is one",
    (geography) => {
      expect(stripGeography(`${geography}.anthropic.claude-sonnet-4-6`)).toEqual({
        geography,
        baseId: "anthropic.claude-sonnet-4-6",
      });
    },
  );

  it.each(["kr", "mx", "me", "uk", "eu-west"])(
    "%s., which is not in the list, is one before a known line",
    (geography) => {
      expect(stripGeography(`${geography}.anthropic.claude-sonnet-4-6`).geography).toBe(geography);
      expect(factsOfModel(`${geography}.anthropic.claude-sonnet-4-6`)).toMatchObject({
        ...factsOfModel("us.anthropic.claude-sonnet-4-6"),
        id: `${geography}.anthropic.claude-sonnet-4-6`,
      });
    },
  );

  it.each(["kr.house.model", "a-team's.anthropic.claude-sonnet-4-6", "mistral.amazon.nova-pro-v1:0", "kr.anthropic"])(
    "%j has none either",
    (id) => {
      expect(stripGeography(id)).toEqual({ geography: undefined, baseId: id });
    },
  );

  it.each([
    "ai21.jamba-1-5-large-v1:0",
    "amazon.nova-lite-v1:0",
    "moonshotai.kimi-k2.5",
    "deepseek.v3.2",
    "qwen.qwen3-32b-v1:0",
    "in.house",
    "us",
    "us.",
    "",
    ".us.model",
    "US.anthropic.claude-v2",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
  ])("%j has none", (id) => {
    expect(stripGeography(id)).toEqual({ geography: undefined, baseId: id });
  });

  it("is taken off once", () => {
    expect(stripGeography("us.in.openai.gpt-5.6-luna").baseId).toBe("in.openai.gpt-5.6-luna");
    expect(stripGeography("in.openai.gpt-5.6-luna")).toEqual({ geography: "in", baseId: "openai.gpt-5.6-luna" });
  });
});

describe("a region's geography", () => {
  it.each([
    ["us-east-1", "us"],
    ["us-west-2", "us"],
    ["us-gov-west-1", "us-gov"],
    ["eu-west-1", "eu"],
    ["eu-south-2", "eu"],
    ["ca-central-1", "ca"],
    ["ap-northeast-1", "jp"],
    ["ap-northeast-3", "jp"],
    ["ap-northeast-2", "apac"],
    ["ap-southeast-1", "apac"],
    ["ap-southeast-2", "au"],
    ["ap-southeast-4", "au"],
    ["ap-south-1", "in"],
    ["sa-east-1", "sa"],
  ])("%s is in %s", (region, geography) => {
    expect(geographyOfRegion(region)).toBe(geography);
  });

  it.each([
    "me-central-1",
    "af-south-1",
    "il-central-1",
    "cn-north-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eusc-de-east-1",
    "",
  ])("%j is in none", (region) => {
    expect(geographyOfRegion(region)).toBeUndefined();
  });
});

describe("the geography of a profile, by the regions that it routes to", () => {
  it.each([
    [["eu-west-1", "eu-central-1", "eu-north-1"], "eu"],
    [["ap-northeast-1", "ap-northeast-3"], "jp"],
    [["ap-northeast-1", "ap-southeast-2"], "apac"],
    [["us-east-1", "us-west-2"], "us"],
    [["us-east-1", ""], "global"],
    [["us-east-1", "eu-west-1"], "global"],
    [["eu-west-1"], undefined],
    [["eu-west-1", "eu-west-1"], undefined],
  ])("%j -> %s", (regions, geography) => {
    expect(geographyOfRegions(regions)).toBe(geography);
  });
});

describe("the profile for a model in a region", () => {
  const sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0";

  it.each([
    [sonnet, "us-east-1", `us.${sonnet}`],
    [sonnet, "us-gov-west-1", `us-gov.${sonnet}`],
    [sonnet, "eu-north-1", `eu.${sonnet}`],
    [sonnet, "ap-northeast-1", `jp.${sonnet}`],
    [sonnet, "ap-southeast-2", `au.${sonnet}`],
    // Older models have the one profile of Asia and the Pacific.
    ["amazon.nova-lite-v1:0", "ap-northeast-1", "apac.amazon.nova-lite-v1:0"],
    ["amazon.nova-lite-v1:0", "ap-southeast-2", "apac.amazon.nova-lite-v1:0"],
    ["amazon.nova-lite-v1:0", "ap-south-1", "apac.amazon.nova-lite-v1:0"],
    ["amazon.nova-lite-v1:0", "ca-central-1", "ca.amazon.nova-lite-v1:0"],
    // Not in the data: the region decides.
    ["anthropic.claude-novel-9", "eu-west-3", "eu.anthropic.claude-novel-9"],
    ["anthropic.claude-novel-9", "ap-northeast-1", "jp.anthropic.claude-novel-9"],
  ])("%s in %s is %s", (model, region, profile) => {
    expect(profileIdFor(model, region)).toBe(profile);
  });

  it.each([
    ["deepseek.r1-v1:0", "eu-west-1"],
    [sonnet, "ap-south-1"],
    [sonnet, "me-central-1"],
    [`us.${sonnet}`, "us-east-1"],
    [`global.${sonnet}`, "us-east-1"],
    ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", "us-east-1"],
    ["abcdef123456", "us-east-1"],
    ["", "us-east-1"],
  ])("%s in %s is none", (model, region) => {
    expect(profileIdFor(model, region)).toBeUndefined();
  });

  it.each([
    ["us-east-1", ["us"]],
    ["us-gov-west-1", ["us-gov"]],
    ["ca-central-1", ["ca"]],
    ["sa-east-1", ["sa"]],
    ["eu-west-1", ["eu"]],
    ["ap-northeast-1", ["jp", "apac"]],
    ["ap-south-1", ["in", "apac"]],
  ])("never leaves the geography of %s, whatever the model", (region, own) => {
    const profiles = [...modelRows.keys()].flatMap((model) => {
      const profile = profileIdFor(model, region);
      return profile === undefined ? [] : [{ model, profile }];
    });
    expect(profiles).not.toEqual([]);
    const allowed = profiles.map(({ model }) => own.map((geography) => `${geography}.${model}`));
    profiles.forEach(({ profile }, index) => expect(allowed[index]).toContain(profile));
  });
});
