import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json.ts";
import { checkResponsesRequest } from "./check-request.ts";
import { encryptedContent } from "./encrypted-content.ts";
import { mediaUrlsOfResponses } from "./media-urls.ts";
import { claude, deepseek, nova2, refusal, titan, translate } from "./testing/translate.ts";

const png = "iVBORw0KGgo=";
const lookUp: JsonObject = {
  type: "function",
  name: "look_up",
  description: "Looks it up.",
  parameters: { type: "object", properties: { q: { type: "string" } } },
};
const call: JsonObject = { type: "function_call", call_id: "call_1", name: "look_up", arguments: '{"q":"a"}' };
const answered = (output: JsonObject[string]): JsonObject => ({
  type: "function_call_output",
  call_id: "call_1",
  output,
});
const ask: JsonObject = { role: "user", content: "Look it up" };

/** From Fable on Claude thinks unasked, and sends no word of it unless a summary is asked for. */
describe("a summary of the thinking", () => {
  const fable = "anthropic.claude-fable-5";
  const shown = { thinking: { type: "adaptive", display: "summarized" } };
  const fieldsOf = (body: JsonObject, model = fable): unknown =>
    translate(body, model).request.additionalModelRequestFields;

  it("is asked for of a model that always thinks, without an effort too", () => {
    for (const reasoning of [
      { summary: "auto" },
      { generate_summary: "detailed" },
      { summary: "auto", effort: null },
    ]) {
      expect(fieldsOf({ reasoning })).toEqual(shown);
    }
    expect(translate({ reasoning: { summary: "auto" }, temperature: 1 }, fable).dropped).toEqual(
      translate({ temperature: 1 }, fable).dropped,
    );
    expect(
      fieldsOf({ reasoning: { summary: "auto" }, top_k: 5, additionalModelRequestFields: { a: 1 } }),
    ).toMatchObject({ a: 1, ...shown });
  });

  it("is not where nobody asks for one, or the model thinks only when it is asked to", () => {
    for (const reasoning of [{}, { summary: "none" }, { summary: null }])
      expect(fieldsOf({ reasoning })).toBeUndefined();
    for (const model of [claude, nova2, titan]) {
      expect(fieldsOf({ reasoning: { summary: "auto" } }, model)).toBeUndefined();
    }
  });
});

