import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { models, translate } from "./testing/translate.ts";

describe("Converse's own fields", () => {
  const fields: [camel: string, snake: string, value: JsonValue][] = [
    [
      "guardrailConfig",
      "guardrail_config",
      { guardrailIdentifier: "abc", guardrailVersion: "1", trace: "enabled", streamProcessingMode: "async" },
    ],
    ["performanceConfig", "performance_config", { latency: "optimized" }],
    ["additionalModelRequestFields", "additional_model_request_fields", { frequency_penalty: 0.4, top_k: 7 }],
    ["additionalModelResponseFieldPaths", "additional_model_response_field_paths", ["/stop_sequence"]],
    ["promptVariables", "prompt_variables", { name: { text: "Ann" } }],
    ["outputConfig", "output_config", { effort: "low" }],
    ["requestMetadata", "request_metadata", { team: "a" }],
    ["serviceTier", "service_tier", { type: "flex" }],
  ];
  it.each(fields)("%s arrives as it is, by %s too", (camel, snake, value) => {
    for (const spelling of [camel, snake]) {
      const { request, dropped } = translate({ [spelling]: value });
      expect((request as unknown as Record<string, unknown>)[camel]).toEqual(value);
      expect(dropped).toEqual([]);
    }
  });

  it("with names in snake_case inside become AWS's", () => {
    const guardrail = {
      guardrail_identifier: "abc",
      guardrail_version: "DRAFT",
      stream_processing_mode: "async",
      trace: "enabled",
    };
    const output = {
      text_format: { type: "json_schema", structure: { json_schema: { schema: '{"json_schema":1}', name: "a" } } },
    };
    for (const [guardrailField, outputField] of [
      ["guardrail_config", "output_config"],
      ["guardrailConfig", "outputConfig"],
    ] as const) {
      const { request, dropped } = translate({ [guardrailField]: guardrail, [outputField]: output });
      expect(request.guardrailConfig).toEqual({
        guardrailIdentifier: "abc",
        guardrailVersion: "DRAFT",
        streamProcessingMode: "async",
        trace: "enabled",
      });
      expect(request.outputConfig).toEqual({
        textFormat: { type: "json_schema", structure: { jsonSchema: { schema: '{"json_schema":1}', name: "a" } } },
      });
      expect(dropped).toEqual([]);
    }
  });

  it.each<[JsonObject, string]>([
    [{ guardrail_config: { guardrail_version: "1" } }, "guardrail_config.guardrailIdentifier"],
    [{ guardrailConfig: { guardrailIdentifier: "abc" } }, "guardrailConfig.guardrailVersion"],
    [{ guardrail_config: { guardrail_identifier: "abc", guardrail_version: 1 } }, "guardrail_config.guardrail_version"],
    [
      { guardrail_config: { guardrail_identifier: "", guardrail_version: "1" } },
      "guardrail_config.guardrail_identifier",
    ],
    [{ guardrail_config: { guardrailId: "abc", guardrailVersion: "1" } }, "guardrail_config.guardrailIdentifier"],
    [{ guardrail_config: {} }, "guardrail_config.guardrailIdentifier"],
    [
      JSON.parse(
        '{"guardrailConfig":{"__proto__":{"guardrailIdentifier":"abc","guardrailVersion":"1"}}}',
      ) as JsonObject,
      "guardrailConfig.guardrailIdentifier",
    ],
  ])("a guardrail that AWS would not apply is refused: %j", (body, path) => {
    expect(() => translate(body)).toThrow(expect.objectContaining({ code: "invalid_request", param: path }));
  });

  it.each<[JsonObject, string]>([
    [
      {
        guardrailConfig: { guardrailIdentifier: "a", guardrailVersion: "1" },
        guardrail_config: { guardrailIdentifier: "b", guardrailVersion: "1" },
      },
      "guardrail_config",
    ],
    [
      { guardrail_config: { guardrailIdentifier: "a", guardrail_identifier: "b", guardrailVersion: "1" } },
      "guardrail_config.guardrail_identifier",
    ],
    [{ service_tier: "flex", serviceTier: { type: "priority" } }, "serviceTier"],
    [
      { performanceConfig: { latency: "standard" }, performance_config: { latency: "optimized" } },
      "performance_config",
    ],
    [{ requestMetadata: { a: "1" }, request_metadata: { a: "2" } }, "request_metadata"],
    [
      { additionalModelRequestFields: { a: 1 }, additional_model_request_fields: { a: 2 } },
      "additional_model_request_fields",
    ],
    [
      { additionalModelResponseFieldPaths: "/a", additional_model_response_field_paths: ["/b"] },
      "additional_model_response_field_paths",
    ],
  ])("in two spellings that differ are refused: %j", (body, path) => {
    expect(() => translate(body)).toThrow(expect.objectContaining({ code: "invalid_request", param: path }));
  });

  it("in two spellings that say the same are taken once", () => {
    const { request, dropped } = translate({
      guardrailConfig: { guardrailIdentifier: "a", guardrailVersion: "1", trace: null },
      guardrail_config: { guardrail_identifier: "a", guardrail_version: "1" },
      service_tier: "flex",
      serviceTier: { type: "flex" },
      additionalModelRequestFields: null,
      additional_model_request_fields: { a: 2 },
    });
    expect(request.guardrailConfig).toEqual({ guardrailIdentifier: "a", guardrailVersion: "1" });
    expect([request.serviceTier, request.additionalModelRequestFields, dropped]).toEqual([
      { type: "flex" },
      { a: 2 },
      [],
    ]);
  });

  it("of the wrong type are refused with their path", () => {
    expect(() => translate({ guardrail_config: "x" })).toThrow("guardrail_config must be an object (it is a string)");
  });

  it("a prompt of AWS's prompt management may stand for the messages", () => {
    const { request } = translate({ messages: [], promptVariables: { name: { text: "Ann" } } });
    expect(request).toEqual({ promptVariables: { name: { text: "Ann" } } });
  });
});

