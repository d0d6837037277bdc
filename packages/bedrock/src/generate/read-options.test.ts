import { describe, expect, it } from "vitest";
import { textOptions } from "./option-names.ts";
import { readOptions } from "./read-options.ts";

const read = (options: unknown) => readOptions(options, textOptions);
const values = (options: unknown) =>
  Object.fromEntries([...read(options).values].map(([name, { value }]) => [name, value]));

describe("names", () => {
  it.each([
    ["maxTokens", ["maxTokens", "max_tokens", "max_completion_tokens", "maxOutputTokens", "MAX_TOKENS"]],
    ["promptCache", ["promptCache", "prompt_cache", "anthropicPromptCache", "anthropic_prompt_cache"]],
    ["promptCacheTtl", ["prompt_cache_ttl", "anthropicPromptCacheTtl", "anthropic_prompt_cache_ttl"]],
    ["cacheMessages", ["cache_messages", "anthropic_cache_messages"]],
    ["guardrail", ["guardrail", "guardrailConfig", "guardrail_config"]],
    ["stop", ["stop", "stopSequences", "stop_sequences"]],
    ["useConverse", ["useConverse", "use_converse"]],
    ["additionalModelRequestFields", ["additional_model_request_fields"]],
    ["serviceTier", ["service_tier"]],
    ["reasoningTokenBudget", ["reasoning_token_budget"]],
  ])("%s", (name, spellings) => {
    for (const spelling of spellings) {
      expect(values({ [spelling]: 7 }), spelling).toEqual({ [name]: 7 });
      expect(values({ provider_options: { [spelling]: 7 } }), spelling).toEqual({ [name]: 7 });
    }
  });

  it("null and undefined are absent, at every level", () => {
    expect(
      read({ maxTokens: null, temperature: undefined, providerOptions: null, provider_options: { topP: null } }),
    ).toEqual({ values: new Map(), credential: undefined, region: undefined, warnings: [] });
  });
});

describe("levels", () => {
  it("the top goes before providerOptions, that before what stands under a name of Bedrock's", () => {
    const options = {
      max_tokens: 1,
      providerOptions: { maxTokens: 2, topP: 0.2, amazon_bedrock: { maxTokens: 3, topP: 0.3, topK: 3 } },
    };
    expect(values(options)).toEqual({ maxTokens: 1, topP: 0.2, topK: 3 });
    expect(read(options).warnings.map(({ type, path }) => [type, path])).toEqual([
      ["ignored-option", "providerOptions.maxTokens"],
      ["ignored-option", "providerOptions.amazon_bedrock.maxTokens"],
      ["ignored-option", "providerOptions.amazon_bedrock.topP"],
    ]);
  });

  it("in one place the generic name goes before Anthropic's, and an alias on the top before a better name inside", () => {
    expect(values({ anthropic_prompt_cache: true, prompt_cache: false })).toEqual({ promptCache: false });
    expect(values({ anthropic_prompt_cache: true, providerOptions: { prompt_cache: false } })).toEqual({
      promptCache: true,
    });
  });

  it("the same said twice is no warning", () => {
    expect(read({ max_tokens: 5, maxTokens: 5 }).warnings).toEqual([]);
  });

  it.each(["providerOptions", "provider_options"])("%s that is no object is refused", (name) => {
    expect(() => read({ [name]: "bedrock" })).toThrow(new RegExp(`${name} must be an object`));
  });
});

describe("what is no option", () => {
  it("is left out and named, with its place", () => {
    expect(read({ tempreature: 1, providerOptions: { x: 1 } }).warnings.map(({ path }) => path)).toEqual([
      "tempreature",
      "providerOptions.x",
    ]);
  });

  it("is also what another function takes", () => {
    expect(readOptions({ temperature: 1 }, ["signal"]).warnings).toEqual([
      expect.objectContaining({ path: "temperature", message: expect.stringContaining("of this function") as unknown }),
    ]);
  });
});

describe("credentials", () => {
  it.each([
    [{ accessKeyId: "AKIA1", secretAccessKey: "s" }],
    [{ access_key_id: "AKIA1", secret_access_key: "s" }],
    [{ aws_access_key_id: "AKIA1", aws_secret_access_key: "s" }],
    [{ awsAccessKeyId: "AKIA1", awsSecretAccessKey: "s" }],
    [{ access_key: "AKIA1", secret_key: "s" }],
    [{ "aws-access-key-id": "AKIA1", "aws-secret-access-key": "s" }],
  ])("a pair by %o", (fields) => {
    for (const options of [fields, { providerOptions: fields }, { provider_options: { bedrock: fields } }]) {
      expect(read(options).credential?.credentials).toMatchObject({ kind: "keys", accessKeyId: "AKIA1" });
    }
  });

  it.each(["aws_region_name", "aws_region", "region", "awsRegion"])(
    "a region by %s, which is no credential",
    (name) => {
      expect(read({ [name]: "eu-west-1" })).toMatchObject({ region: "eu-west-1", credential: undefined });
    },
  );

  it("are taken whole from the outermost place that names one; the region comes from any", () => {
    const both = read({
      accessKeyId: "AKIA1",
      secretAccessKey: "s",
      providerOptions: { apiKey: "inner", region: "eu-west-1" },
    });
    expect(both.credential?.credentials).toMatchObject({ kind: "keys", accessKeyId: "AKIA1" });
    expect(both.region).toBe("eu-west-1");
  });

  it("half a pair is an error that names the half, also where the other half is elsewhere", () => {
    expect(() => read({ accessKeyId: "AKIA1" })).toThrow(/secret access key/);
    expect(() => read({ accessKeyId: "AKIA1", providerOptions: { secretAccessKey: "s" } })).toThrow(
      /secret access key/,
    );
  });
});
