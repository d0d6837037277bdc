import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../../converse/request.ts";
import type { JsonObject } from "../../../json.ts";
import { translateMessages } from "../../anthropic-messages/testing/translate.ts";
import { models, translate } from "../../openai-chat/testing/translate.ts";
import { translate as translateResponses } from "../../openai-responses/testing/translate.ts";

/** In how many ways the same thing may be said. */
interface Made {
  request: ConverseRequest;
  dropped: string[];
}

/** What a caller may say of thinking, and what else may bind with it, in three dialects. */
const thoughts: JsonObject[] = [
  { type: "enabled", budget_tokens: 1500 },
  { type: "enabled", budget_tokens: 100 },
  { type: "enabled", budget_tokens: 9000 },
  { type: "adaptive" },
  { type: "disabled" },
];
const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
const parameters = { type: "object", properties: {} };
const shared: JsonObject[] = [{}, { temperature: 0.5 }, { top_p: 0.4 }, { top_k: 5 }];
const chatWishes: JsonObject[] = [
  ...shared,
  { max_tokens: 4000 },
  { max_tokens: 1000 },
  { reasoning_effort: "high" },
  { reasoning_effort: "none" },
  { tools: [{ type: "function", function: { name: "f", parameters } }], tool_choice: "required" },
  { response_format: { type: "json_schema", json_schema: { name: "a", schema } } },
];
const responsesWishes: JsonObject[] = [
  ...shared,
  { max_output_tokens: 4000 },
  { reasoning: { effort: "high" } },
  { tools: [{ type: "function", name: "f", parameters }], tool_choice: "required" },
  { text: { format: { type: "json_schema", name: "a", schema } } },
];
const messagesWishes: JsonObject[] = [
  ...shared,
  { output_config: { effort: "low" } },
  { tools: [{ name: "f", input_schema: parameters }], tool_choice: { type: "any" } },
  { output_format: { type: "json_schema", schema } },
];
const dialects: [string, JsonObject[], (body: JsonObject, model: string) => Made][] = [
  ["chat completions", chatWishes, (body, model) => translate(body, { model })],
  ["Responses", responsesWishes, (body, model) => translateResponses(body, model)],
  ["Messages", messagesWishes, (body, model) => translateMessages(body, { model })],
];
const claudes = [models.claude3Haiku, models.claude37, models.claudeSonnet45, models.claudeSonnet46, models.opaque];

const place = "additionalModelRequestFields";
const namedThere = (dropped: readonly string[]): string[] =>
  dropped.map((path) => (/^thinking(\.|$)/.test(path) ? `${place}.${path}` : path));
const sorted = (paths: readonly string[]): string[] => paths.toSorted((one, other) => one.localeCompare(other));

describe("thinking among the additional fields is the wish that the dialect's own field says", () => {
  const cases = dialects.flatMap(([name, wishes, make]) =>
    claudes.map((model) => [name, model, wishes, make] as const),
  );
  it.each(cases)("in %s, on %s", (_name, model, wishes, make) => {
    for (const wish of wishes) {
      for (const thinking of thoughts) {
        const own = make({ ...wish, thinking }, model);
        for (const spelling of [place, "additional_model_request_fields"]) {
          const added = make({ ...wish, [spelling]: { thinking } }, model);
          expect(added.request).toEqual(own.request);
          expect(added.dropped.map((path) => path.replace(spelling, place))).toEqual(namedThere(own.dropped));
        }
      }
    }
  });

  it.each(cases)("and counts where both differ, the other being named: %s, %s", (_name, model, wishes, make) => {
    for (const wish of wishes) {
      for (const thinking of thoughts) {
        const alone = make({ ...wish, [place]: { thinking } }, model);
        const both = make(
          { ...wish, thinking: { type: "enabled", budget_tokens: 2222 }, [place]: { thinking } },
          model,
        );
        expect(both.request).toEqual(alone.request);
        expect(sorted(both.dropped)).toEqual(sorted(["thinking", ...alone.dropped]));
        const same = make({ ...wish, thinking, [place]: { thinking } }, model);
        expect(same.request).toEqual(alone.request);
        expect(same.dropped).toEqual(make({ ...wish, thinking }, model).dropped);
      }
    }
  });
});

