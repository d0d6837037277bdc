import { describe, expect, it } from "vitest";
import { systemClock } from "../../../clock.ts";
import type { ConverseRequest } from "../../../converse/request.ts";
import type { JsonObject } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import { awsErrorFrom } from "../../../wire/aws-errors/aws-error.ts";
import { recordingsOf } from "../../../wire/testing/recordings.ts";
import { checkMessagesRequest } from "../request/check-request.ts";
import { diagnoseConverseRefusal, diagnoseRefusal } from "./diagnose.ts";
import type { FieldStep } from "./field-path.ts";
import { nativeFromMessages } from "./request.ts";
import { flagsIn, placesOfRefused, RefusedParts, type RefusedPart } from "./refused-parts.ts";

const opus48 = "us.anthropic.claude-opus-4-8";

function refusal(message: string, status = 400): ReturnType<typeof awsErrorFrom> {
  const headers = { "x-amzn-errortype": "ValidationException" };
  return awsErrorFrom(status, headers, Buffer.from(JSON.stringify({ message })));
}

const body: JsonObject = {
  anthropic_beta: ["claude-code-20250219", "flag-of-the-future-2031-01-01"],
  context_management: { edits: [] },
  system: [
    { type: "text", text: "a" },
    { type: "text", text: "b", cache_control: { type: "ephemeral", scope: "global" } },
  ],
  tools: [
    { name: "f", input_schema: { type: "object", properties: { x: {} } }, defer_loading: true },
    { type: "web_search_20250305", name: "web_search" },
    { name: "g", input_schema: { type: "object" }, defer_loading: false },
  ],
  messages: [{ role: "user", content: [{ type: "text", text: "Hi", extra: 1 }] }],
  thinking: { type: "adaptive", display: "updates" },
  max_tokens: 10,
};

const flags = ["claude-code-20250219", "flag-of-the-future-2031-01-01"];
const beta = (flag: string, among?: string[]): RefusedPart => ({ kind: "beta", flag, ...(among && { among }) });
const field = (...path: string[]): RefusedPart => ({ kind: "field", path: path.map(stepOf), flags });
const tool = (type: string): RefusedPart => ({ kind: "tool", type, flags });

/** `name` of an object without a kind, `kind:name` of one that has it. */
function stepOf(text: string): FieldStep {
  const [first = "", second] = text.split(":");
  if (first === "*") return first;
  return second === undefined ? { of: undefined, name: first } : { of: first, name: second };
}

