import { costOf, shippedPrices } from "@adit/bedrock";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundOf } from "./bound.ts";
import { mediaInBody } from "./media-in-body.ts";

const table = shippedPrices();
const none = { images: 0, imageBytes: 0, isOpenEnded: false };
const claude = { model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", region: "us-east-1" };

describe("the bound of a call", () => {
  it("is at least what any call within it costs, at whichever of its places it is served", () => {
    const places = [claude, { model: "amazon.nova-lite-v1:0", region: "eu-west-1" }];
    const share = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(
        fc.nat(300_000),
        fc.integer({ min: 1, max: 8_000 }),
        fc.tuple(share, share, share, fc.nat(1)),
        (bodyBytes, maxTokens, [used, read, written, at]) => {
          const bound = boundOf({ bodyBytes, media: none, hasTools: false, maxTokens }, places, table);
          const place = places[at] ?? claude;
          // No model takes more than its window: Claude's is 200,000, Nova Lite's 300,000.
          const input = Math.floor((Math.min(bodyBytes, 200_000) * used) / 100);
          const cacheReadInputTokens = Math.floor((input * read) / 200);
          const cacheWriteInputTokens = Math.floor((input * written) / 200);
          const usage = {
            inputTokens: input - cacheReadInputTokens - cacheWriteInputTokens,
            outputTokens: maxTokens,
            ...(cacheReadInputTokens > 0 && { cacheReadInputTokens }),
            ...(cacheWriteInputTokens > 0 && at === 0 && { cacheWriteInputTokens }),
          };
          const cost = costOf(usage, place, table);
          if (!cost.known) throw new Error(`unknown: ${cost.missing.join()}`);
          expect(cost.total).toBeLessThanOrEqual(bound.costNano ?? -1n);
          expect(input + maxTokens).toBeLessThanOrEqual(bound.tokens);
        },
      ),
    );
  });

  it("takes the model's own maximum where max_tokens is absent, and no more than it where it is larger", () => {
    const size = { bodyBytes: 0, media: none, hasTools: false };
    const output = (maxTokens: number | undefined): number =>
      boundOf({ ...size, maxTokens }, [claude], table).tokens - 256;
    expect(output(100)).toBe(100);
    expect(output(undefined)).toBe(64_000);
    expect(output(1_000_000)).toBe(64_000);
    expect(output(0)).toBe(0);
  });

  it("takes the whole window for a document, and more than an image can make for an image", () => {
    const text = boundOf({ bodyBytes: 100, media: none, hasTools: false, maxTokens: 1 }, [claude], table);
    const image = { images: 1, imageBytes: 90, isOpenEnded: false };
    expect(boundOf({ bodyBytes: 100, media: image, hasTools: false, maxTokens: 1 }, [claude], table).tokens).toBe(
      text.tokens - 90 + 8_000,
    );
    const document = { ...none, isOpenEnded: true };
    expect(boundOf({ bodyBytes: 100, media: document, hasTools: false, maxTokens: 1 }, [claude], table).tokens).toBe(
      200_001,
    );
  });

  it("has a number of tokens, but no cost, for a model that nobody knows", () => {
    const bound = boundOf(
      { bodyBytes: 10, media: none, hasTools: true, maxTokens: undefined },
      [{ model: "acme.model-v9", region: "us-east-1" }],
      table,
    );
    expect(bound).toEqual({
      tokens: 10 + 4_096 + 128_000,
      outputTokens: 128_000,
      costNano: undefined,
      missing: ["input", "output"],
    });
  });
});

