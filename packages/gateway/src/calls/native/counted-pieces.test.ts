import { Buffer } from "node:buffer";
import { parsePriceTable, shippedPrices } from "@adit/bedrock";
import { describe, expect, it, test } from "vitest";
import { pricedCall } from "../../ledger/cost/call-cost.ts";
import { newFacts } from "../../ledger/record/request-facts.ts";
import { countedPieces } from "./counted-pieces.ts";
import { noteWhole } from "./passed-usage.ts";

const core = "stability.stable-image-core-v1:1";
const rerank = "cohere.rerank-v3-5:0";

describe("images", () => {
  const count = (answer: object, model = core): unknown =>
    countedPieces(model, { request: "{}", answer: Buffer.from(JSON.stringify(answer)) });

  // The answers of AWS's pages on Stability's models, Titan Image and Nova Canvas.
  it.each([
    [{ seeds: [1], finish_reasons: [null], images: ["aW1hZ2U="] }, { images: 1 }],
    [{ images: ["YQ==", "Yg=="], error: null }, { images: 2 }],
    [{ finish_reasons: ["Filter reason: prompt"] }, undefined],
    [{ seeds: [1], finish_reasons: ["Filter reason: output image"], images: ["aW1hZ2U="] }, undefined],
    [{ images: ["YQ=="], error: "one was filtered" }, undefined],
    [{ images: [] }, undefined],
    [{ images: "aW1hZ2U=" }, undefined],
  ])("of %j", (answer, counted) => {
    expect(count(answer)).toEqual(counted);
  });

  it("are not looked for in what other models answer", () => {
    expect(count({ images: ["YQ=="] }, "amazon.nova-lite-v1:0")).toBeUndefined();
    expect(countedPieces(core, { request: "{}", answer: Buffer.from("no json") })).toBeUndefined();
  });
});

describe("images that are embedded", () => {
  const titan = "amazon.titan-embed-image-v1";
  const told = (model: string, request: object) => {
    const facts = Object.assign(newFacts("bedrock"), { modelAsked: model, modelUsed: model });
    const body = Buffer.from(JSON.stringify({ embedding: [0.1], inputTextTokenCount: 2 }));
    const headers = { "x-amzn-bedrock-input-token-count": "2" };
    const reply = { body, headers } as unknown as Parameters<typeof noteWhole>[2];
    noteWhole(facts, { action: "invoke", request: JSON.stringify(request) }, reply);
    return { usage: facts.usage, cost: pricedCall({ ...facts, firstByteMs: 1 }, shippedPrices()).cost };
  };

  it("are counted beside the tokens that AWS tells: without a price the cost is not known", () => {
    expect(told(titan, { inputText: "a cat", inputImage: "aGk=" }).usage).toEqual({ inputTokens: 2, images: 1 });
    const images = ["data:image/png;base64,aGk="];
    const { usage, cost } = told("cohere.embed-english-v3", { images, input_type: "image" });
    expect(usage).toEqual({ inputTokens: 2, images: 1 });
    expect(cost).toMatchObject({ totalNano: undefined, missing: ["image"] });
  });

  it("are none where text is embedded", () => {
    expect(told(titan, { inputText: "a cat" }).usage).toEqual({ inputTokens: 2 });
    expect(told("amazon.titan-embed-text-v2:0", { inputText: "a", inputImage: "aGk=" }).usage).toEqual({
      inputTokens: 2,
    });
    // $0.10 a million.
    const { cost } = told("cohere.embed-english-v3", { texts: ["a"], input_type: "search_document" });
    expect(cost).toMatchObject({ totalNano: "200", missing: [] });
  });
});

