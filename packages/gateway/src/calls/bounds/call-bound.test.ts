/** Bounds that a caller would like to be smaller than what the call may use. */
import {
  checkChatRequest,
  converseFromChat,
  factsOfModel,
  parsePriceTable,
  shippedPrices,
  type JsonObject,
  type PriceTable,
} from "@adit/bedrock";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { boundAt, contentOf } from "./call-bound.ts";

const nova = "us.amazon.nova-lite-v1:0";
const claude = "us.anthropic.claude-sonnet-4-6";
const headers = { raw: () => undefined } as unknown as CallerHeaders;
const messages = [{ role: "user", content: "hi" }];
const long = "word ".repeat(20_000);

interface Place {
  dialect?: RequestFacts["dialect"];
  model?: string;
  provider?: Target["provider"];
  path?: string;
  overrideParams?: JsonObject;
  defaultMaxTokens?: number;
  anthropicBeta?: readonly string[];
  prices?: PriceTable;
}

function bound(text: string | object, place: Place = {}) {
  const { dialect = "openai-chat", model = nova, provider = "bedrock", path = "/v1/x", overrideParams = {} } = place;
  const { defaultMaxTokens, anthropicBeta = [], prices = shippedPrices() } = place;
  const written = typeof text === "string" ? text : JSON.stringify(text);
  const content = contentOf(
    { path, headers },
    { body: JSON.parse(written) as JsonObject, anthropicBeta },
    dialect,
    written,
  );
  const target = { model, region: "us-east-1", provider, overrideParams } as Target;
  return boundAt(content, target, { prices, defaultMaxTokens, foundationModel: undefined });
}

/** Tokens that the bound has for what is written. */
function output(body: object, place: Place = {}): number {
  return (bound(body, place).tokens ?? 0) - Buffer.byteLength(JSON.stringify(body)) - 256;
}

