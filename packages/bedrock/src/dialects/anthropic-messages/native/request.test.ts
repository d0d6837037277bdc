import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import { recordingsOf } from "../../../wire/testing/recordings.ts";
import { checkMessagesRequest } from "../request/check-request.ts";
import { messagesMediaUrls } from "./media-sources.ts";
import { nativeFromMessages, type NativeMessagesContext } from "./request.ts";

const sonnet45 = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const haiku45 = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const opus45 = "us.anthropic.claude-opus-4-5-20251101-v1:0";
const opus46 = "us.anthropic.claude-opus-4-6-v1";
const opus47 = "us.anthropic.claude-opus-4-7";
/** Not in the tables of betas: AWS decides. */
const opus48 = "us.anthropic.claude-opus-4-8";
const haiku3 = "anthropic.claude-3-haiku-20240307-v1:0";

const user = { role: "user", content: "Hello" };

function native(
  body: JsonObject,
  { model = sonnet45, ...context }: Partial<Omit<NativeMessagesContext, "model">> & { model?: string } = {},
): { body: JsonObject; headers: Record<string, string>; dropped: string[]; text: string } {
  const request = checkMessagesRequest({ model: "m", max_tokens: 4096, messages: [user], ...body });
  const before = structuredClone(request);
  const made = nativeFromMessages(request, {
    model: factsOfModel(model),
    media: new Map(),
    anthropicBeta: [],
    ...context,
  });
  expect(request).toEqual(before);
  return { ...made, body: JSON.parse(made.body) as JsonObject, text: made.body };
}

describe("a request to Claude through InvokeModel", () => {
  it("is the same JSON without model and stream, with Bedrock's version", () => {
    const made = native({ stream: true, future_field: { a: [1] }, metadata: { user_id: "u" } });
    expect(made.body).toEqual({
      max_tokens: 4096,
      messages: [user],
      future_field: { a: [1] },
      metadata: { user_id: "u" },
      anthropic_version: "bedrock-2023-05-31",
    });
    expect(made.dropped).toEqual([]);
    expect(native({ anthropic_version: "bedrock-2031-01-01" }).body["anthropic_version"]).toBe("bedrock-2031-01-01");
  });

  it("may ask for nothing but a filled cache: AWS decides", () => {
    expect(native({ max_tokens: 0 })).toMatchObject({ body: { max_tokens: 0 }, dropped: [] });
  });

  it("keeps the digits of numbers that a double cannot hold where the request's own text is given", () => {
    const source = () =>
      '{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"Hello"}],"x":9007199254740993}';
    const { text } = native({}, { source });
    expect(text).toContain('"x":9007199254740993');
    expect(text).not.toContain('"model"');
  });

  it("gets the operator's or the model's most tokens where it names none", () => {
    expect(native({ max_tokens: null }).body["max_tokens"]).toBe(factsOfModel(sonnet45).maxOutputTokens);
    expect(native({ max_tokens: null }, { defaultMaxTokens: 100 }).body["max_tokens"]).toBe(100);
  });

  it("carries Converse's fields in InvokeModel's headers", () => {
    const made = native({
      guardrailConfig: {
        guardrailIdentifier: "g1",
        guardrailVersion: "3",
        trace: "enabled",
        streamProcessingMode: "async",
      },
      performance_config: { latency: "optimized" },
      requestMetadata: { team: "é" },
      service_tier: "flex",
      additionalModelRequestFields: { top_k: 5, max_tokens: 1 },
    });
    expect(made.headers).toEqual({
      "x-amzn-bedrock-guardrailidentifier": "g1",
      "x-amzn-bedrock-guardrailversion": "3",
      "x-amzn-bedrock-trace": "ENABLED",
      "x-amzn-bedrock-performanceconfig-latency": "optimized",
      "x-amzn-bedrock-request-metadata": String.raw`{"team":"\u00e9"}`,
      "x-amzn-bedrock-service-tier": "flex",
    });
    expect(made.body).toEqual({
      anthropic_version: "bedrock-2023-05-31",
      "amazon-bedrock-guardrailConfig": { streamProcessingMode: "ASYNCHRONOUS" },
      max_tokens: 4096,
      messages: [user],
      top_k: 5,
    });
    expect(() => native({ guardrailConfig: { guardrailIdentifier: "g1" } })).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "guardrailConfig.guardrailVersion" }),
    );
  });

  it("takes one of what the body and the additional fields say, and names the other", () => {
    const additional = {
      thinking: { type: "adaptive" },
      top_k: 5,
      max_tokens: 1,
      model: "other",
      stop_sequences: ["a"],
    };
    const made = native(
      {
        additional_model_request_fields: additional,
        thinking: { type: "enabled", budget_tokens: 2000 },
        top_k: 6,
        stop_sequences: ["a"],
      },
      { model: opus46 },
    );
    expect(made.body).toMatchObject({
      thinking: { type: "adaptive" },
      top_k: 5,
      max_tokens: 4096,
      stop_sequences: ["a"],
    });
    const place = "additional_model_request_fields";
    expect(made.dropped).toEqual(["top_k", `${place}.max_tokens`, `${place}.model`, "thinking"]);
    const alone = native({ additionalModelRequestFields: { max_tokens: 7 }, max_tokens: null });
    expect([alone.body["max_tokens"], alone.dropped]).toEqual([7, []]);
    expect(() => native({ additionalModelRequestFields: { a: 1 }, additional_model_request_fields: { a: 2 } })).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "additional_model_request_fields" }),
    );
  });

  it("thinks by its additional fields as by its own", () => {
    const place = "additionalModelRequestFields";
    for (const thinking of [
      { type: "enabled", budget_tokens: 2000 },
      { type: "adaptive" },
      { type: "disabled" },
      { type: "new" },
    ]) {
      for (const model of [sonnet45, opus46, opus47, haiku3]) {
        for (const max_tokens of [1000, 4096]) {
          const own = native({ thinking, max_tokens }, { model });
          const added = native({ [place]: { thinking }, max_tokens }, { model });
          expect(added.body).toEqual(own.body);
          expect(added.dropped).toEqual(own.dropped.map((path) => `${place}.${path}`));
        }
      }
    }
  });

  it("leaves out by name what belongs to Anthropic's accounts", () => {
    const made = native({
      service_tier: "standard_only",
      speed: "fast",
      workspace_id: "w",
      user_profile_id: null,
      billing_policy: { bill_to: "self" },
      fallbacks: "default",
      fallback_credit_token: "t",
    });
    expect(Object.keys(made.body).toSorted()).toEqual(["anthropic_version", "max_tokens", "messages"]);
    expect(made.dropped.toSorted()).toEqual([
      "billing_policy",
      "fallback_credit_token",
      "fallbacks",
      "service_tier",
      "speed",
      "user_profile_id",
      "workspace_id",
    ]);
  });
});

