import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import { models, translate, type TranslateOptions } from "./testing/translate.ts";

const schema: JsonObject = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
  $defs: {},
};
const tool = (name: string, extra: JsonObject = {}): JsonObject => ({
  type: "function",
  function: { name, description: "d", parameters: schema, ...extra },
});
const spec = (name: string, extra: JsonObject = {}): JsonObject => ({
  toolSpec: { name, description: "d", inputSchema: { json: schema }, ...extra },
});
const history: JsonValue[] = [
  { role: "user", content: "q" },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
  },
  { role: "tool", tool_call_id: "a", content: "1" },
];

function refusalOf(act: () => unknown): AditError {
  try {
    act();
  } catch (error) {
    if (error instanceof AditError) {
      return error;
    }
    throw error;
  }
  throw new Error("the request was taken");
}

const configOf = (body: JsonObject, options: TranslateOptions = {}): unknown =>
  translate(body, options).request.toolConfig;

describe("what nothing reads", () => {
  it("is named, for tools and messages", () => {
    const { notes } = translate({
      messages: [{ role: "user", content: "q", name: "ann", mood: "good", annotations: [] }],
      tools: [{ ...tool("f", { input_examples: [{}] }), defer_loading: true, allowed_callers: [] }],
    });
    expect(notes.dropped).toEqual(
      expect.arrayContaining([
        "messages[0].name",
        "messages[0].mood",
        "tools[0].defer_loading",
        "tools[0].function.input_examples",
      ]),
    );
    expect(notes.dropped.join()).not.toMatch(/annotations|allowed_callers/);
  });
});