describe("input of Responses", () => {
  it("as a string is the user's words", () => {
    const { request, dropped } = translate({ input: "Hello", instructions: "Be brief." });
    expect(request).toEqual({
      messages: [{ role: "user", content: [{ text: "Hello" }] }],
      system: [{ text: "Be brief." }],
    });
    expect(dropped).toEqual([]);
  });

  it("as items: system words first, turns merged, parts of every kind", () => {
    const { request, dropped } = translate({
      instructions: "One.",
      input: [
        { type: "message", role: "developer", content: [{ type: "input_text", text: "Two." }] },
        {
          role: "user",
          content: [
            { type: "input_text", text: "See" },
            { type: "input_image", image_url: `data:image/png;base64,${png}`, detail: "auto" },
            { type: "input_file", filename: "a.b.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
          ],
        },
        { role: "user", content: "this" },
        {
          type: "message",
          id: "msg_1",
          status: "completed",
          phase: "final_answer",
          role: "assistant",
          content: [
            { type: "output_text", text: "I see.", annotations: [] },
            { type: "refusal", refusal: "No." },
          ],
        },
        { role: "user", content: "Why?" },
      ],
    });
    expect(request.system).toEqual([{ text: "One." }, { text: "Two." }]);
    expect(request.messages).toEqual([
      {
        role: "user",
        content: [
          { text: "See" },
          { image: { format: "png", source: { bytes: png } } },
          { document: { format: "pdf", name: "a-b", source: { bytes: "JVBERi0=" } } },
          { text: "this" },
        ],
      },
      { role: "assistant", content: [{ text: "I see." }, { text: "No." }] },
      { role: "user", content: [{ text: "Why?" }] },
    ]);
    expect(dropped).toEqual(["input[1].content[2].filename"]);
  });

  it("names what is left out by paths of its own", () => {
    const { request, dropped } = translate({
      input: [
        {
          role: "user",
          name: "ada",
          content: [
            { type: "input_text", text: "" },
            { type: "input_text", text: "Hello", tone: "kind" },
            { type: "input_image", image_url: `data:image/png;base64,${png}`, detail: "high" },
          ],
        },
        { role: "assistant", content: [{ type: "output_text", text: "Hi", annotations: [{ type: "file_path" }] }] },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        { role: "system", content: "Later." },
        { role: "user", content: "" },
        { role: "user", content: "So?" },
      ],
    });
    expect(dropped).toEqual([
      "input[0].name",
      "input[0].content[0]",
      "input[0].content[1].tone",
      "input[0].content[2].detail",
      "input[1].content[0].annotations",
      "input[2]",
      "input[3]",
      "input[4].content",
    ]);
    expect(request.system).toEqual([{ text: "Later." }]);
    expect(request.messages?.at(-1)).toEqual({ role: "user", content: [{ text: "So?" }] });
  });

  it("for a model without system prompts stands in the user's turn", () => {
    const { request, dropped } = translate({ instructions: "Be brief.", input: "Hello" }, titan);
    expect(request.messages).toEqual([{ role: "user", content: [{ text: "Be brief." }, { text: "Hello" }] }]);
    expect(dropped).toEqual(["instructions"]);
  });

  it("that holds nothing is refused", () => {
    expect(refusal({ input: " " })).toMatchObject({ code: "invalid_request", param: "input" });
    expect(refusal({ input: [{ role: "user", content: [] }] })).toMatchObject({ param: "input" });
  });

  it("places cache marks by OpenAI's breakpoint and by Anthropic's mark", () => {
    const { request } = translate({
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Long", prompt_cache_breakpoint: { mode: "explicit" } },
            { type: "input_text", text: "Longer", cache_control: { type: "ephemeral" } },
            { type: "input_text", text: "Now" },
          ],
        },
      ],
    });
    const point = { cachePoint: { type: "default" } };
    expect(request.messages?.[0]?.content).toEqual([
      { text: "Long" },
      point,
      { text: "Longer" },
      point,
      { text: "Now" },
    ]);
  });

  it("places the whole request's cache mark behind its last block, and names it where the model does not cache", () => {
    const cache_control = { type: "ephemeral", ttl: "1h" };
    const body = {
      input: [{ role: "user", content: "Begin" }, call, answered("sunny")],
      tools: [lookUp],
      cache_control,
    };
    const { request, dropped } = translate(body);
    const point = { cachePoint: { type: "default", ttl: "1h" } };
    expect(request.messages?.at(-1)?.content).toMatchObject([{ toolResult: {} }, point]);
    expect(dropped).toEqual([]);
    expect(translate({ input: "Hello", cache_control }, titan).dropped).toEqual(["cache_control"]);
  });

  it("places a cache mark of an output's part behind the result", () => {
    for (const [mark, cachePoint] of [
      [{ prompt_cache_breakpoint: { mode: "explicit" } }, { type: "default" }],
      [{ cache_control: { type: "ephemeral", ttl: "1h" } }, { type: "default", ttl: "1h" }],
    ] as const) {
      const output = [
        { type: "input_text", text: "Long", ...mark },
        { type: "input_text", text: "Now" },
      ];
      const { request, dropped } = translate({
        input: [{ role: "user", content: "Begin" }, call, answered(output)],
        tools: [lookUp],
      });
      expect(request.messages?.[2]?.content).toMatchObject([{ toolResult: {} }, { cachePoint }]);
      expect(dropped).toEqual([]);
    }
  });

  it("takes a file from its address where bytes stand beside it, and names these", () => {
    const both = { type: "input_file", file_url: "s3://b/k.pdf", file_data: "data:application/pdf;base64,JVBERi0=" };
    const content = [both, { type: "input_text", text: "a" }];
    const { dropped } = translate({ model: claude, input: [{ role: "user", content }] });
    expect(dropped).toEqual(["input[0].content[0].file_data"]);
  });

  it("brings media of messages and outputs from https addresses", () => {
    const body = {
      model: claude,
      input: [
        { role: "user", content: [{ type: "input_image", image_url: "https://a.example/1.png" }] },
        call,
        answered([{ type: "input_file", file_url: "https://a.example/2.pdf" }]),
      ],
      tools: [lookUp],
    };
    const urls = mediaUrlsOfResponses(checkResponsesRequest(body));
    expect([...urls]).toEqual([
      ["https://a.example/1.png", "input[0].content[0].image_url"],
      ["https://a.example/2.pdf", "input[2].output[0].file_url"],
    ]);
    const { request } = translate(body, claude, {
      "https://a.example/1.png": { bytes: png, contentType: "image/png" },
      "https://a.example/2.pdf": { bytes: "JVBERi0=", contentType: "application/pdf" },
    });
    expect(request.messages?.[0]?.content[0]?.image).toBeDefined();
    expect(request.messages?.[2]?.content[0]?.toolResult?.content).toEqual([
      { document: { format: "pdf", name: "2", source: { bytes: "JVBERi0=" } } },
    ]);
    expect(refusal(body)).toMatchObject({ param: "input[0].content[0].image_url" });
  });
});