describe("beta flags (invalid beta flag)", () => {
  it("of header and body are one list, by the model's table", () => {
    const flags = ["interleaved-thinking-2025-05-14", "oauth-2025-04-20"];
    const made = native(
      { anthropic_beta: "context-1m-2025-08-07, fast-mode-2026-02-01", betas: ["claude-code-20250219"] },
      { anthropicBeta: flags },
    );
    expect(made.body["anthropic_beta"]).toEqual([
      "context-1m-2025-08-07",
      "claude-code-20250219",
      "interleaved-thinking-2025-05-14",
    ]);
    expect(made.body).not.toHaveProperty("betas");
    expect(made.dropped).toEqual(["anthropic_beta.fast-mode-2026-02-01", "anthropic_beta.oauth-2025-04-20"]);
  });

  it("among additional fields are sorted like the others", () => {
    const additionalModelRequestFields = { anthropic_beta: ["context-1m-2025-08-07", "x-1"], stream: true };
    const made = native({ additionalModelRequestFields });
    expect(made.body["anthropic_beta"]).toEqual(["context-1m-2025-08-07"]);
    expect(made.body).not.toHaveProperty("stream");
    expect(made.dropped).toEqual(["anthropic_beta.x-1", "additionalModelRequestFields.stream"]);
  });

  it("all go where no table is known, none where the table is empty", () => {
    expect(native({}, { model: opus48, anthropicBeta: ["x-1"] }).body["anthropic_beta"]).toEqual(["x-1"]);
    const made = native({ anthropic_beta: ["interleaved-thinking-2025-05-14"] }, { model: opus47 });
    expect(made.body).not.toHaveProperty("anthropic_beta");
    expect(made.dropped).toEqual(["anthropic_beta.interleaved-thinking-2025-05-14"]);
  });

  it.each([sonnet45, opus48])("go under Bedrock's name where it has another: %s", (model) => {
    const made = native({}, { model, anthropicBeta: ["advanced-tool-use-2025-11-20"] });
    expect(made.body["anthropic_beta"]).toEqual(["tool-search-tool-2025-10-19"]);
    expect(made.dropped).toEqual([]);
  });
});

