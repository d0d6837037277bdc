/** The request as `check-request.ts` looks at it. Figures and members: AWS's service model of bedrock-runtime (2026-08-07). */
import { z } from "zod";
import { cachePoint, messages, system, toolName } from "./content-schema.ts";
import type { ServiceTier } from "./request.ts";
import { integer, jsonObject, matching, oneOf, structure, text } from "./schema-parts.ts";

const inferenceConfig = structure(
  {},
  {
    maxTokens: integer(1),
    temperature: z.number().min(0).max(1),
    topP: z.number().min(0).max(1),
    stopSequences: z.array(text(1)).max(2500),
  },
);

const toolSpec = structure(
  { name: toolName, inputSchema: oneOf({ json: jsonObject }) },
  { description: text(1), strict: z.boolean() },
);

const toolConfig = structure(
  { tools: z.array(oneOf({ toolSpec, systemTool: structure({ name: toolName }), cachePoint })).min(1) },
  { toolChoice: oneOf({ auto: jsonObject, any: jsonObject, tool: structure({ name: toolName }) }) },
);

const guardrailConfig = structure(
  {},
  {
    guardrailIdentifier: matching(
      /^(?=[^]{0,2048}$)(|[a-z0-9]+|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail\/[a-z0-9]+)$/,
      "the id or ARN of a guardrail",
    ),
    guardrailVersion: matching(/^(|[1-9][0-9]{0,7}|DRAFT)$/, "a number or DRAFT"),
    trace: z.enum(["enabled", "disabled", "enabled_full"]),
    streamProcessingMode: z.enum(["sync", "async"]),
  },
);

const metadataText = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;
const metadataWords = "256 of the characters a-z A-Z 0-9 : _ @ $ # = / + , . - and spaces";

const requestMetadata = z
  .record(z.string(), matching(metadataText, `at most ${metadataWords}`))
  .superRefine((value, context) => {
    const names = Object.keys(value);
    if (names.length < 1 || names.length > 16) {
      context.addIssue({ code: "custom", message: `must hold 1 to 16 pairs, and holds ${names.length}` });
    }
    const wrong = names.findIndex((name) => name === "" || !metadataText.test(name));
    if (wrong !== -1) {
      context.addIssue({
        code: "custom",
        message: `has a key, number ${wrong + 1}, that is not 1 to ${metadataWords}`,
      });
    }
  });

const outputConfig = structure(
  {},
  {
    textFormat: structure({
      type: z.enum(["json_schema"]),
      structure: oneOf({ jsonSchema: structure({ schema: text() }, { name: text(), description: text() }) }),
    }),
    effort: text(0, 16),
  },
);

const serviceTiers = ["priority", "default", "flex", "reserved"] as const satisfies readonly ServiceTier[];

/** Of Converse and ConverseStream. */
export const requestSchema = structure(
  {},
  {
    messages,
    system,
    inferenceConfig,
    toolConfig,
    guardrailConfig,
    additionalModelRequestFields: jsonObject,
    additionalModelResponseFieldPaths: z.array(text(1, 256)).max(10),
    promptVariables: z.record(z.string(), oneOf({ text: text() })),
    requestMetadata,
    performanceConfig: structure({}, { latency: z.enum(["standard", "optimized"]) }),
    serviceTier: structure({ type: z.enum(serviceTiers) }),
    outputConfig,
  },
);
