import { afterEach, describe, expect, it } from "vitest";
import { checkMessagesRequest } from "../dialects/anthropic-messages/request/check-request.ts";
import { checkResponsesRequest } from "../dialects/openai-responses/check-request.ts";
import { RefusedParts } from "../dialects/anthropic-messages/native/refused-parts.ts";
import { estimateInputTokens } from "../dialects/anthropic-messages/token-estimate.ts";
import type { FetchedMedia } from "../dialects/translation/context.ts";
import type { JsonObject } from "../json.ts";
import { learnCountRefusal, prepareCountTokens, prepareResponsesCount } from "./count-call.ts";
import { learnRefusal, prepareMessages, type MessagesTools } from "./messages-call.ts";
import { awsErrorFrom } from "../wire/aws-errors/aws-error.ts";
import { sourceOf } from "../wire/testing/calls.ts";
import { answerJson, LibraryBench } from "../wire/testing/library.ts";
import type { Answer } from "../wire/testing/upstream.ts";

const bench = new LibraryBench();
afterEach(() => bench.close());

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nova = "amazon.nova-lite-v1:0";
const profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f";
const url = "https://images.example/red.png";
const png: FetchedMedia = { bytes: "iVBORw0KGgo=", contentType: "image/png" };
const user = { role: "user", content: "Hello" };