describe("fields that Bedrock refuses (Extra inputs are not permitted)", () => {
  const schema = { type: "object" };

  it("go without a word where they say nothing", () => {
    const empty = { container: null, context_management: null, inference_geo: null, mcp_servers: [], thread: null };
    const made = native({ ...empty, service_tier: null }, { model: opus45 });
    expect(made.body).toEqual(native({}, { model: opus45 }).body);
    expect(made.dropped).toEqual([]);
  });

  it("bring their flag where the model takes it, and go by name where it does not", () => {
    const body = {
      context_management: { edits: [] },
      output_config: { effort: "low" },
      tools: [{ name: "f", input_schema: schema, defer_loading: true, input_examples: [{}] }],
    };
    const taken = native(body, { model: opus45 });
    expect(taken.body).toMatchObject(body);
    expect(new Set(taken.body["anthropic_beta"] as string[])).toEqual(
      new Set([
        "context-management-2025-06-27",
        "effort-2025-11-24",
        "tool-search-tool-2025-10-19",
        "tool-examples-2025-10-29",
      ]),
    );
    expect(taken.dropped).toEqual([]);
    const refused = native(body, { model: opus47 });
    // Claude that thinks adaptively takes an effort without a flag.
    expect(refused.body["output_config"]).toEqual({ effort: "low" });
    expect(refused.body["tools"]).toEqual([{ name: "f", input_schema: schema }]);
    expect(refused.dropped).toEqual(["context_management", "tools[0].defer_loading", "tools[0].input_examples"]);
    expect(native(body, { model: opus48 }).body).toMatchObject(body);
    for (const model of [sonnet45, haiku3]) {
      const without = native({ output_config: { effort: "low" } }, { model });
      expect(without.body["output_config"]).toEqual({});
      expect(without.dropped).toEqual(["output_config.effort"]);
    }
  });

  it("what a search for tools has found is told by name where the model has no such search", () => {
    const cache_control = { type: "ephemeral" };
    const found = (...content: JsonObject[]): JsonObject => ({
      messages: [
        user,
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "search", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content }] },
      ],
    });
    const given = found({ type: "tool_reference", tool_name: "f", cache_control }, { type: "text", text: "." });
    const taken = native(given, { model: opus45 });
    expect(taken.body).toMatchObject({ ...given, anthropic_beta: ["tool-search-tool-2025-10-19"] });
    expect(taken.dropped).toEqual([]);
    const told = native(given, { model: opus47 });
    expect(told.body).toMatchObject(found({ type: "text", text: "f", cache_control }, { type: "text", text: "." }));
    expect(told.text).not.toContain("tool_name");
    expect(told.dropped).toEqual(["messages[2].content[0].content[0].type"]);
  });

  it("a format under its first name goes under the one that Bedrock documents", () => {
    const format = { type: "json_schema", schema };
    const made = native({ output_format: format });
    expect(made.body).toEqual(native({ output_config: { format } }).body);
    expect(made.dropped).toEqual([]);
    expect(native({ output_format: format, output_config: { other: 1 } }).body["output_config"]).toEqual({
      other: 1,
      format,
    });
    expect(native({ output_format: null, output_config: null }).body).not.toHaveProperty("output_format");
    const both = native({ output_format: { type: "json_schema", schema: {} }, output_config: { format } });
    expect(both.body["output_config"]).toEqual({ format });
    expect(both.body).not.toHaveProperty("output_format");
    expect(both.dropped).toEqual(["output_format"]);
  });

  it("of tools: Bedrock's flag for streaming, no callers but the model, strict where it is taken", () => {
    const tools = [
      { name: "f", input_schema: schema, eager_input_streaming: true, allowed_callers: ["direct"], strict: true },
      { name: "g", input_schema: schema, allowed_callers: ["code_execution_20250825"] },
    ];
    const made = native({ tools });
    expect(made.body["tools"]).toEqual([
      { name: "f", input_schema: schema, strict: true },
      { name: "g", input_schema: schema },
    ]);
    expect(made.body["anthropic_beta"]).toEqual(["fine-grained-tool-streaming-2025-05-14"]);
    expect(made.dropped).toEqual(["tools[1].allowed_callers"]);
    const strictless = native({ tools }, { model: opus47 });
    expect(strictless.dropped).toEqual([
      "tools[0].strict",
      "tools[0].eager_input_streaming",
      "tools[1].allowed_callers",
    ]);
  });

  it("Anthropic's own tools bring the flag that Bedrock wants", () => {
    const tools = [
      { type: "computer_20250124", name: "computer" },
      { type: "memory_20250818", name: "memory" },
      { type: "bash_20250124", name: "bash" },
    ];
    const made = native({ tools });
    expect(made.body["tools"]).toEqual(tools);
    expect(made.body["anthropic_beta"]).toEqual(["computer-use-2025-01-24", "context-management-2025-06-27"]);
  });

  it("a cache mark's scope, an hour where five minutes are all, marks where nothing is cached", () => {
    const mark = { type: "ephemeral", ttl: "1h", scope: "global" };
    const plain = { type: "ephemeral" };
    const body = {
      system: [{ type: "text", text: "s", cache_control: mark }],
      tools: [{ name: "f", input_schema: schema, cache_control: plain }],
      messages: [
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "a", cache_control: plain }] },
          ],
        },
      ],
    };
    const hour = native(body);
    expect(hour.text.match(/"cache_control":\{[^}]*\}/g)).toEqual([
      '"cache_control":{"type":"ephemeral"}',
      '"cache_control":{"type":"ephemeral","ttl":"1h"}',
      '"cache_control":{"type":"ephemeral"}',
    ]);
    expect(hour.dropped).toEqual(["cache_control.scope"]);
    const minutes = native(body, { model: "us.anthropic.claude-sonnet-4-20250514-v1:0" });
    expect(minutes.dropped).toEqual(["cache_control.scope", "system[0].cache_control.ttl"]);
    const none = native(body, { model: haiku3 });
    expect(none.text).not.toContain("cache_control");
    expect(none.dropped).toEqual([
      "tools[0].cache_control",
      "system[0].cache_control",
      "messages[0].content[0].content[0].cache_control",
    ]);
  });

  it("a cache mark of the whole request, which goes on its last block", () => {
    const mark = { type: "ephemeral", ttl: "1h" };
    const marked = native({ cache_control: { ...mark, scope: "global" } });
    expect(marked.body).toEqual(
      native({ messages: [{ role: "user", content: [{ type: "text", text: "Hello", cache_control: mark }] }] }).body,
    );
    expect(marked.dropped).toEqual(["cache_control.scope"]);
    const thought = { type: "thinking", thinking: "", signature: "s" };
    const call = { type: "tool_use", id: "t", name: "f", input: { n: 1 } };
    const messages = [user, { role: "assistant", content: [call, thought] }];
    expect(native({ cache_control: mark, messages }, { model: haiku45 }).body["messages"]).toEqual([
      user,
      { role: "assistant", content: [{ ...call, cache_control: mark }] },
    ]);
    const sonnet4 = "us.anthropic.claude-sonnet-4-20250514-v1:0";
    expect(native({ cache_control: mark }, { model: sonnet4 }).dropped).toEqual(["cache_control.ttl"]);
    const own = [{ role: "user", content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }] }];
    expect(native({ cache_control: mark, messages: own })).toEqual(native({ messages: own }));
    const four = Array.from({ length: 4 }, (_, index) => ({ ...own[0]?.content[0], text: String(index) }));
    for (const [body, model] of [
      [{ system: four }, sonnet45],
      [{}, haiku3],
    ] as const) {
      const without = native({ ...body, cache_control: mark }, { model });
      expect(without.body).toEqual(native(body, { model }).body);
      expect(without.dropped.at(-1)).toBe("cache_control");
    }
  });

  it.each([
    [opus45, "max", "high"],
    [opus46, "xhigh", "high"],
    [opus46, "max", "max"],
    [opus47, "xhigh", "xhigh"],
    [opus46, "some new step", "some new step"],
    [sonnet45, "max", undefined],
  ])("an effort by the model's generation: %s, %s", (model, effort, sent) => {
    const { body, dropped } = native({ output_config: { effort } }, { model });
    expect(body["output_config"]).toEqual(sent === undefined ? {} : { effort: sent });
    expect(dropped).toEqual(sent === effort ? [] : ["output_config.effort"]);
  });

  it("no top_p and no top_k where they are -1, as LangChain's ChatAnthropic before 1.0 sends them", () => {
    for (const model of [haiku3, sonnet45, opus47]) {
      const made = native({ temperature: 0.5, top_p: -1, top_k: -1 }, { model });
      expect(Object.keys(made.body).filter((field) => field.startsWith("top_"))).toEqual([]);
      expect(made.dropped).toEqual(model === opus47 ? ["temperature"] : []);
    }
    for (const [body, param] of [
      [{ top_p: -0.5 }, "top_p"],
      [{ top_k: -2 }, "top_k"],
      [{ temperature: -1 }, "temperature"],
    ] as const) {
      expect(() => native(body)).toThrow(expect.objectContaining({ code: "invalid_request", param }));
    }
  });

  it("sampling and thinking by the model's generation", () => {
    expect(native({ temperature: 0.5, top_p: 0.5 }).dropped).toEqual(["top_p"]);
    expect(native({ temperature: 1, top_k: 2 }, { model: opus47 }).dropped).toEqual(["temperature", "top_k"]);
    const budget = { type: "enabled", budget_tokens: 2000 };
    expect(native({ thinking: budget }).body["thinking"]).toEqual(budget);
    const adaptive = native({ thinking: budget }, { model: opus47 });
    // A budget shows what was thought; adaptive thinking of these generations does where it is asked to.
    expect(adaptive.body["thinking"]).toEqual({ type: "adaptive", display: "summarized" });
    const silent = native({ thinking: { ...budget, display: "omitted" } }, { model: opus47 });
    expect(silent.body["thinking"]).toEqual({ type: "adaptive", display: "omitted" });
    expect(adaptive.dropped).toEqual(["thinking.budget_tokens"]);
    const budgeted = native({ thinking: { type: "adaptive" }, max_tokens: 2000 });
    expect(budgeted.body["thinking"]).toEqual({ type: "enabled", budget_tokens: 1600 });
    expect(budgeted.dropped).toEqual(["thinking.type"]);
    // What else it says stays.
    const shown = native({ thinking: { type: "adaptive", display: "omitted" }, max_tokens: 2000 }).body["thinking"];
    expect(shown).toEqual({ type: "enabled", budget_tokens: 1600, display: "omitted" });
    expect(native({ thinking: { type: "adaptive" }, max_tokens: 1000 }).dropped).toEqual(["thinking"]);
    // As Claude Code 2.1.332 asks, under a flag that no model's table has.
    for (const [thinking, model] of [
      [{ type: "adaptive" }, opus46],
      [budget, sonnet45],
    ] as const) {
      const updated = native({ thinking: { ...thinking, display: "updates" } }, { model });
      expect(updated.body["thinking"]).toEqual(thinking);
      expect(updated.dropped).toEqual(["thinking.display"]);
    }
    expect(native({ thinking: budget }, { model: haiku3 }).dropped).toEqual(["thinking"]);
    for (const thinking of [{ type: "disabled" }, { type: "adaptive", display: "summarized" }, { type: "new" }]) {
      expect(native({ thinking }, { model: opus46 }).body["thinking"]).toEqual(thinking);
    }
    const binding = { type: "adaptive", block_binding: { prefix_mismatch_behavior: "drop_block" } };
    const bound = native({ thinking: binding }, { model: "us.anthropic.claude-fable-5-1" });
    expect([bound.body["thinking"], bound.dropped]).toEqual([
      { type: "adaptive", block_binding: { mismatch_behavior: "drop_block" } },
      [],
    ]);
    const always = native({ thinking: { type: "disabled" } }, { model: "us.anthropic.claude-fable-5-1" });
    expect([always.body["thinking"], always.dropped]).toEqual([undefined, ["thinking"]]);
  });
});

