import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { checkRegion, regionFromEnvironment } from "./region.ts";
import { refusalOf } from "./testing/refusal.ts";

/** Host that a region leads to; undefined where it is refused. */
function hostWith(region: string): string | undefined {
  try {
    return new URL(`https://bedrock.${checkRegion(region)}.amazonaws.com`).host;
  } catch (error) {
    if (AditError.isInstance(error)) {
      return undefined;
    }
    throw error;
  }
}

describe("checkRegion (K13)", () => {
  it.each([
    ["us-east-1", "us-east-1"],
    ["  eu-west-3\n", "eu-west-3"],
    ["us-gov-west-1", "us-gov-west-1"],
    ["us-isob-east-1", "us-isob-east-1"],
    ["eusc-de-east-1", "eusc-de-east-1"],
    ["ap-northeast-12", "ap-northeast-12"],
  ])("takes %j", (text, region) => {
    expect(checkRegion(text)).toBe(region);
  });

  it.each([
    ["us-west-2a", "that is an availability zone, use us-west-2."],
    ["https://us-west-2.console.aws.amazon.com/bedrock", "use us-west-2."],
    ["US-EAST-1", "use us-east-1."],
    ["us_east_1", "use us-east-1."],
    ["us east 1", "use us-east-1."],
    ["US West (Oregon)", "give the region's code, such as us-west-2, not its name."],
    ["", "give the region's code"],
    ["useast1", "give the region's code"],
    ["us-east-1.evil.example/", "use us-east-1."],
    ["us-east-1@evil", "use us-east-1."],
    ["us-east-1\u0000", "use us-east-1."],
    ["../us-east-1", "use us-east-1."],
    [`us-${"a-".repeat(50_000)}1`, "give the region's code"],
  ])("refuses %j with a hint", (text, hint) => {
    const error = refusalOf(() => checkRegion(text));
    expect(error).toMatchObject({ code: "invalid_region", status: 400, param: "region" });
    expect(error.message).toContain(hint);
    expect(error.message.length).toBeLessThan(250);
  });

  it("never lets anything pass that could change a host", () => {
    const candidate = fc.oneof(
      fc.string(),
      fc.string().map((tail) => `us-east-1${tail}`),
    );
    fc.assert(
      fc.property(candidate, (text) => {
        const host = hostWith(text);
        expect(host === undefined || host === `bedrock.${text.trim()}.amazonaws.com`).toBe(true);
      }),
    );
  });
});

describe("regionFromEnvironment", () => {
  it("takes AWS_REGION, then AWS_DEFAULT_REGION; an empty one is unset", () => {
    expect(regionFromEnvironment({ AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "eu-west-1" })).toBe("us-west-2");
    expect(regionFromEnvironment({ AWS_REGION: " ", AWS_DEFAULT_REGION: "eu-west-1" })).toBe("eu-west-1");
    expect(regionFromEnvironment({ AWS_REGION: "", AWS_DEFAULT_REGION: "" })).toBeUndefined();
    expect(() => regionFromEnvironment({ AWS_REGION: "Oregon" })).toThrow(/^AWS_REGION: "Oregon" is not/);
    expect(() => regionFromEnvironment({ AWS_DEFAULT_REGION: "Oregon" })).toThrow(/^AWS_DEFAULT_REGION: "Oregon"/);
  });
});