describe("what made AWS refuse a request", () => {
  it.each<[string, RefusedPart[]]>([
    // anthropics/claude-code#49370: the flag is not named. Those that no model takes are the likely ones.
    ["invalid beta flag", [beta("flag-of-the-future-2031-01-01", flags)]],
    [
      "Unexpected value(s) `claude-code-20250219`, `x` for the `anthropic-beta` header. Please consult our documentation.",
      [beta("claude-code-20250219")],
    ],
    // anthropics/claude-code#82549
    ["context_management: Extra inputs are not permitted", [field("context_management")]],
    ["tools.0.custom.defer_loading: Extra inputs are not permitted", [field("tools", "*", "defer_loading")]],
    [
      "system.1.cache_control.ephemeral.scope: Extra inputs are not permitted",
      [field("system", "*", "text:cache_control", "ephemeral:scope")],
    ],
    [
      "messages.0.content.0.text.extra: Extra inputs are not permitted",
      [field("messages", "*", "user:content", "*", "text:extra")],
    ],
    [
      "Malformed input request: #: extraneous key [context_management] is not permitted#/tools/0: extraneous key [defer_loading] is not permitted, please reformat your input and try again.",
      [field("context_management"), field("tools", "*", "defer_loading")],
    ],
    ["thinking.adaptive.display: Input should be 'summarized' or 'omitted'", [field("thinking", "adaptive:display")]],
    // Recorded with CountTokens.
    [
      "tools.1: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom'",
      [tool("web_search_20250305")],
    ],
  ])("%s", (words, parts) => {
    expect(diagnoseRefusal(refusal(words), body)).toEqual(parts);
    expect(diagnoseRefusal(refusal(`The model returned the following errors: ${words}`), body)).toEqual(parts);
  });

  it.each([
    "max_tokens: Field required",
    "thinking.type: Input should be 'enabled' or 'disabled'",
    "messages: Extra inputs are not permitted",
    "messages.0.content.0: Extra inputs are not permitted",
    "tools.0.custom.input_schema.properties.x: Extra inputs are not permitted",
    "field_that_was_not_sent: Extra inputs are not permitted",
    "tools.9.custom.strict: Extra inputs are not permitted",
    "messages.0.content.0: Input tag 'x' found using 'type' does not match any of the expected tags: 'text'",
    "tools.1: Input tag 'not_sent' found using 'type' does not match any of the expected tags: 'custom'",
    "prompt is too long: 213462 tokens > 200000 maximum",
  ])("is not for Adit to leave out: %s", (words) => {
    expect(diagnoseRefusal(refusal(words), body)).toEqual([]);
  });

  it("is no wish for another answer than a message", () => {
    const asked = { ...body, compaction: { type: "summary" } };
    expect(diagnoseRefusal(refusal("compaction: Extra inputs are not permitted"), asked)).toEqual([]);
  });

  it("is a turn of thinking alone, where there is one and something else is left", () => {
    const words = "messages.1: The final block in an assistant message cannot be `thinking`.";
    const user = { role: "user", content: "Hi" };
    const thought = { role: "assistant", content: [{ type: "thinking", thinking: "hm", signature: "s" }] };
    const said = { role: "assistant", content: [{ type: "text", text: "hm" }] };
    expect(diagnoseRefusal(refusal(words), { messages: [user, thought, user] })).toEqual([{ kind: "thinkingTurn" }]);
    for (const messages of [[user, said, user], [thought], [user, { role: "assistant", content: [] }]]) {
      expect(diagnoseRefusal(refusal(words), { messages })).toEqual([]);
    }
  });

  it("is thinking without a signature under Converse, where there is some", () => {
    const words = "The model returned the following errors: messages.1.content.0.thinking.signature: Field required";
    const asked = (text: string, reasoningText: { text: string; signature?: string }): ConverseRequest => ({
      messages: [
        { role: "user", content: [{ text }] },
        { role: "assistant", content: [{ reasoningContent: { reasoningText } }, { text: "Hm." }] },
      ],
    });
    for (const unsigned of [{ text: "hm" }, { text: "hm", signature: "" }]) {
      expect(diagnoseConverseRefusal(refusal(words), asked("Hi", unsigned))).toEqual([{ kind: "unsignedThinking" }]);
      expect(diagnoseConverseRefusal(refusal(words, 403), asked("Hi", unsigned))).toEqual([]);
      expect(diagnoseConverseRefusal(refusal(words), asked("thinking.signature: Field required", unsigned))).toEqual(
        [],
      );
      expect(diagnoseConverseRefusal(refusal("max_tokens: Field required"), asked("Hi", unsigned))).toEqual([]);
    }
    expect(diagnoseConverseRefusal(refusal(words), asked("Hi", { text: "hm", signature: "c2ln" }))).toEqual([]);
  });

  it("is asked of refusals of the request alone", () => {
    expect(diagnoseRefusal(refusal("invalid beta flag", 403), body)).toEqual([]);
    expect(diagnoseRefusal(refusal("invalid beta flag"), {})).toEqual([]);
    const known = { ...body, anthropic_beta: ["claude-code-20250219", "effort-2025-11-24"] };
    expect(diagnoseRefusal(refusal("invalid beta flag"), known)).toEqual([]);
    const single = { ...body, anthropic_beta: ["effort-2025-11-24"] };
    expect(diagnoseRefusal(refusal("invalid beta flag"), single)).toEqual([beta("effort-2025-11-24")]);
  });

  it("is not believed where the request itself holds AWS's words: it would teach all callers", () => {
    const key = "a] is not permitted#/messages/0/content/0: extraneous key [cache_control";
    const words = `Malformed input request: #: extraneous key [${key}] is not permitted, please reformat your input`;
    const messages = [{ role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] }];
    expect(diagnoseRefusal(refusal(words), { messages, [key]: 1, a: 1 })).toEqual([]);
    const type = "x' found using 'type' does not match tools.1: Input tag 'bash_20250124";
    const tools = [
      { type, name: "x" },
      { type: "bash_20250124", name: "bash" },
    ];
    const tag = `tools.0: Input tag '${type}' found using 'type' does not match any of the expected tags: 'custom'`;
    expect(diagnoseRefusal(refusal(tag), { tools })).toEqual([]);
  });

  it("finds the effort of one message, which Claude Code sends where it knows the model to take it", () => {
    const output_config = { effort: "low" };
    const messages = [{ role: "system", content: "x", output_config }];
    expect(diagnoseRefusal(refusal("messages.0.output_config: Extra inputs are not permitted"), { messages })).toEqual([
      {
        kind: "field",
        path: [{ of: undefined, name: "messages" }, "*", { of: "system", name: "output_config" }],
        flags: [],
      },
    ]);
  });

  it("is not believed where a name of the request could be read as a path, or as two flags", () => {
    const output_config = { effort: "low" };
    for (const name of ["output_config.effort", "x output_config.effort"]) {
      const words = `${name}: Extra inputs are not permitted`;
      expect(diagnoseRefusal(refusal(words), { output_config, [name]: 1 })).toEqual([]);
    }
    const words = "output_config.effort: Extra inputs are not permitted";
    const tools = [{ name: "f", input_schema: { type: "object", properties: { "a.b": {} } } }];
    expect(diagnoseRefusal(refusal(words), { output_config, tools })).toHaveLength(1);
    const odd = "x`, `context-1m-2025-08-07";
    const named = `Unexpected value(s) \`${odd}\` for the \`anthropic-beta\` header. Please consult our documentation.`;
    expect(diagnoseRefusal(refusal(named), { anthropic_beta: [odd, "context-1m-2025-08-07"] })).toEqual([]);
  });

  const refused = [...recordingsOf("InvokeModel"), ...recordingsOf("InvokeModelWithResponseStream")].filter(
    ({ response }) => response.status === 400,
  );
  it.skipIf(refused.length === 0)("is nothing in the recorded refusals, which name no such part", () => {
    for (const { request, response } of refused) {
      const words = (response.body_json as { message: string }).message;
      expect(diagnoseRefusal(refusal(words), (request.body ?? {}) as JsonObject)).toEqual([]);
    }
  });
});