describe("media by address", () => {
  const png = "iVBORw0KGgoAAAANSUhEUg==";
  const image = (url: string): JsonObject => ({ type: "image", source: { type: "url", url } });
  const body: JsonObject = {
    messages: [
      { role: "user", content: [image("https://a/1.png"), { type: "text", text: "a" }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t", content: [image("https://a/2.png"), image("https://a/1.png")] },
          { type: "document", source: { type: "url", url: "https://a/3.pdf" }, title: "T" },
          { type: "document", source: { type: "url", url: "https://a/4.txt" } },
          { type: "document", source: { type: "content", content: [image("https://a/5.png")] } },
        ],
      },
    ],
  };

  it("is listed with the path that names it first, and becomes bytes", () => {
    const request = checkMessagesRequest({ model: "m", ...body });
    expect([...messagesMediaUrls(request)]).toEqual([
      ["https://a/1.png", "messages[0].content[0].source.url"],
      ["https://a/2.png", "messages[1].content[0].content[0].source.url"],
      ["https://a/3.pdf", "messages[1].content[1].source.url"],
      ["https://a/4.txt", "messages[1].content[2].source.url"],
      ["https://a/5.png", "messages[1].content[3].source.content[0].source.url"],
    ]);
    const media = new Map([
      ["https://a/1.png", { bytes: png, contentType: "image/jpeg" }],
      ["https://a/2.png", { bytes: png, contentType: "application/octet-stream" }],
      ["https://a/3.pdf", { bytes: "JVBERi0xLjc=", contentType: "application/pdf" }],
      ["https://a/4.txt", { bytes: Buffer.from("Grüße").toString("base64"), contentType: "text/plain" }],
      ["https://a/5.png", { bytes: png, contentType: "image/png" }],
    ]);
    const base64 = (media_type: string, data: string): JsonObject => ({ type: "base64", media_type, data });
    const bytes = { type: "image", source: base64("image/png", png) };
    expect(native(body, { media }).body["messages"]).toEqual([
      { role: "user", content: [bytes, { type: "text", text: "a" }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t", content: [bytes, bytes] },
          { type: "document", source: base64("application/pdf", "JVBERi0xLjc="), title: "T" },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "Grüße" } },
          { type: "document", source: { type: "content", content: [bytes] } },
        ],
      },
    ]);
  });

  it("that is a data URL holds its bytes: nothing is fetched for it", () => {
    const pdf = "JVBERi0xLjc=";
    const held = {
      messages: [
        {
          role: "user",
          content: [
            image(`data:image/png;base64,${png}`),
            { type: "document", source: { type: "url", url: `data:application/pdf;base64,${pdf}` } },
            { type: "document", source: { type: "url", url: "DATA:text/plain,Gr%C3%BC%C3%9Fe" } },
          ],
        },
      ],
    };
    expect([...messagesMediaUrls(checkMessagesRequest({ model: "m", ...held }))]).toEqual([]);
    expect(native(held).body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
          { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf } },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "Grüße" } },
        ],
      },
    ]);
    expect(() => native({ messages: [{ role: "user", content: [image("data:image/png;base64,?")] }] })).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "messages[0].content[0].source.url" }),
    );
  });

  it("that is a place in S3 is refused in words that name it: Claude reads nothing there", () => {
    expect(() => native({ messages: [{ role: "user", content: [image("s3://bucket/a.png")] }] })).toThrow(
      expect.objectContaining({ code: "invalid_request", message: expect.stringContaining("Amazon S3") }),
    );
  });

  it("that leads to a page, or was not fetched, is refused with its path", () => {
    const one = { messages: [{ role: "user", content: [image("https://a/x")] }] };
    const html = new Map([["https://a/x", { bytes: "PGh0bWw+", contentType: "text/html" }]]);
    for (const media of [html, new Map()]) {
      expect(() => native(one, { media })).toThrow(
        expect.objectContaining({ code: "invalid_request", param: "messages[0].content[0].source.url" }),
      );
    }
  });
});

