/** The body of Converse and ConverseStream. Source: AWS's service model of bedrock-runtime (2026-08-07). */
import { cachePoint, contentBlock, guardContent, toolName } from "./content-shapes.ts";
import { boolean, document, listOf, oneOf, string, structure, text, union, type Shape } from "./shape.ts";

const nonEmpty = text({ min: 1 });
const fraction = { kind: "float", min: 0, max: 1 } as const;
const metadataCharacters = "[a-zA-Z0-9\\s:_@$#=/+,-.]";

const tool = union("Tool", {
  toolSpec: structure(
    {
      name: toolName,
      description: nonEmpty,
      inputSchema: union("ToolInputSchema", { json: document }),
      strict: boolean,
    },
    ["name", "inputSchema"],
  ),
  systemTool: structure({ name: toolName }, ["name"]),
  cachePoint,
});

const toolConfig = structure(
  {
    tools: listOf(tool, { min: 1 }),
    toolChoice: union("ToolChoice", {
      auto: structure({}),
      any: structure({}),
      tool: structure({ name: toolName }, ["name"]),
    }),
  },
  ["tools"],
);

export const guardrailIdentifier = text({
  max: 2048,
  pattern: "(|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))",
});
export const guardrailVersion = text({ pattern: "(|([1-9][0-9]{0,7})|(DRAFT))" });

const guardrailMembers: Record<string, Shape> = {
  guardrailIdentifier,
  guardrailVersion,
  trace: oneOf("enabled", "disabled", "enabled_full"),
};

const outputConfig = structure({
  textFormat: structure(
    {
      type: oneOf("json_schema"),
      structure: union("OutputFormatStructure", {
        jsonSchema: structure({ schema: string, name: string, description: string }, ["schema"]),
      }),
    },
    ["type", "structure"],
  ),
  effort: text({ max: 16 }),
});

const messages = listOf(
  structure({ role: oneOf("user", "assistant", "system"), content: listOf(contentBlock) }, ["role", "content"]),
);
const system = listOf(union("SystemContentBlock", { text: nonEmpty, guardContent, cachePoint }));

const members: Record<string, Shape> = {
  messages,
  system,
  inferenceConfig: structure({
    maxTokens: { kind: "integer", min: 1 },
    temperature: fraction,
    topP: fraction,
    stopSequences: listOf(nonEmpty, { max: 2500 }),
  }),
  toolConfig,
  guardrailConfig: structure(guardrailMembers),
  additionalModelRequestFields: document,
  promptVariables: { kind: "map", key: string, of: union("PromptVariableValues", { text: string }) },
  additionalModelResponseFieldPaths: listOf(text({ min: 1, max: 256 }), { max: 10 }),
  requestMetadata: {
    kind: "map",
    min: 1,
    max: 16,
    key: text({ min: 1, max: 256, pattern: `${metadataCharacters}{1,256}` }),
    of: text({ min: 0, max: 256, pattern: `${metadataCharacters}{0,256}` }),
  },
  performanceConfig: structure({ latency: oneOf("standard", "optimized") }),
  serviceTier: structure({ type: oneOf("priority", "default", "flex", "reserved") }, ["type"]),
  outputConfig,
};

/** The body of Converse. */
export const converseShape = structure(members);

/** The body of ConverseStream. */
export const converseStreamShape = structure({
  ...members,
  guardrailConfig: structure({ ...guardrailMembers, streamProcessingMode: oneOf("sync", "async") }),
});

/** The body of CountTokens. */
export const countTokensShape = structure(
  {
    input: union("CountTokensInput", {
      invokeModel: structure({ body: { kind: "blob" } }, ["body"]),
      converse: structure({
        messages,
        system,
        toolConfig,
        additionalModelRequestFields: document,
      }),
    }),
  },
  ["input"],
);
