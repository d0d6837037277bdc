import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContentBlock, Message } from "../../converse/content.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import { exchangesOf } from "../../wire/testing/recordings.ts";
import { isOpenFamily, refusal, requestFor } from "../testing/open-families.ts";
import { nineCharacterIds } from "./nine-character-ids.ts";

const gptOss = "openai.gpt-oss-120b-1:0";
const mistral = "mistral.mistral-large-2407-v1:0";
const pixtral = "us.mistral.pixtral-large-2502-v1:0";
const jamba = "ai21.jamba-1-5-mini-v1:0";
const gemmaWithoutTools = "google.gemma-3-12b-it";
const chatModels = [
  gptOss,
  pixtral,
  jamba,
  "deepseek.v3-v1:0",
  "qwen.qwen3-32b-v1:0",
  "minimax.minimax-m2",
  "moonshotai.kimi-k2.5",
  "zai.glm-4.7",
  "nvidia.nemotron-nano-9b-v2",
  "google.gemma-3-27b-it",
  "us.writer.palmyra-x5-v1:0",
];

const question: Message[] = [{ role: "user", content: [{ text: "hello" }] }];
const tool = { toolSpec: { name: "f", description: "d", inputSchema: { json: { type: "object" } } } };
const image: ContentBlock = { image: { format: "jpeg", source: { bytes: "/9j/4A==" } } };

interface ChatBody {
  messages: ChatMessage[];
  tools?: { function: { name: string; description: string; parameters: { type: string } } }[];
  tool_choice?: unknown;
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
}

