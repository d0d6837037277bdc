import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { signatureOf } from "../generate/signature.ts";
import { validate } from "./validate.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const haiku3 = "anthropic.claude-3-haiku-20240307-v1:0";
const opus8 = "us.anthropic.claude-opus-4-8";
const nova = "amazon.nova-lite-v1:0";
const titan = "amazon.titan-text-express-v1";
const llama = "us.meta.llama3-3-70b-instruct-v1:0";
const png = Buffer.from("89504e470d0a1a0a", "hex").toString("base64");
const prefix = "The model returned the following errors: ";

const user = (...content: object[]) => ({ role: "user", content });
const assistant = (...content: object[]) => ({ role: "assistant", content });
const text = (words = "Hi") => ({ text: words });
const use = (id: string, input: unknown = {}) => ({ toolUse: { toolUseId: id, name: "look", input } });
const result = (id: string, more: object = {}) => ({
  toolResult: { toolUseId: id, content: [{ text: "ok" }], ...more },
});
const file = (name: string, more: object = {}) => ({
  document: { name, format: "txt", source: { text: "x" }, ...more },
});
const picture = { image: { format: "png", source: { bytes: png } } };
const point = (ttl?: string) => ({ cachePoint: { type: "default", ...(ttl === undefined ? {} : { ttl }) } });
const tool = (schema: object = {}, more: object = {}) => ({
  toolSpec: { name: "look", inputSchema: { json: { type: "object", ...schema } }, ...more },
});
const tools = { toolConfig: { tools: [tool()] } };
const thinking = { additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } } };

function refusalOf(modelId: string, body: object, stream = false) {
  const verdict = validate({ modelId, region: "us-east-1", body: { messages: [user(text())], ...body }, stream });
  return "refusal" in verdict ? verdict.refusal : undefined;
}

function messageFor(modelId: string, body: object, stream = false): string | undefined {
  return refusalOf(modelId, body, stream)?.message;
}

describe("the model id", () => {
  it.each([
    "nonsense",
    "amazon.nova-micro-v1:O",
    "nobody.model-v1:0",
    "eu.amazon.nova-lite-v1:0",
    "us.nonsense",
    "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
  ])("%s is no id here", (id) => expect(messageFor(id, {})).toBe("The provided model identifier is invalid."));

  it.each([
    "amazon.nova-lite-v1:0",
    "us.amazon.nova-lite-v1:0",
    "anthropic.claude-unheard-9",
    "global.anthropic.claude-sonnet-5",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl",
  ])("%s is one", (id) => expect(messageFor(id, {})).toBe(undefined));

  it("says how to call what is offered through profiles only (recorded words, typographic apostrophe)", () => {
    expect(messageFor("anthropic.claude-sonnet-4-6", {})).toBe(
      "Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn\u2019t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
    );
  });

  it("refuses models of another kind, and retired ones with 404", () => {
    expect(messageFor("amazon.titan-embed-text-v2:0", {})).toBe(
      "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
    );
    expect(refusalOf("anthropic.claude-v1", {})).toMatchObject({ status: 404, errorType: "ResourceNotFoundException" });
  });

  it("judges the form before the id, and the id before the conversation", () => {
    expect(refusalOf("nonsense", { inferenceConfig: { maxTokens: 0 } })?.message).toContain("maxTokens");
    expect(messageFor("nonsense", { messages: [assistant(text())] })).toBe("The provided model identifier is invalid.");
  });
});