describe("media in a body", () => {
  const data = "A".repeat(1_000);
  it.each([
    ["OpenAI's chat", { messages: [{ content: [{ type: "image_url", image_url: { url: data } }] }] }],
    ["OpenAI's responses", { input: [{ content: [{ type: "input_image", image_url: data }] }] }],
    ["Anthropic", { messages: [{ content: [{ type: "image", source: { type: "base64", data } }] }] }],
    ["Converse", { messages: [{ content: [{ image: { format: "png", source: { bytes: data } } }] }] }],
  ])("is found in the form of %s", (_, body) => {
    const media = mediaInBody(body);
    expect(media).toMatchObject({ images: 1, isOpenEnded: false });
    expect(media.imageBytes).toBeGreaterThanOrEqual(1_000);
    expect(media.imageBytes).toBeLessThan(JSON.stringify(body).length);
  });

  it.each([
    ["OpenAI's file", { content: [{ type: "file", file: { file_data: data } }] }],
    ["OpenAI's sound", { content: [{ type: "input_audio", input_audio: { data } }] }],
    ["Anthropic's document", { content: [{ type: "document", source: { type: "base64", data } }] }],
    ["Converse's document", { content: [{ document: { name: "a", source: { bytes: data } } }] }],
    ["Converse's video in S3", { content: [{ video: { source: { s3Location: { uri: "s3://a/b" } } } }] }],
    ["a document in a tool's result", { content: [{ toolResult: { content: [{ document: { source: {} } }] } }] }],
  ])("has no end: %s", (_, body) => {
    expect(mediaInBody({ messages: [body] })).toMatchObject({ images: 0, isOpenEnded: true });
  });

  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const [png = "", pdf = "", prose = ""] = ["\u0089PNG\r\n\u001a\n", "%PDF-1.7", "word "].map(
    (start) => start + "a word ".repeat(500),
  );
  const elsewhere = [
    ["a PDF", `data:application/pdf;base64,${base64(pdf)}`],
    ["a PDF that says it is an image", `data:image/png;base64,${base64(pdf)}`],
    ["a PDF behind white space", `data:image/png;base64,\n ${base64(pdf)}`],
    ["a PDF behind a percent escape", `data:image/png;base64,%4AVBERi${base64(pdf).slice(6)}`],
    ["a PDF in plain letters", `data:image/png,${encodeURIComponent(pdf)}`],
    ["text", `data:text/plain;base64,${base64(prose)}`],
    [
      "text in the alphabet for addresses",
      `data:text/plain;base64,${Buffer.from(`>>>???${prose}`).toString("base64url")}`,
    ],
    ["a short text", `data:text/plain,${encodeURIComponent("a word")}`],
    ["a video", `data:video/mp4;base64,${"A".repeat(2_000)}`],
    ["an address of a PDF", "https://example.com/paper.PDF?page=1"],
    ["a place of a video", "s3://bucket/film.mp4"],
  ] as const;

  it.each(elsewhere)("has no end where an image is meant and %s stands", (_, url) => {
    for (const part of [
      { type: "image_url", image_url: { url } },
      { type: "image_url", image_url: url },
      { type: "input_image", image_url: url },
    ]) {
      expect(mediaInBody({ messages: [{ content: [part] }] })).toMatchObject({ isOpenEnded: true });
    }
  });

  it.each([
    ["image/png", pdf],
    ["text/plain", prose],
    [undefined, prose],
  ])("has no end in Anthropic's form of an image that is none: %s", (media_type, text) => {
    const block = { type: "image", source: { type: "base64", media_type, data: base64(text) } };
    expect(mediaInBody({ messages: [{ content: [block] }] })).toMatchObject({ isOpenEnded: true });
  });

  it("has no end where a body calls itself a tool's call, or a block names two images: either may be read", () => {
    const file = { type: "input_file", file_data: `data:application/pdf;base64,${base64(pdf)}` };
    expect(mediaInBody({ type: "tool_use", input: [{ content: [file] }] })).toMatchObject({ isOpenEnded: true });
    const source = { type: "base64", media_type: "application/pdf", data: base64(pdf) };
    const block = { type: "image", image_url: "https://example.com/cat.png", source };
    expect(mediaInBody({ messages: [{ content: [block] }] })).toMatchObject({ isOpenEnded: true });
    // A key in S3 may hold any character.
    const inS3 = { type: "image_url", image_url: { url: "s3://bucket/cat.png#/paper.pdf" } };
    expect(mediaInBody({ messages: [{ content: [inS3] }] })).toMatchObject({ isOpenEnded: true });
  });

  it("is not where a search result is from, which is text", () => {
    const result = { searchResult: { type: "image", source: prose, title: "a", content: [{ text: "b" }] } };
    expect(mediaInBody({ messages: [{ content: [result] }] })).toMatchObject({ imageBytes: 0 });
  });

  it.each([
    `data:image/png;base64,${Buffer.from(png, "latin1").toString("base64")}`,
    `data:;base64,${Buffer.from(png, "latin1").toString("base64")}`,
    "https://example.com/cat.png",
    "https://example.com/cat",
    "s3://bucket/cat.jpeg",
  ])("is an image: %.40s", (url) => {
    const body = { messages: [{ content: [{ type: "image_url", image_url: { url } }] }] };
    expect(mediaInBody(body)).toMatchObject({ images: 1, isOpenEnded: false });
  });

  it("is not seen in text, nor in schemas and tools' values, which the model reads as text", () => {
    const tools = [{ input_schema: { type: "image", description: data } }];
    const hidden = { type: "image", source: { type: "base64", media_type: "image/png", data } };
    const call = { type: "tool_use", input: { type: "image", data } };
    const ofHost = { type: "server_tool_use", name: "tool_search_tool_regex", input: hidden };
    const own = { toolUse: { input: { image: { source: data } } } };
    const messages = [{ content: "an image" }, { content: [call, ofHost, own] }];
    expect(mediaInBody({ messages, tools })).toEqual(none);
    // Command R's own format.
    const result = { call: { name: "look", parameters: hidden }, outputs: [hidden] };
    const turn = { role: "CHATBOT", tool_calls: [{ name: "look", parameters: hidden }] };
    const documents = [{ type: "image", image_url: `data:image/png;base64,${data}` }];
    expect(mediaInBody({ message: "hi", chat_history: [turn], tool_results: [result], documents })).toEqual(none);
  });

  it("is no more than the image itself, whatever else stands beside it", () => {
    const anthropic = { type: "image", source: { type: "base64", media_type: "image/png", data, note: data } };
    const openAi = { type: "image_url", image_url: { url: `data:image/png;base64,${data}`, detail: data } };
    const converse = { image: { format: "png", source: { bytes: data, note: { more: data } } } };
    const media = mediaInBody({ messages: [{ content: [anthropic, openAi, converse] }] });
    expect(media).toMatchObject({ images: 3, imageBytes: 3 * data.length + "data:image/png;base64,".length });
  });
});