describe("tools", () => {
  it("keep their schema as it was written", () => {
    expect(configOf({ tools: [tool("f")] })).toEqual({ tools: [spec("f")] });
  });

  it("without parameters or description are tools without arguments", () => {
    expect(configOf({ tools: [{ type: "function", function: { name: "f", description: "" } }] })).toEqual({
      tools: [{ toolSpec: { name: "f", inputSchema: { json: { type: "object", properties: {} } } } }],
    });
  });

  it("whose schema has no type get one, by name", () => {
    const { request, dropped } = translate({ tools: [tool("f", { parameters: { properties: {} } })] });
    expect(request.toolConfig?.tools[0]?.toolSpec?.inputSchema.json).toEqual({ type: "object", properties: {} });
    expect(dropped).toEqual(["tools[0].function.parameters"]);
  });

  it("are strict where the model can, else that is named", () => {
    expect(configOf({ tools: [tool("f", { strict: true })] })).toEqual({ tools: [spec("f", { strict: true })] });
    const other = translate({ tools: [tool("f", { strict: true })] }, { model: models.llama33 });
    expect(other.request.toolConfig).toEqual({ tools: [spec("f")] });
    expect(other.dropped).toEqual(["tools[0].function.strict"]);
    expect(translate({ tools: [tool("f", { strict: false })] }, { model: models.llama33 }).dropped).toEqual([]);
  });

  it("that are strict with a schema that strict decoding refuses are not strict, by name", () => {
    const { request, dropped } = translate({
      tools: [tool("f", { strict: true, parameters: { type: "object", properties: {} } })],
    });
    expect(request.toolConfig?.tools[0]?.toolSpec?.strict).toBeUndefined();
    expect(dropped).toEqual(["tools[0].function.strict"]);
  });

  it("are strict up to twenty, and the others by name: AWS refuses a request with more", () => {
    const tools = Array.from({ length: 23 }, (_value, index) => tool(`f${index}`, { strict: index !== 0 }));
    const { request, dropped } = translate({ tools });
    const strict = request.toolConfig?.tools.map(({ toolSpec }) => toolSpec?.strict);
    expect(strict).toEqual([false, ...Array.from({ length: 20 }, () => true), undefined, undefined]);
    expect(dropped).toEqual(["tools[21].function.strict", "tools[22].function.strict"]);
  });

  it.each<JsonObject>([
    { ...tool("f"), input_schema: null, toolSpec: null, cachePoint: null, name: null },
    { type: null, name: "f", description: "d", input_schema: schema, function: null },
    { type: null, ...spec("f"), function: null, input_schema: null, systemTool: null, cachePoint: null },
  ])("are what they hold, whatever they name as null: %j", (given) => {
    const { request, dropped } = translate({ tools: [given] });
    expect(request.toolConfig).toEqual({ tools: [spec("f")] });
    expect(dropped).toEqual([]);
  });

  it("none are no toolConfig", () => {
    expect(translate({ tools: [] }).request).toEqual({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });
  });

  it("of Anthropic's shape are tools like others", () => {
    expect(configOf({ tools: [{ name: "f", description: "d", input_schema: schema }] })).toEqual({
      tools: [spec("f")],
    });
  });

  it("of AWS's shape go as they are", () => {
    const tools = [{ systemTool: { name: "nova_grounding" } }, spec("f")];
    expect(configOf({ tools }, { model: models.nova2 })).toEqual({ tools });
  });

  it.each<[string, JsonObject]>([
    ["Portkey's form", { type: "computer", computer: { name: "computer_20241022", display_width_px: 1024 } }],
    ["under its type", { type: "computer_20241022", computer_20241022: { name: "computer", display_width_px: 1024 } }],
    ["Anthropic's form", { type: "computer_20241022", name: "computer", display_width_px: 1024 }],
  ])("of Anthropic's own go to Claude beside the others: %s", (_name, builtIn) => {
    const { request } = translate({ tools: [tool("f"), builtIn] });
    expect(request.toolConfig).toEqual({ tools: [spec("f")] });
    expect(request.additionalModelRequestFields).toEqual({
      tools: [{ type: "computer_20241022", name: "computer", display_width_px: 1024 }],
    });
  });

  it("of Anthropic's own in Portkey's form keep their mark, bring their flag, and can be chosen", () => {
    const control = { type: "ephemeral", ttl: "1h" };
    const { request, dropped } = translate(
      {
        tools: [
          {
            type: "computer",
            computer: { name: "computer_20250124", type: "bash_20250124" },
            cache_control: control,
            other: 1,
          },
        ],
        tool_choice: { type: "function", function: { name: "computer" } },
      },
      { model: models.claudeSonnet45 },
    );
    expect(request.additionalModelRequestFields).toEqual({
      tools: [{ type: "computer_20250124", name: "computer", cache_control: control }],
      tool_choice: { type: "tool", name: "computer" },
      anthropic_beta: ["computer-use-2025-01-24"],
    });
    expect(dropped).toEqual(["tools[0].other", "tools[0].computer.type"]);
  });

  it.each<[string, string, string[] | undefined]>([
    [models.claudeSonnet45, "computer_20250124", ["computer-use-2025-01-24"]],
    [models.claudeSonnet45, "bash_20250124", undefined],
    [models.claude3Haiku, "computer_20250124", undefined],
    [models.opaque, "computer_20250124", undefined],
  ])("of Anthropic's own go with the flag without which AWS refuses them: to %s, %s", (model, type, flags) => {
    const { request, dropped } = translate({ tools: [{ type, name: "own" }] }, { model });
    expect(request.additionalModelRequestFields?.["anthropic_beta"]).toEqual(flags);
    expect(dropped).toEqual([]);
  });

  it("of Anthropic's own, not to be called, bring no flag", () => {
    const { request } = translate({ tools: [{ type: "computer_20250124", name: "own" }], tool_choice: "none" });
    expect(request.additionalModelRequestFields).toBeUndefined();
  });

  it("of Anthropic's own are refused for other models", () => {
    const refusal = refusalOf(() =>
      translate({ tools: [{ type: "bash_20250124", name: "bash" }] }, { model: models.novaLite }),
    );
    expect([refusal.code, refusal.param]).toEqual(["unsupported_parameter", "tools[0].type"]);
  });

  it("make a stream impossible where the family cannot stream calls", () => {
    expect(translate({ tools: [tool("f")] }, { model: models.llama33 }).notes.streamable).toBe(false);
    expect(translate({}, { model: models.llama33 }).notes.streamable).toBe(true);
    expect(translate({ tools: [tool("f")] }).notes.streamable).toBe(true);
  });
});

