/** The answer as OpenAI's own clients read it: from HTTP to plan to native answers and back. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenAIEmbeddings } from "@langchain/openai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runEmbeddings } from "../../calls/run-embeddings.ts";
import { planEmbeddings } from "../../families/embeddings/plan.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { checkEmbeddingsRequest } from "./check-request.ts";
import { embeddingRequestFrom } from "./request.ts";
import { embeddingsReply, type EmbeddingsReply } from "./response.ts";

/** A vector that tells its text apart, with numbers that 32 bits hold and some that they do not. */
const vectorOf = (text: string): number[] => [text.length, -0.5, 0.1, 1e-7, 3.4e38];

async function reply(body: JsonObject): Promise<EmbeddingsReply> {
  const request = checkEmbeddingsRequest(body);
  const translated = embeddingRequestFrom(request, { media: new Map() });
  const plan = planEmbeddings(translated.request, factsOfModel(request.model));
  const answer = await runEmbeddings(plan, ({ texts }) =>
    Promise.resolve({ body: { embeddings: { float: (texts as string[]).map(vectorOf) } }, counts: { inputTokens: 7 } }),
  );
  return embeddingsReply(answer, request);
}

describe("embeddings to real clients", () => {
  let server: Server;
  let baseURL = "";
  let asked: JsonObject = {};

  beforeAll(async () => {
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        asked = JSON.parse(Buffer.concat(pieces).toString()) as JsonObject;
        void reply(asked).then((body) =>
          response.setHeader("content-type", "application/json").end(JSON.stringify(body)),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const model = "cohere.embed-v4:0";

  it("openai asks for base64 unasked and reads the same numbers, as far as 32 bits hold them", async () => {
    const client = new OpenAI({ baseURL, apiKey: "key" });
    const input = ["one", "three", "fifteen"];
    const { data, usage, model: named } = await client.embeddings.create({ model, input });
    expect(asked["encoding_format"]).toBe("base64");
    expect(data.map((entry) => [entry.index, ...entry.embedding])).toEqual(
      input.map((text, index) => [index, ...new Float32Array(vectorOf(text))]),
    );
    expect({ usage, named }).toEqual({ usage: { prompt_tokens: 7, total_tokens: 7 }, named: model });
  });

  it("openai reads floats exactly where it asks for them", async () => {
    const client = new OpenAI({ baseURL, apiKey: "key" });
    const { data } = await client.embeddings.create({ model, input: "one", encoding_format: "float", dimensions: 512 });
    expect(data.map((entry) => entry.embedding)).toEqual([vectorOf("one")]);
  });

  it("LangChain embeds documents and a query", async () => {
    const embeddings = new OpenAIEmbeddings({
      model,
      apiKey: "key",
      configuration: { baseURL },
      encodingFormat: "float",
    });
    const texts = Array.from({ length: 120 }, (_, index) => "x".repeat(index));
    expect(await embeddings.embedDocuments(texts)).toEqual(texts.map(vectorOf));
    expect(await embeddings.embedQuery("four")).toEqual(vectorOf("four"));
  });

  it("usage that nobody told is absent, not 0", () => {
    const request = checkEmbeddingsRequest({ model, input: "a" });
    expect(embeddingsReply({ vectors: [[1]], usage: {} }, request)).toEqual({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [1] }],
      model,
    });
  });
});