describe("roles and text", () => {
  const starts =
    "A conversation must start with a user message. Try again with a conversation that starts with a user message.";
  it("begins with the user, except where a family takes the assistant first", () => {
    expect(messageFor(nova, { messages: [assistant(text()), user(text())] })).toBe(starts);
    expect(messageFor(claude, { messages: [assistant(text()), user(text())] })).toBe(undefined);
    expect(messageFor(claude, { messages: [] })).toBe(starts);
  });

  it("alternates, except where neighbours are merged", () => {
    const messages = [user(text()), user(text())];
    expect(messageFor("cohere.command-r-v1:0", { messages })).toBe(
      "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
    );
    expect(messageFor(nova, { messages })).toBe(undefined);
    expect(messageFor(claude, { messages })).toBe(undefined);
  });

  it("holds text", () => {
    expect(messageFor(nova, { messages: [user(text(), text(""))] })).toBe(
      "The text field in the ContentBlock object at messages.0.content.1 is blank. Add text to the text field, and try again.",
    );
    expect(messageFor(nova, { messages: [user(text(" "))] })).toBe(
      "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.",
    );
    expect(messageFor(claude, { messages: [user(text(" \n"))] })).toBe(
      `${prefix}messages: text content blocks must contain non-whitespace text`,
    );
    expect(messageFor(claude, { messages: [user(text(), text("\n"))] })).toBe(undefined);
    expect(messageFor(claude, { messages: [user(text()), user()] })).toBe(
      "The content field in the Message object at messages.1 is empty. Add a ContentBlock object to the content field and try again.",
    );
  });

  it("ends with the user where there is no prefill", () => {
    const messages = [user(text()), assistant(text())];
    expect(messageFor("us.anthropic.claude-sonnet-4-6", { messages })).toBe(
      `${prefix}This model does not support assistant message prefill. The conversation must end with a user message.`,
    );
    expect(messageFor(claude, { messages })).toBe(undefined);
    expect(messageFor(claude, { messages: [user(text()), assistant(text("Hi "))] })).toBe(
      `${prefix}messages: final assistant content cannot end with trailing whitespace`,
    );
  });

  it("has messages, unless a prompt has them", () => {
    expect(messageFor(claude, { messages: undefined })).toBe(
      "1 validation error detected: Value null at 'messages' failed to satisfy constraint: Member must not be null",
    );
    const prompt = "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1";
    expect(messageFor(prompt, { messages: undefined, promptVariables: { name: { text: "x" } } })).toBe(undefined);
    expect(refusalOf(prompt, { inferenceConfig: {} })?.message).toContain("inferenceConfig");
  });
});

describe("documents", () => {
  it("stand beside text", () =>
    expect(messageFor(claude, { messages: [user(file("a"))] })).toBe(
      "A text block must be included when using documents.",
    ));

  it.each(["report.pdf", "a\tb", "a\u3000b", "a  b", "a/b"])("refuses the name %j", (name) => {
    expect(refusalOf(claude, { messages: [user(text(), file(name))] })?.message).toContain(
      "The document file name can only contain",
    );
  });

  it.each(["company_policy", "Document 1", "a-b (2) [c]", " a "])("takes the name %j", (name) => {
    expect(messageFor(claude, { messages: [user(text(), file(name))] })).toBe(undefined);
  });

  it("have names of their own in the whole conversation, tool results too", () => {
    const words = "Messages can't contain duplicate document names. Rename the document and retry your request.";
    expect(
      messageFor(claude, { messages: [user(text(), file("a")), assistant(text()), user(text(), file("a"))] }),
    ).toBe(words);
    expect(
      messageFor(claude, {
        ...tools,
        messages: [user(text(), file("a")), assistant(use("t")), user(result("t", { content: [file("a")] }))],
      }),
    ).toBe(words);
  });

  it("are at most five a message, images twenty", () => {
    const files = (count: number) => Array.from({ length: count }, (_, index) => file(`d${index}`));
    expect(messageFor(claude, { messages: [user(text(), ...files(5))] })).toBe(undefined);
    expect(refusalOf(claude, { messages: [user(text(), ...files(6))] })?.message).toContain("limit of 5");
    expect(messageFor(claude, { messages: [user(...Array.from({ length: 20 }, () => picture))] })).toBe(undefined);
    expect(refusalOf(claude, { messages: [user(...Array.from({ length: 21 }, () => picture))] })?.message).toContain(
      "limit of 20",
    );
  });

  it("of Claude's do not come from S3 (recorded words), nor do other families' media", () => {
    const s3 = { s3Location: { uri: "s3://bucket/file" } };
    expect(messageFor(claude, { messages: [user(text(), file("a", { source: s3 }))] })).toBe(
      `${prefix}messages.0.content.1.document.source.type: Field required`,
    );
    expect(messageFor(llama, { messages: [user(text(), file("a", { source: s3 }))] })).toBe(
      "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
    );
    expect(
      messageFor("us.amazon.nova-2-lite-v1:0", { messages: [user(text(), { image: { format: "png", source: s3 } })] }),
    ).toBe(undefined);
  });
});