describe("the limit of tokens", () => {
  const most = output({ messages });

  test.each([[0], [-1], [-1e9], ["10"], [null], [[10]], [{ valueOf: 10 }], [true]])(
    "%j limits nothing: the model's own maximum",
    (value) => {
      expect(output({ messages, max_tokens: value })).toBe(most);
    },
  );

  test.each([["1e999"], ["-1e999"]])("nor does %s, which JSON cannot write again", (written) => {
    const unknown = bound(`{"messages":[],"max_tokens":${written}}`, { model: "acme.unknown" });
    expect(unknown).toMatchObject({ tokens: 128_000 + 256 + `{"messages":[],"max_tokens":${written}}`.length });
  });

  test("a part of a token is a token; a huge number is the model's window, or more than any budget", () => {
    expect(output({ messages, max_tokens: 0.5 })).toBe(1);
    expect(output({ messages, max_tokens: 10.2 }, { model: "acme.unknown" })).toBe(11);
    expect(output({ messages, max_tokens: 1e300 })).toBe(Math.ceil(300_000 * 1.048_576));
    const huge = bound({ messages, max_tokens: 1e300, n: 1e200 }, { model: "gpt-4o", provider: "openai" });
    expect(huge.tokens).toBeGreaterThan(2 ** 50);
    expect(Number.isSafeInteger(huge.tokens)).toBe(true);
  });

  test("is believed beyond what lists say that a model can write: AWS takes 10,000 of Nova, 128,000 of gpt-oss", () => {
    expect(output({ messages, max_tokens: 10_000 })).toBe(10_000);
    const body = { messages: [], inferenceConfig: { maxTokens: 128_000 } };
    const place = { dialect: "bedrock", path: "/model/x/converse", model: "openai.gpt-oss-120b-1:0" } as const;
    expect(output(body, place)).toBe(128_000);
    // Of Claude AWS tells its limits, and refuses more.
    expect(output({ messages, max_tokens: 1e6 }, { model: claude })).toBe(64_000);
  });

  test("of two spellings the larger counts, also among the fields that go to the model beside the dialect's own", () => {
    expect(output({ messages, max_tokens: 5, max_completion_tokens: 500 })).toBe(500);
    const extra = { additionalModelRequestFields: { inferenceConfig: { max_new_tokens: 4_000 } } };
    expect(output({ messages, max_tokens: 5, ...extra })).toBe(4_000);
    const converse = {
      messages: [],
      inferenceConfig: { maxTokens: 5 },
      additionalModelRequestFields: { max_tokens: 99 },
    };
    expect(output(converse, { dialect: "bedrock", path: "/model/x/converse", model: claude })).toBe(99);
  });

  test.each([
    ["beside a word that asks for none", { service_tier: "auto", serviceTier: { type: "priority" } }],
    ["beside a name that nobody has", { service_tier: "scale", serviceTier: { type: "priority" } }],
    ["beside another", { service_tier: "flex", serviceTier: { type: "priority" } }],
    ["beside nothing", { service_tier: null, serviceTier: { type: "priority" } }],
  ])("a dearer service counts %s", (_where, asked) => {
    const cost = (body: object) => {
      const sent = { messages, max_tokens: 10_000, ...body };
      return bound(sent, { model: "meta.llama4-maverick-17b-instruct-v1:0" }).costNano ?? 0n;
    };
    expect(cost({ service_tier: "priority" })).toBeGreaterThan(cost({}));
    expect(cost(asked)).toBeGreaterThanOrEqual(cost({ service_tier: "priority" }));
  });

  test.each<[name: string, body: object, place: Place, expected: number]>([
    [
      "Command of old",
      { prompt: "hi", max_tokens: 100, num_generations: 5 },
      { path: "/model/cohere.command-text-v14/invoke", model: "cohere.command-text-v14" },
      500,
    ],
    [
      "Jamba",
      { messages, max_tokens: 100, n: 16 },
      { path: "/model/ai21.jamba-1-5-large-v1:0/invoke", model: "ai21.jamba-1-5-large-v1:0" },
      1_600,
    ],
    [
      "Jamba by Converse",
      { messages: [], inferenceConfig: { maxTokens: 100 }, additionalModelRequestFields: { n: 3 } },
      { path: "/model/ai21.jamba-1-5-large-v1:0/converse", model: "ai21.jamba-1-5-large-v1:0" },
      300,
    ],
    [
      "a model that has no such name",
      { messages: [], inferenceConfig: { maxTokens: 100 } },
      { path: `/model/${nova}/converse` },
      100,
    ],
  ])("several answers are as many times the limit: %s", (_name, body, place, expected) => {
    expect(output(body, { dialect: "bedrock", ...place })).toBe(expected);
  });

  test("thinking may have a budget of its own", () => {
    const thinking = { type: "enabled", budget_tokens: 6_000 };
    const body = { messages, max_tokens: 10, thinking };
    expect(output(body, { dialect: "anthropic-messages", model: claude })).toBe(6_010);
    // As AWS's older pages on Claude write it, and as it was recorded.
    const additionalModelRequestFields = { reasoning_config: thinking };
    const place: Place = { dialect: "bedrock", path: `/model/${claude}/converse`, model: claude };
    expect(output({ inferenceConfig: { maxTokens: 10 }, additionalModelRequestFields }, place)).toBe(6_010);
  });

  test("a name that a native family does not know limits nothing", () => {
    const body = { messages: [], MAX_TOKENS: 5 };
    const place = { dialect: "bedrock", path: "/model/x/invoke", model: claude } as const;
    expect(output(body, place)).toBe(output({ messages: [], MAX_TOKENZ: 5 }, place));
  });

  test("nor does a smaller one beside a later name, which the model may go by", () => {
    const place = { dialect: "bedrock", path: "/model/x/invoke", model: "qwen.qwen3-32b-v1:0" } as const;
    expect(output({ messages, max_tokens: 5, max_completion_tokens: 4_000 }, place)).toBe(4_000);
    expect(output({ messages, max_tokens: 5 }, place)).toBe(5);
  });

  test("but may let the model write more than lists say of it, also of one that they say nothing of", () => {
    const unknown = { dialect: "bedrock", path: "/model/x/invoke", model: "acme.unknown" } as const;
    expect(output({ messages, max_tokens: 500_000 }, unknown)).toBe(500_000);
    expect(output({ messages, max_tokens: 5 }, unknown)).toBe(128_000);
    const place = { dialect: "bedrock", path: "/model/x/invoke", model: "moonshotai.kimi-k2.5" } as const;
    expect(output({ messages, max_tokens: 5 }, place)).toBe(16_000);
    expect(output({ messages, max_tokens: 200_000 }, place)).toBe(200_000);
  });

  test("other hosts give as many answers as are asked for, to each prompt", () => {
    const foreign = { model: "gpt-x", provider: "openai", dialect: "openai-completions" } as const;
    expect(output({ prompt: ["a", "b", "c"], best_of: 8, n: 3, max_tokens: 50 }, foreign)).toBe(3 * 8 * 50);
    expect(output({ prompt: [1, 2, 3], n: 1.5, max_tokens: 50 }, foreign)).toBe(100);
    expect(output({ prompt: "a", n: 4 }, foreign)).toBe(4 * 128_000);
    expect(output({ prompt: "a", n: -4, max_tokens: 50 }, foreign)).toBe(50);
  });

  test("a target's own parameters count, not the caller's", () => {
    const overrideParams = { max_tokens: 4_000, service_tier: "priority" };
    const own = bound({ messages, max_tokens: 5 }, { overrideParams });
    expect(own.tokens).toBeGreaterThan(4_000);
    // Nova is not sold by that service: nobody knows a price.
    expect(own.costNano).toBeUndefined();
    expect(bound({ messages, max_tokens: 5 }, { overrideParams: { max_tokens: 4_000 } }).costNano).toBeGreaterThan(0n);
  });

  test("whatever stands there, the bound is a count", () => {
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.maxSafeInteger());
    fc.assert(
      fc.property(value, value, fc.constantFrom("bedrock", "openai"), (one, other, provider) => {
        const body = { messages, max_tokens: one, n: other, thinking: other, additionalModelRequestFields: one };
        const { tokens, costNano } = bound(body, { provider: provider });
        expect(Number.isSafeInteger(tokens) && (tokens ?? 0) > 0).toBe(true);
        expect(costNano ?? 1n).toBeGreaterThan(0n);
      }),
    );
  });
});

