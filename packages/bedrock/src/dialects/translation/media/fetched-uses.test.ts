import { expect, it } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import { checkMessagesRequest } from "../../anthropic-messages/request/check-request.ts";
import { nativeFromMessages } from "../../anthropic-messages/native/request.ts";
import { translateMessages } from "../../anthropic-messages/testing/translate.ts";
import { models, translate } from "../../openai-chat/testing/translate.ts";
import { embeddingRequestFrom } from "../../openai-embeddings/request.ts";
import { claude, translate as translateResponses } from "../../openai-responses/testing/translate.ts";
import { FetchedUses } from "./fetched-uses.ts";

const url = "https://example.com/a.png";
/** 20 MiB: two of them may stand in a request, a third may not. */
const media = { [url]: { bytes: "iVBORw0KGgo".padEnd((20 << 20) / 0.75, "A"), contentType: "image/png" } };

it("one image may stand in a request as often as all its media may be large", () => {
  const uses = new FetchedUses(new Map(Object.entries(media)));
  expect([uses.at(url, "a"), uses.at("https://example.com/b.png", "b"), uses.at(url, "c")]).toEqual([
    media[url],
    undefined,
    media[url],
  ]);
  expect(() => uses.at(url, "d")).toThrow(expect.objectContaining({ code: "invalid_request", param: "d" }));
});

const thrice = <Part>(part: Part): Part[] => [part, part, part];
const image = { type: "image", source: { type: "url", url } };
const inMessages = [{ role: "user", content: thrice(image) }];
const ways: [name: string, param: string, run: () => unknown][] = [
  [
    "chat",
    "messages[0].content[2].image_url.url",
    () =>
      translate(
        { messages: [{ role: "user", content: thrice({ type: "image_url", image_url: { url } }) }] },
        { media },
      ),
  ],
  [
    "Responses",
    "input[0].content[2].image_url",
    () =>
      translateResponses(
        { input: [{ role: "user", content: thrice({ type: "input_image", image_url: url }) }] },
        claude,
        media,
      ),
  ],
  [
    "Messages by Converse",
    "messages[0].content[2].source.url",
    () => translateMessages({ messages: inMessages }, { media }),
  ],
  [
    "Messages by InvokeModel",
    "messages[0].content[2].source.url",
    () => {
      const body: JsonObject = { model: models.claudeSonnet45, max_tokens: 100, messages: inMessages };
      const model = factsOfModel(models.claudeSonnet45);
      return nativeFromMessages(checkMessagesRequest(body), {
        model,
        media: new Map(Object.entries(media)),
        anthropicBeta: [],
      });
    },
  ],
  [
    "embeddings",
    "input[2].image_url.url",
    () =>
      embeddingRequestFrom(
        { model: "m", input: thrice({ type: "image_url", image_url: { url } }) },
        { media: new Map(Object.entries(media)) },
      ),
  ],
];

it.each(ways)("%s: a third use is refused before it is written", (_name, param, run) => {
  expect(run).toThrow(expect.objectContaining({ code: "invalid_request", param }));
});