describe("names of tools", () => {
  const aliasesOf = (names: string[]): ReadonlyMap<string, string> =>
    translate({ tools: names.map((name) => tool(name)) }).notes.toolNames;

  it("that AWS takes are sent and come back unchanged", () => {
    expect(aliasesOf(["get_weather-2"]).size).toBe(0);
  });

  it("that AWS refuses are aliased, in tools, history and choice alike, and restored by the notes", () => {
    const name = "mcp.weather/get";
    const { request, notes, dropped } = translate({
      messages: [
        { role: "user", content: "q" },
        { role: "assistant", tool_calls: [{ id: "a", function: { name, arguments: "{}" } }] },
        { role: "tool", tool_call_id: "a", content: "1" },
      ],
      tools: [tool(name)],
      tool_choice: { type: "function", function: { name } },
    });
    const alias = request.toolConfig?.tools[0]?.toolSpec?.name ?? "";
    expect(alias).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(request.messages?.[1]?.content[0]?.toolUse?.name).toBe(alias);
    expect(request.toolConfig?.toolChoice).toEqual({ tool: { name: alias } });
    expect([...notes.toolNames]).toEqual([[alias, name]]);
    expect(dropped).toEqual([]);
  });

  it("never meet each other: colliding, overlong and foreign ones", () => {
    const long = "x".repeat(70);
    const names = ["a.b", "a/b", "a_b", `${long}1`, `${long}2`, "天气", "时间", "."];
    const { request, notes } = translate({ tools: names.map((name) => tool(name)) });
    const sent = request.toolConfig?.tools.map((each) => each.toolSpec?.name ?? "") ?? [];
    expect(new Set(sent).size).toBe(names.length);
    for (const name of sent) {
      expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    }
    expect(sent.map((name) => notes.toolNames.get(name) ?? name)).toEqual(names);
  });

  it("have the same alias in every request with the same tools, whatever the order", () => {
    const names = ["a.b", "a/b", "c d"];
    expect(Object.fromEntries(aliasesOf(names.toReversed()))).toEqual(Object.fromEntries(aliasesOf(names)));
  });
});

describe("a tool as Anthropic writes it", () => {
  const input_schema = { ...schema, additionalProperties: false };

  it("is held to its schema where it says so", () => {
    const { request, dropped } = translate({ tools: [{ name: "f", input_schema, strict: true }] });
    expect(request.toolConfig?.tools).toEqual([
      { toolSpec: { name: "f", inputSchema: { json: input_schema }, strict: true } },
    ]);
    expect(dropped).toEqual([]);
    const llama = translate({ tools: [{ name: "f", input_schema, strict: true }] }, { model: models.llama33 });
    expect(llama.dropped).toEqual(["tools[0].strict"]);
  });

  it("says yes or no there", () => {
    expect(refusalOf(() => translate({ tools: [{ name: "f", input_schema, strict: "maybe" }] })).param).toBe(
      "tools[0].strict",
    );
  });
});

