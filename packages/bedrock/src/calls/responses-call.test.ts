import { afterEach, describe, expect, it } from "vitest";
import { checkResponsesRequest } from "../dialects/openai-responses/check-request.ts";
import { prepareResponses } from "./responses-call.ts";
import { sourceOf } from "../wire/testing/calls.ts";
import { answerJson, LibraryBench } from "../wire/testing/library.ts";

const bench = new LibraryBench();
afterEach(() => bench.close());

const model = "anthropic.claude-3-haiku-20240307-v1:0";
const url = "https://images.example/red.png";

describe("a response, made ready for a target", () => {
  it("has its media fetched by the paths of its input, and what the operator set", async () => {
    const { upstream, bedrock } = await bench.open((response) => answerJson(response, 500, {}));
    const asked: ReadonlyMap<string, string>[] = [];
    const input = [{ role: "user", content: [{ type: "input_image", image_url: url }] }];
    const { body, notes } = await prepareResponses(
      checkResponsesRequest({ model, input, store: true }),
      { model, region: "us-east-1", credentials: sourceOf() },
      {
        client: bedrock.client,
        loadMedia: (urls) => {
          asked.push(urls);
          return Promise.resolve(new Map([[url, { bytes: "iVBORw0KGgo=", contentType: "image/png" }]]));
        },
        defaultMaxTokens: 77,
      },
    );
    expect(asked.map((urls) => [...urls])).toEqual([[[url, "input[0].content[0].image_url"]]]);
    expect(body).toEqual({
      messages: [{ role: "user", content: [{ image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } }] }],
      inferenceConfig: { maxTokens: 77 },
    });
    expect(notes.dropped).toEqual(["store"]);
    expect(upstream.seen).toEqual([]);
  });
});
