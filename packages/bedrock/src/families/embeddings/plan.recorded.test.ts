/** Every recorded call of a model that embeds: planned from the request that a caller would write, and its answer read. */
import { describe, expect, it } from "vitest";
import { checkEmbeddingsRequest } from "../../dialects/openai-embeddings/check-request.ts";
import { embeddingRequestFrom } from "../../dialects/openai-embeddings/request.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { recordingsOf, type Recording } from "../../wire/testing/recordings.ts";
import { planEmbeddings, readEmbeddings } from "./plan.ts";

const recorded = recordingsOf("InvokeModel").filter(
  ({ model_id: id, response }) => id.includes("embed") && response.status === 200,
);
/** Some recordings have the caller's prompt in the place of the request. */
const withRequest = recorded.filter(({ request }) => !("_prompt" in (request.body as JsonObject)));

/** What a caller of OpenAI's dialect writes for a native body. */
function callersRequest({ model_id: model, request }: Recording): JsonObject {
  const body = request.body as JsonObject;
  const nova = body["singleEmbeddingParams"] as JsonObject | undefined;
  const novaText = nova?.["text"] as JsonObject | undefined;
  return {
    model,
    input: body["texts"] ?? body["inputText"] ?? novaText?.["value"] ?? null,
    dimensions: body["dimensions"] ?? body["output_dimension"] ?? nova?.["embeddingDimension"] ?? null,
    input_type: body["input_type"] ?? null,
    truncate: body["truncate"] ?? novaText?.["truncationMode"] ?? null,
    normalize: body["normalize"] ?? null,
    embedding_purpose: nova?.["embeddingPurpose"] ?? null,
  };
}

function planOf(recording: Recording): ReturnType<typeof planEmbeddings> {
  const { request, dropped } = embeddingRequestFrom(checkEmbeddingsRequest(callersRequest(recording)), {
    media: new Map(),
  });
  expect(dropped).toEqual([]);
  return planEmbeddings(request, factsOfModel(recording.model_id));
}

describe.skipIf(recorded.length === 0)("recorded embeddings", () => {
  it("are there, of every format that anyone recorded", () => {
    expect(withRequest.length).toBeGreaterThan(25);
    expect(recorded.length).toBeGreaterThan(withRequest.length);
  });

  it.each(withRequest.map((recording) => [recording.id, recording] as const))("%s: the body", (_, recording) => {
    const plan = planOf(recording);
    expect(plan.dropped).toEqual([]);
    expect(plan.calls.map((call) => call.body)).toEqual([recording.request.body]);
  });

  it.each(recorded.map((recording) => [recording.id, recording] as const))(
    "%s: the answer",
    (_, { model_id: id, response }) => {
      const body = response.body_json as JsonObject;
      const header = response.headers["x-amzn-bedrock-input-token-count"];
      const texts = (body["texts"] as string[] | undefined) ?? [""];
      const { format } = planEmbeddings(
        { inputs: [{ parts: [{ kind: "text", text: "any", path: "" }], path: "" }], paths: {} },
        factsOfModel(id),
      );
      const counts = header === undefined ? {} : { inputTokens: Number(header) };
      const read = readEmbeddings({ body, counts }, { body: {}, vectors: texts.length, images: 0 }, format);
      // Every list of numbers in the body, in order: the vectors, whatever they are called.
      const lists = numbersIn({ ...body, embeddingsByType: undefined });
      expect(read.vectors).toEqual(lists);
      expect(read.vectors.every((vector) => [256, 512, 1024, 1536, 3072].includes(vector.length))).toBe(true);
      const told = header ?? body["inputTextTokenCount"];
      expect(read.inputTokens).toBe(Number(told));
    },
  );
});

function numbersIn(value: unknown): number[][] {
  if (Array.isArray(value) && typeof value[0] === "number") return [value as number[]];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}