describe("the operator's limit", () => {
  const defaultMaxTokens = 77;
  const most = output({ messages });

  test.each<[string, object, Place?]>([
    ["chat", { messages }],
    ["chat, by null", { messages, max_tokens: null, max_completion_tokens: null }],
    ["completions", { prompt: "hi" }, { dialect: "openai-completions" }],
    ["responses", { input: "hi" }, { dialect: "openai-responses" }],
    ["messages", { messages }, { dialect: "anthropic-messages", model: claude }],
  ])("%s: is sent where the caller gives none, and bounds the call", (_name, body, place) => {
    expect(output(body, { ...place, defaultMaxTokens })).toBe(77);
  });

  test("the caller's own goes before it, the model's maximum above it", () => {
    expect(output({ messages, max_tokens: 5 }, { defaultMaxTokens })).toBe(5);
    expect(output({ messages }, { defaultMaxTokens: 1_000_000, model: claude })).toBe(64_000);
    const extra = { additionalModelRequestFields: { inferenceConfig: { max_new_tokens: 4_000 } } };
    expect(output({ messages, ...extra }, { defaultMaxTokens })).toBe(4_000);
  });

  test("is nothing where it is not sent", () => {
    // What is not read as a limit is refused, or goes to AWS as it is.
    expect(output({ messages, max_tokens: 0 }, { defaultMaxTokens })).toBe(most);
    const converse: Place = { dialect: "bedrock", path: "/model/x/converse" };
    expect(output({ messages }, { ...converse, defaultMaxTokens })).toBe(output({ messages }, converse));
    const invoke: Place = { dialect: "bedrock", path: "/model/x/invoke" };
    expect(output({ messages }, { ...invoke, defaultMaxTokens })).toBe(output({ messages }, invoke));
    for (const place of [{ model: "gpt-4o", provider: "openai" }, { model: "openai.gpt-oss-120b" }] as const) {
      expect(bound({ messages }, { ...place, defaultMaxTokens })).toEqual(bound({ messages }, place));
    }
    const prompt = { model: "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1" };
    expect(bound({ messages }, { ...prompt, defaultMaxTokens })).toEqual(bound({ messages }, prompt));
  });
});

test("a model may cost what the profile does that stands in for it", () => {
  const body = { messages, max_tokens: 10_000 };
  const costAt = (model: string, autoProfile: boolean) => {
    const text = JSON.stringify(body);
    const content = contentOf({ path: "/v1/x", headers }, { body, anthropicBeta: [] }, "openai-chat", text);
    const target = { model, region: "eu-west-1", provider: "bedrock", autoProfile, overrideParams: {} } as Target;
    const tools = { prices: shippedPrices(), defaultMaxTokens: undefined, foundationModel: undefined };
    return boundAt(content, target, tools).costNano;
  };
  const named = "anthropic.claude-sonnet-4-6";
  expect(costAt(named, true)).toBe(costAt(`eu.${named}`, true));
  expect(costAt(named, false)).toBeLessThan(costAt(named, true) ?? 0n);
});

test("Nova's highest effort takes no limit: the caller's is left out, and bounds nothing", () => {
  const model = "us.amazon.nova-2-lite-v1:0";
  const most = output({ messages }, { model });
  expect(most).toBeGreaterThan(10_000);
  const ask = (body: object, place: Place = {}) => output({ messages, ...body }, { model, ...place });
  expect(ask({ max_tokens: 5, reasoning_effort: "high" })).toBe(most);
  expect(ask({ max_tokens: 5, reasoning_effort: "xhigh" })).toBe(most);
  expect(ask({ max_output_tokens: 5, reasoning: { effort: "high" } }, { dialect: "openai-responses" })).toBe(most);
  expect(ask({ max_tokens: 5, output_config: { effort: "max" } }, { dialect: "anthropic-messages" })).toBe(most);
  expect(ask({ reasoning_effort: "high" }, { defaultMaxTokens: 77 })).toBe(most);
  const additional = (effort: string) => ({
    max_tokens: 5,
    additional_model_request_fields: { reasoningConfig: { type: "enabled", maxReasoningEffort: effort } },
  });
  expect(ask(additional("high"))).toBe(most);
  expect(ask(additional("low"))).toBe(5);
  expect(ask({ max_tokens: 5, reasoning_effort: "medium" })).toBe(5);
  // Another Nova has no effort: it is left out, and the limit is sent.
  expect(output({ messages, max_tokens: 5, reasoning_effort: "high" })).toBe(5);
});