describe("what a model refused", () => {
  const parts = [
    beta("flag-of-the-future-2031-01-01"),
    field("tools", "*", "defer_loading"),
    tool("web_search_20250305"),
  ];

  it("is found in a body by its places", () => {
    expect(placesOfRefused(body, flagsIn(body), parts)).toEqual([
      ["tools", 0, "defer_loading"],
      ["tools", 2, "defer_loading"],
      ["tools", 1],
    ]);
  });

  it("is left out of the next request and named", () => {
    const asked = {
      ...body,
      model: "m",
      tools: [{ type: "tool_x_2031", name: "x" }, (body["tools"] as JsonObject[])[0] ?? {}],
    };
    const made = nativeFromMessages(checkMessagesRequest(asked), {
      model: factsOfModel(opus48),
      media: new Map(),
      anthropicBeta: [],
      refused: [...parts, tool("tool_x_2031")],
    });
    expect(JSON.parse(made.body)).toMatchObject({
      anthropic_beta: ["claude-code-20250219"],
      tools: [{ name: "f", input_schema: { type: "object", properties: { x: {} } } }],
    });
    expect(made.dropped).toEqual([
      "anthropic_beta.flag-of-the-future-2031-01-01",
      "tools[1].defer_loading",
      "tools[0]",
    ]);
  });

  it("is every turn of thinking alone from then on, and no other's thinking", () => {
    const thought = { type: "thinking", thinking: "hm", signature: "s" };
    const user = { role: "user", content: "Hi" };
    const said = { role: "assistant", content: [thought, { type: "text", text: "Hm." }] };
    const broken = { role: "assistant", content: [thought, { type: "redacted_thinking", data: "eA==" }] };
    const asked = { model: "m", max_tokens: 10, messages: [user, said, user, broken, user] };
    const made = nativeFromMessages(checkMessagesRequest(asked), {
      model: factsOfModel(opus48),
      media: new Map(),
      anthropicBeta: [],
      refused: [{ kind: "thinkingTurn" }],
    });
    expect((JSON.parse(made.body) as JsonObject)["messages"]).toEqual([user, said, user, user]);
    expect(made.dropped).toEqual(["messages[3]"]);
  });

  it("takes the choice of tools along with the last of them", () => {
    const asked = { ...body, model: "m", tools: [{ type: "tool_x_2031", name: "x" }], tool_choice: { type: "auto" } };
    const made = nativeFromMessages(checkMessagesRequest(asked), {
      model: factsOfModel(opus48),
      media: new Map(),
      anthropicBeta: [],
      refused: [tool("tool_x_2031")],
    });
    expect(Object.keys(JSON.parse(made.body) as object)).not.toEqual(expect.arrayContaining(["tools"]));
    expect(made.body).not.toContain("tool_choice");
    expect(made.dropped).toEqual(["tools[0]", "tools"]);
  });

  it("is remembered by caller, model and region, once, and not without bounds", () => {
    const memory = new RefusedParts();
    const at = (baseId: string, region = "us-east-1", caller = "one") => ({ model: { baseId }, region, caller });
    memory.remember(at("a"), [beta("1"), beta("2")]);
    memory.remember(at("a"), [beta("2")]);
    expect(memory.of(at("a"))).toEqual([beta("1"), beta("2")]);
    expect(memory.of(at("b"))).toEqual([]);
    expect(memory.of(at("a", "eu-west-3"))).toEqual([]);
    expect(memory.of(at("a", "us-east-1", "other"))).toEqual([]);
    expect(memory.flagsOf(at("a", "us-east-1", "other"), new Set(["1"]))).toEqual(new Set());
    memory.remember(
      at("a"),
      Array.from({ length: 1000 }, (_, index) => beta(`flag-${index}`)),
    );
    expect(memory.of(at("a")).length).toBeLessThan(100);
    expect(memory.of(at("a")).at(-1)).toEqual(beta("flag-999"));
    for (let model = 0; model < 6000; model += 1) memory.remember(at(`model-${model}`), [beta("1")]);
    expect(memory.of(at("a"))).toEqual([]);
    expect(memory.of(at("model-5999"))).toEqual([beta("1")]);
  });

  it("is forgotten after an hour", () => {
    let now = 0;
    const memory = new RefusedParts({ ...systemClock, now: () => now });
    const place = { caller: "", model: { baseId: "a" }, region: "us-east-1" };
    memory.remember(place, [beta("1"), beta("2")]);
    now = 1_800_000;
    memory.remember(place, [beta("2")]);
    now = 3_600_000;
    expect(memory.of(place)).toEqual([beta("2")]);
    now = 5_400_000;
    expect(memory.of(place)).toEqual([]);
  });

  it("is not learned from flags that would fill the memory", () => {
    const flags = Array.from({ length: 10_000 }, (_, index) => `flag-${index}`);
    expect(diagnoseRefusal(refusal("invalid beta flag"), { anthropic_beta: flags })).toEqual([]);
    expect(diagnoseRefusal(refusal("invalid beta flag"), { anthropic_beta: flags.slice(0, 5) })).toHaveLength(5);
  });
});