it("ids of calls that another model made are such as Claude takes, on both sides", () => {
  const id = "functions.get_temperature:0";
  const call = { type: "tool_use", id, name: "f", input: { n: 1 } };
  const messages = [
    user,
    { role: "assistant", content: [call] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "18" }] },
  ];
  const made = native({ messages });
  const fitting = "functions_get_temperature_0_448d910b";
  expect(made.body["messages"]).toEqual(JSON.parse(JSON.stringify(messages).replaceAll(id, fitting)));
  expect(made.dropped).toEqual(["messages[1].content[0].id", "messages[2].content[0].tool_use_id"]);
});

it("ids of calls that come twice are told apart, in a turn and in the conversation; each result follows its call", () => {
  const turns = (...answers: string[][]): JsonObject[] =>
    answers.flatMap((ids) => [
      user,
      { role: "assistant", content: ids.map((id) => ({ type: "tool_use", id, name: "f", input: {} })) },
      { role: "user", content: ids.map((id) => ({ type: "tool_result", tool_use_id: id })) },
    ]);
  const made = native({ messages: turns(["f:0", "f:1"], ["f:0"], ["toolu_1", "toolu_1", "b", "toolu_1"], ["b"]) });
  expect(made.body["messages"]).toEqual(
    turns(["f_0_7c26090b", "f_1_7b260778"], ["f_0_7c26090b_2"], ["toolu_1", "toolu_1_2", "b", "toolu_1_3"], ["b_2"]),
  );
  expect(made.dropped.slice(-4, -2)).toEqual([
    "messages[8].content[1].tool_use_id",
    "messages[8].content[3].tool_use_id",
  ]);
  const own = turns(["toolu_01", "toolu_02"], ["toolu_bdrk_01"]);
  expect(native({ messages: own })).toMatchObject({ body: { messages: own }, dropped: [] });
});