describe("additionalModelRequestFields", () => {
  it("win over what Adit derives, and are merged with it", () => {
    const { request, dropped } = translate({
      top_k: 3,
      anthropic_version: "a",
      anthropic_beta: "interleaved-thinking-2025-05-14",
      additionalModelRequestFields: { top_k: 9, anthropic_version: "b", anthropic_beta: ["own-flag"], extra: [1] },
    });
    expect(request.additionalModelRequestFields).toEqual({
      top_k: 9,
      anthropic_version: "b",
      anthropic_beta: ["own-flag", "interleaved-thinking-2025-05-14"],
      extra: [1],
    });
    expect(dropped).toEqual(["top_k", "anthropic_version"]);
  });

  it("that say the same as another field take nothing from it", () => {
    const { request, dropped } = translate({ top_k: 3, additionalModelRequestFields: { top_k: 3, extra: null } });
    expect(request.additionalModelRequestFields).toEqual({ top_k: 3, extra: null });
    expect(dropped).toEqual([]);
  });

  it("stand beside what Adit adds in the same object, and are never mixed with it in one value", () => {
    const nova = translate(
      { top_k: 3, additionalModelRequestFields: { inferenceConfig: { other: 1 } } },
      { model: models.novaLite },
    );
    expect(nova.request.additionalModelRequestFields).toEqual({ inferenceConfig: { topK: 3, other: 1 } });
    const own = { type: "disabled" };
    const nova2 = translate(
      { reasoning_effort: "low", additional_model_request_fields: { reasoningConfig: own } },
      { model: models.nova2 },
    );
    expect(nova2.request.additionalModelRequestFields).toEqual({ reasoningConfig: own });
    expect(nova2.dropped).toEqual(["reasoning_effort"]);
    const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
    const choice = { type: "auto", disable_parallel_tool_use: false };
    const claude = translate({
      tools,
      parallel_tool_calls: false,
      additionalModelRequestFields: { tool_choice: choice },
    });
    expect(claude.request.additionalModelRequestFields).toEqual({ tool_choice: choice });
    expect(claude.dropped).toEqual(["parallel_tool_calls"]);
  });

  it("join Anthropic's own tools", () => {
    const { request } = translate({
      tools: [{ type: "bash_20250124", name: "bash" }],
      additionalModelRequestFields: { tools: [{ type: "x", name: "x" }] },
    });
    expect(request.additionalModelRequestFields?.["tools"]).toEqual([
      { type: "x", name: "x" },
      { type: "bash_20250124", name: "bash" },
    ]);
  });
});