interface ChatMessage {
  role: "system" | "user" | "assistant" | "tool";
  content: string | { text?: string; image_url?: { url: string } }[];
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

/** A chat body as the request of Converse that says the same, written for the bodies that tests read. */
function converseOf(body: ChatBody): ConverseRequest {
  const { messages, tools, tool_choice: choice, max_tokens: maxTokens, temperature, top_p: topP } = body;
  const system = messages.filter(({ role }) => role === "system");
  const inferenceConfig = Object.fromEntries(
    Object.entries({ maxTokens, temperature, topP }).filter(([, value]) => value !== undefined),
  );
  return {
    ...(system.length > 0 && { system: system.map(({ content }) => ({ text: content as string })) }),
    messages: messages.flatMap((message) => (message.role === "system" ? [] : [turnOf(message)])),
    inferenceConfig,
    ...(tools !== undefined && { toolConfig: { tools: tools.map(toolOf), ...choiceOf(choice) } }),
  };
}

function turnOf({ role, content, tool_calls: calls = [], tool_call_id: toolUseId = "" }: ChatMessage): Message {
  if (role === "tool") {
    return { role: "user", content: [{ toolResult: { toolUseId, content: [{ text: content as string }] } }] };
  }
  const parts = typeof content === "string" ? [{ text: content }] : content;
  const blocks = parts.map((part): ContentBlock => {
    const { url = "" } = ("image_url" in part ? part.image_url : undefined) ?? {};
    const [, format, bytes = ""] = /^data:image\/(\w+);base64,(.*)$/.exec(url) ?? [];
    return format === undefined ? { text: part.text ?? "" } : { image: { format: format as "png", source: { bytes } } };
  });
  const uses = calls.map((call) => ({
    toolUse: { toolUseId: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as JsonObject },
  }));
  return { role, content: [...blocks, ...uses] };
}

function toolOf({ function: { name, description, parameters } }: NonNullable<ChatBody["tools"]>[number]): typeof tool {
  return { toolSpec: { name, description, inputSchema: { json: parameters } } };
}

function choiceOf(choice: unknown): { toolChoice?: NonNullable<ConverseRequest["toolConfig"]>["toolChoice"] & {} } {
  if (choice === undefined) return {};
  if (choice === "auto") return { toolChoice: { auto: {} } };
  return choice === "any" || choice === "required"
    ? { toolChoice: { any: {} } }
    : { toolChoice: { tool: { name: (choice as { function: { name: string } }).function.name } } };
}

const exchanges = ["InvokeModel", "InvokeModelWithResponseStream"]
  .flatMap((operation) => exchangesOf(operation))
  .filter(
    ({ model_id: id, request }) =>
      isOpenFamily(id) && Array.isArray((request.body as JsonObject | undefined)?.["messages"]),
  );

describe("recorded and written bodies", () => {
  it.each(exchanges)("$id comes out of the request of Converse that says the same", ({ model_id: id, request }) => {
    // `model`, `stream` and `seed` are the recording clients' own; nothing of Converse asks for them.
    const { model: _model, stream: _stream, seed, ...body } = request.body as JsonObject;
    const asked = {
      ...converseOf(body as unknown as ChatBody),
      ...(seed !== undefined && { additionalModelRequestFields: { seed } }),
    };
    expect(requestFor(id, asked)).toEqual({ body: { ...body, ...(seed !== undefined && { seed }) }, dropped: [] });
  });
});

describe("messages", () => {
  it.each(chatModels)("%s: system, turns, calls and their results in OpenAI's order", (model) => {
    const request: ConverseRequest = {
      system: [{ text: "Be brief." }, { text: "Be kind." }],
      messages: [
        { role: "user", content: [{ text: "a" }, { text: "b" }] },
        {
          role: "assistant",
          content: [{ text: "c" }, { toolUse: { toolUseId: "abcdefghi", name: "f", input: { x: 1 } } }],
        },
        {
          role: "user",
          content: [
            { text: "d" },
            { toolResult: { toolUseId: "abcdefghi", content: [{ text: "e" }, { json: { y: 2 } }], status: "success" } },
          ],
        },
      ],
      toolConfig: { tools: [tool] },
    };
    expect(requestFor(model, request)).toEqual({
      body: {
        messages: [
          { role: "system", content: "Be brief.\n\nBe kind." },
          { role: "user", content: "a\n\nb" },
          {
            role: "assistant",
            content: "c",
            tool_calls: [{ id: "abcdefghi", type: "function", function: { name: "f", arguments: '{"x":1}' } }],
          },
          { role: "tool", tool_call_id: "abcdefghi", content: 'e\n\n{"y":2}' },
          { role: "user", content: "d" },
        ],
        tools: [{ type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } }],
      },
      dropped: [],
    });
  });

  it("images are data URLs among the texts, where the model has eyes", () => {
    const messages: Message[] = [{ role: "user", content: [{ text: "a" }, image, { text: "b" }] }];
    expect(requestFor(pixtral, { messages }).body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "image_url", image_url: { url: "data:image/jpeg;base64,/9j/4A==" } },
          { type: "text", text: "b" },
        ],
      },
    ]);
    expect(refusal(gptOss, { messages })).toEqual(["unsupported_parameter", "messages[0].content[1].image"]);
  });

  it("a system message between turns keeps its place", () => {
    const messages: Message[] = [...question, { role: "system", content: [{ text: "s" }] }, ...question];
    expect(requestFor(gptOss, { messages }).body["messages"]).toEqual([
      { role: "user", content: "hello" },
      { role: "system", content: "s" },
      { role: "user", content: "hello" },
    ]);
  });

  it("thinking, marks and a failed status are left out and named", () => {
    const messages: Message[] = [
      { role: "user", content: [{ text: "a" }, { cachePoint: { type: "default" } }] },
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "hm" } } },
          { toolUse: { toolUseId: "t1", name: "f", input: {} } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "t1", content: [{ text: "no" }], status: "error" } },
          { cachePoint: { type: "default" } },
        ],
      },
    ];
    const strict = { toolSpec: { ...tool.toolSpec, strict: true } };
    const tools = [strict, { cachePoint: { type: "default" as const } }];
    const { body, dropped } = requestFor(jamba, { messages, toolConfig: { tools }, outputConfig: { effort: "low" } });
    expect(dropped.toSorted()).toEqual([
      "messages[0].content[1].cachePoint",
      "messages[1].content[0].reasoningContent",
      "messages[2].content[0].toolResult.status",
      "messages[2].content[1].cachePoint",
      "outputConfig.effort",
      "toolConfig.tools[0].toolSpec.strict",
      "toolConfig.tools[1].cachePoint",
    ]);
    expect(body["messages"]).toEqual([
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "t1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "t1", content: "no" },
    ]);
    expect(body["tools"]).toHaveLength(1);
  });

  it.each([
    ["documents", { document: { name: "d", source: { text: "x" } } }, "document"],
    ["video", { video: { format: "mp4" as const, source: { bytes: "AAAA" } } }, "video"],
    ["audio", { audio: { format: "mp3" as const, source: { bytes: "AAAA" } } }, "audio"],
    ["what a guardrail is to look at", { guardContent: { text: { text: "a" } } }, "guardContent"],
    [
      "images in S3",
      { image: { format: "png" as const, source: { s3Location: { uri: "s3://b/k" } } } },
      "image.source.s3Location",
    ],
    [
      "media in results",
      { toolResult: { toolUseId: "t", content: [image as { image: never }] } },
      "toolResult.content[0].image",
    ],
  ])("refuses %s by its path", (_what, block, path) => {
    const messages: Message[] = [{ role: "user", content: [block] }];
    expect(refusal(pixtral, { messages })).toEqual(["unsupported_parameter", `messages[0].content[0].${path}`]);
  });

  it("a call in a question and a result in an answer are not lost in silence", () => {
    const call: ContentBlock = { toolUse: { toolUseId: "t", name: "f", input: {} } };
    const result: ContentBlock = { toolResult: { toolUseId: "t", content: [{ text: "r" }] } };
    const of = (role: Message["role"], block: ContentBlock): unknown =>
      refusal(gptOss, { messages: [{ role, content: [block] }] })[1];
    expect([of("user", call), of("assistant", result), of("system", call)]).toEqual([
      "messages[0].content[0].toolUse",
      "messages[0].content[0].toolResult",
      "messages[0].content[0].toolUse",
    ]);
  });

  it("wants a message", () => {
    expect(refusal(gptOss, { messages: [] })).toEqual(["invalid_request", "messages"]);
  });
});

