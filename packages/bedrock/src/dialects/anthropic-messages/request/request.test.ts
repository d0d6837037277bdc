import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { models } from "../../openai-chat/testing/translate.ts";
import { messagesMediaUrls } from "../native/media-sources.ts";
import { translateMessages } from "../testing/translate.ts";
import { checkMessagesRequest } from "./check-request.ts";

const user = { role: "user", content: "Hello" };
const schema = { type: "object", properties: { a: { type: "string" } } };
const png = "iVBORw0KGgo=";

function contentOf(content: JsonObject[], model: string = models.novaLite): { content: unknown; dropped: string[] } {
  const { request, dropped } = translateMessages({ messages: [{ role: "user", content }] }, { model });
  return { content: request.messages?.[0]?.content, dropped };
}

describe("a request of the Messages API through Converse", () => {
  it("keeps what AWS takes, in Converse's places", () => {
    const { request, notes } = translateMessages({
      system: "Be short.",
      temperature: 0.5,
      top_p: 0.9,
      top_k: 20,
      stop_sequences: ["END"],
      metadata: { user_id: "user_1" },
      service_tier: "flex",
      tools: [{ name: "get_weather", description: "Weather", input_schema: schema }],
      tool_choice: { type: "any" },
    });
    expect(request).toEqual({
      messages: [{ role: "user", content: [{ text: "Hello" }] }],
      system: [{ text: "Be short." }],
      inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
      additionalModelRequestFields: { inferenceConfig: { topK: 20 } },
      toolConfig: {
        tools: [{ toolSpec: { name: "get_weather", description: "Weather", inputSchema: { json: schema } } }],
        toolChoice: { any: {} },
      },
      requestMetadata: { user: "user_1" },
      serviceTier: { type: "flex" },
    });
    expect(notes.dropped).toEqual([]);
  });

  it("carries a loop of tools with thinking, signatures and redacted thinking byte for byte to Claude", () => {
    const messages = [
      user,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "EqQBCgIYAhIM" },
          { type: "redacted_thinking", data: "EtkECkgIBxABGAIq" },
          { type: "text", text: "Let me see." },
          { type: "tool_use", id: "toolu_1", name: "get_weather", input: { a: "Köln" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: "sunny", is_error: false },
          { type: "text", text: "And tomorrow?" },
        ],
      },
    ];
    const { request, dropped } = translateMessages(
      {
        messages,
        max_tokens: 4000,
        thinking: { type: "enabled", budget_tokens: 2000 },
        tools: [{ name: "get_weather", input_schema: schema }],
      },
      { model: models.claude37 },
    );
    expect(dropped).toEqual([]);
    expect(request.messages?.slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "Hm.", signature: "EqQBCgIYAhIM" } } },
          { reasoningContent: { redactedContent: Buffer.from("EtkECkgIBxABGAIq").toString("base64") } },
          { text: "Let me see." },
          { toolUse: { toolUseId: "toolu_1", name: "get_weather", input: { a: "Köln" } } },
        ],
      },
      {
        role: "user",
        content: [{ toolResult: { toolUseId: "toolu_1", content: [{ text: "sunny" }] } }, { text: "And tomorrow?" }],
      },
    ]);
    expect(request.additionalModelRequestFields).toEqual({ thinking: { type: "enabled", budget_tokens: 2000 } });
  });

  it("leaves Claude's thinking out of another family's history, by name, and takes its own back", () => {
    const messages = [
      user,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Signed.", signature: "EqQB" },
          { type: "thinking", thinking: "Plain.", signature: "" },
          { type: "thinking", thinking: "So too.", signature: "unsigned" },
          { type: "text", text: "Yes." },
        ],
      },
      user,
    ];
    const { request, dropped } = translateMessages(
      { messages, thinking: { type: "adaptive" } },
      { model: models.nova2 },
    );
    expect(request.messages?.[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: "Plain." } } },
      { reasoningContent: { reasoningText: { text: "So too." } } },
      { text: "Yes." },
    ]);
    expect(dropped).toEqual(["messages[1].content[0]", "thinking"]);
  });

  it("marks its last block where the whole request has the mark", () => {
    const cache_control = { type: "ephemeral" };
    const text = { type: "text", text: "Hi", cache_control };
    const marked = translateMessages({ messages: [{ role: "user", content: [text] }] });
    for (const content of ["Hi", [text]]) {
      const { request, dropped } = translateMessages({ cache_control, messages: [{ role: "user", content }] });
      expect(request).toEqual(marked.request);
      expect(dropped).toEqual([]);
    }
    expect(translateMessages({ cache_control }, { model: models.llama33 }).dropped).toEqual(["cache_control"]);
  });

  it("marks the cache with its ttl where the model caches, and names the marks that go", () => {
    const body: JsonObject = {
      system: [{ type: "text", text: "Long.", cache_control: { type: "ephemeral", ttl: "1h" } }],
      tools: [{ name: "f", input_schema: schema, cache_control: { type: "ephemeral", ttl: "1h" } }],
      messages: [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }],
    };
    const { request, dropped } = translateMessages(body, { model: models.claudeSonnet45 });
    expect(request.system?.[1]).toEqual({ cachePoint: { type: "default", ttl: "1h" } });
    expect(request.toolConfig?.tools[1]).toEqual({ cachePoint: { type: "default", ttl: "1h" } });
    expect(request.messages?.[0]?.content[1]).toEqual({ cachePoint: { type: "default" } });
    expect(dropped).toEqual([]);
    const none = translateMessages(body, { model: models.llama33 });
    expect(JSON.stringify(none.request)).not.toContain("cachePoint");
    expect(none.dropped.toSorted()).toEqual([
      "messages[0].content[0].cache_control",
      "system[0].cache_control",
      "tools[0].cache_control",
    ]);
  });

  it("gives a system prompt to a model that takes none as the user's words, a later one to the end of the system prompt", () => {
    const titan = translateMessages({ system: [{ type: "text", text: "Be short." }] }, { model: models.titan });
    expect(titan.request.messages?.[0]?.content).toEqual([{ text: "Be short." }, { text: "Hello" }]);
    expect(titan.dropped).toEqual(["system"]);
    const later = translateMessages({
      system: "One.",
      messages: [user, { role: "system", content: "Two." }, { role: "assistant", content: "Yes." }, user],
    });
    expect(later.request.system).toEqual([{ text: "One." }, { text: "Two." }]);
    expect(later.dropped).toEqual(["messages[1]"]);
    const conversation = [user, { role: "system", content: "Two." }, { role: "assistant", content: "Yes." }, user];
    const bound = translateMessages({ system: "One.", messages: conversation }, { model: models.claudeOpus55 });
    expect(bound.request.system).toEqual([{ text: "One." }]);
    expect(bound.request.messages?.[0]?.content.at(-1)).toEqual({ text: "Two." });
    expect(bound.dropped).toEqual(["messages[1].role"]);
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: png } };
    expect(() => translateMessages({ messages: [user, { role: "system", content: [image] }, user] })).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "messages[1]" }),
    );
  });

  it("gives tools' names and ids that AWS refuses other ones, and the answer's translator the way back", () => {
    const { request, notes } = translateMessages({
      tools: [{ name: "mcp.server/search", input_schema: schema }],
      messages: [
        user,
        { role: "assistant", content: [{ type: "tool_use", id: "a|b", name: "mcp.server/search", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a|b" }] },
      ],
    });
    const sent = request.toolConfig?.tools[0]?.toolSpec?.name ?? "";
    expect(sent).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(notes.toolNames.get(sent)).toBe("mcp.server/search");
    const call = request.messages?.[1]?.content[0]?.toolUse;
    expect(call?.name).toBe(sent);
    expect(request.messages?.[2]?.content[0]?.toolResult?.toolUseId).toBe(call?.toolUseId);
    expect(notes.dropped).toEqual(["messages[1].content[0].id", "messages[2].content[0].tool_use_id"]);
  });

  it("names citations in a text of a result, which Converse has no place for", () => {
    const citation = {
      type: "char_location",
      cited_text: "a",
      document_index: 0,
      start_char_index: 0,
      end_char_index: 1,
    };
    const content = [
      { type: "text", text: "a", citations: [citation] },
      { type: "text", text: "b", citations: [] },
    ];
    const { request, dropped } = translateMessages({
      max_tokens: 10,
      tools: [{ name: "f", input_schema: schema }],
      messages: [
        user,
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content }] },
      ],
    });
    expect(request.messages?.[2]?.content[0]?.toolResult?.content).toEqual([{ text: "a" }, { text: "b" }]);
    expect(dropped).toEqual(["messages[2].content[0].content[0].citations"]);
  });

  it("says which tools the caller's own search has found, under the names that they have here", () => {
    const found = ["mcp.server/search", "f"].map((name) => ({ type: "tool_reference", tool_name: name }));
    const { request, dropped } = translateMessages({
      tools: [
        { name: "ToolSearch", input_schema: schema },
        ...found.map(({ tool_name: name }) => ({ name, input_schema: schema, defer_loading: true })),
      ],
      messages: [
        user,
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "ToolSearch", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: found }] },
      ],
    });
    const offered = request.toolConfig?.tools.map(({ toolSpec }) => ({ text: toolSpec?.name }));
    expect(request.messages?.[2]?.content[0]?.toolResult?.content).toEqual(offered?.slice(1));
    expect(dropped.filter((path) => path.startsWith("messages"))).toEqual([
      "messages[2].content[0].content[0].type",
      "messages[2].content[0].content[1].type",
    ]);
  });

  it("offers tools of a history that are offered no more", () => {
    const { request, dropped } = translateMessages({
      messages: [
        user,
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [], is_error: true }] },
      ],
    });
    expect(request.toolConfig?.tools[0]?.toolSpec?.name).toBe("f");
    expect(request.messages?.[2]?.content[0]?.toolResult).toEqual({ toolUseId: "t", content: [], status: "error" });
    expect(dropped).toEqual(["tools"]);
  });

  it("asks for a format by the means that the model has", () => {
    const output_config = { format: { type: "json_schema", schema: { ...schema, additionalProperties: false } } };
    const tool = translateMessages({ output_config });
    expect(tool.notes.structuredOutput).toBe("forced-tool");
    expect(tool.request.toolConfig?.toolChoice).toEqual({ tool: { name: tool.notes.answerTool } });
    const own = translateMessages({ output_config }, { model: models.claudeSonnet45 });
    expect(own.notes.structuredOutput).toBe("outputConfig");
  });

  it("reads a format under its first name, output_format", () => {
    const output_format = { type: "json_schema", schema: { ...schema, additionalProperties: false } };
    const own = translateMessages({ output_format }, { model: models.claudeSonnet45 });
    expect(own).toEqual(
      translateMessages({ output_config: { format: output_format } }, { model: models.claudeSonnet45 }),
    );
    expect(own.notes.structuredOutput).toBe("outputConfig");
    expect(translateMessages({ output_format: { ...output_format, other: 1 } }).dropped).toEqual([
      "output_format.other",
    ]);
    const both = translateMessages({ output_format, output_config: { format: output_format } });
    expect(both.dropped).toEqual(["output_format"]);
  });

  it("an effort is Claude's own field, and a wish to think for others", () => {
    const output_config = { effort: "low" };
    expect(
      translateMessages({ output_config }, { model: models.claudeSonnet46 }).request.additionalModelRequestFields,
    ).toEqual({ output_config });
    expect(translateMessages({ output_config }, { model: models.gptOss }).request.additionalModelRequestFields).toEqual(
      {
        reasoning_effort: "low",
      },
    );
  });

  it("an effort beside thinking that is off switches none on", () => {
    const off = { thinking: { type: "disabled" }, output_config: { effort: "high" } };
    const nova = translateMessages(off, { model: models.nova2 });
    expect([nova.request.additionalModelRequestFields, nova.request.inferenceConfig, nova.dropped]).toEqual([
      undefined,
      { maxTokens: 100 },
      ["output_config.effort"],
    ]);
    const gpt = translateMessages(off, { model: models.gpt56 });
    expect([gpt.request.additionalModelRequestFields, gpt.dropped]).toEqual([
      { reasoning: { effort: "none" } },
      ["output_config.effort"],
    ]);
    // It always reasons: an effort says how much.
    const oss = translateMessages(off, { model: models.gptOss });
    expect([oss.request.additionalModelRequestFields, oss.dropped]).toEqual([
      { reasoning_effort: "high" },
      ["thinking"],
    ]);
  });

  it("an effort brings the flag that an older Claude wants, and is named where that takes none", () => {
    const output_config = { effort: "low" };
    const opus45 = "us.anthropic.claude-opus-4-5-20251101-v1:0";
    expect(translateMessages({ output_config }, { model: opus45 }).request.additionalModelRequestFields).toEqual({
      output_config,
      anthropic_beta: ["effort-2025-11-24"],
    });
    for (const model of [models.claudeSonnet45, "anthropic.claude-3-5-haiku-20241022-v1:0"]) {
      const { request, dropped } = translateMessages({ output_config }, { model });
      expect(request).not.toHaveProperty("additionalModelRequestFields");
      expect(dropped).toEqual(["output_config.effort"]);
    }
  });

  it("the flag of tool search goes by name: Converse refuses the whole request for it", () => {
    const { request, dropped } = translateMessages(
      { anthropic_beta: ["advanced-tool-use-2025-11-20"] },
      { model: models.claudeSonnet46 },
    );
    expect(request).not.toHaveProperty("additionalModelRequestFields");
    expect(dropped).toEqual(["anthropic_beta.tool-search-tool-2025-10-19"]);
  });

  it("names every field that Bedrock lacks", () => {
    const { dropped } = translateMessages({
      speed: "fast",
      context_management: { edits: [] },
      output_config: { effort: null, other: 1 },
      thinking: { type: "of_the_future" },
      tools: [{ name: "f", input_schema: schema, defer_loading: true, input_examples: [{}] }],
      messages: [{ role: "user", content: [{ type: "text", text: "a", other: 1 }], name: "n" }],
    });
    expect(dropped.toSorted()).toEqual([
      "context_management",
      "messages[0].content[0].other",
      "messages[0].name",
      "output_config.other",
      "speed",
      "thinking",
      "tools[0].defer_loading",
      "tools[0].input_examples",
    ]);
  });

  it("refuses to fill the cache alone, which Converse does not", () => {
    expect(() => translateMessages({ max_tokens: 0 })).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param: "max_tokens" }),
    );
  });

  it("refuses to compact: an answer in place of the summary would look like one", () => {
    expect(() => translateMessages({ compaction: { type: "summary" } })).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param: "compaction" }),
    );
  });

  it("refuses Anthropic's own tools and blocks where a family has none of them", () => {
    const tools = [{ type: "bash_20250124", name: "bash" }];
    expect(() => translateMessages({ tools })).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param: "tools[0].type" }),
    );
    expect(translateMessages({ tools }, { model: models.claude37 }).request.additionalModelRequestFields).toEqual({
      tools,
    });
    expect(() => contentOf([{ type: "text", text: "a" }, { type: "block_of_the_future" }])).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param: "messages[0].content[1]" }),
    );
    expect(() => contentOf([{ type: "thinking", thinking: "a" }])).toThrow(
      expect.objectContaining({ code: "invalid_request", param: "messages[0].content[0]" }),
    );
  });
});