describe("calls and outputs of Responses", () => {
  it("are toolUse and toolResult, in turns of their own", () => {
    const { request, dropped } = translate({
      tools: [lookUp],
      input: [
        ask,
        { ...call, id: "fc_1", status: "completed" },
        { ...call, call_id: "call_2" },
        answered("A"),
        { ...answered("B"), call_id: "call_2" },
      ],
    });
    expect(request.messages?.slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          { toolUse: { toolUseId: "call_1", name: "look_up", input: { q: "a" } } },
          { toolUse: { toolUseId: "call_2", name: "look_up", input: { q: "a" } } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "call_1", content: [{ text: "A" }] } },
          { toolResult: { toolUseId: "call_2", content: [{ text: "B" }] } },
        ],
      },
    ]);
    expect(request.toolConfig?.tools).toEqual([
      {
        toolSpec: {
          name: "look_up",
          description: "Looks it up.",
          inputSchema: { json: { type: "object", properties: { q: { type: "string" } } } },
        },
      },
    ]);
    expect(dropped).toEqual([]);
  });

  it("name a mended id, arguments that are no JSON, and media that the model takes only beside the result", () => {
    const long = "call|1";
    const { request, dropped } = translate(
      {
        tools: [lookUp],
        input: [
          ask,
          { ...call, call_id: long, arguments: "{broken" },
          {
            ...answered([
              { type: "input_text", text: "A" },
              { type: "input_image", image_url: `data:image/png;base64,${png}` },
            ]),
            call_id: long,
          },
        ],
      },
      "mistral.mistral-large-2402-v1:0",
    );
    expect(dropped).toEqual(
      expect.arrayContaining(["input[1].call_id", "input[1].arguments", "input[2].call_id", "input[2].output[1]"]),
    );
    const use = request.messages?.[1]?.content[0]?.toolUse;
    expect(use?.input).toEqual({ arguments: "{broken" });
    expect(request.messages?.[2]?.content[0]?.toolResult?.toolUseId).toBe(use?.toolUseId);
  });

  it("refuse a part that cannot be in a result, by its path", () => {
    const output = answered([{ type: "refusal", refusal: "No." }]);
    expect(refusal({ tools: [lookUp], input: [ask, call, output] })).toMatchObject({ param: "input[2].output[0]" });
  });

  it("of a custom tool carry free text both ways: Codex's apply_patch", () => {
    const patch = '*** Begin Patch\n*** Update File: a.txt\n@@\n-"x"\n+"y"\n*** End Patch\n';
    const { request, dropped } = translate({
      tools: [
        {
          type: "custom",
          name: "apply_patch",
          description: "Edits files.",
          format: { type: "grammar", syntax: "lark", definition: "start: begin_patch" },
        },
      ],
      tool_choice: { type: "custom", name: "apply_patch" },
      input: [
        ask,
        { type: "custom_tool_call", call_id: "call_1", name: "apply_patch", input: patch },
        { type: "custom_tool_call_output", call_id: "call_1", output: "Done" },
      ],
    });
    expect(request.messages?.[1]?.content).toEqual([
      { toolUse: { toolUseId: "call_1", name: "apply_patch", input: { input: patch } } },
    ]);
    const spec = request.toolConfig?.tools[0]?.toolSpec;
    expect(spec?.inputSchema.json).toMatchObject({ properties: { input: { type: "string" } }, required: ["input"] });
    expect(spec?.description).toMatch(/^Edits files\.[^]*plain text[^]*\(lark\):\nstart: begin_patch$/);
    expect(request.toolConfig?.toolChoice).toEqual({ tool: { name: "apply_patch" } });
    expect(dropped).toEqual(["tools[0].format"]);
  });

  it("of a namespace have one name, in tools, choice and history alike", () => {
    const { request } = translate({
      tools: [
        {
          type: "namespace",
          name: "mcp__files",
          description: "Files.",
          tools: [{ type: "function", name: "read", parameters: null, strict: null }],
        },
      ],
      tool_choice: {
        type: "allowed_tools",
        mode: "required",
        tools: [{ type: "function", name: "read", namespace: "mcp__files" }],
      },
      input: [ask, { ...call, namespace: "mcp__files", name: "read" }, answered("A")],
    });
    expect(request.toolConfig?.tools.map((tool) => tool.toolSpec?.name)).toEqual(["mcp__files__read"]);
    expect(request.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(request.messages?.[1]?.content[0]?.toolUse?.name).toBe("mcp__files__read");
  });

  it("have names that AWS takes, and notes to give them back", () => {
    const { request, notes } = translate({
      tools: [{ ...lookUp, name: "look.up" }],
      input: [ask, { ...call, name: "look.up" }, answered("A")],
    });
    const sent = request.toolConfig?.tools[0]?.toolSpec?.name ?? "";
    expect(sent).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(request.messages?.[1]?.content[0]?.toolUse?.name).toBe(sent);
    expect(notes.toolNames.get(sent)).toBe("look.up");
  });

  it("stay possible where the caller offers no tools any more", () => {
    const { request, dropped } = translate({ input: [ask, call, answered("A")] });
    expect(request.toolConfig?.tools[0]?.toolSpec?.name).toBe("look_up");
    expect(dropped).toEqual(["tools"]);
  });
});

