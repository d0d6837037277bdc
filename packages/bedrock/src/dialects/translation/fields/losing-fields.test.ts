/** A field of the caller that another takes the place of is named: nothing is lost in silence. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { models, translate } from "../../openai-chat/testing/translate.ts";

const format = (name: string): JsonObject => ({
  type: "json_schema",
  json_schema: { name, schema: { type: "object", properties: {}, additionalProperties: false } },
});
const textFormat = (name: string): JsonObject => ({
  textFormat: {
    type: "json_schema",
    structure: {
      jsonSchema: { schema: JSON.stringify({ type: "object", properties: {}, additionalProperties: false }), name },
    },
  },
});

describe("of two fields that say one thing, the one that is not sent is named", () => {
  it.each<[string, JsonObject, string | undefined, string[]]>([
    ["top_k", { top_k: 5, additionalModelRequestFields: { top_k: 9 } }, undefined, ["top_k"]],
    [
      "top_k, a level deep",
      { top_k: 5, additionalModelRequestFields: { inferenceConfig: { topK: 9 } } },
      models.novaLite,
      ["top_k"],
    ],
    [
      "an effort",
      { reasoning_effort: "low", additionalModelRequestFields: { reasoning_effort: "high" } },
      models.gptOss,
      ["reasoning_effort"],
    ],
    ["metadata", { metadata: { a: "1", b: "2" }, requestMetadata: { a: "3" } }, undefined, ["metadata.a"]],
    ["a user", { user: "u", metadata: { user: "v" } }, undefined, ["user"]],
    ["a limit", { max_tokens: 5, max_completion_tokens: 9 }, undefined, ["max_tokens"]],
    ["a format", { response_format: format("a"), outputConfig: textFormat("b") }, undefined, ["response_format"]],
  ])("%s", (_name, body, model, dropped) => {
    expect(translate(body, model === undefined ? {} : { model }).dropped).toEqual(dropped);
  });

  it.each<[string, JsonObject, string | undefined]>([
    ["top_k", { top_k: 5, additionalModelRequestFields: { top_k: 5 } }, undefined],
    [
      "top_k of another member",
      { top_k: 5, additionalModelRequestFields: { inferenceConfig: { x: 1 } } },
      models.novaLite,
    ],
    ["metadata", { metadata: { a: "1" }, requestMetadata: { a: "1" } }, undefined],
    ["a user", { user: "u", metadata: { user: "u" } }, undefined],
    ["a limit", { max_tokens: 5, max_completion_tokens: 5 }, undefined],
    ["a format", { response_format: format("a"), outputConfig: textFormat("a") }, undefined],
  ])("%s that says the same is not", (_name, body, model) => {
    expect(translate(body, model === undefined ? {} : { model }).dropped).toEqual([]);
  });
});

describe("a schema of the answer that Nova refuses as it is", () => {
  const wanted = (schema: JsonObject): JsonObject => ({
    response_format: { type: "json_schema", json_schema: { name: "tree", schema } },
  });

  it("is cut where it holds itself, and named as a tool's is", () => {
    const schema: JsonObject = {
      type: "object",
      properties: { tree: { $ref: "#/$defs/Tree" } },
      $defs: { Tree: { type: "object", properties: { left: { $ref: "#/$defs/Tree" } } } },
    };
    const { request, dropped } = translate(wanted(schema), { model: models.novaLite });
    expect(request.toolConfig?.tools[0]?.toolSpec?.inputSchema.json).toEqual({
      type: "object",
      properties: { tree: { type: "object", properties: { left: { type: "object" } } } },
    });
    expect(dropped).toEqual(["response_format.json_schema.schema"]);
  });

  it("is not named where it arrives as it was written", () => {
    const { dropped } = translate(wanted({ type: "object", properties: {} }), { model: models.novaLite });
    expect(dropped).toEqual([]);
  });
});