describe("tool_choice", () => {
  const tools = [tool("f"), tool("g")];

  it.each<[JsonValue, JsonObject | undefined]>([
    ["auto", { auto: {} }],
    ["required", { any: {} }],
    [{ type: "function", function: { name: "g" } }, { tool: { name: "g" } }],
    [{ type: "tool", name: "g" }, { tool: { name: "g" } }],
    [{ type: "any" }, { any: {} }],
    [{ type: "auto" }, { auto: {} }],
    [null, undefined],
  ])("%j on Claude", (choice, expected) => {
    const { request, dropped } = translate({ tools, tool_choice: choice });
    expect(request.toolConfig).toEqual({
      tools: [spec("f"), spec("g")],
      ...(expected !== undefined && { toolChoice: expected }),
    });
    expect(dropped).toEqual([]);
  });

  it("none without history leaves the tools out", () => {
    const { request, dropped } = translate({ tools, tool_choice: "none" });
    expect(request.toolConfig).toBeUndefined();
    expect(dropped).toEqual([]);
  });

  it("none with calls in history keeps the tools, which AWS demands, asks for text, and is named", () => {
    const { request, dropped } = translate({ messages: history, tools, tool_choice: "none" });
    expect(request.toolConfig).toEqual({ tools: [spec("f"), spec("g")] });
    expect(request.system).toEqual([{ text: "Do not call any tool now. Answer in text." }]);
    expect(dropped).toEqual(["tool_choice"]);
  });

  it.each([undefined, history])(
    "none changes neither tools nor system prompt for Claude that holds its thinking against them",
    (messages) => {
      const asked = {
        ...(messages !== undefined && { messages }),
        tools,
        tool_choice: "none",
        parallel_tool_calls: false,
      };
      const { request, dropped } = translate(asked, { model: models.claudeOpus55 });
      expect(request.toolConfig).toEqual({ tools: [spec("f"), spec("g")] });
      expect(request.system).toBeUndefined();
      expect(request.additionalModelRequestFields).toEqual({ tool_choice: { type: "none" } });
      expect(dropped).toEqual([]);
    },
  );

  it("none leaves Anthropic's own tools where they were for such a Claude, and says nothing where there are no tools", () => {
    const bash = { type: "bash_20250124", name: "bash" };
    const given = { model: models.claudeOpus55 };
    const { request } = translate({ tools: [bash], tool_choice: "none" }, given);
    expect(request.additionalModelRequestFields).toMatchObject({ tools: [bash], tool_choice: { type: "none" } });
    expect(translate({ tools: [], tool_choice: "none" }, given).request.additionalModelRequestFields).toBeUndefined();
  });

  it("allowed_tools are found in time, however many there are", () => {
    const builtIn = Array.from({ length: 100_000 }, (_each, index) => ({ type: "bash_20250124", name: `b${index}` }));
    const names = [...builtIn.keys()].map((index) => ({ type: "function", function: { name: `c${index}` } }));
    const allowed = { mode: "auto", tools: [...names, { type: "function", function: { name: "b99999" } }] };
    const tool_choice = { type: "allowed_tools", allowed_tools: allowed };
    const { request } = translate({ tools: builtIn, tool_choice }, { model: models.claudeSonnet45 });
    expect(request.additionalModelRequestFields?.["tools"]).toEqual([builtIn.at(-1)]);
  }, 30_000);

  it("allowed_tools offers only those", () => {
    const allowed = { mode: "required", tools: [{ type: "function", function: { name: "g" } }] };
    expect(configOf({ tools, tool_choice: { type: "allowed_tools", allowed_tools: allowed } })).toEqual({
      tools: [spec("g")],
      toolChoice: { any: {} },
    });
  });

  it.each<[string, unknown, unknown]>([
    ["f", { tools: [spec("f")], toolChoice: { any: {} } }, undefined],
    ["bash", undefined, { type: "any" }],
  ])("allowed_tools offers only those, Anthropic's own too: %s", (name, toolConfig, choice) => {
    const bash = { type: "bash_20250124", name: "bash" };
    const allowed = { mode: "required", tools: [{ type: "function", function: { name } }] };
    const { request } = translate({
      tools: [tool("f"), bash],
      tool_choice: { type: "allowed_tools", allowed_tools: allowed },
    });
    expect(request.toolConfig).toEqual(toolConfig);
    expect(request.additionalModelRequestFields?.["tools"]).toEqual(name === "bash" ? [bash] : undefined);
    expect(request.additionalModelRequestFields?.["tool_choice"]).toEqual(choice);
  });

  it("that nothing can force is asked for in words, and named", () => {
    const { request, dropped } = translate({ tools, tool_choice: "required" }, { model: models.llama33 });
    expect(request.toolConfig).toEqual({ tools: [spec("f"), spec("g")] });
    expect(request.system).toEqual([{ text: "Call one of the tools now. Do not answer in text." }]);
    expect(dropped).toEqual(["tool_choice"]);
    const claude = translate({ tools, tool_choice: "required" }, { model: models.claudeOpus55 });
    expect([claude.request.toolConfig?.toolChoice, claude.dropped]).toEqual([undefined, ["tool_choice"]]);
    const alone = translate({ tools: [tool("f")], tool_choice: "required" }, { model: models.llama33 });
    expect(alone.request.system).toEqual([{ text: "Call the tool f now. Do not answer in text." }]);
  });

  it.each([
    "meta.llama3-3-70b-instruct-v1:0",
    "cohere.command-r-v1:0",
    "openai.gpt-oss-120b-1:0",
    "qwen.qwen3-32b-v1:0",
  ])("of one tool on %s, which knows auto alone: no other is offered, it is asked for, and named", (model) => {
    const asked = { tools, tool_choice: { type: "function", function: { name: "g" } } };
    const { request, dropped } = translate(asked, { model });
    expect(request.toolConfig).toEqual({ tools: [spec("g")] });
    expect(request.system).toEqual([{ text: "Call the tool g now. Do not answer in text." }]);
    expect(dropped).toEqual(["tool_choice"]);
  });

  it("of one tool is honoured by a model that knows only any: it is offered alone", () => {
    const { request, dropped } = translate(
      { tools, tool_choice: { type: "function", function: { name: "g" } } },
      { model: models.mistralLarge },
    );
    expect(request.toolConfig).toEqual({ tools: [spec("g")], toolChoice: { any: {} } });
    expect(dropped).toEqual([]);
  });

  it("of a tool that is not there is refused", () => {
    const choice = { type: "function", function: { name: "h" } };
    expect(refusalOf(() => translate({ tools, tool_choice: choice })).param).toBe("tool_choice");
    expect(refusalOf(() => translate({ tool_choice: "required" })).param).toBe("tool_choice");
  });
});