it("arguments that are no object, as other models write them, are wrapped by name", () => {
  const turns = (...inputs: JsonValue[]): JsonObject[] => [
    user,
    {
      role: "assistant",
      content: inputs.map((input, index) => ({ type: "tool_use", id: `t${index}`, name: "f", input })),
    },
  ];
  const made = native({ messages: turns(null, "", '{"n": 12345678901234567890}', [1], "run it", { a: 1 }) });
  expect(made.text).toContain('"input":{"n": 12345678901234567890}');
  expect(made.body["messages"]).toEqual(
    turns({}, {}, { n: Number("12345678901234567890") }, { arguments: [1] }, { arguments: "run it" }, { a: 1 }),
  );
  expect(made.dropped).toEqual(["messages[1].content[3].input", "messages[1].content[4].input"]);
});

it("citations of the web that another model made are left out by name", () => {
  const own = { type: "web_search_result_location", url: "https://a.example", encrypted_index: "Eo8B", cited_text: "" };
  const novas = { ...own, encrypted_index: "", title: "" };
  const page = { type: "page_location", document_index: 0, start_page_number: 1, end_page_number: 2, cited_text: "p" };
  const cited = (text: string, ...citations: JsonObject[]): JsonObject => ({ type: "text", text, citations });
  const turns = (...content: JsonObject[]): JsonObject[] => [user, { role: "assistant", content }, user];
  const made = native({ messages: turns(cited("a", own, novas, page), cited("", novas), cited("b", novas)) });
  expect(made.body["messages"]).toEqual(turns(cited("a", own, page), { type: "text", text: "b" }));
  expect(made.dropped).toEqual([
    "messages[1].content[1]",
    "messages[1].content[0].citations[1]",
    "messages[1].content[2].citations",
  ]);
});