describe("text counts by its bytes, whatever it says that it is", () => {
  const image = { source: {} };
  test.each<[string, object, Place?]>([
    ["a message that calls itself an image", { messages: [{ role: "user", type: "image", content: long }] }],
    ["a request that does", { type: "image_url", messages: [{ role: "user", content: long }] }],
    ["an image beside the messages", { image, messages: [{ role: "user", content: long }] }],
    ["a text with an image in it", { messages: [{ role: "user", content: [{ type: "text", text: long, image }] }] }],
    [
      "a system text with one",
      { system: [{ type: "text", text: long, image }], messages },
      { dialect: "anthropic-messages" },
    ],
    ["an image with a text beside it", { messages: [{ content: [{ type: "image", image_url: "x", text: long }] }] }],
  ])("%s", (_name, body, place = {}) => {
    expect(bound({ ...body, max_tokens: 10 }, place).tokens).toBeGreaterThan(long.length);
  });

  test("numbers count by the digits that they go on with", () => {
    const numbers = Array.from({ length: 1_000 }, (_each, index) => `${1 + (index % 9)}e${1 + (index % 25)}`).join(",");
    for (const written of [numbers, numbers.replaceAll("e", "E+"), numbers.replaceAll("e", ".5e-")]) {
      for (const given of [`{"a":[${written}]}`, `{"a":[\n\t${written}\n]}`]) {
        const call = {
          role: "assistant",
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: given } }],
        };
        const body = { messages: [...messages, call], max_tokens: 10 };
        const { request } = converseFromChat(checkChatRequest({ model: nova, ...body }), {
          model: factsOfModel(nova),
          media: new Map(),
          anthropicBeta: [],
        });
        expect(bound(body).tokens).toBeGreaterThan(Buffer.byteLength(JSON.stringify(request)));
      }
    }
  });

  test("of Bedrock's own dialect what another reader may read otherwise is not reckoned with", () => {
    const path = `/model/${nova}/converse`;
    const written = JSON.stringify({ messages: [{ role: "user", content: [{ text: "hi" }] }] });
    const contentOfBytes = (bytes: Buffer) =>
      contentOf({ path, headers }, { body: {}, anthropicBeta: [] }, "bedrock", bytes);
    for (const bytes of [
      Buffer.from(written, "utf16le"),
      Buffer.from(`\ufeff${written}`),
      Buffer.from(`${written}x`),
      Buffer.from(`[${written}]`),
      Buffer.from(written.replace("{", '{"messages":[],')),
    ]) {
      expect(() => contentOfBytes(bytes)).toThrow(/a limit that has to reckon with it/);
    }
    const deep = `{"messages":${"[".repeat(600)}${"]".repeat(600)}}`;
    expect(() => contentOfBytes(Buffer.from(deep))).toThrow(/nests too deeply/);
    expect(contentOfBytes(Buffer.from(written)).body).toEqual(JSON.parse(written));
    expect(contentOfBytes(Buffer.alloc(0)).body).toEqual({});
  });

  test("what stands in a prompt that AWS keeps may be as long as the model can read", () => {
    const arn = "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ";
    const body = { promptVariables: {}, inferenceConfig: { maxTokens: 5 } };
    const { tokens } = bound(body, { dialect: "bedrock", path: "/model/x/converse", model: arn });
    expect(tokens).toBe(1_050_005);
  });
});

describe("the window of a million tokens that Claude has behind a flag", () => {
  const words = "word ".repeat(200_000);
  const body = { messages: [{ role: "user", content: words }], max_tokens: 1 };
  const model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
  const flag = "context-1m-2025-08-07";
  test.each<[string, object, Place]>([
    ["the header", {}, { anthropicBeta: [flag] }],
    ["the body", { anthropic_beta: [flag] }, {}],
    ["a text in it", { anthropic_beta: `interleaved-thinking-2025-05-14, ${flag}` }, {}],
    ["fields of the model", { additional_model_request_fields: { anthropic_beta: [flag] } }, {}],
    ["InvokeModel's body", { anthropic_beta: [flag] }, { dialect: "bedrock", path: "/model/x/invoke" }],
  ])("is reserved for, at its own price: by %s", (_where, more, place) => {
    const { tokens = 0, costNano } = bound({ ...body, ...more }, { dialect: "anthropic-messages", model, ...place });
    expect(tokens).toBe(1_000_001);
    // $7.50 a million where the input is longer than 200,000: the price of a write to the cache, and $22.50.
    expect(costNano).toBe(7_500_000_000n + 2n + 22_500n);
  });

  test("what it writes behind another flag is reserved for too", () => {
    const asked = { messages, max_tokens: 100_000, anthropic_beta: ["output-128k-2025-02-19"] };
    const place = { dialect: "anthropic-messages", model: "us.anthropic.claude-3-7-sonnet-20250219-v1:0" } as const;
    expect(output(asked, place)).toBe(100_000);
    expect(output({ ...asked, anthropic_beta: [] }, place)).toBe(64_000);
  });

  test("is no other request's, and no other model's", () => {
    expect(bound(body, { dialect: "anthropic-messages", model }).tokens).toBe(200_001);
    const flagged = { dialect: "anthropic-messages", anthropicBeta: [flag] } as const;
    expect(bound(body, { ...flagged, model: "anthropic.claude-3-haiku-20240307-v1:0" }).tokens).toBe(200_001);
  });
});