describe("blocks and fields that a model lacks", () => {
  const lacks = (kind: string) =>
    `This model doesn't support the ${kind} content block that you provided. Update the content block and try again.`;
  it.each([
    ["amazon.nova-micro-v1:0", picture, "image"],
    [claude, { video: { format: "mp4", source: { bytes: png } } }, "video"],
    [claude, { audio: { format: "mp3", source: { bytes: png } } }, "audio"],
    [llama, picture, "image"],
  ])("%s", (model, block, kind) => expect(messageFor(model, { messages: [user(text(), block)] })).toBe(lacks(kind)));

  it("inside tool results", () => {
    const messages = [user(text()), assistant(use("t")), user(result("t", { content: [picture] }))];
    expect(messageFor("qwen.qwen3-32b-v1:0", { ...tools, messages })).toBe(lacks("image"));
    expect(messageFor(claude, { ...tools, messages })).toBe(undefined);
    const status = [user(text()), assistant(use("t")), user(result("t", { status: "success" }))];
    expect(messageFor("us.writer.palmyra-x4-v1:0", { ...tools, messages: status })).toBe(
      "This model doesn't support the status field. Remove status and try again.",
    );
  });

  it("GPT's, as reported", () => {
    const gpt = "us.openai.gpt-5.6-sol";
    const messages = [user(text()), assistant(use("t")), user(result("t", { content: [picture] }))];
    expect(messageFor(gpt, { ...tools, messages })).toBe(lacks("image"));
    expect(messageFor(gpt, { ...tools, messages: [...messages.slice(0, 2), user(result("t"), picture)] })).toBe(
      undefined,
    );
    expect(messageFor(gpt, thinking)).toBe(`${prefix}Unknown parameter: 'thinking'.`);
    expect(messageFor(gpt, { additionalModelRequestFields: { reasoning: { effort: "low" } } })).toBe(undefined);
    expect(messageFor(gpt, { inferenceConfig: { topP: 0.5 } })).toContain("'top_p' is not supported");
    const thought = (reasoningContent: object) => [user(text()), assistant({ reasoningContent }, text()), user(text())];
    expect(messageFor(gpt, { messages: thought({ reasoningText: { text: "x" } }) })).toBe(
      "This model doesn't support the reasoningContent.reasoningText.text field for assistant messages. Remove reasoningContent.reasoningText.text and try again.",
    );
    expect(messageFor(gpt, { messages: thought({ redactedContent: "cnNuX2E=" }) })).toBe(undefined);
  });

  it("the newest Claude's, as reported", () => {
    const opus55 = "us.anthropic.claude-opus-5-5";
    const off = { additionalModelRequestFields: { thinking: { type: "disabled" } } };
    const forced = { toolConfig: { tools: [tool()], toolChoice: { any: {} } } };
    expect(messageFor(opus55, off)).toContain('"thinking.type.disabled" is not supported for this model.');
    expect(messageFor("us.anthropic.claude-opus-5", off)).toBe(undefined);
    expect(messageFor(opus55, forced)).toBe(`${prefix}tool_choice forces tool use is not compatible with this model`);
    expect(messageFor("us.anthropic.claude-fable-5", forced)).toBe(undefined);
  });

  it("media stand in user messages", () => {
    expect(refusalOf(claude, { messages: [user(text()), assistant(picture), user(text())] })?.message).toContain(
      "only allowed in messages with the user role",
    );
  });

  it("system, limits, structured output", () => {
    expect(messageFor(titan, { system: [text()] })).toBe(
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    );
    expect(messageFor(titan, { system: [] })).toBe(undefined);
    expect(messageFor(haiku3, { inferenceConfig: { maxTokens: 5000 } })).toBe(
      "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
    );
    const outputConfig = { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: "{}" } } } };
    expect(messageFor(nova, { outputConfig })).toBe(
      "This model doesn't support the outputConfig.textFormat field. Remove outputConfig.textFormat and try again.",
    );
    expect(messageFor(claude, { outputConfig })).toBe(undefined);
    expect(
      refusalOf(claude, {
        outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: "{" } } } },
      })?.message,
    ).toContain("Provide a json object");
  });

  it("stop sequences of white space alone, for Claude", () => {
    const stop = { inferenceConfig: { stopSequences: ["END", "\n"] } };
    expect(messageFor(claude, stop)).toBe(`${prefix}stop_sequences: each stop sequence must contain non-whitespace`);
    expect(messageFor(nova, stop)).toBe(undefined);
  });

  it("a prompt beyond Claude's context", () => {
    const prompt = (tokens: number) => ({ messages: [user(text("word".repeat(tokens)))] });
    const long = { additionalModelRequestFields: { anthropic_beta: ["context-1m-2025-08-07"] } };
    expect(messageFor(claude, prompt(200_000))).toBe(`${prefix}Input is too long for requested model.`);
    expect(messageFor(claude, { ...prompt(200_000), ...long })).toBe(undefined);
    expect(messageFor(opus8, prompt(200_000))).toBe(undefined);
    expect(messageFor(opus8, prompt(1_000_000))).toBe(`${prefix}prompt is too long: 1000003 tokens > 1000000 maximum`);
  });

  it("stop sequences", () => {
    const inferenceConfig = { stopSequences: ["END"] };
    for (const model of ["openai.gpt-oss-20b-1:0", "qwen.qwen3-32b-v1:0", "zai.glm-4.6", "deepseek.v3-v1:0"])
      expect(messageFor(model, { inferenceConfig })).toBe(
        "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
      );
    for (const model of [claude, nova, llama]) expect(messageFor(model, { inferenceConfig })).toBe(undefined);
  });

  it.each([
    ["us.amazon.nova-pro-v1:0", undefined],
    ["arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-micro-v1:0", undefined],
    ["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl", undefined],
    ["amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"],
    ["google.gemma-3-27b-it", "google.gemma-3-27b-it"],
    ["us.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6-v1"],
  ])("latency for %s", (modelId, refused) => {
    expect(messageFor(modelId, { performanceConfig: { latency: "standard" } })).toBe(undefined);
    expect(messageFor(modelId, { performanceConfig: { latency: "optimized" } })).toBe(
      refused && `Latency performance configuration is not supported for ${refused} in us-east-1`,
    );
  });

  it("response paths and guardrails", () => {
    expect(messageFor(claude, { additionalModelResponseFieldPaths: ["/stop_sequence"] })).toBe(undefined);
    expect(refusalOf(claude, { additionalModelResponseFieldPaths: ["stop_sequence"] })?.message).toContain(
      "JSON Pointer",
    );
    expect(messageFor(claude, { guardrailConfig: { guardrailIdentifier: "abc" } })).toBe(
      "1 validation error detected: Value null at 'guardrailConfig.guardrailVersion' failed to satisfy constraint: Member must not be null",
    );
    expect(messageFor(claude, { guardrailConfig: { guardrailIdentifier: "missing", guardrailVersion: "1" } })).toBe(
      "The guardrail identifier or version provided in the request does not exist.",
    );
  });
});

