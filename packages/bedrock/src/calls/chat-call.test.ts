import { afterEach, describe, expect, it } from "vitest";
import { prepareChat } from "./chat-call.ts";
import { checkChatRequest } from "../dialects/openai-chat/check-request.ts";
import type { FetchedMedia } from "../dialects/translation/context.ts";
import { factsOfModel } from "../models/facts-of-model.ts";
import type { CallTools } from "./prepared-call.ts";
import { sourceOf } from "../wire/testing/calls.ts";
import { answerJson, LibraryBench } from "../wire/testing/library.ts";
import type { Answer } from "../wire/testing/upstream.ts";

const bench = new LibraryBench();
afterEach(() => bench.close());

const claude = "anthropic.claude-3-haiku-20240307-v1:0";
const profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f";
const url = "https://images.example/red.png";
const png: FetchedMedia = { bytes: "iVBORw0KGgo=", contentType: "image/png" };

async function begin(answer: Answer) {
  const { upstream, bedrock } = await bench.open(answer);
  const asked: ReadonlyMap<string, string>[] = [];
  const tools: CallTools = {
    client: bedrock.client,
    loadMedia: (urls) => {
      asked.push(urls);
      return Promise.resolve(new Map([...urls.keys()].map((each) => [each, png])));
    },
  };
  const prepare = (model: string, more: object = {}) =>
    prepareChat(
      checkChatRequest({ model, messages: [{ role: "user", content: "hi" }], ...more }),
      { model, region: "us-east-1", credentials: sourceOf() },
      tools,
    );
  return { upstream, asked, prepare };
}

const refuse: Answer = (response) => answerJson(response, 403, { message: "no" }, "AccessDeniedException");

describe("media", () => {
  it("are fetched in one call, an address once however often it is named, with the path of its field", async () => {
    const { asked, prepare } = await begin(refuse);
    const image = { type: "image_url", image_url: { url } };
    const { body } = await prepare(claude, { messages: [{ role: "user", content: [image, image] }] });
    expect(asked.map((urls) => [...urls])).toEqual([[[url, "messages[0].content[0].image_url.url"]]]);
    const block = { image: { format: "png", source: { bytes: png.bytes } } };
    expect(body.messages?.[0]?.content).toEqual([block, block]);
  });

  it("are not asked for where a request names none", async () => {
    const { asked, prepare } = await begin(refuse);
    await prepare(claude);
    expect(asked).toEqual([]);
  });
});

describe("an application profile", () => {
  it("gives the model that AWS names for it, asked once", async () => {
    const { upstream, prepare } = await begin((response) =>
      answerJson(response, 200, {
        inferenceProfileArn: profile,
        inferenceProfileId: "mi1dadi0g15f",
        inferenceProfileName: "mine",
        models: [{ modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${claude}` }],
        status: "ACTIVE",
        type: "APPLICATION",
      }),
    );
    expect((await prepare(profile)).model).toMatchObject({ known: true, family: factsOfModel(claude).family });
    await prepare(profile);
    expect(upstream.seen.map(({ path }) => path)).toEqual([`/inference-profiles/${encodeURIComponent(profile)}`]);
  });

  it("is an unknown model without the permission, and no error", async () => {
    const { prepare } = await begin(refuse);
    const { model, body } = await prepare(profile);
    expect(model.known).toBe(false);
    expect(body.messages).toHaveLength(1);
  });

  it.each([claude, `us.${claude}`, `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${claude}`])(
    "is what %s is not: nothing is asked",
    async (model) => {
      const { upstream, prepare } = await begin(refuse);
      expect((await prepare(model)).model.known).toBe(true);
      expect(upstream.seen).toEqual([]);
    },
  );
});