describe("what a host of Responses keeps, or its tools bring, may be as long as the model can read", () => {
  const asked = { input: [{ role: "user", content: "hi" }], max_output_tokens: 5 };
  const inputs = (more: object, place: Place = { model: "openai.gpt-5.5" }) =>
    (bound({ ...asked, ...more }, { dialect: "openai-responses", ...place }).tokens ?? 0) - 5;
  test.each([
    [{ previous_response_id: "resp_1" }],
    [{ conversation: { id: "conv_1" } }],
    [{ prompt: { id: "pmpt_1" } }],
    [{ input: [{ type: "item_reference", id: "msg_1" }] }],
    [
      {
        tools: [
          { type: "function", name: "f" },
          { type: "mcp", server_label: "s" },
        ],
      },
    ],
    [{ input: [{ type: "additional_tools", tools: [{ type: "web_search" }] }], max_tool_calls: 1 }],
  ])("%j", (more) => {
    // More than one list says: an invoice of AWS's went beyond it.
    expect(inputs(more)).toBe(1_050_000);
    expect(inputs(more, { model: "gpt-x", provider: "openai" })).toBe(1_050_000);
    // Converse gets what stands in the body, and nothing else.
    expect(inputs(more, { model: nova })).toBeLessThan(10_000);
  });

  test("what its searches of the web cost is known where the body says how many there may be", () => {
    const tools = [{ type: "web_search_preview" }];
    const cost = (more: object, place: Place = {}) =>
      bound({ ...asked, tools, ...more }, { dialect: "openai-responses", model: "openai.gpt-5.5", ...place });
    expect(cost({})).toMatchObject({ isPartial: true });
    const [none, three] = [cost({ tools: [{ type: "mcp" }] }), cost({ max_tool_calls: 3 })];
    expect(three.costNano).toBe((none.costNano ?? 0n) + 3n * 12_000_000n);
    expect(three.isPartial).toBeUndefined();
    // Nobody knows a price of the others' searches: the rest is reserved.
    const [others, without] = [{ max_tool_calls: 3 }, { tools: [{ type: "mcp" }] }].map((more) =>
      cost(more, { model: "xai.grok-4.3" }),
    );
    expect(others).toMatchObject({ costNano: without?.costNano, isPartial: true });
    expect(others?.costNano).toBeGreaterThan(0n);
  });

  test("thinking of before that is there by its id is no longer than an answer: what goes on is no whole window", () => {
    const thought = { type: "reasoning", id: "rs_1", summary: [] };
    for (const place of [{ model: "openai.gpt-5.5" }, { model: "gpt-x", provider: "openai" }] as const) {
      expect(inputs({ input: [thought] }, place)).toBeGreaterThan(128_000);
      expect(inputs({ input: [thought] }, place)).toBeLessThan(129_000);
      expect(inputs({ input: Array.from({ length: 9 }, () => thought) }, place)).toBe(1_050_000);
    }
    expect(inputs({ input: [thought] }, { model: nova })).toBeLessThan(1_000);
  });

  test("a body that says all itself counts by its bytes", () => {
    const thought = { type: "reasoning", id: "rs_2", content: [{ type: "reasoning_text", text: "y" }] };
    const whole = {
      input: [{ type: "reasoning", id: "rs_1", encrypted_content: "x" }, thought],
      previous_response_id: null,
    };
    expect(inputs({ ...whole, tools: [{ type: "function", name: "f" }] })).toBeLessThan(10_000);
  });
});

describe("what a translation adds", () => {
  const ofTools = 4_096;
  const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
  const ofHistory = [
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "c", content: "1" },
  ];
  const format = { type: "json_schema", name: "a", schema: { type: "object" } };
  const use = { type: "tool_use", id: "c", name: "f", input: {} };
  // Recorded of Nova 2 Lite: 904 tokens for a body of 300 bytes with a tool.
  test.each<[string, object, Place]>([
    ["an answer of a form", { messages, response_format: { type: "json_schema", json_schema: format } }, {}],
    ["the same at Responses", { input: "hi", text: { format } }, { dialect: "openai-responses" }],
    ["the same at Messages", { messages, output_config: { format } }, { dialect: "anthropic-messages" }],
    ["a schema beside json_object", { messages, response_format: { type: "json_object", schema: {} } }, {}],
    ["calls of tools that are offered no more", { messages: ofHistory }, {}],
    ["the same at Responses", { input: [{ type: "function_call", call_id: "c" }] }, { dialect: "openai-responses" }],
    ["the same at Messages", { messages: [{ content: [use] }] }, { dialect: "anthropic-messages" }],
  ])("is a tool, for which models have words of their own: %s", (_what, body, place) => {
    const [own, converse] = [output(body, place), output(body, { ...place, model: "openai.gpt-oss-120b" })];
    expect(own - output({ messages })).toBe(ofTools - 256);
    // What passes through gets none.
    expect(converse).toBe(output({ messages }, { model: "openai.gpt-oss-120b" }));
  });

  // Anthropic's page on pricing: the three of them, and the prompt for tools, are more than 1,500 tokens.
  test.each([["additionalModelRequestFields"], ["additional_model_request_fields"]])(
    "is beside Claude's own tools, which stand in %s",
    (name) => {
      const tools = [{ type: "computer_20250124", name: "computer", display_width_px: 1, display_height_px: 1 }];
      const place = { dialect: "bedrock", path: "/model/x/converse", model: claude } as const;
      const asked = (fields: object, at: Place) => output({ messages, [name]: fields, max_tokens: 5 }, at);
      for (const at of [place, { model: claude }]) {
        expect(asked({ tools }, at) - asked({ tools: null }, at)).toBe(ofTools - 256);
      }
    },
  );

  test.each<[object, Place]>([
    [{ messages, response_format: { type: "text" } }, {}],
    [{ messages, response_format: { type: "json_object" } }, {}],
    [{ input: "hi", text: { format: { type: "text" } } }, { dialect: "openai-responses" }],
  ])("is no tool where the answer has no form of its own: %j", (body, place) => {
    expect(output(body, place)).toBe(output({ messages }));
  });

  test("are words of a model's own for citations: recorded, 1,266 tokens where 592 were before and some 100 came", () => {
    const source = { source: "s", title: "t", content: [{ text: "words" }] };
    const asked = (enabled: boolean) => {
      const content = [{ searchResult: { ...source, citations: { enabled } } }];
      const body = { messages: [{ role: "user", content }], inferenceConfig: { maxTokens: 5 } };
      return output(body, { dialect: "bedrock", path: "/model/x/converse", model: claude });
    };
    expect([asked(true), asked(false)]).toEqual([5 + ofTools - 256, 5]);
  });

  test("is what a schema defines, in each place where Nova's has a reference to it", () => {
    const [$ref, description] = ["#/$defs/long", long.slice(0, 5_000)];
    const properties = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, { $ref }]));
    const parameters = { type: "object", properties, $defs: { long: { type: "string", description } } };
    const asking = (count: number) => {
      const tools = Array.from({ length: count }, (_, index) => ({
        type: "function",
        function: { name: `f${index}`, parameters },
      }));
      return { messages, tools, max_tokens: 5 };
    };
    const context = { model: factsOfModel(nova), media: new Map(), anthropicBeta: [] };
    // Of many not all are put in.
    for (const count of [1, 100]) {
      const body = asking(count);
      const { request } = converseFromChat(checkChatRequest({ model: nova, ...body }), context);
      const sent = Buffer.byteLength(JSON.stringify(request.toolConfig));
      expect(sent).toBeGreaterThan(20 * description.length);
      // No more than the model can read.
      expect(bound(body).tokens).toBeGreaterThan(Math.min(sent, 300_000));
    }
    const body = asking(1);
    expect(bound(body, { model: claude }).tokens).toBeLessThan(3 * description.length);
    // What stands around a schema is none, whatever its members are called.
    const [tool] = body.tools;
    const around = [
      { ...body, definitions: {} },
      { ...body, $defs: 0 },
      { ...body, tools: [{ ...tool, definitions: [] }] },
      { ...body, tools: [{ ...tool, function: { ...tool?.function, $defs: {} } }] },
    ];
    for (const other of around) expect(bound(other).tokens).toBeGreaterThanOrEqual(bound(body).tokens ?? Infinity);
  });
});