describe("tools", () => {
  it("are refused by models without, and in streams by some", () => {
    expect(messageFor("us.meta.llama3-2-3b-instruct-v1:0", tools)).toBe("This model doesn't support tool use.");
    expect(messageFor(llama, tools, true)).toBe("This model doesn't support tool use in streaming mode.");
    expect(messageFor(llama, tools)).toBe(undefined);
    expect(messageFor(claude, tools, true)).toBe(undefined);
  });

  it("must be declared where they were used", () => {
    const messages = [user(text()), assistant(use("t")), user(result("t"))];
    expect(messageFor(claude, { messages })).toBe(
      "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
    expect(messageFor(nova, { messages: [user(text()), assistant(text()), user(result("t"))] })).toBe(
      `${prefix}Malformed input request: #/messages/2/content/0: extraneous key [toolResult] is not permitted, please reformat your input and try again.`,
    );
    expect(messageFor(claude, { ...tools, messages })).toBe(undefined);
  });

  it("get one result each", () => {
    expect(
      messageFor(claude, { ...tools, messages: [user(text()), assistant(use("a"), use("b")), user(text("so?"))] }),
    ).toBe("Expected toolResult blocks at messages.2.content for the following Ids: a, b");
    expect(
      messageFor(claude, { ...tools, messages: [user(text()), assistant(use("a"), use("b")), user(result("b"))] }),
    ).toBe("Expected toolResult blocks at messages.2.content for the following Ids: a");
    expect(
      messageFor(claude, { ...tools, messages: [user(text()), assistant(use("a")), user(result("a"), result("b"))] }),
    ).toBe(
      "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.",
    );
    expect(messageFor(claude, { ...tools, messages: [user(result("a"))] })).toBe(
      "The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous turn.",
    );
    expect(messageFor(claude, { ...tools, messages: [user(text()), assistant(use("a"))] })).toBe(
      "Expected toolResult blocks at messages.2.content for the following Ids: a",
    );
    expect(
      messageFor(claude, {
        ...tools,
        messages: [user(text()), assistant(use("a"), use("b")), user(result("a")), user(result("b"))],
      }),
    ).toBe(undefined);
  });

  it("and calls have ids that come once in a turn, with Claude once in the conversation", () => {
    const asked = (...turns: object[]) => ({ ...tools, messages: [user(text()), ...turns] });
    const twice = asked(assistant(use("a"), use("a")), user(result("a")));
    const answeredTwice = asked(assistant(use("a")), user(result("a")), user(result("a")));
    const again = asked(assistant(use("a")), user(result("a")), assistant(use("a")), user(result("a")));
    for (const model of [claude, nova]) {
      expect(messageFor(model, twice)).toBe("The toolUse blocks at messages.1.content contain duplicate Ids: a");
      expect(messageFor(model, answeredTwice)).toBe(
        "The toolResult blocks at messages.2.content contain duplicate Ids: a",
      );
    }
    expect(messageFor(nova, again)).toBe(undefined);
    expect(messageFor(claude, again)).toBe(`${prefix}messages.3.content.0: \`tool_use\` ids must be unique`);
  });

  it("have nine letters or digits for Mistral", () => {
    const messages = (id: string) => [user(text()), assistant(use(id)), user(result(id))];
    expect(messageFor("us.mistral.pixtral-large-2502-v1:0", { ...tools, messages: messages("a") })).toBe(
      `${prefix}Tool call id was a but must be a-z, A-Z, 0-9, with a length of 9.`,
    );
    for (const id of ["getphoto1", "tooluse_daIKOZu4g4GrvIIv9wdqy4"]) {
      expect(messageFor("us.mistral.pixtral-large-2502-v1:0", { ...tools, messages: messages(id) })).toBe(undefined);
    }
  });

  it("come first in Claude's user turn, and alone in Llama's and Mistral's", () => {
    const messages = [user(text()), assistant(use("a")), user(text(), result("a"))];
    expect(messageFor(claude, { ...tools, messages })).toBe(
      `${prefix}messages.2: Did not find 1 tool_result block(s) at the beginning of this message. Messages following tool_use blocks must begin with a matching number of tool_result blocks.`,
    );
    expect(messageFor(nova, { ...tools, messages })).toBe(undefined);
    expect(messageFor("us.mistral.pixtral-large-2502-v1:0", { ...tools, messages })).toBe(
      "messages.2.content: Conversation blocks and tool result blocks cannot be provided in the same turn.",
    );
    expect(
      messageFor(llama, { ...tools, messages: [user(text()), assistant(text(), use("a")), user(result("a"))] }),
    ).toBe("messages.1.content: Conversation blocks and tool use blocks cannot be provided in the same turn.");
  });

  it("take objects", () => {
    expect(
      messageFor(claude, { ...tools, messages: [user(text()), assistant(use("a", "{}")), user(result("a"))] }),
    ).toBe(
      "The format of the value at messages.1.content.0.toolUse.input is invalid. Provide a json object for the field and try again.",
    );
    expect(
      messageFor(claude, {
        ...tools,
        messages: [user(text()), assistant(use("a")), user(result("a", { content: [{ json: [1] }] }))],
      }),
    ).toBe(
      "The format of the value at messages.2.content.0.toolResult.content.0.json is invalid. Provide a json object for the field and try again.",
    );
    expect(
      messageFor(claude, { toolConfig: { tools: [{ toolSpec: { name: "look", inputSchema: { json: {} } } }] } }),
    ).toBe("The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.");
  });

  it("are chosen as the model can", () => {
    const any = { toolConfig: { ...tools.toolConfig, toolChoice: { any: {} } } };
    expect(messageFor(llama, any)).toBe(
      "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
    );
    expect(messageFor(nova, any)).toBe(undefined);
    expect(
      refusalOf(claude, { toolConfig: { ...tools.toolConfig, toolChoice: { tool: { name: "other" } } } })?.message,
    ).toContain("'other' not found");
  });

  it("have schemas that Nova's layer knows", () => {
    const nested = { toolConfig: { tools: [tool(), tool({ definitions: {} })] } };
    expect(messageFor(nova, nested)).toBe(
      `${prefix}Malformed input request: #/toolConfig/tools/1/toolSpec/inputSchema/json: extraneous key [definitions] is not permitted, please reformat your input and try again.`,
    );
    expect(messageFor(nova, { toolConfig: { tools: [tool({ title: "x", additionalProperties: false })] } })).toBe(
      undefined,
    );
    expect(messageFor(nova, { additionalModelRequestFields: { top_k: 5 } })).toBe(
      `${prefix}Malformed input request: #: extraneous key [top_k] is not permitted, please reformat your input and try again.`,
    );
  });

  it.each([
    [{ properties: { a: { oneOf: [{ type: "string" }] } } }, "Schema type 'oneOf' is not supported"],
    [
      { $defs: { a: { items: { $ref: "#/$defs/b" } }, b: { anyOf: [{ $ref: "#/$defs/a" }] } } },
      "Circular reference detected in schema definitions: a -> b -> a.",
    ],
    [{ properties: { a: { type: "array", uniqueItems: true } } }, "property 'uniqueItems' is not supported"],
    [{ minProperties: 1 }, "For 'object' type, property 'minProperties' is not supported"],
    [{ properties: { a: { type: "string", format: "starts_with" } } }, "format 'starts_with' is not supported"],
    [{ properties: { a: { type: "string", pattern: "^(?!a)b" } } }, "Pattern '^(?!a)b' is not supported"],
    [{ properties: { a: { type: "string", pattern: "\\\\\\b" } } }, "is not supported: it looks around"],
    [{ properties: { a: { enum: [{}] } } }, "Complex types within 'enum'"],
    [
      { properties: Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`p${index}`, {}])) },
      "too many optional parameters (25), which would make grammar compilation inefficient",
    ],
    [
      { items: { anyOf: Array.from({ length: 16 }, () => ({ type: ["string", "null"] })) } },
      "too many parameters with union types (17 parameters with type arrays or anyOf)",
    ],
  ])("are strict without what Claude cannot compile: %j", (schema, words) => {
    const strict = tool({ additionalProperties: false, ...schema }, { strict: true });
    expect(refusalOf(claude, { toolConfig: { tools: [strict] } })?.message).toContain(words);
    expect(messageFor(claude, { toolConfig: { tools: [tool(schema)] } })).toBe(undefined);
  });

  it("have no alternatives at the top of their schemas", () => {
    const one = tool({ anyOf: [{ required: ["a"] }, { required: ["b"] }] });
    expect(messageFor(claude, { toolConfig: { tools: [one] } })).toBe(
      `${prefix}tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
    );
    expect(messageFor(nova, { toolConfig: { tools: [one] } })).toBe(undefined);
    expect(messageFor(claude, { toolConfig: { tools: [tool({ properties: { größe: {} } })] } })).toBe(
      `${prefix}tools.0.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'`,
    );
  });

  it.each([
    { properties: { a: { type: "array", items: [{ type: "string" }] } } },
    { properties: { a: { anyOf: [{ items: { items: [] } }] } } },
    { properties: { a: { type: "integer", minimum: 0, exclusiveMinimum: true } } },
    { $defs: { a: { maximum: 0, exclusiveMaximum: false } } },
    { additionalProperties: { oneOf: [{ prefixItems: [{ items: [] }] }] } },
    { properties: { a: { type: "array", prefixItems: [], items: false } } },
  ])("have schemas of draft 2020-12 from Opus 4.8 on: %j", (schema) => {
    expect(messageFor(opus8, { toolConfig: { tools: [tool(schema)] } })).toBe(
      `${prefix}tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). Learn more about tool use at https://docs.claude.com/en/docs/tool-use.`,
    );
    expect(messageFor("us.anthropic.claude-opus-4-7", { toolConfig: { tools: [tool(schema)] } })).toBe(undefined);
    const properties = { items: { type: "array", prefixItems: [{}], items: false }, exclusiveMinimum: { const: true } };
    expect(messageFor(opus8, { toolConfig: { tools: [tool({ properties, enum: [schema] })] } })).toBe(undefined);
  });

  it("are strict with closed schemas only", () => {
    expect(refusalOf(claude, { toolConfig: { tools: [tool({}, { strict: true })] } })?.message).toContain(
      "'additionalProperties' must be explicitly set to false",
    );
    expect(
      messageFor(claude, { toolConfig: { tools: [tool({ additionalProperties: false }, { strict: true })] } }),
    ).toBe(undefined);
    expect(
      messageFor(opus8, { toolConfig: { tools: [tool({ additionalProperties: false }, { strict: true })] } }),
    ).toBe("This model doesn't support the strict field. Remove strict and try again.");
  });
});

