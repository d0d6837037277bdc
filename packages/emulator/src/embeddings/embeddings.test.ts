import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator, type Emulator } from "../index.ts";
import { failureOf, invokedWithHeaders } from "../testing/clients.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator.close();
});

type Json = Record<string, unknown>;

const embed = (modelId: string, body: object) => invokedWithHeaders(emulator, modelId, body);

const nova = (more: object, params: object = {}) => ({
  taskType: "SINGLE_EMBEDDING",
  singleEmbeddingParams: { embeddingPurpose: "GENERIC_INDEX", ...params, ...more },
});
const novaText = (value: string, params: object = {}) => nova({ text: { truncationMode: "END", value } }, params);
const cohere = (...texts: string[]) => ({ texts, input_type: "search_document" });

/** A model, a body for a text, where its vector stands, and its size. */
const cases: [string, string, (text: string) => object, (reply: Json) => number[], number][] = [
  [
    "Titan 1",
    "amazon.titan-embed-text-v1",
    (inputText) => ({ inputText }),
    (reply) => reply["embedding"] as number[],
    1536,
  ],
  [
    "Titan 2",
    "amazon.titan-embed-text-v2:0",
    (inputText) => ({ inputText }),
    (reply) => reply["embedding"] as number[],
    1024,
  ],
  [
    "Titan 2 with a size",
    "amazon.titan-embed-text-v2:0",
    (inputText) => ({ inputText, dimensions: 256 }),
    (reply) => (reply["embeddingsByType"] as Record<string, number[]>)["float"]!,
    256,
  ],
  [
    "Titan's multimodal",
    "amazon.titan-embed-image-v1",
    (inputText) => ({ inputText, embeddingConfig: { outputEmbeddingLength: 384 } }),
    (reply) => reply["embedding"] as number[],
    384,
  ],
  [
    "Cohere 3",
    "cohere.embed-english-v3",
    (text) => cohere(text),
    (reply) => (reply["embeddings"] as number[][])[0]!,
    1024,
  ],
  [
    "Cohere 4",
    "us.cohere.embed-v4:0",
    (text) => cohere(text),
    (reply) => (reply["embeddings"] as Record<string, number[][]>)["float"]![0]!,
    1536,
  ],
  [
    "Cohere 4 with inputs and a size",
    "cohere.embed-v4:0",
    (text) => ({ inputs: [{ content: [{ type: "text", text }] }], input_type: "search_query", output_dimension: 512 }),
    (reply) => (reply["embeddings"] as Record<string, number[][]>)["float"]![0]!,
    512,
  ],
  [
    "Nova",
    "amazon.nova-2-multimodal-embeddings-v1:0",
    (text) => novaText(text),
    (reply) => (reply["embeddings"] as { embedding: number[] }[])[0]!.embedding,
    3072,
  ],
  [
    "Marengo 2.7",
    "us.twelvelabs.marengo-embed-2-7-v1:0",
    (inputText) => ({ inputType: "text", inputText }),
    (reply) => (reply["data"] as { embedding: number[] }[])[0]!.embedding,
    1024,
  ],
  [
    "Marengo 3.0",
    "us.twelvelabs.marengo-embed-3-0-v1:0",
    (inputText) => ({ inputType: "text", text: { inputText } }),
    (reply) => (reply["data"] as { embedding: number[] }[])[0]!.embedding,
    512,
  ],
];