it.each<[words: string, fields: JsonObject, left: JsonObject, dropped: string]>([
  ["foo: Extra inputs are not permitted", { foo: 1, top_k: 3 }, { top_k: 3 }, "foo"],
  ["foo.bar: Extra inputs are not permitted", { foo: { bar: 1, baz: 2 } }, { foo: { baz: 2 } }, "foo.bar"],
  [
    "tools.0: Input tag 'new_20310101' found using 'type' does not match any of the expected tags: 'custom'",
    { tools: [{ type: "new_20310101", name: "n" }] },
    {},
    "tools[0]",
  ],
])("what is refused is left out of the additional fields too: %s", (words, fields, left, dropped) => {
  const model = factsOfModel("us.anthropic.claude-sonnet-4-5-20250929-v1:0");
  const context = { model, media: new Map(), anthropicBeta: [] };
  const messages = [{ role: "user", content: "x" }];
  const asked = { model: "m", max_tokens: 10, messages, additionalModelRequestFields: fields };
  const made = (refused: RefusedPart[]) => nativeFromMessages(checkMessagesRequest(asked), { ...context, refused });
  const first = JSON.parse(made([]).body) as JsonObject;
  expect(first).toMatchObject(fields);
  const second = made(diagnoseRefusal(refusal(words), first));
  const rest = { max_tokens: 10, messages, anthropic_version: "bedrock-2023-05-31" };
  expect(JSON.parse(second.body)).toEqual({ ...rest, ...left });
  expect(second.dropped).toEqual([`additionalModelRequestFields.${dropped}`]);
});