describe("reasoning items of Responses", () => {
  const signed = { reasoningText: { text: "Let me see\u2028…", signature: "Eq+/=" } };
  const item = (block: typeof signed | { redactedContent: string }): JsonObject => ({
    type: "reasoning",
    id: "rs_1",
    summary: [],
    encrypted_content: encryptedContent(block),
  });

  it("bring Claude's signed and sealed blocks back byte for byte", () => {
    const { request, dropped } = translate({
      input: [ask, item(signed), item({ redactedContent: "AAEC" }), call, answered("A")],
      tools: [lookUp],
    });
    expect(request.messages?.[1]?.content).toEqual([
      { reasoningContent: signed },
      { reasoningContent: { redactedContent: "AAEC" } },
      { toolUse: { toolUseId: "call_1", name: "look_up", input: { q: "a" } } },
    ]);
    expect(dropped).toEqual([]);
  });

  it("that another wrote are left out by name; their plain text goes to models that take plain reasoning", () => {
    const foreign: JsonObject = {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "It is so." }],
      encrypted_content: "gAAAAABo...",
    };
    const input = [ask, foreign, { role: "assistant", content: "So." }, { role: "user", content: "Why?" }];
    expect(translate({ input }).dropped).toEqual(["input[1].encrypted_content", "input[1]"]);
    const { request, dropped } = translate({ input }, deepseek);
    expect(dropped).toEqual(["input[1].encrypted_content"]);
    expect(request.messages?.[1]?.content[0]).toEqual({ reasoningContent: { reasoningText: { text: "It is so." } } });
  });

  it("of this server are not sent to a model that cannot take them, and are named", () => {
    const input = [ask, item(signed), { role: "assistant", content: "So." }, { role: "user", content: "Why?" }];
    expect(translate({ input }, nova2).dropped).toEqual(["input[1]"]);
  });

  it("without anything in them say nothing", () => {
    const input = [ask, { type: "reasoning", id: "rs_1", summary: [] }, { role: "assistant", content: "So." }, ask];
    expect(translate({ input }).dropped).toEqual([]);
  });

  it.each([
    "adit-reasoning-1.",
    "adit-reasoning-1.e30",
    "adit-reasoning-1.AAAA",
    `${encryptedContent(signed).slice(0, 40)}`,
  ])("that were changed on the way are not taken for ours: %s", (content) => {
    const input = [ask, { type: "reasoning", encrypted_content: content }, { role: "assistant", content: "So." }, ask];
    expect(translate({ input }).dropped).toEqual(["input[1].encrypted_content"]);
  });
});