describe("tools", () => {
  const offered = (toolChoice: NonNullable<ConverseRequest["toolConfig"]>["toolChoice"]): ConverseRequest => ({
    messages: question,
    toolConfig: { tools: [tool], ...(toolChoice !== undefined && { toolChoice }) },
  });

  it.each([
    [gptOss, "auto", "required", { type: "function", function: { name: "f" } }],
    [mistral, "auto", "any", "refused"],
    [jamba, undefined, "refused", "refused"],
    ["qwen.qwen3-32b-v1:0", "auto", "required", { type: "function", function: { name: "f" } }],
  ])("%s: its words for the choice", (model, auto, any, one) => {
    const choiceOn = (toolChoice: Parameters<typeof offered>[0]): unknown => {
      const [code] = refusal(model, offered(toolChoice));
      return code === "taken" ? requestFor(model, offered(toolChoice)).body["tool_choice"] : "refused";
    };
    expect([choiceOn({ auto: {} }), choiceOn({ any: {} }), choiceOn({ tool: { name: "f" } })]).toEqual([
      auto,
      any,
      one,
    ]);
  });

  it("a choice that cannot be asked, tools that AWS runs, and tools of a model without any are refused", () => {
    expect(refusal(jamba, offered({ any: {} }))).toEqual(["unsupported_parameter", "toolConfig.toolChoice.any"]);
    expect(refusal(mistral, offered({ tool: { name: "f" } }))).toEqual([
      "unsupported_parameter",
      "toolConfig.toolChoice.tool",
    ]);
    expect(refusal(gemmaWithoutTools, offered(undefined))).toEqual(["unsupported_parameter", "toolConfig"]);
    const systemTool = { systemTool: { name: "nova_grounding" } };
    expect(refusal(gptOss, { messages: question, toolConfig: { tools: [tool, systemTool] } })).toEqual([
      "unsupported_parameter",
      "toolConfig.tools[1].systemTool",
    ]);
  });

  it("R19 gpt-oss takes tools natively too", () => {
    expect(requestFor(gptOss, offered({ auto: {} })).body["tools"]).toHaveLength(1);
  });

  it("Mistral's ids of calls are nine characters in call and result, and the change is named", () => {
    const messages: Message[] = [
      ...question,
      { role: "assistant", content: [{ toolUse: { toolUseId: "tooluse_ab-cd_1234567", name: "f", input: {} } }] },
      { role: "user", content: [{ toolResult: { toolUseId: "tooluse_ab-cd_1234567", content: [{ text: "r" }] } }] },
    ];
    const { body, dropped } = requestFor(mistral, { messages, toolConfig: { tools: [tool] } });
    expect(body["messages"]).toMatchObject([{}, { tool_calls: [{ id: "cd1234567" }] }, { tool_call_id: "cd1234567" }]);
    expect(dropped).toEqual([
      "messages[1].content[0].toolUse.toolUseId",
      "messages[2].content[0].toolResult.toolUseId",
    ]);
  });

  it("nine characters are never the same for two ids, and stay what they are", () => {
    const id = fc.oneof(
      fc.stringMatching(/^[a-zA-Z0-9]{9}$/),
      fc.stringMatching(/^[a-zA-Z0-9_.:-]{1,64}$/),
      fc.constantFrom("x_aaaaaaaaa", "y_aaaaaaaaa", "aaaaaaaaa", "aaaaaaaa1", "_", "-"),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 30 }), (ids) => {
        const sent = nineCharacterIds(ids);
        expect(new Set(sent.values()).size).toBe(new Set(ids).size);
        for (const [from, to] of sent) {
          expect(to).toMatch(/^[a-zA-Z0-9]{9}$/);
          expect(/^[a-zA-Z0-9]{9}$/.test(from) ? to : from).toBe(from);
        }
      }),
    );
  });

  it("many ids with one ending cost their number, not the square of it", () => {
    const ids = Array.from({ length: 40_000 }, (_id, index) => `tooluse_${index}_aaaaaaaaa`);
    const startedAt = performance.now();
    const sent = nineCharacterIds(ids);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(new Set(sent.values()).size).toBe(40_000);
  });
});

