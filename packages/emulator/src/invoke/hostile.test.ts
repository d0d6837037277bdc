/** No body, however odd, makes the emulator fail: it answers or refuses. Each member of a good body in turn is replaced by values of every type. */
import { describe, expect, it } from "vitest";
import { answerCompatible } from "../compatible/compatible.ts";
import { compatibleRoute } from "../compatible/routes.ts";
import { newState } from "../generate/testing/shared-state.ts";
import { applyGuardrail } from "../guardrail/apply.ts";
import { guardrailChecks } from "../guardrail/checks.ts";
import { countTokens } from "../services/count-tokens.ts";
import { invoke } from "./invoke.ts";

const values: unknown[] = [null, 5, -1.5, "x", "", true, [], {}, [null], [{}], { type: "x" }];

/** Every body that differs from a good one in one place: another value, or none. */
function* variants(good: unknown): Generator<unknown> {
  yield* values;
  if (typeof good !== "object" || good === null) return;
  const entries = Object.entries(good);
  for (const [name, member] of entries) {
    for (const inner of variants(member)) yield replaced(good, name, inner);
    if (!Array.isArray(good)) yield Object.fromEntries(entries.filter(([other]) => other !== name));
  }
}

function replaced(good: object, name: string, inner: unknown): unknown {
  return Array.isArray(good)
    ? good.map((item: unknown, index) => (String(index) === name ? inner : item))
    : { ...good, [name]: inner };
}

const schema = { type: "object", properties: { city: { type: "string" } } };
const png = "iVBORw0KGgo=";
const claude = {
  anthropic_version: "bedrock-2023-05-31",
  anthropic_beta: ["context-1m-2025-08-07"],
  max_tokens: 3000,
  system: [{ type: "text", text: "S", cache_control: { type: "ephemeral", ttl: "1h" } }],
  messages: [
    {
      role: "user",
      content: [
        { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
        {
          type: "document",
          source: { type: "text", media_type: "text/plain", data: "A. B." },
          citations: { enabled: true },
        },
        { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "x" }] },
        { type: "text", text: "Hi" },
      ],
    },
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "n", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "r" }] }] },
  ],
  tools: [{ name: "n", description: "d", input_schema: schema }],
  tool_choice: { type: "auto" },
  thinking: { type: "disabled" },
  output_config: { format: { type: "json_schema", schema: { ...schema, additionalProperties: false } } },
  stop_sequences: ["z"],
  metadata: { user_id: "u" },
};
const chat = {
  messages: [
    { role: "system", content: "S" },
    {
      role: "user",
      content: [
        { type: "text", text: "Hi" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "a", type: "function", function: { name: "n", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "a", content: "r" },
  ],
  tools: [{ type: "function", function: { name: "n", parameters: schema } }],
  tool_choice: { type: "function", function: { name: "n" } },
  response_format: { type: "json_schema", json_schema: { schema } },
  max_tokens: 5,
  stop: ["z"],
  reasoning_effort: "low",
  stream_options: { include_usage: true },
};
const nova = {
  schemaVersion: "messages-v1",
  system: [{ text: "S" }],
  messages: [
    { role: "user", content: [{ image: { format: "png", source: { bytes: png } } }, { text: "Hi" }] },
    { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "n", input: {} } }] },
    { role: "user", content: [{ toolResult: { toolUseId: "a", content: [{ json: {} }] } }] },
  ],
  inferenceConfig: { maxTokens: 5, stopSequences: ["z"], topK: 5 },
  toolConfig: { tools: [{ toolSpec: { name: "n", inputSchema: { json: schema } } }] },
};
const commandR = {
  message: "Hi",
  chat_history: [{ role: "USER", message: "A" }],
  tools: [{ name: "n", description: "d", parameter_definitions: { city: { type: "str", required: true } } }],
  tool_results: [{ call: { name: "n", parameters: {} }, outputs: [{ a: 1 }] }],
  stop_sequences: ["z"],
};
const prompt = { prompt: "Human: Hi Assistant:", max_tokens: 5, stop: ["z"] };