describe("beta flags", () => {
  const facts = { betas: ["good-1", "good-2"] };

  it("from body and header are joined, once each, and those that the model's table lacks are named", () => {
    const { request, dropped } = translate(
      { anthropic_beta: "good-1, bad-1" },
      { facts, anthropicBeta: ["good-2", "good-1", "bad-2"] },
    );
    expect(request.additionalModelRequestFields).toEqual({ anthropic_beta: ["good-1", "good-2"] });
    expect(dropped).toEqual(["anthropic_beta.bad-1", "anthropic_beta.bad-2"]);
  });

  it("all go to a model whose table is not known", () => {
    const { request, dropped } = translate({ anthropic_beta: ["any"] }, { model: models.opaque });
    expect([request.additionalModelRequestFields, dropped]).toEqual([{ anthropic_beta: ["any"] }, []]);
  });

  it("are not for models other than Claude", () => {
    const { request, dropped } = translate({ anthropic_beta: ["any"] }, { model: models.novaLite });
    expect([request.additionalModelRequestFields, dropped]).toEqual([undefined, ["anthropic_beta.any"]]);
  });

  it("anthropic_version goes beside them, to Claude alone", () => {
    expect(translate({ anthropic_version: "v" }).request.additionalModelRequestFields).toEqual({
      anthropic_version: "v",
    });
    expect(translate({ anthropic_version: "v" }, { model: models.novaLite }).dropped).toEqual(["anthropic_version"]);
  });
});

describe("two fields for one limit", () => {
  it("are one, and the older is named where it says something else", () => {
    const made = translate({ max_tokens: 5, max_completion_tokens: 9 });
    expect([made.request.inferenceConfig, made.dropped]).toEqual([{ maxTokens: 9 }, ["max_tokens"]]);
    for (const body of [
      { max_tokens: 9, max_completion_tokens: 9 },
      { max_tokens: 9, max_completion_tokens: null },
    ]) {
      expect(translate(body)).toMatchObject({ request: { inferenceConfig: { maxTokens: 9 } }, dropped: [] });
    }
  });
});

describe("service_tier", () => {
  it.each([
    ["default", { type: "default" }],
    ["flex", { type: "flex" }],
    ["priority", { type: "priority" }],
    ["reserved", { type: "reserved" }],
    ["auto", undefined],
  ])("%s", (tier, expected) => {
    const { request, dropped } = translate({ service_tier: tier });
    expect([request.serviceTier, dropped]).toEqual([expected, []]);
  });

  it("that AWS lacks is named", () => {
    const { request, dropped } = translate({ service_tier: "scale" });
    expect([request.serviceTier, dropped]).toEqual([undefined, ["service_tier"]]);
  });
});