it("puts schemas of tools into the draft that Claude takes, by name", () => {
  const tool = (array: JsonObject): JsonObject => ({
    name: "f",
    input_schema: { type: "object", properties: { at: { type: "array", ...array } } },
  });
  const current = tool({ prefixItems: [{ type: "number" }] });
  const made = native({ tools: [current, tool({ items: [{ type: "number" }] })] });
  expect(made.body["tools"]).toEqual([current, current]);
  expect(made.dropped).toEqual(["tools[1].input_schema"]);
});

describe("thinking that comes back", () => {
  const thought = { type: "thinking", thinking: "t", signature: "s" };
  const unsigned = { type: "thinking", thinking: "t", signature: "" };
  const said = { type: "text", text: "a" };
  const turns = (...content: JsonObject[]): JsonObject[] => [user, { role: "assistant", content }, user];

  it("is left out by name where Claude did not sign it", () => {
    const made = native({ messages: turns(unsigned, thought, said, { ...unsigned, signature: null }) });
    expect(made.body["messages"]).toEqual(turns(thought, said));
    expect(made.dropped).toEqual(["messages[1].content[0]", "messages[1].content[3]"]);
    for (const signature of ["", "unsigned"]) {
      const whole = native({ messages: turns({ ...unsigned, signature }) });
      expect(whole.body["messages"]).toEqual([user, user]);
      expect(whole.dropped).toEqual(["messages[1]"]);
    }
    const gpts = { type: "redacted_thinking", data: "rsn_5ZVrif4J0bXI" };
    const sealed = { type: "redacted_thinking", data: "EmwKAhgBEgy" };
    expect(native({ messages: turns(sealed, gpts, said) })).toMatchObject({
      body: { messages: turns(sealed, said) },
      dropped: ["messages[1].content[1]"],
    });
  });

  it("behind what was said is left out by name: Claude's turn may not end in it; alone it goes as it came", () => {
    const sealed = { type: "redacted_thinking", data: "eA==" };
    const made = native({ messages: turns(thought, said, thought, sealed) });
    expect(made.body["messages"]).toEqual(turns(thought, said));
    expect(made.dropped).toEqual(["messages[1].content[2]", "messages[1].content[3]"]);
    const whole = native({ messages: turns(thought) });
    expect([whole.body["messages"], whole.dropped]).toEqual([turns(thought), []]);
  });

  const call = { type: "tool_use", id: "t", name: "f", input: {} };
  const loop = (...content: JsonObject[]): JsonObject => ({
    thinking: { type: "enabled", budget_tokens: 1024 },
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    messages: [
      user,
      { role: "assistant", content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t" }] },
    ],
  });

  it("leads a whole loop: Claude does not think again before a later call (Anthropic's cookbook)", () => {
    const { messages, ...rest } = loop(thought, call);
    const [, ...later] = loop(call)["messages"] as JsonObject[];
    const turnsSoFar = messages as JsonObject[];
    expect(native({ ...rest, messages: [...turnsSoFar, ...later] }).dropped).not.toContain("thinking");
    // What was thought about an earlier question does not lead this loop.
    expect(native({ ...rest, messages: [...turnsSoFar, user, ...later] }).dropped).toContain("thinking");
  });

  it("is asked for no more in a loop that another model began, and not cleared either", () => {
    expect(native(loop(thought, call)).dropped).toEqual([]);
    for (const content of [[call], [unsigned, call]]) {
      const made = native(loop(...content));
      expect(made.body).not.toHaveProperty("thinking");
      expect(made.body).not.toHaveProperty("context_management");
      expect(made.dropped.slice(-2)).toEqual(["thinking", "context_management"]);
    }
    const others = { edits: [{ type: "clear_thinking_20251015" }, { type: "clear_tool_uses_20250919" }] };
    const made = native({ ...loop(call), context_management: others });
    expect(made.body["context_management"]).toEqual({ edits: [{ type: "clear_tool_uses_20250919" }] });
    expect(made.dropped).toEqual(["thinking", "context_management.edits[0]"]);
    // Adaptive thinking does not ask for it.
    const adaptive = { ...loop(call), thinking: { type: "adaptive" } };
    expect(native(adaptive, { model: opus46 }).dropped).toEqual([]);
    expect(native(adaptive).dropped).toEqual(["thinking", "context_management"]);
  });
});

describe("messages of role system (Unexpected role: BerriAI/litellm#32831)", () => {
  const marked = [{ type: "text", text: "Be brief", cache_control: { type: "ephemeral" } }];
  const said = { role: "system", content: marked, output_config: { effort: "low" }, clear_at: "never" };

  it("stay where the model takes them", () => {
    const messages = [user, said];
    expect(native({ messages }, { model: opus48 })).toMatchObject({ body: { messages }, dropped: [] });
  });

  it.each([sonnet45, opus46, opus47])("come from the user, by name, where it does not: %s", (model) => {
    const made = native({ messages: [user, said, { role: "system", content: [] }] }, { model });
    expect(made.body["messages"]).toEqual([user, { role: "user", content: marked }]);
    const named = ["messages[1].role", "messages[1].output_config", "messages[1].clear_at", "messages[2]"];
    expect(made.dropped).toEqual(named);
  });

  it("are left to AWS in the first place, which names the field for them", () => {
    const messages = [said, user];
    expect(native({ messages }).body["messages"]).toEqual(messages);
  });

  it("do not hide a loop of tools that no thinking leads", () => {
    const messages = [
      user,
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t" }] },
      { role: "system", content: "Be brief" },
    ];
    const made = native({ messages, thinking: { type: "adaptive" } });
    expect(made.dropped).toEqual(["messages[3].role", "thinking"]);
  });
});

describe("bodies of Claude Code (pains A)", () => {
  /** As it speaks to ANTHROPIC_BASE_URL: `/v1/messages?beta=true`. */
  const body: JsonObject = {
    model: sonnet45,
    max_tokens: 32_000,
    stream: true,
    metadata: { user_id: "user_0_account__session_0" },
    system: [
      { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.0; cc_entrypoint=cli;" },
      { type: "text", text: "You are Claude Code.", cache_control: { type: "ephemeral", scope: "global" } },
    ],
    thinking: { type: "enabled", budget_tokens: 31_999 },
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
    tools: [
      {
        name: "Bash",
        description: "Runs a command",
        input_schema: { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", properties: {} },
        eager_input_streaming: true,
      },
    ],
    messages: [
      { role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "", signature: "EqQBCgIYAhIM" },
          { type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" } },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "a b", is_error: false }] },
    ],
  };
  const flags = [
    "claude-code-20250219",
    "oauth-2025-04-20",
    "interleaved-thinking-2025-05-14",
    "context-management-2025-06-27",
    "prompt-caching-scope-2026-01-05",
  ];

  it("in its Messages mode: what AWS takes is kept, what it refuses is named", () => {
    const made = native(body, { anthropicBeta: flags });
    const { model: _model, stream: _stream, ...rest } = structuredClone(body);
    delete (rest["tools"] as JsonObject[])[0]?.["eager_input_streaming"];
    (rest["system"] as JsonObject[])[1] = {
      type: "text",
      text: "You are Claude Code.",
      cache_control: { type: "ephemeral" },
    };
    expect(made.body).toEqual({
      ...rest,
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: [
        "claude-code-20250219",
        "interleaved-thinking-2025-05-14",
        "context-management-2025-06-27",
        "fine-grained-tool-streaming-2025-05-14",
      ],
    });
    expect(made.dropped).toEqual([
      "anthropic_beta.oauth-2025-04-20",
      "anthropic_beta.prompt-caching-scope-2026-01-05",
      "cache_control.scope",
    ]);
  });

  it("in its Bedrock mode: the body is Bedrock's own already, and stays it", () => {
    const { model: _model, stream: _stream, context_management: _context, ...rest } = body;
    const own = { ...rest, anthropic_version: "bedrock-2023-05-31", anthropic_beta: ["claude-code-20250219"] };
    const plain = { ...own, tools: [], system: "You are Claude Code." };
    expect(
      native({ ...plain, model: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc" }).body,
    ).toEqual(plain);
  });
});

const recorded = ["InvokeModel", "InvokeModelWithResponseStream"]
  .flatMap((operation) => recordingsOf(operation))
  .filter(({ response }) => response.status === 200)
  .filter(({ request }) => (request.body as JsonObject | undefined)?.["anthropic_version"] !== undefined);

describe.skipIf(recorded.length === 0)("every recorded body of Claude's (run where ADIT_RECORDINGS is found)", () => {
  it("arrives at AWS as it was", () => {
    expect(recorded.length).toBeGreaterThan(150);
    for (const { id, model_id: model, request } of recorded) {
      const body = request.body as JsonObject;
      const made = native({ ...body, stream: true }, { model });
      expect(made.dropped, id).toEqual([]);
      expect(made.body, id).toEqual(body);
      expect(made.headers, id).toEqual({});
    }
  });
});
