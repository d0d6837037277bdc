import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { TestUpstream } from "../wire/testing/upstream.ts";
import { embed } from "./embed.ts";
import type { EmbedOptions } from "./options.ts";
import { closeConnections } from "./shared-connections.ts";

const titan = "bedrock:amazon.titan-embed-text-v2:0";
const cohere = "cohere.embed-english-v3";
let upstream: TestUpstream;
let environment: Record<string, string>;

/** Titan's answer tells the length of its text as the vector, Cohere's its texts' in order; its header counts. */
beforeAll(async () => {
  upstream = await TestUpstream.start((response, { path, body }) => {
    const request = JSON.parse(body) as { inputText?: string; texts?: string[] };
    const isTitan = path.includes("titan");
    const answer = isTitan
      ? { embedding: [request.inputText?.length, 0.5], inputTextTokenCount: 3 }
      : { id: "1", response_type: "embeddings_floats", embeddings: request.texts?.map(({ length }) => [length, 0.25]) };
    const refused = request.inputText === "refuse";
    response.writeHead(refused ? 400 : 200, {
      "content-type": "application/json",
      "x-amzn-requestid": `r-${upstream.seen.length}`,
      ...(refused ? { "x-amzn-errortype": "ValidationException" } : { "x-amzn-bedrock-input-token-count": "3" }),
    });
    response.end(JSON.stringify(refused ? { message: "Refused." } : answer));
  });
  environment = { AWS_ENDPOINT_URL: upstream.url };
});
afterEach(() => {
  upstream.seen.length = 0;
});
afterAll(async () => {
  await closeConnections(environment);
  await upstream.close();
});

const options = (more: EmbedOptions = {}): EmbedOptions => ({ environment, apiKey: "key", ...more });
const bodies = (): unknown[] => upstream.seen.map(({ body }) => JSON.parse(body) as unknown);

describe("embed", () => {
  it("gives one vector of one text, with what it cost", async () => {
    const result = await embed(titan, "Good morning", options({ dimensions: 256, normalize: true }));
    expect(result).toMatchObject({
      embeddings: [[12, 0.5]],
      usage: { inputTokens: 3 },
      warnings: [],
      requestIds: ["r-1"],
    });
    // 3 tokens at 0.02 dollars a million.
    expect(result.cost).toMatchObject({ known: true, total: "0.00000006" });
    expect(upstream.seen[0]?.path).toBe("/model/amazon.titan-embed-text-v2%3A0/invoke");
    expect(bodies()).toEqual([{ inputText: "Good morning", dimensions: 256, normalize: true }]);
  });

  it("gives a vector of each text in their order, by a call each where the model takes one text", async () => {
    const texts = ["a", "bb", "ccc", "dddd", "eeeee"];
    const result = await embed(titan, texts, options({ concurrency: 2 }));
    expect(result.embeddings).toEqual(texts.map(({ length }) => [length, 0.5]));
    expect(result.usage).toEqual({ inputTokens: 15 });
    expect(upstream.seen).toHaveLength(5);
  });

  it("runs more than ten calls at once, in one signal too, without a warning of a leak", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    const texts = Array.from({ length: 12 }, (_, index) => `${index}`);
    const { signal } = new AbortController();
    await embed(titan, texts, options({ concurrency: 12 }));
    await Promise.all(texts.map((text) => embed(titan, text, options({ signal }))));
    await new Promise(setImmediate);
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("puts many texts into one call of Cohere's, and takes its options by any name, anywhere", async () => {
    const result = await embed(
      cohere,
      ["a", "bb"],
      options({ providerOptions: { input_type: "search_query", truncate: "END" } }),
    );
    expect(result.embeddings).toEqual([
      [1, 0.25],
      [2, 0.25],
    ]);
    expect(bodies()).toEqual([
      expect.objectContaining({ texts: ["a", "bb"], input_type: "search_query", truncate: "END" }),
    ]);
  });

  it("says what the model has no place for, and what is no option of it", async () => {
    const { warnings } = await embed(titan, "a", {
      ...options(),
      input_type: "search_query",
      temperature: 1,
    } as EmbedOptions);
    expect(warnings.map(({ type, path }) => [type, path])).toEqual([
      ["ignored-option", "temperature"],
      ["dropped", "input_type"],
    ]);
  });

  it.each([
    ["a length that the model does not have", { providerOptions: { dimensions: 7 } }, "providerOptions.dimensions"],
    ["no number", { dimensions: "many" as never }, "dimensions"],
  ])("refuses %s before anything is sent, by the caller's path", async (_case, more, param) => {
    const error = await embed(titan, "a", options(more)).catch((thrown: unknown) => thrown);
    expect(AditError.isInstance(error) && [error.code, error.param]).toEqual(["invalid_request", param]);
    expect(upstream.seen).toEqual([]);
  });

  it("refuses a model that does not embed, and passes AWS's refusal on", async () => {
    await expect(embed("us.amazon.nova-lite-v1:0", "a", options())).rejects.toMatchObject({ code: "invalid_request" });
    await expect(embed(titan, ["a", "refuse"], options())).rejects.toMatchObject({
      code: "ValidationException",
      status: 400,
    });
  });
});