describe("metadata and user", () => {
  const metadataOf = (
    body: Record<string, JsonValue>,
  ): { metadata: ConverseRequest["requestMetadata"]; dropped: string[] } => {
    const { request, dropped } = translate(body);
    return { metadata: request.requestMetadata, dropped };
  };

  it("are requestMetadata", () => {
    expect(metadataOf({ metadata: { team: "a b", cost: "1,5" }, user: "ann@example.com" })).toEqual({
      metadata: { team: "a b", cost: "1,5", user: "ann@example.com" },
      dropped: [],
    });
  });

  it("that AWS refuses are named: other characters, other types, too long, beyond sixteen", () => {
    const many = Object.fromEntries(Array.from({ length: 17 }, (_value, index) => [`k${index}`, "v"]));
    expect(metadataOf({ metadata: { é: "a", b: "{}", c: 1, d: "x".repeat(257), e: "ok" } })).toEqual({
      metadata: { e: "ok" },
      dropped: ["metadata.?", "metadata.b", "metadata.c", "metadata.d"],
    });
    const { metadata, dropped } = metadataOf({ metadata: many });
    expect([Object.keys(metadata ?? {}).length, dropped]).toEqual([16, ["metadata.k16"]]);
  });

  it("that hold a space which is none in Java's patterns, as AWS's models have them, are named", () => {
    const body = { metadata: { a: "no\u00a0break", b: "wide\u3000space", "mark\ufeff": "c", d: "tab\tand\nline" } };
    expect(metadataOf({ ...body, user: "line\u2028" })).toEqual({
      metadata: { d: "tab\tand\nline" },
      dropped: ["metadata.a", "metadata.b", "metadata.mark?", "user"],
    });
  });

  it("are absent where nothing is left, since AWS refuses an empty map", () => {
    expect(metadataOf({ metadata: {}, user: "?!" })).toEqual({ metadata: undefined, dropped: ["user"] });
  });

  it("yield to AWS's own field, by name where they say something else", () => {
    expect(metadataOf({ requestMetadata: { user: "own", b: "2" }, user: "ann", metadata: { a: "1", b: "3" } })).toEqual(
      { metadata: { user: "own", b: "2", a: "1" }, dropped: ["metadata.b", "user"] },
    );
    expect(metadataOf({ metadata: { user: "bob" }, user: "ann" })).toEqual({
      metadata: { user: "bob" },
      dropped: ["user"],
    });
    expect(metadataOf({ requestMetadata: { a: "1" }, metadata: { a: "1", user: "ann" }, user: "ann" }).dropped).toEqual(
      [],
    );
  });
});

describe("what Bedrock lacks", () => {
  it("is left out and named", () => {
    const hints = {
      seed: 1,
      presence_penalty: 0.5,
      frequency_penalty: 1,
      logit_bias: { "5": 1 },
      store: true,
      prediction: { type: "content", content: "a" },
      verbosity: "low",
      made_up: 1,
    };
    const { request, dropped } = translate(hints);
    expect(request).toEqual({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });
    expect(dropped).toEqual(Object.keys(hints));
  });

  it.each<[string, number, object | undefined, string[]]>([
    ["cohere.command-r-plus-v1:0", 0.5, { presence_penalty: 0.5 }, []],
    ["cohere.command-r-plus-v1:0", 1.5, { presence_penalty: 1 }, ["presence_penalty"]],
    ["cohere.command-r-plus-v1:0", -1, undefined, ["presence_penalty"]],
    ["ai21.jamba-1-5-large-v1:0", -1.5, { presence_penalty: -1.5 }, []],
    ["ai21.jamba-1-5-large-v1:0", 0, undefined, []],
    [models.novaLite, 0.5, undefined, ["presence_penalty"]],
  ])("penalties go to families that have them: %s, %d", (model, value, fields, dropped) => {
    const translated = translate({ presence_penalty: value }, { model });
    expect([translated.request.additionalModelRequestFields, translated.dropped]).toEqual([fields, dropped]);
  });

  it("is not named where it asks for nothing", () => {
    expect(
      translate({
        seed: null,
        presence_penalty: 0,
        frequency_penalty: 0,
        store: false,
        n: 1,
        logprobs: false,
        stream: true,
        stream_options: { include_usage: true },
      }).dropped,
    ).toEqual([]);
  });
});