test("of very many members that go to the model each is looked at", () => {
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`x${index}`, 1]));
  const asking = (most: object) =>
    bound({ messages, max_tokens: 5, additionalModelRequestFields: { ...many, ...most } });
  expect((asking({ max_tokens: 70 }).tokens ?? 0) - (asking({}).tokens ?? 0)).toBe(65);
});

test("what Nova's own tools bring may be as long as the model can read", () => {
  const tools = [{ systemTool: { name: "nova_grounding" } }];
  const converse = { messages: [], inferenceConfig: { maxTokens: 5 }, toolConfig: { tools } };
  const window = Math.ceil(300_000 * 1.048_576);
  for (const path of ["/model/x/converse", "/model/x/invoke"]) {
    expect(bound(converse, { dialect: "bedrock", path }).tokens).toBe(window + 5);
  }
  expect(bound({ messages, max_tokens: 5, tools }).tokens).toBe(window + 5);
});

test("images count where Llama's own format has them, and more where models make more of them", () => {
  const llama = { prompt: "hi", max_gen_len: 5, images: ["aGk="] };
  const model = "us.meta.llama3-2-90b-instruct-v1:0";
  const native = { dialect: "bedrock", path: `/model/${model}/invoke`, model } as const;
  expect(output(llama, native)).toBe(8_000 + 5);
  const image = { type: "image_url", image_url: { url: "https://example.com/cat.png" } };
  const shown = { messages: [{ role: "user", content: [image] }], max_tokens: 5 };
  const ofOne = (place: Place) => output(shown, place) + image.image_url.url.length - 5;
  // What its images' processor makes at most of one, and its two marks; a photograph at GPT's own choice of detail.
  expect(ofOne({ model: "qwen.qwen3-vl-235b-a22b" })).toBeGreaterThan(16_777_216 / 32 ** 2 + 2);
  expect(ofOne({ model: "openai.gpt-5.5" })).toBeGreaterThan(Math.ceil((4_032 / 32) * (3_024 / 32) * 1.2));
  expect(ofOne({ model: claude })).toBe(8_000);
});