describe("media and documents through Converse", () => {
  it("are Converse's blocks, fetched ones too, in results of tools as well", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: png } };
    const byUrl = { type: "image", source: { type: "url", url: "https://a/1" } };
    const { request, dropped } = translateMessages(
      {
        messages: [
          user,
          { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [image] }, byUrl] },
        ],
        tools: [{ name: "f", input_schema: schema }],
      },
      { media: { "https://a/1": { bytes: png, contentType: "image/png" } } },
    );
    const sent = { image: { format: "png", source: { bytes: png } } };
    expect(request.messages?.[2]?.content).toEqual([{ toolResult: { toolUseId: "t", content: [sent] } }, sent]);
    expect(dropped).toEqual([]);
  });

  it("need no fetching by a data URL, nor in S3, which the model reads itself", () => {
    const byUrl = (url: string): JsonObject => ({ type: "image", source: { type: "url", url } });
    const messages = [{ role: "user", content: [byUrl(`data:image/png;base64,${png}`), byUrl("s3://bucket/a.png")] }];
    expect([...messagesMediaUrls(checkMessagesRequest({ model: "m", messages }))]).toEqual([]);
    expect(translateMessages({ messages }).request.messages?.[0]?.content.slice(0, 2)).toEqual([
      { image: { format: "png", source: { bytes: png } } },
      { image: { format: "png", source: { s3Location: { uri: "s3://bucket/a.png" } } } },
    ]);
  });

  it("keep name, context and citations with Claude, and are files for the others", () => {
    const document = {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "Employees get 20 days." },
      title: "company_policy",
      context: "Manual",
      citations: { enabled: true },
    };
    const pieces = {
      type: "document",
      source: {
        type: "content",
        content: [
          { type: "text", text: "One." },
          { type: "text", text: "Two." },
        ],
      },
      title: "a.b",
    };
    const ask = { type: "text", text: "?" };
    const claude = contentOf([document, pieces, ask], models.claudeSonnet45);
    expect(claude.content).toEqual([
      {
        document: {
          format: "txt",
          name: "company_policy",
          source: { text: "Employees get 20 days." },
          context: "Manual",
          citations: { enabled: true },
        },
      },
      { document: { format: "txt", name: "a-b", source: { content: [{ text: "One." }, { text: "Two." }] } } },
      { text: "?" },
    ]);
    expect(claude.dropped).toEqual(["messages[0].content[1].title"]);
    const nova = contentOf([document, ask]);
    expect(nova.content).toEqual([
      {
        document: {
          format: "txt",
          name: "company_policy",
          source: { bytes: Buffer.from("Employees get 20 days.").toString("base64") },
        },
      },
      { text: "?" },
    ]);
    expect(nova.dropped).toEqual(["messages[0].content[0].context", "messages[0].content[0].citations"]);
  });

  it("of search results are Claude's own block, and text for the others", () => {
    const result = {
      type: "search_result",
      source: "https://example.com/ruby-facts",
      title: "Ruby Facts",
      content: [{ type: "text", text: "Created in 1993." }],
      citations: { enabled: true },
    };
    expect(contentOf([result], models.claudeSonnet45).content).toEqual([
      {
        searchResult: {
          source: "https://example.com/ruby-facts",
          title: "Ruby Facts",
          content: [{ text: "Created in 1993." }],
          citations: { enabled: true },
        },
      },
    ]);
    const nova = contentOf([result]);
    expect(nova.content).toEqual([{ text: "Ruby Facts\nhttps://example.com/ruby-facts\nCreated in 1993." }]);
    expect(nova.dropped).toEqual(["messages[0].content[0].type"]);
  });

  it("name what stands in their pieces and goes to nobody", () => {
    const piece = { type: "text", text: "a", cache_control: { type: "ephemeral" } };
    const document = { type: "document", source: { type: "content", content: [piece] } };
    const result = { type: "search_result", source: "s", title: "t", content: [piece] };
    expect(contentOf([document, result, { type: "text", text: "?" }], models.claudeSonnet45).dropped).toEqual([
      "messages[0].content[0].source.content[0].cache_control",
      "messages[0].content[1].content[0].cache_control",
    ]);
  });

  it("that cannot be carried are refused with their path", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: png } };
    for (const [block, param] of [
      [{ type: "image", source: { type: "base64", media_type: "image/png", data: "?" } }, "source.data"],
      [{ type: "image", source: { type: "url", url: "https://a/1" } }, "source.url"],
      [{ type: "document", source: { type: "content", content: [image] } }, "source.content[0]"],
      [{ type: "search_result", source: "s", title: "t", content: [image] }, "content[0]"],
    ] as [JsonObject, string][]) {
      expect(() => contentOf([block])).toThrow(expect.objectContaining({ param: `messages[0].content[0].${param}` }));
    }
  });
});