const bodies: [string, object][] = [
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", claude],
  ["anthropic.claude-v2", { prompt: prompt.prompt, max_tokens_to_sample: 5, stop_sequences: ["z"] }],
  ["amazon.nova-lite-v1:0", nova],
  [
    "amazon.titan-text-express-v1",
    { inputText: "Hi", textGenerationConfig: { maxTokenCount: 5, stopSequences: ["z"] } },
  ],
  ["us.meta.llama3-2-11b-instruct-v1:0", { prompt: "Hi", images: [png], max_gen_len: 5 }],
  ["mistral.mistral-7b-instruct-v0:2", prompt],
  ["mistral.mistral-large-2407-v1:0", chat],
  ["us.deepseek.r1-v1:0", prompt],
  ["cohere.command-text-v14", { prompt: "Hi", num_generations: 2, stream: true, stop_sequences: ["z"] }],
  ["cohere.command-r-v1:0", commandR],
  ["ai21.j2-mid-v1", { prompt: "Hi", maxTokens: 5, stopSequences: ["z"] }],
  ["ai21.jamba-1-5-mini-v1:0", chat],
  ["openai.gpt-oss-20b-1:0", chat],
  ["us.mistral.pixtral-large-2502-v1:0", chat],
  ["amazon.titan-embed-text-v2:0", { inputText: "Hi", dimensions: 256, embeddingTypes: ["float"] }],
  [
    "amazon.titan-embed-image-v1",
    { inputText: "Hi", inputImage: png, embeddingConfig: { outputEmbeddingLength: 256 } },
  ],
  [
    "cohere.embed-v4:0",
    {
      texts: ["Hi"],
      input_type: "search_query",
      embedding_types: ["float"],
      inputs: [{ content: [{ type: "text", text: "x" }] }],
    },
  ],
  [
    "amazon.nova-2-multimodal-embeddings-v1:0",
    {
      taskType: "SINGLE_EMBEDDING",
      singleEmbeddingParams: {
        embeddingPurpose: "GENERIC_INDEX",
        embeddingDimension: 256,
        text: { truncationMode: "END", value: "x" },
      },
    },
  ],
  ["us.twelvelabs.marengo-embed-2-7-v1:0", { inputType: "image", mediaSource: { base64String: png } }],
];

describe("odd bodies", () => {
  it.each(bodies)("of %s are answered or refused", (modelId, good) => {
    const state = newState();
    for (const body of variants(good))
      for (const stream of [false, true]) {
        const bytes = Buffer.from(JSON.stringify(body));
        const input = { modelId, region: "us-east-1", account: "123456789012", headers: {}, body: bytes, stream };
        const outcome = invoke(input, state);
        expect("refusal" in outcome ? outcome.refusal.status : 200).toBeLessThan(500);
      }
  });

  it.each<[string, object]>([
    ["/v1/chat/completions", { model: "moonshotai.kimi-k2.5", ...chat }],
    [
      "/v1/responses",
      {
        model: "openai.gpt-oss-20b",
        instructions: "S",
        input: [
          { role: "user", content: [{ type: "input_text", text: "Hi" }] },
          { type: "function_call", call_id: "a", name: "n", arguments: "{}" },
          { type: "function_call_output", call_id: "a", output: "r" },
          { type: "reasoning", id: "r", summary: [] },
        ],
        tools: [{ type: "function", name: "n", parameters: schema }],
        text: { format: { type: "json_schema", schema } },
        reasoning: { effort: "low" },
        include: ["reasoning.encrypted_content"],
      },
    ],
    ["/anthropic/v1/messages", { ...claude, model: "anthropic.claude-haiku-4-5", anthropic_version: undefined }],
    ["/anthropic/v1/messages/count_tokens", { model: "anthropic.claude-haiku-4-5", messages: claude.messages }],
  ])("at %s are answered or refused", (path, good) => {
    const state = newState();
    for (const body of variants(good)) {
      const headers = { "anthropic-version": "2023-06-01" };
      const request = {
        method: "POST",
        path,
        query: "",
        headers,
        body: Buffer.from(JSON.stringify(body)),
        tooLarge: false,
      };
      const route = compatibleRoute(request);
      if (route === undefined) throw new Error("no route");
      const { status } = answerCompatible(route, { request, region: "us-east-1", account: "123456789012" }, state);
      expect(status).toBeLessThan(500);
    }
  });

  it("of CountTokens and the guardrail operations are answered or refused", () => {
    const counted = {
      input: { converse: { messages: [{ role: "user", content: [{ text: "Hi" }] }], system: [{ text: "S" }] } },
    };
    const place = { identifier: "abc", version: "1", region: "us-east-1", account: "123456789012" };
    const checks = {
      messages: [{ role: "user", content: [{ text: "a@b.example" }] }],
      checks: {
        contentFilter: { categories: [{ category: "HATE" }] },
        sensitiveInformation: { entities: [{ type: "EMAIL" }] },
      },
    };
    const statusOf = (outcome: object) => ("refusal" in outcome ? (outcome.refusal as { status: number }).status : 200);
    for (const body of variants(counted))
      expect(statusOf(countTokens("anthropic.claude-sonnet-4-20250514-v1:0", body))).toBeLessThan(500);
    for (const body of variants({ source: "INPUT", content: [{ text: { text: "x" } }], outputScope: "FULL" }))
      expect(statusOf(applyGuardrail(place, body))).toBeLessThan(500);
    for (const body of variants(checks)) expect(statusOf(guardrailChecks(body))).toBeLessThan(500);
  });
});
