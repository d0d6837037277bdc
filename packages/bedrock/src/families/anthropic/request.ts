/** A request of Converse as the body of Claude's Messages API under InvokeModel. */
import type { SystemContentBlock } from "../../converse/content.ts";
import type { ConverseRequest, OutputConfiguration } from "../../converse/request.ts";
import { isJsonObject, parsedJson, type JsonObject } from "../../json.ts";
import type { NativeRequest, NativeRequestContext } from "../family.ts";
import { inferenceFields, openAiNames } from "../inference-names.ts";
import { finishedBody } from "../native-body.ts";
import { checkFieldsOfConverse, NativeDraft, unsupportedBlock } from "../native-draft.ts";
import { nativeBlocks } from "./cache-points.ts";
import { maxTokensFor } from "./max-tokens.ts";
import { messageBlock } from "./message-blocks.ts";
import { nativeTools } from "./tools.ts";

/** What Bedrock calls its version of the Messages API; the body must name it. */
const anthropicVersion = "bedrock-2023-05-31";

const names = { ...openAiNames, stopSequences: "stop_sequences" };

export function anthropicRequest(request: ConverseRequest, context: NativeRequestContext): NativeRequest {
  const draft = new NativeDraft("Claude");
  checkFieldsOfConverse(draft, request, context);
  const output = nativeOutput(draft, request.outputConfig);
  const body: JsonObject = {
    anthropic_version: anthropicVersion,
    max_tokens: maxTokensFor(draft, request, context.model),
    ...nativeSystem(draft, request.system ?? []),
    messages: (request.messages ?? []).map(({ role, content }, index) => ({
      role,
      content: nativeBlocks(draft, content, `messages[${index}].content`, (block, path) =>
        messageBlock(draft, block, path),
      ),
    })),
    ...inferenceFields(draft, request, names),
    ...nativeTools(draft, request.toolConfig),
    ...(output !== undefined && { output_config: output }),
  };
  return { body: withAllTools(body, finishedBody(body, request)), dropped: draft.dropped };
}

/** Tools of the additional fields (Anthropic's own, such as bash) join the others: AWS merges them so under Converse (its page on computer use). */
function withAllTools(body: JsonObject, finished: JsonObject): JsonObject {
  const { tools } = body;
  const added = finished["tools"];
  return Array.isArray(tools) && Array.isArray(added) && added !== tools
    ? { ...finished, tools: [...tools, ...added] }
    : finished;
}

function nativeSystem(draft: NativeDraft, system: readonly SystemContentBlock[]): { system?: JsonObject[] } {
  const blocks = nativeBlocks(draft, system, "system", (block, path) => {
    if (block.text === undefined) {
      throw unsupportedBlock(draft, block, path);
    }
    return [{ type: "text", text: block.text }];
  });
  return blocks.length === 0 ? {} : { system: blocks };
}

function nativeOutput(draft: NativeDraft, config: OutputConfiguration | undefined): JsonObject | undefined {
  if (config === undefined) {
    return undefined;
  }
  const { textFormat, effort } = config;
  return {
    ...(effort !== undefined && { effort }),
    ...(textFormat !== undefined && {
      format: { type: "json_schema", schema: answerSchema(draft, textFormat.structure.jsonSchema) },
    }),
  };
}

type AnswerSchema = NonNullable<OutputConfiguration["textFormat"]>["structure"]["jsonSchema"];

function answerSchema(draft: NativeDraft, { schema, name, description }: AnswerSchema): JsonObject {
  const path = "outputConfig.textFormat.structure.jsonSchema";
  if (name !== undefined) {
    draft.drop(`${path}.name`);
  }
  if (description !== undefined) {
    draft.drop(`${path}.description`);
  }
  const parsed = parsedJson(schema);
  if (!isJsonObject(parsed)) {
    throw draft.invalid(`${path}.schema`, "the schema must be the text of a JSON object");
  }
  return parsed;
}
