import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesFolder, recordingsFolder, regionOf } from "../validate/testing/recorded-calls.ts";
import { publishedModelIds, serviceShapes } from "../validate/testing/service-model.ts";
import { catalogue } from "./catalogue.ts";
import { foundationModel, inferenceProfile, inferenceProfiles, listFoundationModels } from "./models.ts";
import { resolveModel } from "./resolve-model.ts";

type Json = Record<string, unknown>;

/** One exchange of GetInferenceProfile, recorded with AWS or written for the project. */
interface ProfileExchange {
  id: string;
  model_id: string;
  resolved_model_id: string;
  request: { host: string };
  response: { status: number; body_json: Json };
}

const account = "123456789012";
const shapes = serviceShapes("bedrock");
const publishedIds = publishedModelIds();

/** What a value breaks of a shape of AWS's control plane. */
function faults(value: unknown, name: string): string[] {
  const shape = shapes![name]!;
  if (shape.type === "structure") {
    const given = value as Json;
    const missing = (shape.required ?? [])
      .filter((key) => given[key] === undefined)
      .map((key) => `${name}.${key} missing`);
    const odd = Object.keys(given)
      .filter((key) => shape.members?.[key] === undefined)
      .map((key) => `${name}.${key} unknown`);
    return [
      ...missing,
      ...odd,
      ...Object.entries(given).flatMap(([key, item]) =>
        shape.members?.[key] === undefined ? [] : faults(item, shape.members[key].shape),
      ),
    ];
  }
  if (shape.type === "list") return (value as unknown[]).flatMap((item) => faults(item, shape.member!.shape));
  if (shape.type !== "string") return [];
  const text = String(value);
  const isFine =
    (shape.enum?.includes(text) ?? true) &&
    new RegExp(`^(?:${shape.pattern ?? "[\\s\\S]*"})$`).test(text) &&
    text.length <= (shape.max ?? Infinity) &&
    text.length >= (shape.min ?? 0);
  return isFine ? [] : [`${name}: ${text}`];
}

describe.skipIf(shapes === undefined)("shapes of AWS's control plane", () => {
  it("hold every model", () => {
    // The enum of modalities names TEXT, IMAGE and EMBEDDING; AWS lists VIDEO and SPEECH too.
    const known = /ModelModality: (VIDEO|SPEECH)$|InferenceType: INFERENCE_PROFILE$/;
    const models = listFoundationModels("us-east-1");
    expect(models.length).toBeGreaterThan(120);
    expect(
      models.flatMap((model) => faults(model, "FoundationModelSummary")).filter((fault) => !known.test(fault)),
    ).toEqual([]);
  });

  it("hold every profile, of each kind", () => {
    // Recorded against the service model's pattern: a global profile names its model without a region.
    const recorded = /^FoundationModelArn: arn:aws:bedrock:::foundation-model\//;
    for (const region of ["us-east-1", "eu-central-1", "ap-northeast-1", "us-gov-west-1"]) {
      const profiles = inferenceProfiles(region, account);
      expect(profiles.length).toBeGreaterThan(3);
      expect(
        profiles
          .flatMap((profile) => faults(profile, "InferenceProfileSummary"))
          .filter((fault) => !recorded.test(fault)),
      ).toEqual([]);
    }
    expect(
      faults(inferenceProfile("emu-us.amazon.nova-lite-v1:0", "us-east-1", account), "GetInferenceProfileResponse"),
    ).toEqual([]);
  });
});

