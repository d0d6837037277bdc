import { describe, expect, it } from "vitest";
import { checkEmbeddingsRequest } from "../../dialects/openai-embeddings/check-request.ts";
import { embeddingRequestFrom } from "../../dialects/openai-embeddings/request.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { catalogueModels } from "../../models/catalogue.ts";
import { embeddingFactsOf } from "../../models/embedding-facts.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { planEmbeddings, readEmbeddings, type EmbeddingPlan } from "./plan.ts";

const png = "iVBORw0KGgo=";
const pngUrl = `data:image/png;base64,${png}`;
const jpeg = "/9j/4AAQ";

function plan(body: JsonObject): EmbeddingPlan {
  const { request } = embeddingRequestFrom(checkEmbeddingsRequest(body), { media: new Map() });
  return planEmbeddings(request, factsOfModel(body["model"] as string));
}

function bodies(body: JsonObject): JsonObject[] {
  return plan(body).calls.map((call) => call.body);
}

function refusal(body: JsonObject): { code: string; param: string | undefined; words: string } {
  try {
    plan(body);
  } catch (error) {
    if (AditError.isInstance(error)) return { code: error.code, param: error.param, words: error.describe() };
    throw error;
  }
  throw new Error("not refused");
}

describe("the calls for a request", () => {
  it("are one a text for Titan and Nova: none is dropped in silence, as Portkey drops all but the first", () => {
    expect(bodies({ model: "amazon.titan-embed-text-v2:0", input: ["a", "b", " "] })).toEqual([
      { inputText: "a" },
      { inputText: "b" },
      { inputText: " " },
    ]);
    expect(bodies({ model: "amazon.titan-embed-text-v1", input: "a" })).toEqual([{ inputText: "a" }]);
    expect(bodies({ model: "amazon.nova-2-multimodal-embeddings-v1:0", input: ["a", "b"] })).toHaveLength(2);
  });

  it("hold up to 96 texts for Cohere, in their order", () => {
    const input = Array.from({ length: 200 }, (_, index) => `text ${index}`);
    const calls = bodies({ model: "us.cohere.embed-v4:0", input });
    expect(calls.map((body) => (body["texts"] as string[]).length)).toEqual([96, 96, 8]);
    expect(calls.flatMap((body) => body["texts"])).toEqual(input);
    expect(calls.every((body) => body["input_type"] === "search_document")).toBe(true);
  });

  it("keep the order where texts and images take turns", () => {
    const { calls } = plan({ model: "cohere.embed-multilingual-v3", input: ["a", "b", pngUrl, "c"] });
    expect(calls).toEqual([
      { body: { texts: ["a", "b"], input_type: "search_document" }, vectors: 2, images: 0 },
      { body: { images: [pngUrl], input_type: "image" }, vectors: 1, images: 1 },
      { body: { texts: ["c"], input_type: "search_document" }, vectors: 1, images: 0 },
    ]);
  });

  it.each([
    ["a data URL", pngUrl],
    ["Portkey's form", { image: { base64: png } }],
    ["Portkey's form with a data URL", { image: { base64: pngUrl } }],
    ["base64 alone", { image: png }],
    ["an object with a data URL", { image: pngUrl }],
    ["OpenAI's part of a chat", { type: "image_url", image_url: { url: pngUrl } }],
    ["Cohere's part", { content: [{ type: "image_url", image_url: pngUrl }] }],
  ])("carry an image: %s", (_, item) => {
    expect(bodies({ model: "amazon.titan-embed-image-v1", input: [item], dimensions: 384 })).toEqual([
      { inputImage: png, embeddingConfig: { outputEmbeddingLength: 384 } },
    ]);
  });

  it("carry images as each model wants them", () => {
    const input = { image: { base64: jpeg } };
    expect(bodies({ model: "us.cohere.embed-v4:0", input })).toEqual([
      {
        inputs: [{ content: [{ type: "image_url", image_url: { url: `data:image/jpeg;base64,${jpeg}` } }] }],
        input_type: "search_document",
      },
    ]);
    expect(bodies({ model: "amazon.nova-2-multimodal-embeddings-v1:0", input, dimensions: 256 })).toEqual([
      {
        taskType: "SINGLE_EMBEDDING",
        singleEmbeddingParams: {
          embeddingPurpose: "GENERIC_INDEX",
          embeddingDimension: 256,
          image: { format: "jpeg", source: { bytes: jpeg } },
        },
      },
    ]);
    expect(bodies({ model: "us.twelvelabs.marengo-embed-2-7-v1:0", input })).toEqual([
      { inputType: "image", mediaSource: { base64String: jpeg } },
    ]);
    expect(bodies({ model: "us.twelvelabs.marengo-embed-3-0-v1:0", input })).toEqual([
      { inputType: "image", image: { mediaSource: { base64String: jpeg } } },
    ]);
  });

  it("carry a text and an image for one vector where the model has that", () => {
    const input = [{ text: "a duck", image: { base64: jpeg } }];
    expect(bodies({ model: "amazon.titan-embed-image-v1", input })).toEqual([
      { inputText: "a duck", inputImage: jpeg },
    ]);
    expect(bodies({ model: "eu.twelvelabs.marengo-embed-3-0-v1:0", input })).toEqual([
      { inputType: "text_image", text_image: { inputText: "a duck", mediaSource: { base64String: jpeg } } },
    ]);
    const content = [{ type: "text", text: "one" }, "two", { type: "image_url", image_url: { url: pngUrl } }];
    expect(bodies({ model: "cohere.embed-v4:0", input: [{ content }], max_tokens: 512 })).toEqual([
      {
        inputs: [
          {
            content: [
              { type: "text", text: "one" },
              { type: "text", text: "two" },
              { type: "image_url", image_url: { url: pngUrl } },
            ],
          },
        ],
        input_type: "search_document",
        max_tokens: 512,
      },
    ]);
  });

  it("name places in S3 where the model reads there", () => {
    const input = [{ image: { url: "s3://bucket/duck.png", bucketOwner: "123456789012" } }];
    const s3Location = { uri: "s3://bucket/duck.png", bucketOwner: "123456789012" };
    expect(bodies({ model: "twelvelabs.marengo-embed-2-7-v1:0", input })).toEqual([
      { inputType: "image", mediaSource: { s3Location } },
    ]);
    expect(bodies({ model: "amazon.nova-2-multimodal-embeddings-v1:0", input })[0]).toMatchObject({
      singleEmbeddingParams: { image: { format: "png", source: { s3Location } } },
    });
    expect(refusal({ model: "amazon.titan-embed-image-v1", input })).toMatchObject({
      code: "unsupported_parameter",
      param: "input[0].image.url",
    });
  });

  it("say what the vectors are for: Cohere's words become Nova's purposes", () => {
    const purpose = (extra: JsonObject): unknown =>
      bodies({ model: "amazon.nova-2-multimodal-embeddings-v1:0", input: "a", ...extra })[0]?.["singleEmbeddingParams"];
    expect(purpose({ input_type: "search_query", truncate: "RIGHT" })).toEqual({
      embeddingPurpose: "GENERIC_RETRIEVAL",
      text: { value: "a", truncationMode: "END" },
    });
    expect(purpose({ input_type: "clustering" })).toMatchObject({ embeddingPurpose: "CLUSTERING" });
    expect(purpose({ input_type: "search_query", embedding_purpose: "IMAGE_RETRIEVAL" })).toMatchObject({
      embeddingPurpose: "IMAGE_RETRIEVAL",
    });
  });

  it.each([
    ["cohere.embed-english-v3", "LEFT", "START"],
    ["cohere.embed-multilingual-v3", "RIGHT", "END"],
    ["cohere.embed-english-v3", "NONE", "NONE"],
    ["cohere.embed-v4:0", "LEFT", "LEFT"],
    ["cohere.embed-v4:0", "START", "START"],
  ])("say to %s which end is cut off in words that it knows: %s", (model, truncate, sent) => {
    expect(bodies({ model, input: "a", truncate })[0]).toMatchObject({ truncate: sent });
  });

  it("name what the model has no place for", () => {
    const all = {
      input: "a",
      input_type: "search_query",
      truncate: "END",
      normalize: true,
      max_tokens: 9,
      embedding_purpose: "X",
    };
    const dropped = (model: string): unknown => plan({ model, ...all }).dropped;
    expect(dropped("amazon.titan-embed-text-v1")).toEqual([
      "input_type",
      "truncate",
      "normalize",
      "embedding_purpose",
      "max_tokens",
    ]);
    expect(dropped("amazon.titan-embed-text-v2:0")).toEqual([
      "input_type",
      "truncate",
      "embedding_purpose",
      "max_tokens",
    ]);
    expect(dropped("cohere.embed-english-v3")).toEqual(["normalize", "embedding_purpose", "max_tokens"]);
    expect(dropped("cohere.embed-v4:0")).toEqual(["normalize", "embedding_purpose"]);
    expect(dropped("amazon.nova-2-multimodal-embeddings-v1:0")).toEqual(["normalize", "max_tokens"]);
    expect(dropped("us.twelvelabs.marengo-embed-2-7-v1:0")).toEqual([
      "input_type",
      "normalize",
      "embedding_purpose",
      "max_tokens",
    ]);
  });
});