describe("parameters", () => {
  it.each(chatModels)("%s: OpenAI's names", (model) => {
    const inferenceConfig = { maxTokens: 9, temperature: 0.25, topP: 0.5, stopSequences: ["##"] };
    expect(requestFor(model, { messages: question, inferenceConfig })).toEqual({
      body: {
        messages: [{ role: "user", content: "hello" }],
        max_tokens: 9,
        temperature: 0.25,
        top_p: 0.5,
        stop: ["##"],
      },
      dropped: [],
    });
  });

  const jsonSchema = { schema: '{"type":"object"}', description: "d" };
  const textFormat = { type: "json_schema" as const, structure: { jsonSchema } };

  it("B25: a schema for the answer, and an effort, where the model takes them", () => {
    const { body, dropped } = requestFor(gptOss, { messages: question, outputConfig: { textFormat, effort: "high" } });
    expect(body).toMatchObject({
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", description: "d", schema: { type: "object" } },
      },
      reasoning_effort: "high",
    });
    expect(dropped).toEqual([]);
    expect(requestFor(gptOss, { messages: question, outputConfig: { effort: "max" } }).dropped).toEqual([
      "outputConfig.effort",
    ]);
    expect(refusal(jamba, { messages: question, outputConfig: { textFormat } })).toEqual([
      "unsupported_parameter",
      "outputConfig.textFormat",
    ]);
  });

  it("a schema that is no JSON is refused where it stands", () => {
    const broken = { ...textFormat, structure: { jsonSchema: { schema: "{" } } };
    expect(refusal(gptOss, { messages: question, outputConfig: { textFormat: broken } })).toEqual([
      "invalid_request",
      "outputConfig.textFormat.structure.jsonSchema.schema",
    ]);
  });

  it("additional fields lie over the body; a second answer is refused", () => {
    const fields = { reasoning_effort: "low", temperature: 1 };
    const request = { messages: question, inferenceConfig: { temperature: 0 }, additionalModelRequestFields: fields };
    expect(requestFor(gptOss, request).body).toMatchObject(fields);
    expect(refusal(gptOss, { messages: question, additionalModelRequestFields: { n: 2 } })).toEqual([
      "unsupported_parameter",
      "additionalModelRequestFields.n",
    ]);
  });
});
