/** What stands where an image is meant, told beforehand as the translation decides it: a second way to the same answer. */
import { describe, expect, it } from "vitest";
import { AditError } from "../../../errors/adit-error.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import { checkChatRequest } from "../../openai-chat/check-request.ts";
import { converseFromChat } from "../../openai-chat/request.ts";
import { isImageAddress } from "./image-or-not.ts";

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const much = "and so on ".repeat(1_000);
const starts = {
  png: "\u0089PNG\r\n\u001a\n",
  jpeg: "\u00ff\u00d8\u00ff\u00e0",
  gif: "GIF89a",
  webp: "RIFF\u0000\u0000\u0000\u0000WEBP",
  wav: "RIFF\u0000\u0000\u0000\u0000WAVE",
  pdf: "%PDF-1.7 ",
  zip: "PK\u0003\u0004",
  text: "plain words ",
  zeros: "\u0000\u0000\u0000\u0000",
};
const types = ["image/png", "image/jpeg", "image/tiff", "application/pdf", "text/plain", "video/mp4", "audio/wav", ""];

/** The kind of block that the translation makes of it; undefined where it is refused. */
function kindSent(url: string, media: ReadonlyMap<string, { bytes: string; contentType: string }>): string | undefined {
  const parts = [{ type: "image_url", image_url: { url } }];
  const request = checkChatRequest({ model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: parts }] });
  try {
    const context = { model: factsOfModel("us.amazon.nova-lite-v1:0"), media, anthropicBeta: [] };
    const { request: sent } = converseFromChat(request, context);
    return Object.keys(sent.messages?.[0]?.content?.[0] ?? {})[0];
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    return undefined;
  }
}

describe("a data URL is told to be an image where it is sent as one", () => {
  const urls = Object.values(starts).flatMap((start) =>
    types.flatMap((type) =>
      [start, start + much].flatMap((content) => [
        `data:${type};base64,${base64(content)}`,
        `data:${type};base64, ${base64(content)}`,
        `data:${type};base64,${base64(content).replaceAll("+", "-").replaceAll("/", "_")}`,
        `data:${type};base64,${encodeURIComponent(base64(content))}`,
        `data:${type},${encodeURIComponent(content)}`,
        `DATA:${type};charset=utf-8;BASE64,${base64(content)}`,
      ]),
    ),
  );

  it.each(urls.map((url) => [url.length, url] as const))("%i letters: %.60s", (_length, url) => {
    const kind = kindSent(url, new Map());
    const isAsTold = kind === undefined || isImageAddress(url) === (kind === "image");
    expect([kind, isAsTold]).toEqual([kind, true]);
  });
});

describe("an address", () => {
  const at = (url: string, start: string, contentType: string) =>
    kindSent(url, new Map([[url, { bytes: base64(start + much), contentType }]]));

  it.each([
    ["https://example.com/a.png", "png", "image"],
    ["https://example.com/a", "png", "image"],
    ["https://example.com/a.pdf", "pdf", "document"],
    // What it leads to is believed, not its name.
    ["https://example.com/a.pdf", "png", "image"],
    ["https://example.com/a.png", "pdf", undefined],
    ["https://example.com/a", "pdf", undefined],
    ["https://example.com/a?name=.pdf", "pdf", undefined],
    ["https://example.com/a.jpg", "text", undefined],
  ] as const)("%s that leads to %s", (url, start, kind) => {
    expect(at(url, starts[start], start === "text" ? "text/plain" : "")).toBe(kind);
    // No more is sent than was reckoned with.
    const isReckoned = kind === undefined || kind === "image" || !isImageAddress(url);
    expect(isReckoned).toBe(true);
  });

  it.each(["s3://bucket/a.png#/b.pdf", "s3://bucket/a.png?b.pdf", "s3://bucket/a.pdf?b.png"])(
    "%s is told to be an image where it is sent as one: a key may hold any character",
    (url) => {
      expect(isImageAddress(url)).toBe(kindSent(url, new Map()) === "image");
    },
  );

  it("says what to do where it leads to something else", () => {
    const url = "https://example.com/a.png";
    const parts = [{ type: "image_url", image_url: { url } }];
    const request = checkChatRequest({ model: "m", messages: [{ role: "user", content: parts }] });
    const media = new Map([[url, { bytes: base64(starts.pdf), contentType: "image/png" }]]);
    expect(() =>
      converseFromChat(request, { model: factsOfModel("amazon.nova-lite-v1:0"), media, anthropicBeta: [] }),
    ).toThrow(/messages\[0\]\.content\[0\]\.image_url\.url led to something else than an image: send it as a file/);
  });
});