describe("tool_choice among Anthropic's own tools", () => {
  const bash = { type: "bash_20250124", name: "bash" };

  it("travels with them", () => {
    const named = translate({
      tools: [bash, tool("f")],
      tool_choice: { type: "function", function: { name: "bash" } },
    });
    expect(named.request.toolConfig).toEqual({ tools: [spec("f")] });
    expect(named.request.additionalModelRequestFields).toEqual({
      tools: [bash],
      tool_choice: { type: "tool", name: "bash" },
    });
    const any = translate({ tools: [bash], tool_choice: "required", parallel_tool_calls: false });
    expect(any.request.additionalModelRequestFields).toEqual({
      tools: [bash],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
  });

  it("none leaves them out", () => {
    expect(translate({ tools: [bash, tool("f")], tool_choice: "none" }).request).toEqual(translate({}).request);
    expect(translate({ tools: [bash], tool_choice: "none" }).request).toEqual(translate({}).request);
  });

  it("bars thinking where it forces one", () => {
    const { request, dropped } = translate({
      tools: [bash],
      tool_choice: "required",
      thinking: { type: "enabled", budget_tokens: 2000 },
    });
    expect(request.additionalModelRequestFields).toEqual({ tools: [bash], tool_choice: { type: "any" } });
    expect(dropped).toEqual(["thinking"]);
  });
});

describe("parallel_tool_calls", () => {
  it("false is Claude's own field, with the choice that was made", () => {
    const one = translate({ tools: [tool("f")], parallel_tool_calls: false });
    expect(one.request.additionalModelRequestFields).toEqual({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    const two = translate({ tools: [tool("f")], parallel_tool_calls: false, tool_choice: "required" });
    expect(two.request.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(two.request.additionalModelRequestFields).toEqual({
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
  });

  it("false is named elsewhere, true asks for nothing", () => {
    expect(translate({ tools: [tool("f")], parallel_tool_calls: false }, { model: models.llama33 }).dropped).toEqual([
      "parallel_tool_calls",
    ]);
    expect(translate({ tools: [tool("f")], parallel_tool_calls: true }, { model: models.llama33 }).dropped).toEqual([]);
  });
});

describe("calls in history without tools", () => {
  it("have their tools named again, as AWS demands, and that is named", () => {
    const { request, dropped } = translate({ messages: history });
    expect(request.toolConfig?.tools.map((each) => each.toolSpec?.name)).toEqual(["f"]);
    expect(dropped).toEqual(["tools"]);
  });

  it("to Anthropic's own tools do not offer them twice", () => {
    const { request } = translate({ messages: history, tools: [{ type: "bash_20250124", name: "f" }] });
    expect(request.toolConfig?.tools.map((each) => each.toolSpec?.name)).toEqual(["unavailable"]);
  });
});