describe("citations of an answer that is replayed", () => {
  const text = "employees get 20 days annual leave.";
  const char = {
    type: "char_location",
    cited_text: "Employees get 20 days annual leave. ",
    document_index: 0,
    document_title: "company_policy",
    start_char_index: 0,
    end_char_index: 58,
  };
  const replay = (citations: JsonObject[], model?: string): { content: unknown; dropped: string[] } => {
    const messages = [user, { role: "assistant", content: [{ type: "text", text, citations }] }, user];
    const { request, dropped } = translateMessages({ messages }, model === undefined ? {} : { model });
    return { content: request.messages?.[1]?.content, dropped };
  };

  it("are Converse's again with Claude (recorded shape), and left out by name where none are known", () => {
    expect(replay([char], models.claudeSonnet5).content).toEqual([
      {
        citationsContent: {
          content: [{ text }],
          citations: [
            {
              title: "company_policy",
              sourceContent: [{ text: char.cited_text }],
              location: { documentChar: { documentIndex: 0, start: 0, end: 58 } },
            },
          ],
        },
      },
    ]);
    expect(replay([char])).toEqual({ content: [{ text }], dropped: ["messages[1].content[0].citations"] });
    const search = { type: "search_result_location", search_result_index: 0, cited_text: "a", title: "t", source: "s" };
    expect(replay([search], models.claudeSonnet5)).toEqual({
      content: [{ text }],
      dropped: ["messages[1].content[0].citations"],
    });
    const web = { type: "web_search_result_location", url: "https://a.example", encrypted_index: "", cited_text: "" };
    expect(replay([char, web], models.claudeSonnet5)).toEqual({
      content: [{ text }],
      dropped: ["messages[1].content[0].citations"],
    });
  });
});

it("arguments that are no object, as a model may write them, are wrapped by name", () => {
  const inputs = [null, "", '{"a": 1}', [1], "run it"];
  const content = inputs.map((input, index) => ({ type: "tool_use", id: `t${index}`, name: "f", input }));
  const { request, dropped } = translateMessages({ messages: [user, { role: "assistant", content }] });
  expect(request.messages?.[1]?.content.map(({ toolUse }) => toolUse?.input)).toEqual([
    {},
    {},
    { a: 1 },
    { arguments: [1] },
    { arguments: "run it" },
  ]);
  expect(dropped).toEqual(["messages[1].content[3].input", "messages[1].content[4].input", "tools"]);
});