describe("a length of vectors", () => {
  it.each([
    ["amazon.titan-embed-text-v2:0", 512, 1536, "256, 512, 1024"],
    ["amazon.titan-embed-image-v1", 384, 512, "256, 384, 1024"],
    ["cohere.embed-v4:0", 1536, 3072, "256, 512, 1024, 1536"],
    ["amazon.nova-2-multimodal-embeddings-v1:0", 3072, 512, "256, 384, 1024, 3072"],
  ])("of %s may be %i, and %i is refused with what may be", (model, allowed, other, list) => {
    expect(JSON.stringify(bodies({ model, input: "a", dimensions: allowed }))).toContain(`:${allowed}`);
    expect(refusal({ model, input: "a", dimensions: other })).toMatchObject({
      code: "invalid_request",
      param: "dimensions",
      words: expect.stringContaining(`one of ${list}`) as string,
    });
  });

  it.each([
    ["amazon.titan-embed-text-v1", 1536],
    ["cohere.embed-english-v3", 1024],
    ["us.twelvelabs.marengo-embed-3-0-v1:0", 512],
  ])("of %s is %i: that may be named, and is not sent", (model, only) => {
    expect(bodies({ model, input: "a", dimensions: only })).toEqual(bodies({ model, input: "a" }));
    expect(refusal({ model, input: "a", dimensions: 256 }).words).toContain(
      `must be ${only} for this model (it is 256)`,
    );
  });
});