describe("seconds of video and sound, where an operator has a price for them", () => {
  const nova = "amazon.nova-2-multimodal-embeddings-v1:0";
  const pegasus = "twelvelabs.pegasus-1-2-v1:0";
  const marengo = "twelvelabs.marengo-embed-3-0-v1:0";
  const row = { tier: "standard", input: 1_000_000_000, output: 1_000_000_000, second: 700_000 };
  const parsed = parsePriceTable({
    version: "own",
    date: "2027-01-01",
    sources: {},
    models: { [nova]: { rows: [row] }, [pegasus]: { rows: [row] }, [marengo]: { rows: [row] } },
    guardrails: [],
    quirks: [],
  });
  const costOf = (model: string, request: object, headers: Record<string, string>) => {
    if ("fault" in parsed) throw new Error(parsed.fault.message);
    const facts = Object.assign(newFacts("bedrock"), { modelAsked: model, modelUsed: model });
    const reply = { body: Buffer.from("{}"), headers } as unknown as Parameters<typeof noteWhole>[2];
    noteWhole(facts, { action: "invoke", request: JSON.stringify(request) }, reply);
    return pricedCall({ ...facts, firstByteMs: 1 }, parsed.table).cost;
  };
  const input = { "x-amzn-bedrock-input-token-count": "2" };

  it("are not known, and so is the cost", () => {
    const video = { singleEmbeddingParams: { video: { source: { bytes: "aGk=" } } } };
    const both = { ...input, "x-amzn-bedrock-output-token-count": "3" };
    for (const cost of [
      costOf(nova, video, input),
      costOf(pegasus, { inputPrompt: "What is seen?", mediaSource: {} }, both),
      costOf(marengo, { inputType: "video", video: { mediaSource: {} } }, input),
    ]) {
      expect(cost).toMatchObject({ totalNano: undefined, missing: ["usage.seconds"] });
    }
  });

  it("are none where text is embedded", () => {
    const text = { singleEmbeddingParams: { text: { value: "a cat" } } };
    expect(costOf(nova, text, input)).toMatchObject({ totalNano: "2000", missing: [] });
    expect(costOf(marengo, { inputType: "text", text: { inputText: "a cat" } }, input).totalNano).toBe("2000");
    // Where the answer tells nothing, that there were no seconds tells nothing either.
    expect(costOf(marengo, { inputType: "text", text: { inputText: "a cat" } }, {})).toMatchObject({
      totalNano: undefined,
      missing: ["usage"],
    });
  });
});

describe("queries of a model that ranks", () => {
  const queries = (query: unknown, documents: unknown): unknown =>
    countedPieces(rerank, { request: JSON.stringify({ query, documents }), answer: Buffer.from("{}") })?.queries;
  const texts = (count: number, bytes: number): string[] => Array.from({ length: count }, () => "x".repeat(bytes));

  it.each([
    [5, 200, 1],
    [100, 490, 1],
    [101, 490, 2],
    [350, 10, 4],
    // Long ones are several documents each: forty of a thousand bytes are at most a hundred and twenty, and perhaps forty.
    [40, 1_000, undefined],
    [30, 1_000, 1],
    [120, 700, undefined],
  ])("%i documents of %i bytes: %s", (count, bytes, expected) => {
    expect(queries("rivers", texts(count, bytes))).toBe(expected);
  });

  it("are counted with documents of fields, and not where the query alone may fill a document", () => {
    expect(queries("rivers", [{ title: "Po", text: "a river" }, ""])).toBe(1);
    expect(queries("x".repeat(500), ["a"])).toBeUndefined();
    expect(queries("rivers", [5])).toBeUndefined();
    expect(queries(undefined, ["a"])).toBeUndefined();
    expect(queries("rivers", [])).toBeUndefined();
  });
});

test.each([
  // $0.04 an image, $2 for a thousand queries.
  [core, "{}", { finish_reasons: [null], images: ["YQ==", "Yg=="] }, 80_000_000n],
  [rerank, JSON.stringify({ query: "rivers", documents: ["a", "b"] }), { results: [] }, 2_000_000n],
])("a call of %s costs what its pieces do, and no tokens", (modelUsed, request, answer, totalNano) => {
  const facts = Object.assign(newFacts("bedrock"), { modelUsed, region: "us-west-2", route: "invoke", firstByteMs: 1 });
  const body = Buffer.from(JSON.stringify(answer));
  noteWhole(facts, { action: "invoke", request }, { body, headers: {}, requestId: "", attempts: [], modelUsed });
  const priced = pricedCall(facts, shippedPrices());
  expect([priced.totalNano, priced.cost.missing, priced.cost.isEstimate]).toEqual([totalNano, [], false]);
});

test("where the count is not certain, the cost is unknown", () => {
  const facts = Object.assign(newFacts("bedrock"), {
    modelUsed: core,
    region: "us-west-2",
    route: "invoke",
    firstByteMs: 1,
  });
  const body = Buffer.from(JSON.stringify({ finish_reasons: ["Filter reason: prompt"] }));
  noteWhole(
    facts,
    { action: "invoke", request: "{}" },
    { body, headers: {}, requestId: "", attempts: [], modelUsed: core },
  );
  expect(pricedCall(facts, shippedPrices()).totalNano).toBeUndefined();
});