describe("cache points", () => {
  it("are four at most, the longer first", () => {
    const points = (count: number) => user(...Array.from({ length: count }, () => [text(), point()]).flat());
    expect(messageFor(claude, { messages: [points(4)] })).toBe(undefined);
    expect(messageFor(claude, { messages: [points(5)] })).toBe(
      `${prefix}A maximum of 4 blocks with cache_control may be provided. Found 5.`,
    );
    expect(messageFor(claude, { messages: [user(text(), point("1h"), text(), point("5m"))] })).toBe(undefined);
    expect(refusalOf(claude, { system: [text(), point()], messages: [user(text(), point("1h"))] })?.message).toContain(
      "messages.0.content.1.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m'",
    );
  });

  it.each([
    ["messages.0.content.0", { messages: [user(point(), text())] }],
    ["messages.0.content.2", { messages: [user(text(), point("1h"), point())] }],
    ["system.0", { system: [point(), text()] }],
    ["toolConfig.tools.0", { toolConfig: { tools: [point(), tool()] } }],
  ])("follow content: not so at %s", (place, body) => {
    expect(messageFor(claude, body)).toBe(`The cachePoint at ${place} must follow content that can be cached.`);
  });

  it("are refused with 403 by models without a cache", () => {
    expect(refusalOf(llama, { messages: [user(text(), point())] })).toMatchObject({
      status: 403,
      errorType: "AccessDeniedException",
    });
    expect(messageFor(nova, { messages: [user(text(), point())] })).toBe(undefined);
    expect(refusalOf(nova, { toolConfig: { tools: [tool(), point()] } })?.message).toContain(
      "#/toolConfig/tools/1: extraneous key [cachePoint]",
    );
  });
});