describe("refused", () => {
  it("an empty text for Titan, before those beside it are paid for: AWS refuses it", () => {
    expect(refusal({ model: "amazon.titan-embed-text-v2:0", input: ["a", ""] })).toMatchObject({
      code: "invalid_request",
      param: "input[1]",
    });
    expect(bodies({ model: "cohere.embed-english-v3", input: ["a", ""] })).toMatchObject([{ texts: ["a", ""] }]);
  });

  it.each([
    [{ model: "amazon.titan-embed-text-v2:0", input: ["a", pngUrl] }, "unsupported_parameter", "input[1]"],
    [
      { model: "amazon.nova-2-multimodal-embeddings-v1:0", input: [{ text: "a", image: png }] },
      "unsupported_parameter",
      "input[0]",
    ],
    [{ model: "amazon.titan-embed-image-v1", input: [{ content: ["a", "b"] }] }, "unsupported_parameter", "input[0]"],
    [
      { model: "us.twelvelabs.marengo-embed-2-7-v1:0", input: "a", truncate: "START" },
      "unsupported_parameter",
      "truncate",
    ],
    [{ model: "anthropic.claude-sonnet-5", input: "a" }, "invalid_request", "model"],
    [
      { model: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x", input: "a" },
      "invalid_request",
      "model",
    ],
  ])("%j", (body, code, param) => {
    expect(refusal(body as JsonObject)).toMatchObject({ code, param });
  });
});

describe("an answer", () => {
  const call = { body: {}, vectors: 2, images: 0 };

  it.each([
    ["nothing", {}],
    ["too few", { embeddings: [[1, 2]] }],
    ["too many", { embeddings: [[1], [2], [3]] }],
    ["an empty vector", { embeddings: [[1], []] }],
    ["something that is no vector", { embeddings: [[1], ["1"]] }],
    ["a number beyond all that JSON can write", { embeddings: [[1], JSON.parse("[1e400]")] }],
    ["another type", { embeddings: { int8: [[1], [2]] } }],
  ])("with %s is a failure, never a success with a hole", (_, body) => {
    expect(() => readEmbeddings({ body: body, counts: {} }, call, "cohere")).toThrow(
      /has no vector for each of 2 inputs/,
    );
  });

  it("of Titan that has words in the place of a vector says them", () => {
    const body = { embedding: null, message: "Image too small" };
    expect(() => readEmbeddings({ body, counts: {} }, { ...call, vectors: 1 }, "titan-image")).toThrow(
      "Image too small",
    );
  });

  it("tells tokens by header before body, and nothing where neither tells", () => {
    const body = { embedding: [1], inputTextTokenCount: 4 };
    const tokens = (given: JsonObject, counts: { inputTokens?: number }): unknown =>
      readEmbeddings({ body: given, counts }, { ...call, vectors: 1 }, "titan-text").inputTokens;
    expect(tokens(body, { inputTokens: 5 })).toBe(5);
    expect(tokens(body, {})).toBe(4);
    expect(tokens({ embedding: [1] }, {})).toBeUndefined();
    expect(tokens({ embedding: [1], inputTextTokenCount: -1 }, {})).toBeUndefined();
  });

  it("of Marengo is a list, or one alone", () => {
    const one = { ...call, vectors: 1 };
    expect(readEmbeddings({ body: { data: [{ embedding: [1, 2] }] }, counts: {} }, one, "marengo-2").vectors).toEqual([
      [1, 2],
    ]);
    expect(readEmbeddings({ body: { data: { embedding: [1, 2] } }, counts: {} }, one, "marengo-3").vectors).toEqual([
      [1, 2],
    ]);
  });
});

it("every model of the catalogue that embeds has a native format here, and no other has", () => {
  const embedding = catalogueModels()
    .filter(({ output }) => output === "embedding")
    .map(({ id }) => id);
  const known = catalogueModels()
    .filter(({ id }) => embeddingFactsOf(id) !== undefined)
    .map(({ id }) => id);
  expect(known).toEqual(embedding);
  expect(embedding.length).toBeGreaterThan(8);
});
