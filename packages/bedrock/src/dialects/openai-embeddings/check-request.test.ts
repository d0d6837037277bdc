import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { checkEmbeddingsRequest } from "./check-request.ts";
import { embeddingMediaUrlsOf, embeddingRequestFrom } from "./request.ts";

function fault(body: JsonObject): { code: string; param: string | undefined; words: string } {
  try {
    embeddingRequestFrom(checkEmbeddingsRequest({ model: "m", input: "a", ...body }), { media: new Map() });
  } catch (error) {
    if (AditError.isInstance(error)) return { code: error.code, param: error.param, words: error.describe() };
    throw error;
  }
  throw new Error("not refused");
}

describe("a request of embeddings", () => {
  it("is given back as it is, and fields that nobody reads are named", () => {
    const body = {
      model: "m",
      input: ["a"],
      user: "u",
      encoding_format: "float",
      dimensions: null,
      seed: 1,
      embedding_types: ["float"],
    };
    const request = checkEmbeddingsRequest(body);
    expect(request).toBe(body);
    expect(embeddingRequestFrom(request, { media: new Map() }).dropped).toEqual(["user", "seed"]);
  });

  it("names what stands beside an image, however much that is", () => {
    const beside = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`x${index}`, 1]));
    const request = checkEmbeddingsRequest({ model: "m", input: [{ image: { ...beside, base64: "iVBORw0KGgo=" } }] });
    const { dropped } = embeddingRequestFrom(request, { media: new Map() });
    expect(dropped).toHaveLength(200_000);
    expect(dropped[0]).toBe("input[0].image.x0");
  });

  it.each([
    ["no model", { model: undefined }, "invalid_request", "model"],
    ["no input", { input: null }, "invalid_request", "input"],
    ["an empty list", { input: [] }, "invalid_request", "input"],
    ["too many inputs", { input: Array.from({ length: 2_049 }, () => "a") }, "invalid_request", "input"],
    ["a list of token ids", { input: [1, 2, 3] }, "unsupported_parameter", "input[0]"],
    ["lists of token ids", { input: ["a", [1, 2, 3]] }, "unsupported_parameter", "input[1]"],
    ["null among the inputs", { input: ["a", null] }, "invalid_request", "input[1]"],
    ["an object with nothing", { input: [{}] }, "invalid_request", "input[0]"],
    [
      "an object with something else",
      { input: [{ text: "a", video: "b" }] },
      "unsupported_parameter",
      "input[0].video",
    ],
    [
      "a text beside a list of parts",
      { input: [{ text: "a", content: ["b"] }] },
      "unsupported_parameter",
      "input[0].text",
    ],
    [
      "parts within parts",
      { input: [{ content: [{ content: ["b"] }] }] },
      "unsupported_parameter",
      "input[0].content[0].content",
    ],
    ["a list of parts that is empty", { input: [{ content: [] }] }, "invalid_request", "input[0].content"],
    ["a text that is none", { input: [{ text: 5 }] }, "invalid_request", "input[0].text"],
    [
      "an image that is none",
      { input: [{ image: { base64: "aGVsbG8=" } }] },
      "invalid_request",
      "input[0].image.base64",
    ],
    ["an image that is no base64", { input: [{ image: { base64: "?" } }] }, "invalid_request", "input[0].image.base64"],
    ["an image without bytes", { input: [{ image: {} }] }, "invalid_request", "input[0].image"],
    ["Cohere's list of images", { images: ["data:image/png;base64,iVBORw0KGgo="] }, "unsupported_parameter", "images"],
    ["dimensions that are no number", { dimensions: "256" }, "invalid_request", "dimensions"],
    ["no dimensions at all", { dimensions: 0 }, "invalid_request", "dimensions"],
    ["an unknown encoding", { encoding_format: "hex" }, "invalid_request", "encoding_format"],
    ["an unknown input type", { input_type: "image" }, "invalid_request", "input_type"],
    ["an unknown truncation", { truncate: "MIDDLE" }, "invalid_request", "truncate"],
    ["normalize that is no boolean", { normalize: "yes" }, "invalid_request", "normalize"],
    [
      "types that OpenAI's answer lacks",
      { embedding_types: ["float", "int8"] },
      "unsupported_parameter",
      "embedding_types",
    ],
  ])("with %s is refused, with the place", (_, body, code, param) => {
    expect(fault(body as JsonObject)).toMatchObject({ code, param });
  });

  it("with token ids says what to do", () => {
    const { words } = fault({ input: [[15339]] });
    expect(words).toMatch(/Send the text itself: .*check_embedding_ctx_length=False\.$/);
  });

  it("may name images by address: they are fetched before, each once", () => {
    const url = "https://example.com/a.png";
    const request = checkEmbeddingsRequest({
      model: "m",
      input: [
        { image: url },
        { type: "image_url", image_url: { url, detail: "low" } },
        `see ${url}`,
        "data:text/plain,hello",
      ],
    });
    expect([...embeddingMediaUrlsOf(request)]).toEqual([[url, "input[0].image"]]);
    const media = new Map([[url, { bytes: "iVBORw0KGgo=", contentType: "image/png" }]]);
    const translated = embeddingRequestFrom(request, { media });
    expect(translated.request.inputs.map(({ parts }) => parts[0])).toMatchObject([
      { kind: "image", format: "png", source: { bytes: "iVBORw0KGgo=" } },
      { kind: "image", format: "png" },
      { kind: "text", text: `see ${url}` },
      { kind: "text", text: "data:text/plain,hello" },
    ]);
    expect(translated.dropped).toEqual(["input[1].image_url.detail"]);
  });
});