describe("what is paid apiece", () => {
  const at = (model: string) => ({ dialect: "bedrock", model, path: `/model/${model}/invoke` }) as const;
  const costOf = (body: object, model: string): unknown => bound(body, at(model)).costNano;

  test("writes no tokens, whether it makes images or puts documents in order", () => {
    const rank = { api_version: 2, query: "rivers", documents: ["a", "b"], top_n: 1 };
    for (const model of ["cohere.rerank-v3-5:0", "amazon.rerank-v1:0"]) expect(output(rank, at(model))).toBe(0);
    expect(output({ prompt: "a river", aspect_ratio: "1:1" }, at("stability.stable-image-core-v1:1"))).toBe(0);
  });

  // Portkey's list: $2 and $1 for a thousand queries.
  test("has the price of the most queries that a request to rank can be", () => {
    const rank = (count: number, text: string): object => ({ query: "rivers", documents: Array(count).fill(text) });
    expect(costOf(rank(2, "a"), "cohere.rerank-v3-5:0")).toBe(2_000_000n);
    expect(costOf(rank(101, "a"), "amazon.rerank-v1:0")).toBe(2_000_000n);
    // Forty of a thousand bytes are a hundred and twenty of 494 tokens at most.
    expect(costOf(rank(40, "x".repeat(1_000)), "amazon.rerank-v1:0")).toBe(2_000_000n);
    expect(costOf({ query: "x".repeat(500), documents: ["a"] }, "amazon.rerank-v1:0")).toBeUndefined();
  });

  // Portkey's list: 4 cents an image; of Nova Canvas it has no price.
  test("has the price of the images that are asked for, one where nothing says how many", () => {
    const drawn = { prompt: "a river", aspect_ratio: "1:1" };
    expect(costOf(drawn, "stability.stable-image-core-v1:1")).toBe(40_000_000n);
    expect(costOf({ ...drawn, samples: 3 }, "us.stability.stable-image-core-v1:1")).toBe(120_000_000n);
    expect(costOf({ taskType: "TEXT_IMAGE" }, "amazon.nova-canvas-v1:0")).toBeUndefined();
  });

  test("and of an operator's own price, for as many as Nova Canvas is asked for; of its input where that has one too", () => {
    const body = { taskType: "TEXT_IMAGE", imageGenerationConfig: { numberOfImages: 5 } };
    const nova = "amazon.nova-canvas-v1:0";
    const costBy = (price: object): unknown => {
      const models = { [nova]: { rows: [{ tier: "standard", ...price }] } };
      const parsed = parsePriceTable({
        version: "own",
        date: "2027-01-01",
        sources: {},
        models,
        guardrails: [],
        quirks: [],
      });
      return "table" in parsed ? bound(body, { ...at(nova), prices: parsed.table }).costNano : parsed.fault;
    };
    expect(costBy({ image: 60_000_000 })).toBe(300_000_000n);
    expect(costBy({ image: 60_000_000, input: 1_000_000 })).toBeGreaterThan(300_000_000n);
    expect(costBy({ second: 60_000_000 })).toBeUndefined();
  });
});

test("a context that Claude may close by a summary is read twice, and the summary is written too", () => {
  const edits = { edits: [{ type: "clear_tool_uses_20250919" }, { type: "compact_20260112" }] };
  const [plain, wished] = [
    { messages, max_tokens: 10 },
    { messages, max_tokens: 10, context_management: edits },
  ];
  const bytes = Buffer.byteLength(JSON.stringify(wished));
  const most = 2 * (bytes + 256) + 10 + 64_000;
  for (const place of [
    { dialect: "anthropic-messages", model: claude },
    { dialect: "bedrock", model: claude, path: `/model/${claude}/invoke` },
  ] as const) {
    expect(bound(wished, place).tokens).toBe(most);
    expect(bound(plain, place).tokens).toBe(Buffer.byteLength(JSON.stringify(plain)) + 256 + 10);
  }
  const asked = { messages, max_tokens: 10, additionalModelRequestFields: { context_management: edits } };
  expect(bound(asked, { model: claude }).tokens).toBe(2 * (Buffer.byteLength(JSON.stringify(asked)) + 256) + 64_010);
});