describe("Claude's parameters", () => {
  it("sampling", () => {
    expect(messageFor(claude, { inferenceConfig: { temperature: 0.5, topP: 0.5 } })).toBe(
      `${prefix}\`temperature\` and \`top_p\` cannot both be specified for this model. Please use only one.`,
    );
    expect(messageFor(haiku3, { inferenceConfig: { temperature: 0.5, topP: 0.5 } })).toBe(undefined);
    expect(messageFor(opus8, { inferenceConfig: { temperature: 0.5 } })).toBe(
      `${prefix}\`temperature\` is deprecated for this model.`,
    );
  });

  it("lets Nova 2 think hard without limits of its own alone", () => {
    const asked = (maxReasoningEffort: string, inferenceConfig: object) =>
      messageFor("us.amazon.nova-2-lite-v1:0", {
        inferenceConfig,
        additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort } },
      });
    for (const limits of [{ maxTokens: 5000 }, { temperature: 0.5 }, { topP: 0.5 }]) {
      expect(asked("high", limits)).toContain(`#/inferenceConfig/${Object.keys(limits)[0]}: must be unset`);
      expect(asked("medium", limits)).toBeUndefined();
    }
    expect(asked("high", { stopSequences: ["z"] })).toBeUndefined();
  });

  it.each([
    [haiku3, { type: "enabled", budget_tokens: 2000 }, "thinking: Extra inputs are not permitted"],
    [
      claude,
      { type: "enabled", budget_tokens: 1000 },
      "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ],
    [
      claude,
      { type: "enabled", budget_tokens: 1024.5 },
      "thinking.enabled.budget_tokens: Input should be a valid integer, got a number with a fractional part",
    ],
    [claude, { type: "enabled" }, "thinking.enabled.budget_tokens: Field required"],
    [claude, { type: "adaptive" }, "adaptive thinking is not supported on this model"],
    [
      opus8,
      { type: "enabled", budget_tokens: 2000 },
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    ],
  ])("thinking of %s: %j", (model, field, words) => {
    expect(messageFor(model, { additionalModelRequestFields: { thinking: field } })).toBe(`${prefix}${words}`);
  });

  it("company of thinking", () => {
    expect(messageFor(claude, { ...thinking, inferenceConfig: { maxTokens: 1024 } })).toBe(
      `${prefix}\`max_tokens\` must be greater than \`thinking.budget_tokens\`.`,
    );
    expect(messageFor(claude, { ...thinking, inferenceConfig: { temperature: 0.2 } })).toBe(
      `${prefix}\`temperature\` may only be set to 1 when thinking is enabled.`,
    );
    expect(messageFor(claude, { ...thinking, toolConfig: { ...tools.toolConfig, toolChoice: { any: {} } } })).toBe(
      `${prefix}Thinking may not be enabled when tool_choice forces tool use.`,
    );
    expect(messageFor(claude, { ...thinking, inferenceConfig: { temperature: 1, maxTokens: 2000 } })).toBe(undefined);
  });

  it("betas and effort", () => {
    const betas = (...flags: string[]) => ({ additionalModelRequestFields: { anthropic_beta: flags } });
    expect(messageFor(claude, betas("oauth-2025-04-20"))).toBe(`${prefix}invalid beta flag`);
    expect(messageFor(claude, betas("interleaved-thinking-2025-05-14", "claude-code-20250219"))).toBe(undefined);
    expect(messageFor("us.anthropic.claude-opus-4-7", betas("claude-code-20250219"))).toBe(
      `${prefix}invalid beta flag`,
    );
    expect(messageFor(claude, { outputConfig: { effort: "high" } })).toBe(
      `${prefix}This model does not support the effort parameter.`,
    );
    expect(messageFor(opus8, { outputConfig: { effort: "high" } })).toBe(undefined);
  });

  it("reasoning comes back as it went", () => {
    const words = '[emulator] thinking about: "Hi".';
    const turn = (reasoningText: object) => ({
      messages: [user(text()), assistant({ reasoningContent: { reasoningText } }, text()), user(text())],
    });
    const signature = signatureOf(words);
    expect(messageFor(claude, turn({ text: words, signature }))).toBe(undefined);
    for (const changed of [`A${signature.slice(1)}`, `${signature.slice(0, -4)}AAA=`])
      expect(messageFor(claude, turn({ text: words, signature: changed }))).toBe(
        `${prefix}messages.1.content.0: Invalid \`signature\` in \`thinking\` block`,
      );
    // Reported by can1357/oh-my-pi#10486: an empty one is none.
    for (const unsigned of [{ text: words }, { text: words, signature: "" }])
      expect(messageFor(claude, turn(unsigned))).toBe(
        `${prefix}messages.1.content.0.thinking.signature: Field required`,
      );
    expect(messageFor(claude, turn({ text: "other words", signature }))).toBe(
      `${prefix}messages.1.content.0: Invalid \`signature\` in \`thinking\` block`,
    );
    expect(messageFor(claude, turn({ text: "of another maker", signature: "RXM=" }))).toBe(undefined);
    const broken = assistant(text(), { reasoningContent: { reasoningText: { text: words, signature } } });
    expect(messageFor(claude, { messages: [user(text()), broken, user(text())] })).toBe(
      `${prefix}messages.1: The final block in an assistant message cannot be \`thinking\`.`,
    );
  });

  it("thinking is cleared where there is any", () => {
    const edits = { edits: [{ type: "clear_thinking_20251015", keep: "all" }] };
    const flags = { anthropic_beta: ["context-management-2025-06-27"] };
    const additionalModelRequestFields = { context_management: edits, ...flags };
    expect(messageFor(claude, { additionalModelRequestFields })).toBe(
      `${prefix}\`clear_thinking_20251015\` strategy requires \`thinking\` to be enabled or adaptive`,
    );
  });

  it.each<[string, object, string]>([
    [nova, { inferenceConfig: { topK: 500 } }, "#/inferenceConfig/topK: 500 is not less or equal to 128"],
    [nova, { inferenceConfig: { seed: 1 } }, "#/inferenceConfig: extraneous key [seed] is not permitted"],
    [nova, { reasoningConfig: { type: "enabled" } }, "#: extraneous key [reasoningConfig] is not permitted"],
    ["us.amazon.nova-2-lite-v1:0", { reasoningConfig: {} }, "#/reasoningConfig: required key [type] not found"],
  ])("of %s in another form than its body takes: %j", (modelId, additionalModelRequestFields, words) => {
    expect(messageFor(modelId, { additionalModelRequestFields })).toBe(
      `${prefix}Malformed input request: ${words}, please reformat your input and try again.`,
    );
  });

  it.each<[string, object, string]>([
    ["a field that it has not", { reasoning: { effort: "low" } }, "reasoning: Extra inputs are not permitted"],
    ["a field of a beta", { context_management: {} }, "context_management: Extra inputs are not permitted"],
    ["a field of another form", { top_k: "5" }, "top_k: Input should be a valid integer"],
    ["a member that it has not", { metadata: { user: "u" } }, "metadata.user: Extra inputs are not permitted"],
  ])("%s", (_what, additionalModelRequestFields, words) => {
    expect(messageFor(claude, { additionalModelRequestFields })).toBe(`${prefix}${words}`);
  });

  it("fields that are all of its own, and none that Converse has set", () => {
    const bash = { type: "bash_20250124", name: "bash" };
    const own = { top_k: 5, metadata: { user_id: "u" }, tools: [bash], reasoning_config: { type: "disabled" } };
    expect(messageFor(claude, { additionalModelRequestFields: own })).toBe(undefined);
    const twice = { system: [text()], additionalModelRequestFields: { system: "S" } };
    expect(messageFor(claude, twice)).toBe("The additional field system conflicts with an existing field.");
    expect(messageFor(claude, { ...twice, system: undefined })).toBe(undefined);
  });

  it("thinking leads an answer that is begun", () => {
    expect(messageFor(claude, { ...thinking, messages: [user(text()), assistant(text())] })).toContain(
      "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`.",
    );
  });

  it("thinking leads an open tool loop", () => {
    const loop = { ...thinking, ...tools, messages: [user(text()), assistant(use("a")), user(result("a"))] };
    expect(refusalOf(claude, loop)?.message).toContain(
      "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
    );
    // Claude thinks once in a loop, and sends its later calls without (Anthropic's cookbook).
    const thought = { reasoningContent: { reasoningText: { text: "of another maker", signature: "RXM=" } } };
    const begun = [user(text()), assistant(thought, use("a")), user(result("a"))];
    const later = [assistant(use("b")), user(result("b"))];
    expect(messageFor(claude, { ...loop, messages: [...begun, ...later] })).toBe(undefined);
    expect(messageFor(claude, { ...loop, messages: [...begun, assistant(text()), user(text()), ...later] })).toContain(
      "messages.5.content.0.type: Expected `thinking`",
    );
  });
});