describe("additional fields with thinking", () => {
  const thinking = { type: "enabled", budget_tokens: 1500 };

  it("are not given a forced tool that nobody asked for", () => {
    const { request, notes } = translate(
      { max_tokens: 4000, [place]: { thinking }, response_format: { type: "json_schema", json_schema: { schema } } },
      { model: models.claude37 },
    );
    expect(notes.structuredOutput).toBe("instruction");
    expect(request.toolConfig).toBeUndefined();
    expect(request.additionalModelRequestFields).toEqual({ thinking });
  });

  it("that switch it off beside an effort send no budget, and leave the temperature", () => {
    const off = { type: "disabled" };
    const made = translate({
      [place]: { thinking: off },
      reasoning_effort: "high",
      temperature: 0.4,
      max_tokens: 4000,
    });
    expect(made.request.additionalModelRequestFields).toEqual({ thinking: off });
    expect(made.request.inferenceConfig).toEqual({ maxTokens: 4000, temperature: 0.4 });
    expect(made.dropped).toEqual(["reasoning_effort"]);
  });

  it("of another kind than the dialect's are not mixed with it", () => {
    const made = translate(
      { [place]: { thinking: { type: "adaptive" } }, thinking: { type: "enabled", budget_tokens: 2000 } },
      { model: models.claudeSonnet46 },
    );
    expect(made.request.additionalModelRequestFields).toEqual({ thinking: { type: "adaptive" } });
    expect(made.dropped).toEqual(["thinking"]);
  });

  it("may have a budget above the limit where they bring the flag for it", () => {
    const fields = {
      thinking: { type: "enabled", budget_tokens: 6000 },
      anthropic_beta: ["interleaved-thinking-2025-05-14"],
    };
    const made = translate({ max_tokens: 3000, [place]: fields });
    expect([made.request.additionalModelRequestFields, made.dropped]).toEqual([fields, []]);
  });

  it("lose a top_k, which AWS refuses beside it, by name", () => {
    const made = translate({ [place]: { thinking, top_k: 5 } });
    expect(made.request.additionalModelRequestFields).toEqual({ thinking });
    expect(made.dropped).toEqual([`${place}.top_k`]);
    const unsampled = translate({ [place]: { top_k: 5 } }, { model: models.claudeSonnet5 });
    expect([unsampled.request.additionalModelRequestFields, unsampled.dropped]).toEqual([
      undefined,
      [`${place}.top_k`],
    ]);
  });

  it("may call it reasoning_config, as AWS's older pages do", () => {
    const made = translate({ [place]: { reasoning_config: thinking }, temperature: 0.5, reasoning_effort: "low" });
    expect(made.request.additionalModelRequestFields).toEqual({ reasoning_config: thinking });
    expect(made.dropped).toEqual(["reasoning_effort", "temperature"]);
  });

  it.each<[string, JsonObject]>([
    [models.claude37, { thinking: { type: "future", x: 1 } }],
    [models.claude37, { thinking: { type: "enabled", budget_tokens: "many" } }],
    [models.claude37, { thinking: "yes" }],
    [models.claudeSonnet5, { thinking: { budget_tokens: 5 } }],
    [models.novaLite, { thinking }],
    [models.qwen, { thinking }],
  ])("that nobody here knows go as they are to %s: %j", (model, fields) => {
    const made = translate({ [place]: fields, max_tokens: 1500 }, { model });
    expect([made.request.additionalModelRequestFields, made.dropped]).toEqual([fields, []]);
  });

  it("bind Nova's limit and sampling at the highest effort, as an effort does", () => {
    const reasoningConfig = { type: "enabled", maxReasoningEffort: "high" };
    const made = translate({ [place]: { reasoningConfig }, max_tokens: 9, temperature: 0.1 }, { model: models.nova2 });
    expect(made.request.inferenceConfig).toBeUndefined();
    expect(made.request.additionalModelRequestFields).toEqual({ reasoningConfig });
    expect(made.dropped).toEqual(["max_tokens", "temperature"]);
  });
});