describe("what is embedded", () => {
  const embeddings = { dialect: "openai-embeddings", model: "amazon.titan-embed-text-v2:0" } as const;
  const at = (model: string) => ({ dialect: "bedrock", model, path: `/model/${model}/invoke` }) as const;

  test("may be many calls: no window of one of them bounds the whole", () => {
    // Some 1,000 tokens each, 2 million in all: $0.02 a million.
    const input = Array.from({ length: 2_000 }, () => "word ".repeat(1_000));
    const { tokens, costNano } = bound({ input }, embeddings);
    expect(tokens).toBeGreaterThan(10_000_000);
    expect(costNano).toBeGreaterThan(2_000_000n * 20n);
    // Cohere takes them in one of InvokeModel's bodies too.
    expect(bound({ texts: input, input_type: "search_document" }, at("cohere.embed-v4:0")).tokens).toBeGreaterThan(1e7);
    expect(bound({ inputText: input[0]?.repeat(300) }, at("amazon.titan-embed-text-v2:0")).tokens).toBe(1_050_000);
  });

  test("has words of the model's own before each: recorded of Nova, 19 tokens for 18 letters", () => {
    const ofMany = (count: number, model: string) => {
      const body = { input: Array.from({ length: count }, () => "a") };
      return (bound(body, { ...embeddings, model }).tokens ?? 0) - Buffer.byteLength(JSON.stringify(body));
    };
    const nova = "amazon.nova-2-multimodal-embeddings-v1:0";
    expect(ofMany(1_001, nova) - ofMany(1, nova)).toBeGreaterThan(1_000 * 22);
  });

  const address = "https://example.com/cat.png";
  const data = "data:image/png;base64,aGk=";

  test.each<[unknown, number]>([
    [address, 0],
    [data, 1],
    [{ image: address }, 1],
    [{ image: { base64: "aGk=" }, text: "a cat" }, 1],
    [{ image_url: { url: address } }, 1],
    [{ type: "image_url", image_url: address }, 1],
    [[{ image: data }, "a", { content: [{ type: "image_url", image_url: { url: data } }, { text: "a" }] }], 2],
  ])("has an image in whichever form: %j", (input, images) => {
    const tokens = bound({ input }, { ...embeddings, model: "cohere.embed-v4:0" }).tokens ?? 0;
    expect(Math.floor(tokens / 20_000)).toBe(images);
  });

  test.each<[string, object]>([
    ["amazon.titan-embed-image-v1", { inputImage: "aGk=", inputText: "a cat" }],
    ["cohere.embed-english-v3", { images: [data], input_type: "image" }],
    ["cohere.embed-v4:0", { inputs: [{ content: [{ type: "image_url", image_url: { url: data } }] }] }],
    ["amazon.nova-2-multimodal-embeddings-v1:0", { singleEmbeddingParams: { image: { source: { bytes: "aGk=" } } } }],
    ["twelvelabs.marengo-embed-2-7-v1:0", { inputType: "image", mediaSource: { base64String: "aGk=" } }],
    ["twelvelabs.marengo-embed-3-0-v1:0", { inputType: "image", image: { mediaSource: { base64String: "aGk=" } } }],
  ])("has the price of an image where an operator gives one: %s by InvokeModel", (model, body) => {
    const own = { version: "own", date: "2027-01-01", sources: {}, guardrails: [], quirks: [] };
    const rows = [{ tier: "standard", input: 1_000_000, image: 60_000_000 }];
    const parsed = parsePriceTable({ ...own, models: { [model]: { rows } } });
    if (!("table" in parsed)) throw new Error(parsed.fault.message);
    expect(bound(body, { ...at(model), prices: parsed.table }).costNano).toBeGreaterThan(60_000_000n);
    expect(bound({ texts: ["a"], inputText: "a" }, { ...at(model), prices: parsed.table }).costNano).toBeLessThan(
      9_999n,
    );
  });

  const second = { tier: "standard", input: 1_000_000, output: 1_000_000, second: 700_000 };

  test.each<[string, object, isKnown: boolean]>([
    ["amazon.nova-2-multimodal-embeddings-v1:0", { singleEmbeddingParams: { text: { value: "a cat" } } }, true],
    ["amazon.nova-2-multimodal-embeddings-v1:0", { singleEmbeddingParams: { video: { source: {} } } }, false],
    ["amazon.nova-2-multimodal-embeddings-v1:0", { segmentedEmbeddingParams: { audio: { source: {} } } }, false],
    ["twelvelabs.marengo-embed-2-7-v1:0", { inputType: "text", inputText: "a cat" }, true],
    ["twelvelabs.marengo-embed-2-7-v1:0", { inputType: "video", mediaSource: {} }, false],
    ["twelvelabs.marengo-embed-3-0-v1:0", { inputType: "audio", audio: { mediaSource: {} } }, false],
    ["twelvelabs.pegasus-1-2-v1:0", { inputPrompt: "What is seen?", mediaSource: {} }, false],
  ])(
    "is paid by the second where an operator says so, of which nobody can see how many: %s %j",
    (model, body, isKnown) => {
      const own = { version: "own", date: "2027-01-01", sources: {}, guardrails: [], quirks: [] };
      const parsed = parsePriceTable({ ...own, models: { [model]: { rows: [second] } } });
      if (!("table" in parsed)) throw new Error(parsed.fault.message);
      const { costNano } = bound(body, { ...at(model), prices: parsed.table });
      expect(costNano !== undefined).toBe(isKnown);
    },
  );

  test("is a call of its own for another host too, and a list of token ids is one text", () => {
    const other = { dialect: "openai-embeddings", model: "e5", provider: "openai" } as const;
    const tokens = (input: unknown) =>
      (bound({ input }, other).tokens ?? 0) - Buffer.byteLength(JSON.stringify({ input }));
    expect(tokens([1, 2, 3])).toBe(tokens("a"));
    expect(tokens([[1], [2]])).toBe(tokens(["a", "b"]));
    expect(tokens(["a", "b"])).toBeGreaterThan(tokens("a"));
  });
});

describe("an hour's cache", () => {
  const cost = (text: string): bigint | undefined =>
    bound(text, { dialect: "anthropic-messages", model: claude }).costNano;
  const body = (ttl: string): string =>
    `{"max_tokens":1,"messages":[],"system":[{"type":"text","text":"${long}","cache_control":{"type":"ephemeral","ttl":${ttl}}}]}`;

  test("costs more, however it is spelled", () => {
    const short = cost(body('"5m"')) ?? 0n;
    expect(cost(body('"1h"'))).toBeGreaterThan((short * 3n) / 2n);
    expect(cost(body(String.raw`"\u0031h"`))).toBeGreaterThan((short * 3n) / 2n);
  });

  test.each([
    "us.amazon.nova-lite-v1:0",
    "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
  ])("is not asked of %s, which has none: the life is left out, and the price of five minutes holds", (model) => {
    const at = (text: string) => bound(text, { dialect: "anthropic-messages", model }).costNano;
    expect(at(body('"1h"'))).toBe(at(body('"5m"')));
    expect(at(body('"1h"'))).toBeGreaterThan(0n);
  });

  test("is asked for where the field goes to the model as it is", () => {
    const extra = { additional_model_request_fields: { cache_control: { type: "ephemeral", ttl: "1h" } } };
    expect(bound({ messages, max_tokens: 5, ...extra }).costNano).toBeUndefined();
    expect(bound({ messages, max_tokens: 5, ...extra }, { model: claude }).costNano).toBeGreaterThan(0n);
  });

  test("is not asked for by a tool that speaks of an hour", () => {
    const parameters = { type: "object", properties: { every: { type: "string", enum: ["5m", "1h"] } } };
    const tools = [{ type: "function", function: { name: "poll", parameters } }];
    // Nova has no price for it.
    expect(bound({ messages, max_tokens: 5, tools }).costNano).toBeGreaterThan(0n);
  });
});
