import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../json.ts";
import { models, translate, type TranslateOptions } from "../openai-chat/testing/translate.ts";

function fieldsOf(body: JsonObject, options: TranslateOptions | string): { fields: unknown; dropped: string[] } {
  const { request, dropped } = translate(body, typeof options === "string" ? { model: options } : options);
  return { fields: request.additionalModelRequestFields, dropped };
}

const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];
const enabled = (budget: number): JsonObject => ({ type: "enabled", budget_tokens: budget });

describe("thinking, as Anthropic has it", () => {
  it.each<[string, string, JsonObject]>([
    ["a budget of tokens", models.claude37, enabled(2030)],
    ["a budget of tokens, 4.6", models.claudeSonnet46, enabled(2030)],
    ["adaptive, 4.6", models.claudeSonnet46, { type: "adaptive" }],
    ["adaptive with a display", models.claudeSonnet5, { type: "adaptive", display: "summarized" }],
    ["disabled", models.claudeSonnet45, { type: "disabled" }],
    ["whatever an unknown model is asked", models.opaque, enabled(2030)],
  ])("goes as it is where AWS takes it: %s", (_name, model, thinking) => {
    expect(fieldsOf({ thinking, max_tokens: 3000 }, model)).toEqual({ fields: { thinking }, dropped: [] });
  });

  it("of a budget becomes adaptive on a generation that refuses budgets", () => {
    expect(fieldsOf({ thinking: { ...enabled(2030), display: "omitted" } }, models.claudeSonnet5)).toEqual({
      fields: { thinking: { type: "adaptive", display: "omitted" } },
      dropped: ["thinking.budget_tokens"],
    });
  });

  it("of a budget that becomes adaptive shows what was thought, as a budget does", () => {
    expect(fieldsOf({ thinking: enabled(2030) }, models.claudeSonnet5).fields).toEqual({
      thinking: { type: "adaptive", display: "summarized" },
    });
  });

  it("goes without a display that wants a flag which the model does not take, or that it has no other form for", () => {
    for (const thinking of [{ type: "adaptive" }, enabled(2030)]) {
      expect(fieldsOf({ thinking: { ...thinking, display: "updates" } }, models.claudeSonnet46)).toEqual({
        fields: { thinking },
        dropped: ["thinking.display"],
      });
    }
    expect(fieldsOf({ thinking: { type: "adaptive", display: "omitted" } }, models.claude37)).toEqual({
      fields: { thinking: enabled(4096) },
      dropped: ["thinking.type", "thinking.display"],
    });
  });

  it("adaptive becomes a budget on a generation that knows no adaptive", () => {
    expect(fieldsOf({ thinking: { type: "adaptive" } }, models.claude37)).toEqual({
      fields: { thinking: enabled(4096) },
      dropped: ["thinking.type"],
    });
  });

  it.each([
    [512, undefined, 1024],
    // Four fifths of the limit: the answer needs room as well.
    [4000, 3000, 2400],
    [3000, 3000, 2400],
    [512, 1280, 1024],
  ])("has a budget that AWS takes: %d of %d is %d", (budget, max_tokens, expected) => {
    expect(
      fieldsOf({ thinking: enabled(budget), ...(max_tokens !== undefined && { max_tokens }) }, models.claude37),
    ).toEqual({
      fields: { thinking: enabled(expected) },
      dropped: ["thinking.budget_tokens"],
    });
  });

  it.each([
    [1024, 1024],
    [512, 1279],
  ])("goes where the limit leaves no room for it: %d of %d", (budget, max_tokens) => {
    expect(fieldsOf({ thinking: enabled(budget), max_tokens }, models.claude37)).toEqual({
      fields: undefined,
      dropped: ["thinking"],
    });
  });

  it("keeps a budget that leaves little, since AWS takes it", () => {
    expect(fieldsOf({ thinking: enabled(2999), max_tokens: 3000 }, models.claude37)).toEqual({
      fields: { thinking: enabled(2999) },
      dropped: [],
    });
  });

  it("adaptive becomes a budget that leaves a fifth of the limit for the answer", () => {
    for (const [max_tokens, budget] of [
      [2000, 1600],
      [4097, 3277],
      [9000, 4096],
    ] as const) {
      expect(fieldsOf({ thinking: { type: "adaptive" }, max_tokens }, models.claude37)).toEqual({
        fields: { thinking: enabled(budget) },
        dropped: ["thinking.type"],
      });
    }
  });

  it("may exceed the limit where the flag for thinking between calls is set", () => {
    const { fields, dropped } = fieldsOf(
      { thinking: enabled(4000), max_tokens: 3000, anthropic_beta: ["interleaved-thinking-2025-05-14"] },
      { model: models.claudeSonnet45 },
    );
    expect(fields).toMatchObject({ thinking: enabled(4000) });
    expect(dropped).toEqual([]);
  });

  it("stays below the limit where the model does not take that flag", () => {
    expect(
      fieldsOf(
        { thinking: enabled(4000), max_tokens: 3000, anthropic_beta: ["interleaved-thinking-2025-05-14"] },
        models.claude37,
      ),
    ).toEqual({
      fields: { thinking: enabled(2400) },
      dropped: ["thinking.budget_tokens", "anthropic_beta.interleaved-thinking-2025-05-14"],
    });
  });

  it.each([models.claude3Haiku, models.novaLite, models.llama33, models.gpt56])(
    "is named where the model has none: %s",
    (model) => {
      expect(fieldsOf({ thinking: enabled(2030) }, model)).toEqual({ fields: undefined, dropped: ["thinking"] });
    },
  );

  it("is bound to its conversation by Bedrock's name", () => {
    const wish = { type: "adaptive", block_binding: { prefix_mismatch_behavior: "drop_block" } };
    const sent = { type: "adaptive", block_binding: { mismatch_behavior: "drop_block" } };
    expect(fieldsOf({ thinking: wish }, models.claudeOpus55)).toEqual({ fields: { thinking: sent }, dropped: [] });
  });

  it("yields to a forced tool, which AWS refuses beside it", () => {
    const { request, dropped } = translate(
      { thinking: enabled(2030), tools, tool_choice: "required" },
      { model: models.claude37 },
    );
    expect(request.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(request.additionalModelRequestFields).toBeUndefined();
    expect(dropped).toEqual(["thinking"]);
  });

  const loop = (head: JsonValue[], id = "a"): JsonValue[] => [
    { role: "user", content: "q" },
    { role: "assistant", content: head, tool_calls: [{ id, function: { name: "f", arguments: "{}" } }] },
    { role: "tool", tool_call_id: id, content: "1" },
  ];

  it('by budget goes where the caller has begun the answer ("Expected thinking, but found text")', () => {
    const messages = [
      { role: "user", content: "q" },
      { role: "assistant", content: "{" },
    ];
    expect(fieldsOf({ messages, thinking: enabled(2000), max_tokens: 3000 }, models.claudeSonnet45)).toEqual({
      fields: undefined,
      dropped: ["thinking"],
    });
  });

  it('by budget goes while a call is answered whose reasoning the caller lost ("Expected thinking, but found tool_use")', () => {
    expect(fieldsOf({ messages: loop([]), tools, reasoning_effort: "low" }, models.claude37)).toEqual({
      fields: undefined,
      dropped: ["reasoning_effort"],
    });
  });

  it("stays while a later call of a loop is answered, before which Claude does not think again (Anthropic's cookbook)", () => {
    const reasoning = [{ type: "thinking", thinking: "t", signature: "s" }];
    const first = loop(reasoning);
    const dropped = (messages: JsonValue[]): string[] =>
      fieldsOf({ messages, tools, thinking: enabled(1024) }, models.claude37).dropped;
    expect(dropped([...first, ...loop([], "b").slice(1)])).toEqual([]);
    // What was thought about an earlier question does not lead this loop.
    expect(dropped([...first, { role: "assistant", content: "1" }, ...loop([], "b")])).toEqual(["thinking"]);
  });

  it("stays while a call is answered whose reasoning is there, and where it is adaptive", () => {
    const reasoning = [{ type: "thinking", thinking: "t", signature: "s" }];
    expect(fieldsOf({ messages: loop(reasoning), tools, thinking: enabled(1024) }, models.claude37).dropped).toEqual(
      [],
    );
    expect(
      fieldsOf({ messages: loop([]), tools, thinking: { type: "adaptive" } }, models.claudeSonnet46).dropped,
    ).toEqual([]);
  });

  it("bars sampling that AWS refuses beside it, by name", () => {
    const body = { thinking: enabled(1024), temperature: 0.3, top_p: 0.5, top_k: 5 };
    const { request, dropped } = translate(body, { model: models.claude37 });
    expect(request.inferenceConfig).toBeUndefined();
    expect(request.additionalModelRequestFields).toEqual({ thinking: enabled(1024) });
    expect(dropped).toEqual(["temperature", "top_p", "top_k"]);
    const taken = translate({ thinking: enabled(1024), temperature: 1 }, { model: models.claude37 });
    expect(taken.request.inferenceConfig).toEqual({ temperature: 1 });
  });
});

describe("reasoning_effort", () => {
  it.each([
    ["minimal", 1024],
    ["low", 1024],
    ["medium", 2048],
    ["high", 4096],
    ["xhigh", 8192],
    ["max", 8192],
  ])("%s is a budget of %d on Claude by budget", (effort, budget) => {
    expect(fieldsOf({ reasoning_effort: effort }, models.claudeSonnet45)).toEqual({
      fields: { thinking: enabled(budget) },
      dropped: [],
    });
  });

  it.each([
    ["minimal", 20_000, 2000],
    ["low", 20_000, 4000],
    ["medium", 20_000, 10_000],
    ["high", 20_000, 16_000],
    ["xhigh", 20_000, 16_000],
    ["max", 20_000, 16_000],
    ["minimal", 4096, 1024],
    ["medium", 2001, 1024],
    ["high", 2001, 1600],
    ["low", 1280, 1024],
  ])("%s of a limit of %d, which counts reasoning in OpenAI's format, is a budget of %d", (effort, limit, budget) => {
    for (const body of [{ max_completion_tokens: limit }, { max_tokens: limit }]) {
      expect(fieldsOf({ reasoning_effort: effort, ...body }, models.claudeSonnet45)).toEqual({
        fields: { thinking: enabled(budget) },
        dropped: [],
      });
    }
    expect(
      fieldsOf({ reasoning_effort: effort }, { model: models.claudeSonnet45, defaultMaxTokens: limit }).fields,
    ).toEqual({ thinking: enabled(budget) });
  });

  it("is named where the limit has no room for thinking and an answer", () => {
    for (const limit of [500, 1024, 1025, 1279]) {
      expect(fieldsOf({ reasoning_effort: "high", max_completion_tokens: limit }, models.claudeSonnet45)).toEqual({
        fields: undefined,
        dropped: ["reasoning_effort"],
      });
    }
  });

  it.each([
    ["minimal", "low"],
    ["medium", "medium"],
    ["max", "max"],
  ])("%s is adaptive thinking with effort %s on newer Claude", (effort, sent) => {
    // From 4.7 on thoughts are shown where a summary is asked for alone.
    for (const [model, display] of [
      [models.claudeSonnet46, {}],
      [models.claudeSonnet5, { display: "summarized" }],
    ] as const) {
      expect(fieldsOf({ reasoning_effort: effort }, model)).toEqual({
        fields: { thinking: { type: "adaptive", ...display }, output_config: { effort: sent } },
        dropped: [],
      });
    }
  });

  it.each([
    [models.claudeSonnet46, "high", ["reasoning_effort"]],
    [models.claudeSonnet5, "xhigh", []],
  ])("xhigh is the highest step below it before 4.7: %s", (model, effort, dropped) => {
    const sent = fieldsOf({ reasoning_effort: "xhigh" }, model);
    expect([sent.fields, sent.dropped]).toMatchObject([{ output_config: { effort } }, dropped]);
  });

  it("a null in thinking is absent", () => {
    const thinking = { type: "adaptive", budget_tokens: null, display: null };
    expect(fieldsOf({ thinking }, models.claudeSonnet46).fields).toEqual({ thinking: { type: "adaptive" } });
  });

  it("beside thinking: adaptive takes it, a budget does not", () => {
    expect(fieldsOf({ reasoning_effort: "low", thinking: { type: "adaptive" } }, models.claudeSonnet46)).toEqual({
      fields: { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
      dropped: [],
    });
    expect(fieldsOf({ reasoning_effort: "low", thinking: enabled(2000) }, models.claude37)).toEqual({
      fields: { thinking: enabled(2000) },
      dropped: ["reasoning_effort"],
    });
  });

  it.each([models.claudeSonnet45, models.claude3Haiku, models.novaLite, models.llama33])(
    "none is no thinking, and met by %s",
    (model) => {
      expect(fieldsOf({ reasoning_effort: "none" }, model)).toEqual({ fields: undefined, dropped: [] });
    },
  );

  it("none is named where Claude thinks always", () => {
    expect(fieldsOf({ reasoning_effort: "none" }, models.claudeOpus55)).toEqual({
      fields: undefined,
      dropped: ["reasoning_effort"],
    });
  });

  it.each<[string, string[]]>([
    [models.claude3Haiku, []],
    ["us.anthropic.claude-fable-5", ["thinking"]],
    [models.claudeOpus55, ["thinking"]],
    [models.novaLite, []],
    [models.gptOss, ["thinking"]],
    ["us.deepseek.r1-v1:0", ["thinking"]],
  ])("thinking disabled is named where it cannot be told to have been met: %s", (model, dropped) => {
    expect(fieldsOf({ thinking: { type: "disabled" } }, model)).toEqual({ fields: undefined, dropped });
  });

  it.each<[string, string, JsonObject | undefined, string[]]>([
    [models.gptOss, "medium", { reasoning_effort: "medium" }, []],
    [models.gptOss, "minimal", { reasoning_effort: "low" }, ["reasoning_effort"]],
    [models.gptOss, "none", undefined, ["reasoning_effort"]],
    [models.gpt56, "xhigh", { reasoning: { effort: "xhigh" } }, []],
    [models.gpt56, "minimal", { reasoning: { effort: "low" } }, ["reasoning_effort"]],
    [models.gpt56, "none", { reasoning: { effort: "none" } }, []],
    ["global.openai.gpt-6-sol", "max", { reasoning: { effort: "max" } }, []],
    ["us.openai.gpt-6-astra", "low", { reasoning: { effort: "low" } }, []],
    ["us.openai.gpt-6-astra", "none", undefined, ["reasoning_effort"]],
    [models.qwen, "high", { reasoning_config: "high" }, []],
    [models.qwen, "medium", { reasoning_config: "high" }, ["reasoning_effort"]],
    [models.nova2, "low", { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } }, []],
    [models.nova2, "none", undefined, []],
    [models.novaLite, "low", undefined, ["reasoning_effort"]],
    [models.llama33, "low", undefined, ["reasoning_effort"]],
  ])("on %s: %s", (model, effort, fields, dropped) => {
    expect(fieldsOf({ reasoning_effort: effort }, model)).toEqual({ fields, dropped });
  });

  it("high on Nova 2 leaves no limit and no sampling, by name", () => {
    const { request, dropped } = translate(
      { reasoning_effort: "high", max_tokens: 9, temperature: 0.1, top_p: 0.2 },
      { model: models.nova2 },
    );
    expect(request.inferenceConfig).toBeUndefined();
    expect(dropped).toEqual(["max_tokens", "temperature", "top_p"]);
  });
});
