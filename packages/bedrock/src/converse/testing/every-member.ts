/**
 * Samples that between them hold every member of Converse's requests, replies and stream events that the wire types have. The compiler
 * refuses a member here that the types lack; `service-model.test.ts` refuses a member of AWS's service model that is missing here.
 */
import type { Citation, ContentBlock, SystemContentBlock, ToolResultContent } from "../content.ts";
import type { ConverseRequest } from "../request.ts";
import type { ConverseResponse } from "../response.ts";
import type { ConverseStreamEvent } from "../stream-events.ts";

const bytes = "aGVsbG8=";
const s3Location = { uri: "s3://a-bucket.of.ours/folder/key.png", bucketOwner: "123456789012" };
const citations = { enabled: true };
const range = { documentIndex: 0, start: 1, end: 2 };

const citation = (location: NonNullable<Citation["location"]>): Citation => ({
  title: "A title",
  source: "A source",
  sourceContent: [{ text: "cited" }],
  location,
});

const cited: Citation[] = [
  citation({ web: { url: "https://example.com/", domain: "example.com" } }),
  citation({ documentChar: range }),
  citation({ documentPage: range }),
  citation({ documentChunk: range }),
  citation({ searchResultLocation: { searchResultIndex: 0, start: 0, end: 1 } }),
];

const searchResult = { source: "https://example.com/", title: "A title", content: [{ text: "found" }], citations };

const results: ToolResultContent[] = [
  { json: { degrees: 20 } },
  { text: "sunny" },
  { image: { format: "jpeg", source: { bytes } } },
  { document: { name: "Report", source: { text: "plain" } } },
  { video: { format: "mp4", source: { bytes } } },
  { searchResult },
];

const userBlocks: ContentBlock[] = [
  { text: "hello" },
  { image: { format: "png", source: { bytes } } },
  { image: { format: "webp", source: { s3Location }, error: { message: "none" } } },
  { document: { name: "Report 1", format: "pdf", source: { bytes }, context: "last year's", citations } },
  { document: { name: "Report 2", format: "docx", source: { s3Location } } },
  { document: { name: "Report 3", source: { content: [{ text: "a chunk" }] } } },
  { video: { format: "three_gp", source: { s3Location } } },
  { audio: { format: "x-aac", source: { bytes }, error: { message: "none" } } },
  { audio: { format: "wav", source: { s3Location } } },
  { toolResult: { toolUseId: "tooluse_a.b:c-1", content: results, status: "error", type: "a_type" } },
  { guardContent: { text: { text: "check me", qualifiers: ["grounding_source", "query", "guard_content"] } } },
  { guardContent: { image: { format: "jpeg", source: { bytes } } } },
  { cachePoint: { type: "default", ttl: "1h" } },
  { searchResult },
];

const assistantBlocks: ContentBlock[] = [
  { reasoningContent: { reasoningText: { text: "hm", signature: "c2ln" } } },
  { reasoningContent: { redactedContent: bytes } },
  { citationsContent: { content: [{ text: "as cited" }], citations: cited } },
  {
    toolUse: { toolUseId: "tooluse_a.b:c-1", name: "get_weather-2", input: { city: "Oslo" }, type: "server_tool_use" },
  },
];

const reference = { tool: { type: "tool", name: "get_weather", serverName: "weather" } };

const systemBlocks: SystemContentBlock[] = [
  { text: "be brief" },
  { guardContent: { text: { text: "check me" } } },
  { cachePoint: { type: "default", ttl: "5m" } },
];

export const everyRequest: ConverseRequest[] = [
  {
    messages: [
      { role: "user", content: userBlocks },
      { role: "assistant", content: assistantBlocks },
      { role: "system", content: [{ toolAddition: reference }, { toolRemoval: reference }] },
    ],
    system: systemBlocks,
    inferenceConfig: { maxTokens: 1, temperature: 0, topP: 1, stopSequences: ["END"] },
    toolConfig: {
      tools: [
        { toolSpec: { name: "a", description: "does", inputSchema: { json: { type: "object" } }, strict: true } },
        { systemTool: { name: "nova_grounding" } },
        { cachePoint: { type: "default" } },
      ],
      toolChoice: { tool: { name: "a" } },
    },
    guardrailConfig: {
      guardrailIdentifier: "abc123",
      guardrailVersion: "DRAFT",
      trace: "enabled_full",
      streamProcessingMode: "async",
    },
    additionalModelRequestFields: { top_k: 5 },
    additionalModelResponseFieldPaths: ["/stop_sequence"],
    promptVariables: { genre: { text: "pop" } },
    requestMetadata: { team: "a b:c_@$#=/+,-." },
    performanceConfig: { latency: "optimized" },
    serviceTier: { type: "flex" },
    outputConfig: {
      textFormat: {
        type: "json_schema",
        structure: { jsonSchema: { schema: "{}", name: "answer", description: "the answer" } },
      },
      effort: "high",
    },
  },
  { toolConfig: { tools: [{ systemTool: { name: "a" } }], toolChoice: { auto: {} } } },
  { toolConfig: { tools: [{ systemTool: { name: "a" } }], toolChoice: { any: {} } } },
];

const usage = {
  inputTokens: 1,
  outputTokens: 2,
  totalTokens: 10,
  cacheReadInputTokens: 3,
  cacheWriteInputTokens: 4,
  cacheDetails: [{ ttl: "5m" as const, inputTokens: 4 }],
};

export const everyResponse: ConverseResponse[] = [
  {
    output: { message: { role: "assistant", content: [...userBlocks, ...assistantBlocks] } },
    stopReason: "end_turn",
    usage,
    metrics: { latencyMs: 7 },
    additionalModelResponseFields: { stop_sequence: null },
    trace: { guardrail: {}, promptRouter: { invokedModelId: "a" } },
    performanceConfig: { latency: "standard" },
    serviceTier: { type: "default" },
  },
];

const delta = (value: Extract<ConverseStreamEvent, { type: "contentBlockDelta" }>["delta"]): ConverseStreamEvent => ({
  type: "contentBlockDelta",
  contentBlockIndex: 0,
  delta: value,
});

export const everyEvent: ConverseStreamEvent[] = [
  { type: "messageStart", role: "assistant" },
  {
    type: "contentBlockStart",
    contentBlockIndex: 0,
    start: { toolUse: { toolUseId: "a", name: "b", type: "server_tool_use" } },
  },
  {
    type: "contentBlockStart",
    contentBlockIndex: 0,
    start: { toolResult: { toolUseId: "a", type: "b", status: "success" } },
  },
  { type: "contentBlockStart", contentBlockIndex: 0, start: { image: { format: "png" } } },
  delta({ text: "a" }),
  delta({ toolUse: { input: "{" } }),
  delta({ toolResult: [{ text: "a" }, { json: {} }] }),
  delta({ reasoningContent: { text: "a" } }),
  delta({ reasoningContent: { signature: "a" } }),
  delta({ reasoningContent: { redactedContent: bytes } }),
  ...cited.map((one) => delta({ citation: one })),
  delta({ image: { source: { bytes } } }),
  delta({ image: { source: { s3Location }, error: { message: "a" } } }),
  { type: "contentBlockStop", contentBlockIndex: 0 },
  { type: "messageStop", stopReason: "end_turn", additionalModelResponseFields: {} },
  {
    type: "metadata",
    usage,
    metrics: { latencyMs: 7 },
    trace: { guardrail: {}, promptRouter: { invokedModelId: "a" } },
    performanceConfig: { latency: "standard" },
    serviceTier: { type: "default" },
  },
];
