import type { MessageCreateParamsNonStreaming } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import type { NativeRequest } from "../family.ts";
import { refusalOf } from "../testing/refusal-of.ts";
import { anthropic } from "./anthropic.ts";

/** Anthropic's own type of the body, with what Bedrock adds and the sampling that the newest models no longer take. */
type Body = Omit<MessageCreateParamsNonStreaming, "model"> & {
  anthropic_version: string;
  anthropic_beta?: string[];
  temperature?: number;
  top_p?: number;
  top_k?: number;
};

const sonnet = factsOfModel("us.anthropic.claude-sonnet-4-5-20250929-v1:0");
const head = { anthropic_version: "bedrock-2023-05-31", max_tokens: 64_000 };

function written(request: ConverseRequest, model = sonnet): NativeRequest {
  return anthropic.request(request, { model, stream: false });
}

function contentOf(...content: ContentBlock[]): unknown {
  const { messages } = written({ messages: [{ role: "user", content }] }).body as unknown as Body;
  return messages[0]!.content;
}

describe("the body for Claude", () => {
  it("B13: holds every field of Converse, cache points too, in the type of Anthropic's SDK", () => {
    const { body, dropped } = written({
      system: [{ text: "Be brief." }, { cachePoint: { type: "default", ttl: "1h" } }],
      messages: [
        { role: "user", content: [{ text: "Berths?" }, { cachePoint: { type: "default" } }] },
        {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "Look it up.", signature: "c2ln" } } },
            { reasoningContent: { redactedContent: "b3BhcXVl" } },
            { toolUse: { toolUseId: "toolu_1", name: "berths", input: { day: 1 } } },
          ],
        },
        {
          role: "user",
          content: [
            {
              toolResult: {
                toolUseId: "toolu_1",
                content: [{ json: { free: [4] } }, { text: "by now" }],
                status: "error",
              },
            },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
      toolConfig: {
        tools: [
          {
            toolSpec: { name: "berths", description: "Lists", inputSchema: { json: { type: "object" } }, strict: true },
          },
          { cachePoint: { type: "default" } },
        ],
        toolChoice: { tool: { name: "berths" } },
      },
      outputConfig: {
        effort: "high",
        textFormat: { type: "json_schema", structure: { jsonSchema: { schema: '{"type":"object"}', name: "n" } } },
      },
      additionalModelRequestFields: {
        top_k: 5,
        thinking: { type: "enabled", budget_tokens: 1024 },
        anthropic_beta: ["b-1"],
      },
    });
    const expected: Body = {
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 100,
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } }],
      messages: [
        { role: "user", content: [{ type: "text", text: "Berths?", cache_control: { type: "ephemeral" } }] },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Look it up.", signature: "c2ln" },
            { type: "redacted_thinking", data: "opaque" },
            { type: "tool_use", id: "toolu_1", name: "berths", input: { day: 1 } },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "toolu_1",
              content: [
                { type: "text", text: '{"free":[4]}' },
                { type: "text", text: "by now" },
              ],
              is_error: true,
            },
          ],
        },
      ],
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ["END"],
      tools: [
        {
          name: "berths",
          description: "Lists",
          input_schema: { type: "object" },
          strict: true,
          cache_control: { type: "ephemeral" },
        },
      ],
      tool_choice: { type: "tool", name: "berths" },
      output_config: { effort: "high", format: { type: "json_schema", schema: { type: "object" } } },
      top_k: 5,
      thinking: { type: "enabled", budget_tokens: 1024 },
      anthropic_beta: ["b-1"],
    };
    expect(body).toEqual(expected);
    expect(dropped).toEqual(["outputConfig.textFormat.structure.jsonSchema.name"]);
  });

  it("holds images, documents and search results, in the type of Anthropic's SDK", () => {
    const text = Buffer.from("Pontoon B").toString("base64");
    const expected: Body["messages"][number]["content"] = [
      { type: "image", source: { type: "base64", media_type: "image/png", data: "aW1n" } },
      {
        type: "document",
        title: "guide",
        source: { type: "base64", media_type: "application/pdf", data: "JVBERi0x" },
        context: "pilot book",
        citations: { enabled: true },
      },
      { type: "document", title: "log", source: { type: "text", media_type: "text/plain", data: "Pontoon B" } },
      { type: "document", title: "said", source: { type: "text", media_type: "text/plain", data: "Ahoy" } },
      { type: "document", title: "parts", source: { type: "content", content: [{ type: "text", text: "one" }] } },
      {
        type: "search_result",
        source: "https://log.example/17",
        title: "Entry 17",
        content: [{ type: "text", text: "Anchor fouled." }],
        citations: { enabled: true },
      },
    ];
    expect(
      contentOf(
        { image: { format: "png", source: { bytes: "aW1n" } } },
        {
          document: {
            name: "guide",
            source: { bytes: "JVBERi0x" },
            context: "pilot book",
            citations: { enabled: true },
          },
        },
        { document: { name: "log", format: "md", source: { bytes: text } } },
        { document: { name: "said", format: "txt", source: { text: "Ahoy" } } },
        { document: { name: "parts", source: { content: [{ text: "one" }] } } },
        {
          searchResult: {
            source: "https://log.example/17",
            title: "Entry 17",
            content: [{ text: "Anchor fouled." }],
            citations: { enabled: true },
          },
        },
      ),
    ).toEqual(expected);
  });

  it("holds cited text of the history in the type of Anthropic's SDK, and names citations that Claude would refuse", () => {
    const { body, dropped } = written({
      messages: [
        {
          role: "assistant",
          content: [
            {
              citationsContent: {
                content: [{ text: "On the north " }, { text: "pontoon" }],
                citations: [
                  {
                    title: "g",
                    sourceContent: [{ text: "N" }],
                    location: { documentChar: { documentIndex: 0, start: 0, end: 1 } },
                  },
                  { location: { documentPage: { documentIndex: 1, start: 1, end: 2 } } },
                  { location: { documentChunk: { documentIndex: 2, start: 0, end: 1 } } },
                  {
                    source: "s",
                    title: "t",
                    location: { searchResultLocation: { searchResultIndex: 3, start: 0, end: 1 } },
                  },
                  { location: { web: { url: "https://a.example" } } },
                  { title: "nowhere" },
                ],
              },
            },
          ],
        },
      ],
    });
    const expected: Body["messages"] = [
      {
        role: "assistant",
        content: [
          {
            type: "text",
            text: "On the north pontoon",
            citations: [
              {
                type: "char_location",
                cited_text: "N",
                document_title: "g",
                document_index: 0,
                start_char_index: 0,
                end_char_index: 1,
              },
              {
                type: "page_location",
                cited_text: "",
                document_title: null,
                document_index: 1,
                start_page_number: 1,
                end_page_number: 2,
              },
              {
                type: "content_block_location",
                cited_text: "",
                document_title: null,
                document_index: 2,
                start_block_index: 0,
                end_block_index: 1,
              },
              {
                type: "search_result_location",
                cited_text: "",
                source: "s",
                title: "t",
                search_result_index: 3,
                start_block_index: 0,
                end_block_index: 1,
              },
            ],
          },
        ],
      },
    ];
    expect((body as unknown as Body).messages).toEqual(expected);
    const path = "messages[0].content[0].citationsContent.citations";
    expect(dropped).toEqual([`${path}[4]`, `${path}[5]`]);
  });

  it("has no empty text for citations without one, as those of Nova's grounding", () => {
    const citations = [{ location: { web: { url: "https://a.example/", domain: "a.example" } } }];
    const { body, dropped } = written({
      messages: [{ role: "assistant", content: [{ text: "4" }, { citationsContent: { citations } }, { text: "." }] }],
    });
    const texts = ["4", "."].map((text) => ({ type: "text", text }));
    expect(body["messages"]).toEqual([{ role: "assistant", content: texts }]);
    expect(dropped).toEqual(["messages[0].content[1].citationsContent"]);
  });

  it("asks for the model's maximum where the caller says none, and names it where that is not known", () => {
    expect(written({ messages: [] })).toEqual({ body: { ...head, messages: [] }, dropped: [] });
    const unknown = factsOfModel("anthropic.claude-next-9");
    expect(unknown.maxOutputTokens).toBeUndefined();
    expect(written({ messages: [] }, unknown)).toEqual({
      body: { ...head, max_tokens: 4096, messages: [] },
      dropped: ["inferenceConfig.maxTokens"],
    });
    expect(written({ inferenceConfig: { maxTokens: 7 } }, unknown)).toMatchObject({
      body: { max_tokens: 7 },
      dropped: [],
    });
  });

  it("names a cache point that stands where another does", () => {
    const { body, dropped } = written({
      system: [{ text: "a" }, { cachePoint: { type: "default" } }, { cachePoint: { type: "default", ttl: "1h" } }],
    });
    expect(body["system"]).toEqual([{ type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } }]);
    expect(dropped).toEqual(["system[2].cachePoint"]);
  });

  it("lays additional fields over the rest, and adds Anthropic's own tools to the caller's", () => {
    const bash = { type: "bash_20250124", name: "bash" };
    const tools = [{ toolSpec: { name: "f", inputSchema: { json: {} } } }];
    const { body } = written({
      messages: [],
      toolConfig: { tools, toolChoice: { auto: {} } },
      additionalModelRequestFields: {
        tools: [bash],
        max_tokens: 9,
        tool_choice: { disable_parallel_tool_use: true },
      },
    });
    expect(body).toEqual({
      ...head,
      max_tokens: 9,
      messages: [],
      tools: [{ name: "f", input_schema: {} }, bash],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(written({ messages: [], additionalModelRequestFields: { tools: [bash] } }).body["tools"]).toEqual([bash]);
  });

  it("B23: gives calls of other models ids that Claude takes, and names them", () => {
    const toolUseId = "functions.f:0";
    const request: ConverseRequest = {
      messages: [
        { role: "user", content: [{ text: "q" }] },
        { role: "assistant", content: [{ toolUse: { toolUseId, name: "f", input: {} } }] },
        { role: "user", content: [{ toolResult: { toolUseId, content: [{ text: "18" }] } }] },
      ],
    };
    const { body, dropped } = written(request);
    expect(JSON.stringify(body)).not.toContain(toolUseId);
    expect(JSON.stringify(body).match(/functions_f_0_465b9878/g)).toHaveLength(2);
    expect(dropped).toEqual([
      "messages[1].content[0].toolUse.toolUseId",
      "messages[2].content[0].toolResult.toolUseId",
    ]);
  });

  it("B11: leaves out thinking that Claude did not sign, and names it", () => {
    const { body, dropped } = written({
      messages: [
        { role: "assistant", content: [{ reasoningContent: { reasoningText: { text: "hm" } } }, { text: "Yes" }] },
      ],
    });
    expect(body["messages"]).toEqual([{ role: "assistant", content: [{ type: "text", text: "Yes" }] }]);
    expect(dropped).toEqual(["messages[0].content[0].reasoningContent"]);
  });

  it("keeps a message of role system, which the newest models take in the conversation", () => {
    const messages: ConverseRequest["messages"] = [{ role: "system", content: [{ text: "Now in French." }] }];
    expect(written({ messages }).body["messages"]).toEqual([
      { role: "system", content: [{ type: "text", text: "Now in French." }] },
    ]);
  });

  it("sends back calls and results of tools that ran at AWS's as they came", () => {
    const found = { type: "tool_search_tool_search_result", tool_references: [] };
    expect(
      contentOf(
        { toolUse: { toolUseId: "srvtoolu_1", name: "tool_search", input: {}, type: "server_tool_use" } },
        { toolResult: { toolUseId: "srvtoolu_1", type: "tool_search_tool_result", content: [{ json: found }] } },
        { toolUse: { toolUseId: "toolu_1", name: "f", input: {}, type: "tool_use" } },
        { toolAddition: { tool: { type: "tool_reference", name: "f" } } },
      ),
    ).toEqual([
      { type: "server_tool_use", id: "srvtoolu_1", name: "tool_search", input: {} },
      { type: "tool_search_tool_result", tool_use_id: "srvtoolu_1", content: found },
      { type: "tool_use", id: "toolu_1", name: "f", input: {} },
      { type: "tool_addition", tool: { type: "tool_reference", name: "f" } },
    ]);
  });

  it("says how a guardrail reads the stream", () => {
    const guardrailConfig = { guardrailIdentifier: "g", guardrailVersion: "1", streamProcessingMode: "async" as const };
    expect(written({ messages: [], guardrailConfig }).body).toEqual({
      ...head,
      messages: [],
      "amazon-bedrock-guardrailConfig": { streamProcessingMode: "ASYNCHRONOUS" },
    });
  });

  it.each<[string, string, ContentBlock]>([
    ["video", "unsupported_parameter", { video: { format: "mp4", source: { bytes: "" } } }],
    ["audio", "unsupported_parameter", { audio: { format: "wav", source: { bytes: "" } } }],
    ["guardContent", "unsupported_parameter", { guardContent: { text: { text: "t" } } }],
    [
      "image.source.s3Location",
      "unsupported_parameter",
      { image: { format: "png", source: { s3Location: { uri: "s3://b/k" } } } },
    ],
    [
      "document.source.s3Location",
      "unsupported_parameter",
      { document: { name: "d", source: { s3Location: { uri: "s3://b/k" } } } },
    ],
    [
      "document.format",
      "unsupported_parameter",
      { document: { name: "d", format: "docx", source: { bytes: "UEsD" } } },
    ],
    ["document.format", "invalid_request", { document: { name: "d", source: { bytes: "UEsD" } } }],
    ["document.source.bytes", "invalid_request", { document: { name: "d", format: "txt", source: { bytes: "//79" } } }],
    ["cachePoint", "invalid_request", { cachePoint: { type: "default" } }],
    [
      "toolResult.content[0].video",
      "unsupported_parameter",
      { toolResult: { toolUseId: "t", content: [{ video: { format: "mp4", source: { bytes: "" } } }] } },
    ],
  ])("refuses %s (%s) with its path", (path, code, block) => {
    const error = refusalOf(() => contentOf(block));
    expect(error).toMatchObject({ code, param: `messages[0].content[0].${path}` });
    expect(error.message).toContain(error.param);
  });

  it("refuses what only Converse does, and names what is left out of a stream", () => {
    expect(refusalOf(() => written({ promptVariables: { a: { text: "b" } } }))).toMatchObject({
      code: "unsupported_parameter",
      param: "promptVariables",
    });
    expect(refusalOf(() => written({ toolConfig: { tools: [{ systemTool: { name: "s" } }] } }))).toMatchObject({
      param: "toolConfig.tools[0].systemTool",
    });
    const textFormat = { type: "json_schema" as const, structure: { jsonSchema: { schema: "[]" } } };
    expect(refusalOf(() => written({ outputConfig: { textFormat } }))).toMatchObject({
      code: "invalid_request",
      param: "outputConfig.textFormat.structure.jsonSchema.schema",
    });
    const stream = anthropic.request({ additionalModelResponseFieldPaths: ["/id"] }, { model: sonnet, stream: true });
    expect(stream.dropped).toEqual(["additionalModelResponseFieldPaths"]);
  });
});