describe("models and profiles", () => {
  it("are found by id and by ARN", () => {
    expect(foundationModel("amazon.nova-lite-v1:0", "us-east-1")).toMatchObject({
      inferenceTypesSupported: ["ON_DEMAND"],
      inputModalities: ["TEXT", "IMAGE", "VIDEO"],
      responseStreamingSupported: true,
    });
    expect(foundationModel("arn:aws:bedrock:us-east-1::foundation-model/us", "us-east-1")).toBeUndefined();
    expect(foundationModel("anthropic.claude-sonnet-4-6", "us-east-1")).toMatchObject({
      inferenceTypesSupported: ["INFERENCE_PROFILE"],
    });
  });

  it("belong to the caller's geography", () => {
    const ids = (region: string) =>
      inferenceProfiles(region, account).map((profile) => String((profile as Json)["inferenceProfileId"]));
    expect(ids("eu-central-1")).toContain("eu.amazon.nova-lite-v1:0");
    expect(ids("eu-central-1")).toContain("global.anthropic.claude-sonnet-4-6");
    expect(ids("eu-central-1").filter((id) => id.startsWith("us."))).toEqual([]);
    expect(inferenceProfile("us.amazon.nova-lite-v1:0", "eu-central-1", account)).toBeUndefined();
    expect(
      inferenceProfile(
        `arn:aws:bedrock:us-east-1:${account}:inference-profile/us.amazon.nova-lite-v1:0`,
        "us-east-1",
        account,
      ),
    ).toMatchObject({ type: "SYSTEM_DEFINED" });
    expect(inferenceProfile("us.amazon.no-such-model", "us-east-1", account)).toBeUndefined();
    expect(inferenceProfile("amazon.nova-lite-v1:0", "us-east-1", account)).toBeUndefined();
  });

  it("of an application stand for one model, the same as in a call", () => {
    const arn = (name: string) => `arn:aws:bedrock:us-east-1:${account}:application-inference-profile/${name}`;
    for (const name of ["abcdefghijkl", "emu-us.amazon.nova-lite-v1:0", "emu-nonsense"]) {
      const profile = inferenceProfile(arn(name), "us-east-1", account) as {
        models: { modelArn: string }[];
        type: string;
      };
      const resolution = resolveModel(arn(name), "us-east-1");
      expect(profile.type).toBe("APPLICATION");
      expect(
        resolution.kind === "model" &&
          profile.models[0]!.modelArn.endsWith(`foundation-model/${resolution.model.baseId}`),
      ).toBe(true);
    }
    // Made of AWS's own profile it routes as that does, made of a model it stays in its region.
    const { models } = inferenceProfile("us.amazon.nova-lite-v1:0", "us-east-1", account) as { models: object[] };
    expect(models.length).toBeGreaterThan(1);
    expect(inferenceProfile(arn("emu-us.amazon.nova-lite-v1:0"), "us-east-1", account)).toMatchObject({ models });
    expect(inferenceProfile(arn("emu-amazon.nova-lite-v1:0"), "us-east-1", account)).toMatchObject({
      models: [{ modelArn: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0" }],
    });
  });

  it.skipIf(publishedIds === undefined)("are all that published lists hold", () => {
    const home: Record<string, string> = {
      eu: "eu-west-1",
      apac: "ap-southeast-1",
      au: "ap-southeast-2",
      jp: "ap-northeast-1",
      in: "ap-south-1",
      ca: "ca-central-1",
      "us-gov": "us-gov-west-1",
    };
    const isWellFormed = (id: string) => /^[a-z0-9-]+\./.test(id);
    const strangers = (publishedIds ?? []).filter(
      (id) => isWellFormed(id) && resolveModel(id, home[id.split(".")[0] ?? ""] ?? "us-east-1").kind === "invalid",
    );
    expect(strangers).toEqual([]);
    const chat = (publishedIds ?? []).filter((id) =>
      /^(amazon\.nova-(?!canvas|reel|.*sonic|.*embed)|anthropic|meta|mistral|cohere\.command|qwen|zai|minimax|deepseek)/.test(
        id,
      ),
    );
    expect(chat.length).toBeGreaterThan(60);
    // Spellings of one model with and without a version, which AWS does not list.
    expect(chat.filter((id) => !catalogue.has(id) && !/claude-(opus|sonnet)-4-6-v1(:0)?$/.test(id))).toEqual([]);
  });

  it("are listed with sound figures", () => {
    const unsound = [...catalogue.values()].filter((row) => row.chat !== Number.isInteger(row.maxOutputTokens));
    expect(unsound.map((row) => row.id)).toEqual([]);
  });

  const profileFiles = [fixturesFolder, recordingsFolder()].flatMap((folder) =>
    folder === undefined
      ? []
      : readdirSync(join(folder, "GetInferenceProfile")).map((name) => join(folder, "GetInferenceProfile", name)),
  );
  const profiles = profileFiles
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as ProfileExchange)
    .filter(({ response }) => response.status === 200);

  it.each(profiles)("have the members and models that AWS gave for $id", (exchange) => {
    const profile = inferenceProfile(exchange.model_id, regionOf(exchange), account) as Json;
    const given = exchange.response.body_json;
    // `toolboxArn` is null in the recording and unknown to the service model.
    expect(Object.keys(profile)).toEqual(Object.keys(given).filter((key) => key !== "toolboxArn"));
    expect(profile["inferenceProfileId"]).toBe(given["inferenceProfileId"]);
    expect(JSON.stringify(profile["models"])).toContain(exchange.resolved_model_id);
  });
});