describe("embeddings, by AWS's own client", () => {
  it.each(cases)(
    "of %s have the right size, and depend on the text alone",
    async (_name, model, body, vector, size) => {
      const [one, again, other] = [
        await embed(model, body("a text")),
        await embed(model, body("a text")),
        await embed(model, body("another")),
      ];
      expect(vector(one.reply)).toHaveLength(size);
      expect(vector(again.reply)).toEqual(vector(one.reply));
      expect(vector(other.reply)).not.toEqual(vector(one.reply));
      const length = Math.sqrt(vector(one.reply).reduce((sum, value) => sum + value * value, 0));
      expect(length).toBeCloseTo(1, 5);
      // Six characters are two tokens at four characters a token.
      expect(one.headers["x-amzn-bedrock-input-token-count"]).toBe("2");
      expect(one.headers).not.toHaveProperty("x-amzn-bedrock-output-token-count");
    },
  );

  it("count tokens in the body where the model does", async () => {
    const { reply } = await embed("amazon.titan-embed-text-v1", { inputText: "a text" });
    expect(reply["inputTextTokenCount"]).toBe(2);
    expect((await embed("amazon.nova-2-multimodal-embeddings-v1:0", novaText("x"))).reply).not.toHaveProperty(
      "inputTextTokenCount",
    );
  });

  it("are as long as they come where Titan 2 is asked not to normalize", async () => {
    const { reply } = await embed("amazon.titan-embed-text-v2:0", { inputText: "a text", normalize: false });
    const length = Math.hypot(...(reply["embedding"] as number[]));
    expect(length).toBeGreaterThan(2);
  });

  it("come in the types that are asked for", async () => {
    const titan = await embed("amazon.titan-embed-text-v2:0", { inputText: "x", embeddingTypes: ["binary"] });
    expect(titan.reply).not.toHaveProperty("embedding");
    expect(new Set((titan.reply["embeddingsByType"] as { binary: number[] }).binary)).toEqual(new Set([0, 1]));
    const types = ["float", "int8", "uint8", "binary", "ubinary"];
    const { reply } = await embed("cohere.embed-english-v3", { ...cohere("A"), embedding_types: types });
    const vectors = reply["embeddings"] as Record<string, number[][]>;
    expect(Object.keys(vectors)).toEqual(types);
    const [float, int8, uint8, binary, ubinary] = types.map((type) => vectors[type]![0]!);
    expect([int8!.length, uint8!.length, binary!.length, ubinary!.length]).toEqual([1024, 1024, 128, 128]);
    expect(uint8).toEqual(int8!.map((value) => value + 128));
    expect(binary).toEqual(ubinary!.map((value) => value - 128));
    const firstByte = float!.slice(0, 8).map((value) => (value > 0 ? "1" : "0"));
    expect(ubinary![0]).toBe(Number.parseInt(firstByte.join(""), 2));
    expect(reply).toMatchObject({ response_type: "embeddings_by_type", texts: ["a"] });
  });

  it("of a batch are those of each text", async () => {
    const { reply } = await embed("cohere.embed-multilingual-v3", cohere("one", "two"));
    const alone = await embed("cohere.embed-multilingual-v3", cohere("two"));
    expect((reply["embeddings"] as number[][])[1]).toEqual((alone.reply["embeddings"] as number[][])[0]);
  });

  it("of images differ", async () => {
    const images = ["iVBORw0KGgo=", "iVBORw0KGgp="].map((inputImage) => ({ inputImage }));
    const [one, two] = await Promise.all(images.map((body) => embed("amazon.titan-embed-image-v1", body)));
    expect(one!.reply["embedding"]).not.toEqual(two!.reply["embedding"]);
    const nova_ = nova({ image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } });
    expect((await embed("amazon.nova-2-multimodal-embeddings-v1:0", nova_)).reply).toMatchObject({
      embeddings: [{ embeddingType: "IMAGE" }],
    });
  });

  it("take 96 texts and no more", async () => {
    const texts = (count: number) => cohere(...Array.from({ length: count }, (_, index) => `text ${index}`));
    expect((await embed("cohere.embed-english-v3", texts(96))).reply["texts"]).toHaveLength(96);
    const failure = await failureOf(embed("cohere.embed-english-v3", texts(97)));
    expect(failure.message).toBe(
      "Malformed input request: #/texts: expected maximum item count: 96, found: 97, please reformat your input and try again.",
    );
  });

  it.each<[string, string, object, RegExp]>([
    ["no text", "amazon.titan-embed-text-v2:0", {}, /#: required key \[inputText\] not found/],
    [
      "an empty text",
      "amazon.titan-embed-text-v2:0",
      { inputText: "" },
      /#\/inputText: expected minLength: 1, actual: 0/,
    ],
    [
      "a size that the model has not",
      "amazon.titan-embed-text-v2:0",
      { inputText: "x", dimensions: 7 },
      /#\/dimensions: 7 is not a valid enum value/,
    ],
    [
      "a key of the second model",
      "amazon.titan-embed-text-v1",
      { inputText: "x", dimensions: 256 },
      /extraneous key \[dimensions\]/,
    ],
    ["nothing at all", "amazon.titan-embed-image-v1", {}, /at least one of inputText or inputImage/],
    ["no purpose", "cohere.embed-english-v3", { texts: ["x"] }, /required key \[input_type\]/],
    ["neither texts nor images", "cohere.embed-v4:0", { input_type: "search_query" }, /one of texts, images or inputs/],
    [
      "two inputs",
      "amazon.nova-2-multimodal-embeddings-v1:0",
      novaText("x", { image: { format: "png", source: {} } }),
      /Exactly one of/,
    ],
    [
      "a text of more letters than Titan takes",
      "amazon.titan-embed-text-v1",
      { inputText: "x".repeat(50_001) },
      /^Malformed input request: expected maxLength: 50000, actual: 50001, please reformat your input and try again\.$/,
    ],
    [
      "a text of more tokens",
      "amazon.titan-embed-text-v2:0",
      { inputText: "x".repeat(40_000) },
      /^400 Bad Request: Too many input tokens\. Max input tokens: 8192, request input token count: 10000 $/,
    ],
    [
      "a text of more letters than Cohere's third takes",
      "cohere.embed-multilingual-v3",
      { ...cohere("x", "y".repeat(2049)), truncate: "END" },
      /^Malformed input request: #\/texts\/1: expected maxLength: 2048, actual: 2049, please reformat your input/,
    ],
    ["a video", "us.twelvelabs.marengo-embed-2-7-v1:0", { inputType: "video" }, /only supported by StartAsyncInvoke/],
  ])("refuse %s", async (_what, model, body, words) => {
    const failure = await failureOf(embed(model, body));
    expect(failure.name).toBe("ValidationException");
    expect(failure.message).toMatch(words);
  });
});