describe("wishes of Responses", () => {
  it("are limits and sampling", () => {
    const { request, dropped } = translate({ max_output_tokens: 100, temperature: 1.5, top_k: 5, stop: "END" });
    expect(request.inferenceConfig).toEqual({ maxTokens: 100, temperature: 1, stopSequences: ["END"] });
    expect(request.additionalModelRequestFields).toEqual({ top_k: 5 });
    expect(dropped).toEqual(["temperature"]);
  });

  it("are an effort, and a budget of thinking where the model has one", () => {
    const { request } = translate({ reasoning: { effort: "high", summary: "auto" }, max_output_tokens: 10_000 });
    expect(request.additionalModelRequestFields).toEqual({ thinking: { type: "enabled", budget_tokens: 8000 } });
    expect(translate({ reasoning: { effort: "high" } }, titan).dropped).toEqual(["reasoning.effort"]);
    expect(translate({ reasoning: { effort: "high" }, max_output_tokens: 9 }, nova2).dropped).toEqual([
      "max_output_tokens",
    ]);
  });

  it("are a format: by outputConfig, or by words", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
    };
    const { request, notes, dropped } = translate({
      text: { format: { type: "json_schema", name: "answer", schema, strict: false } },
    });
    expect(request.outputConfig).toEqual({
      textFormat: {
        type: "json_schema",
        structure: { jsonSchema: { schema: JSON.stringify(schema), name: "answer" } },
      },
    });
    expect(notes.structuredOutput).toBe("outputConfig");
    expect(dropped).toEqual(["text.format.strict"]);
    expect(translate({ text: { format: { type: "json_object" } } }).notes.structuredOutput).toBe("instruction");
    expect(translate({ text: { format: { type: "text" }, verbosity: "medium" } }).dropped).toEqual([]);
  });

  it("are a choice of tools", () => {
    const tools = [lookUp, { ...lookUp, name: "other" }];
    expect(translate({ tools, tool_choice: "required" }).request.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(translate({ tools, tool_choice: "none" }).request.toolConfig).toBeUndefined();
    expect(
      translate({ tools, tool_choice: { type: "function", name: "other" } }).request.toolConfig?.toolChoice,
    ).toEqual({
      tool: { name: "other" },
    });
    const one = translate({ tools, parallel_tool_calls: false });
    expect(one.request.additionalModelRequestFields).toEqual({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    const allowed = { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "nothing" }] };
    expect(refusal({ tools, tool_choice: allowed })).toMatchObject({ param: "tool_choice.tools" });
    expect(refusal({ tools, tool_choice: { type: "function", name: "nothing" } })).toMatchObject({
      param: "tool_choice",
    });
  });

  it("that are hints are left out by name", () => {
    const { request, dropped } = translate({
      store: true,
      truncation: "auto",
      prompt_cache_key: "k",
      safety_identifier: "s",
      max_tool_calls: 3,
      include: ["reasoning.encrypted_content", "web_search_call.results"],
      text: { verbosity: "low" },
      reasoning: { summary: "detailed", mode: "pro" },
      stream_options: { include_obfuscation: true },
      service_tier: "scale",
      tools: [lookUp, { type: "tool_search" }, { ...lookUp, name: "g", defer_loading: true }],
    });
    expect([...dropped].toSorted()).toEqual([
      "include[1]",
      "max_tool_calls",
      "prompt_cache_key",
      "reasoning.mode",
      "reasoning.summary",
      "safety_identifier",
      "service_tier",
      "store",
      "stream_options.include_obfuscation",
      "text.verbosity",
      "tools[1]",
      "tools[2].defer_loading",
      "truncation",
    ]);
    expect(request.toolConfig?.tools).toHaveLength(2);
  });

  it("that ask for nothing are no words", () => {
    const body = {
      store: false,
      truncation: "disabled",
      stream: true,
      stream_options: { include_obfuscation: false },
      user: null,
    };
    expect(translate(body).dropped).toEqual([]);
  });

  it("are what AWS and Anthropic add: guardrails, tiers, metadata, thinking", () => {
    const { request, dropped } = translate({
      guardrail_config: { guardrail_identifier: "g", guardrail_version: "1" },
      service_tier: "flex",
      metadata: { team: "a" },
      user: "ada",
      thinking: { type: "enabled", budget_tokens: 2000 },
      additional_model_request_fields: { x: 1 },
    });
    expect(request).toMatchObject({
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
      serviceTier: { type: "flex" },
      requestMetadata: { team: "a", user: "ada" },
      additionalModelRequestFields: { x: 1, thinking: { type: "enabled", budget_tokens: 2000 } },
    });
    expect(dropped).toEqual([]);
  });
});