/** A refused request, AWS's words, and the next request of somebody else: what of that one is left out. */
describe("what one caller's mistake takes from the others", () => {
  const cached = { cache_control: { type: "ephemeral" } };
  const user = (...content: JsonObject[]): JsonObject => ({ role: "user", content });
  const assistant = (...content: JsonObject[]): JsonObject => ({ role: "assistant", content });
  const thinking = { type: "thinking", thinking: "x", signature: "y" };
  const text = { type: "text", text: "x" };
  const result = { type: "tool_result", tool_use_id: "t1", content: "boom" };
  const own = { name: "f", description: "d", input_schema: { type: "object" } };
  const bash = { type: "bash_20250124", name: "bash", description: "d" };

  it.each<[words: string, refused: JsonObject, next: JsonObject]>([
    [
      "messages.1.content.0.thinking.cache_control: Extra inputs are not permitted",
      { messages: [user(text), assistant({ ...thinking, ...cached })] },
      { messages: [user({ ...text, ...cached }), assistant({ ...text, ...cached }, { ...result, ...cached })] },
    ],
    [
      "tools.0.bash_20250124.description: Extra inputs are not permitted",
      { tools: [bash] },
      { tools: [own, { ...own, type: "custom" }] },
    ],
    [
      "messages.0.content.0.text.is_error: Extra inputs are not permitted",
      { messages: [user({ ...text, is_error: true })] },
      { messages: [user({ ...result, is_error: true })] },
    ],
    [
      "Malformed input request: #/messages/0/content/0: extraneous key [title] is not permitted, please reformat your input and try again.",
      { messages: [user({ ...text, title: "x" })] },
      {
        messages: [
          user({ type: "document", title: "x", source: { type: "text", media_type: "text/plain", data: "d" } }),
        ],
      },
    ],
    [
      "messages.0.content.0.search_result.content.0.text.other: Extra inputs are not permitted",
      { messages: [user({ type: "search_result", title: "t", source: "s", content: [{ ...text, other: 1 }] })] },
      { messages: [user({ ...result, content: [{ ...text, other: 1 }] })] },
    ],
    [
      "thinking.adaptive.budget_tokens: Extra inputs are not permitted",
      { thinking: { type: "adaptive", budget_tokens: 2000 } },
      { thinking: { type: "enabled", budget_tokens: 2000 } },
    ],
    // A flag may be what allows a field or a tool.
    [
      "context_management: Extra inputs are not permitted",
      { context_management: {}, anthropic_beta: ["claude-code-20250219"] },
      { context_management: {}, anthropic_beta: ["claude-code-20250219", "context-management-2025-06-27"] },
    ],
    [
      "tools.0: Input tag 'computer_20251124' found using 'type' does not match any of the expected tags: 'custom'",
      { tools: [{ type: "computer_20251124", name: "computer" }] },
      { tools: [{ type: "computer_20251124", name: "computer" }], anthropic_beta: ["computer-use-2025-11-24"] },
    ],
    // AWS does not say which of the flags it is.
    [
      "invalid beta flag",
      { anthropic_beta: ["good-flag-2031-01-01", "junk"] },
      { anthropic_beta: ["good-flag-2031-01-01"] },
    ],
  ])("%s", (words, wrong, next) => {
    const parts = diagnoseRefusal(refusal(words), wrong);
    expect(parts).not.toEqual([]);
    const refused: JsonObject = { model: "m", messages: [user(text)], max_tokens: 10, ...wrong };
    const made = (request: JsonObject) =>
      nativeFromMessages(checkMessagesRequest(request), {
        model: { ...factsOfModel(opus48), thinking: "budget-or-adaptive" },
        media: new Map(),
        anthropicBeta: [],
        refused: parts,
      });
    expect(made(refused).dropped).not.toEqual([]);
    const asked: JsonObject = { messages: [user(text)], max_tokens: 10, ...next };
    const { body: sent, dropped } = made({ model: "m", ...asked });
    expect(dropped).toEqual([]);
    expect(JSON.parse(sent)).toEqual({ ...asked, anthropic_version: "bedrock-2023-05-31" });
  });

  it.each<[words: string, refused: JsonObject]>([
    [
      "messages.0.content.0.text.cache_control: Extra inputs are not permitted",
      { messages: [user({ ...text, ...cached })] },
    ],
    ["system.0.text.cache_control: Extra inputs are not permitted", { system: [{ ...text, ...cached }] }],
    ["tools.0.custom.description: Extra inputs are not permitted", { tools: [own] }],
    [
      "tools.0.custom.cache_control: Extra inputs are not permitted",
      { tools: [{ ...own, type: "custom", ...cached }] },
    ],
    ["tools.0.bash_20250124.cache_control: Extra inputs are not permitted", { tools: [{ ...bash, ...cached }] }],
    [
      "messages.0.content.0.tool_result.is_error: Extra inputs are not permitted",
      { messages: [user({ ...result, is_error: true })] },
    ],
    [
      "thinking.enabled.budget_tokens: Extra inputs are not permitted",
      { thinking: { type: "enabled", budget_tokens: 1 } },
    ],
  ])("is not a field that has its meaning right there: %s", (words, wrong) => {
    expect(diagnoseRefusal(refusal(words), wrong)).toEqual([]);
  });
});