const noPermission: Answer = (response) => answerJson(response, 403, { message: "no" }, "AccessDeniedException");
const behind =
  (model: string): Answer =>
  (response) =>
    answerJson(response, 200, {
      inferenceProfileArn: profile,
      inferenceProfileId: "mi1dadi0g15f",
      inferenceProfileName: "mine",
      models: [{ modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${model}` }],
      status: "ACTIVE",
      type: "APPLICATION",
    });

async function begin(answer: Answer = noPermission) {
  const { upstream, bedrock } = await bench.open(answer);
  const asked: string[] = [];
  const loadMedia: MessagesTools["loadMedia"] = (urls) => {
    asked.push(...urls.keys());
    return Promise.resolve(new Map([...urls.keys()].map((each) => [each, png])));
  };
  const place = (model: string) => ({ model, region: "us-east-1", credentials: sourceOf() });
  const request = (more: JsonObject) =>
    checkMessagesRequest({ model: "m", max_tokens: 100, messages: [user], ...more });
  const tools = { client: bedrock.client, loadMedia };
  return {
    upstream,
    asked,
    prepare: (model: string, more: JsonObject = {}, extra: Partial<MessagesTools> = {}) =>
      prepareMessages(request(more), place(model), { ...tools, ...extra }),
    count: (model: string, more: JsonObject = {}, extra: Partial<MessagesTools> = {}) =>
      prepareCountTokens(request(more), place(model), { ...tools, ...extra }),
    countResponses: (body: JsonObject & { model: string }) =>
      prepareResponsesCount(checkResponsesRequest(body), place(body.model), tools),
    request,
  };
}

describe("the way of a request", () => {
  it("is InvokeModel for Claude, Converse for every other family and where it is asked for", async () => {
    const { prepare } = await begin();
    expect(await prepare(claude)).toMatchObject({ route: "invoke", model: { family: "anthropic" } });
    expect(await prepare(nova)).toMatchObject({ route: "converse", model: { family: "nova" } });
    expect((await prepare(claude, {}, { useConverse: true })).route).toBe("converse");
  });

  it("is Converse for Claude where its own decoding lacks the format that is asked for", async () => {
    const { prepare } = await begin();
    const output_config = { format: { type: "json_schema", schema: { type: "object" } } };
    expect((await prepare(claude, { output_config })).route).toBe("invoke");
    const by = await prepare("us.anthropic.claude-sonnet-5", { output_config });
    expect(by).toMatchObject({ route: "converse", notes: { structuredOutput: "forced-tool" } });
    // Under its first name too.
    const { format: output_format } = output_config;
    expect((await prepare(claude, { output_format })).route).toBe("invoke");
    expect(await prepare("us.anthropic.claude-sonnet-5", { output_format })).toEqual(by);
  });

  it("is by the model behind an application profile, and Converse where AWS does not tell it", async () => {
    const known = await begin(behind("anthropic.claude-3-7-sonnet-20250219-v1:0"));
    expect(await known.prepare(profile)).toMatchObject({
      route: "invoke",
      model: { id: profile, baseId: "anthropic.claude-3-7-sonnet-20250219-v1:0" },
    });
    const other = await begin(behind(nova));
    expect((await other.prepare(profile)).route).toBe("converse");
    const untold = await begin();
    expect((await untold.prepare(profile)).route).toBe("converse");
  });

  it("keeps the digits of the caller's own text, and fetches media once", async () => {
    const { prepare, asked } = await begin();
    const source = () => '{"model":"m","messages":[{"role":"user","content":"Hello"}],"x":12345678901234567890}';
    const plain = await prepare(claude, {}, { source });
    expect(plain.body).toContain('"x":12345678901234567890');
    expect(asked).toEqual([]);
    const image = { type: "image", source: { type: "url", url } };
    const message = { messages: [{ role: "user", content: [image, image] }] };
    expect(JSON.stringify((await prepare(claude, message)).body)).toContain(png.bytes);
    expect(JSON.stringify((await prepare(nova, message)).body)).toContain(png.bytes);
    expect(asked).toEqual([url, url]);
  });
});

describe("a part that AWS refused", () => {
  it("is remembered for the model, and the request prepared anew goes without it", async () => {
    const { prepare } = await begin();
    const refused = new RefusedParts();
    const model = "us.anthropic.claude-opus-4-8";
    const more = { context_management: { edits: [] } };
    const sent = await prepare(model, more, { refused });
    if (sent.route !== "invoke") throw new Error("not InvokeModel");
    const words = "context_management: Extra inputs are not permitted";
    const refusal = awsErrorFrom(400, {}, Buffer.from(JSON.stringify({ message: words })));
    expect(learnRefusal(refusal, sent, refused)).toBe(true);
    const again = await prepare(model, more, { refused });
    expect(again).toMatchObject({ dropped: ["context_management"] });
    expect(again.body).not.toContain("context_management");
    // The same base model by another geography knows it, too; others do not.
    expect((await prepare("eu.anthropic.claude-opus-4-8", more, { refused })).body).not.toContain("context_management");
    expect((await prepare("us.anthropic.claude-opus-4-9", more, { refused })).body).toContain("context_management");
    // Nor does anybody else's call.
    expect((await prepare(model, more, { refused, caller: "other" })).body).toContain("context_management");
    expect(learnRefusal(new Error("x"), sent, refused)).toBe(false);
  });
});

describe("counting tokens", () => {
  it("asks AWS under the foundation model's id, in the model's own format", async () => {
    const { count } = await begin();
    expect((await count("us.anthropic.claude-sonnet-4-20250514-v1:0")).ask).toMatchObject({
      countedAs: "anthropic.claude-sonnet-4-20250514-v1:0",
      body: { input: { invokeModel: {} } },
    });
    expect((await count(nova, { system: "s" })).ask).toMatchObject({
      countedAs: nova,
      body: { input: { converse: { system: [{ text: "s" }] } } },
    });
  });

  it("of Responses asks what it would ask of the same messages", async () => {
    const { count, countResponses } = await begin();
    const body = { instructions: "s", input: "Hello", max_output_tokens: 7 };
    const ofNova = await countResponses({ model: nova, ...body });
    expect(ofNova.ask).toEqual((await count(nova, { system: "s" })).ask);
    const ofClaude = await countResponses({ model: claude, ...body });
    const sameOfClaude = await count(claude, { system: "s" });
    expect(ofClaude.ask?.countedAs).toBe(sameOfClaude.ask?.countedAs);
    expect(JSON.parse(ofClaude.native ?? "")).toMatchObject({
      system: [{ type: "text", text: "s" }],
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
    expect(ofNova.estimate()).toBe(sameOfClaude.estimate());
    expect(ofClaude.estimate()).toBe(sameOfClaude.estimate());
  });

  it("is asked again after a refusal that may be of the region or the account alone", async () => {
    const { count } = await begin();
    const refused = new RefusedParts();
    const place = { caller: "", model: { baseId: "anthropic.claude-opus-4-1-20250805-v1:0" }, region: "eu-west-3" };
    for (const words of [
      "The provided model identifier is invalid.",
      "... with on-demand throughput isn't supported.",
    ]) {
      const refusal = awsErrorFrom(400, {}, Buffer.from(JSON.stringify({ message: words })));
      expect(learnCountRefusal(refusal, place, refused)).toBe(true);
    }
    expect(refused.of(place)).toEqual([]);
    const words = "The provided model doesn't support counting tokens.";
    learnCountRefusal(awsErrorFrom(400, {}, Buffer.from(JSON.stringify({ message: words }))), place, refused);
    expect(refused.of(place)).toEqual([{ kind: "count" }]);
    // Another region is asked for itself.
    expect((await count("us.anthropic.claude-opus-4-1-20250805-v1:0", {}, { refused })).ask).toBeDefined();
  });

  it("is an estimate, told as one, where the model is not known or AWS has said that it does not count for it", async () => {
    const { count, request } = await begin();
    const unknown = await count(profile);
    expect(unknown).toMatchObject({ ask: undefined, native: undefined });
    expect(unknown.estimate()).toBe(estimateInputTokens(request({})));
    const refused = new RefusedParts();
    const asked = await count(claude, {}, { refused });
    expect(asked.ask).toBeDefined();
    const words = "The provided model doesn't support counting tokens.";
    const refusal = awsErrorFrom(400, {}, Buffer.from(JSON.stringify({ message: words })));
    const place = { caller: "", model: asked.model, region: "us-east-1" };
    expect(learnCountRefusal(refusal, place, refused)).toBe(true);
    expect(await count(claude, {}, { refused })).toMatchObject({ ask: undefined, native: asked.native });
    expect((await count(claude, {}, { refused, caller: "other" })).ask).toBeDefined();
    expect(learnCountRefusal(awsErrorFrom(500, {}, Buffer.from("{}")), place, refused)).toBe(false);
  });
});
