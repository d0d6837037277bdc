import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { Family } from "../family.ts";
import { inferenceFields, openAiNames } from "../inference-names.ts";
import { finishedBody } from "../native-body.ts";
import { checkFieldsOfConverse, NativeDraft } from "../native-draft.ts";
import { chatMessages } from "./chat-messages.ts";
import type { ChatStyle } from "./chat-style.ts";
import { toolFields } from "./chat-tools.ts";

/** The request of a family with OpenAI's chat body. `model` and `stream` stay out: the path says both. */
export function chatRequest(style: ChatStyle): Family["request"] {
  return (request, context) => {
    const draft = new NativeDraft(style.family);
    checkFieldsOfConverse(draft, request, context);
    checkOneAnswer(draft, request);
    const { model } = context;
    const body: JsonObject = {
      messages: chatMessages(draft, request, model, style),
      ...toolFields(draft, request, model, style),
      ...inferenceFields(draft, request, openAiNames),
      ...outputFields(draft, request, model),
    };
    return { body: finishedBody(body, request), dropped: draft.dropped };
  };
}

/** Converse has room for one answer: the others would be paid for and lost. */
function checkOneAnswer(draft: NativeDraft, request: ConverseRequest): void {
  const count = request.additionalModelRequestFields?.["n"];
  if (typeof count === "number" && count > 1) {
    throw draft.unsupported("additionalModelRequestFields.n", "second answer (Converse carries one)");
  }
}

const efforts: ReadonlySet<string> = new Set(["low", "medium", "high"]);

function outputFields(draft: NativeDraft, request: ConverseRequest, model: ModelFacts): JsonObject {
  const { textFormat, effort } = request.outputConfig ?? {};
  if (textFormat !== undefined && !model.can.outputConfig) {
    throw draft.unsupported("outputConfig.textFormat", "schema for its answer");
  }
  const takesEffort = effort !== undefined && model.effort === "reasoning_effort" && efforts.has(effort);
  if (effort !== undefined && !takesEffort) {
    draft.drop("outputConfig.effort");
  }
  return {
    ...(textFormat !== undefined && { response_format: responseFormat(draft, textFormat.structure.jsonSchema) }),
    ...(takesEffort && { reasoning_effort: effort }),
  };
}

/** OpenAI's form wants a name, Converse's has none of need. */
function responseFormat(
  draft: NativeDraft,
  { schema, name = "answer", description }: { schema: string; name?: string; description?: string },
): JsonObject {
  return {
    type: "json_schema",
    json_schema: { name, ...(description !== undefined && { description }), schema: schemaFrom(draft, schema) },
  };
}

function schemaFrom(draft: NativeDraft, schema: string): JsonValue {
  try {
    return JSON.parse(schema) as JsonValue;
  } catch (cause) {
    throw draft.invalid(
      "outputConfig.textFormat.structure.jsonSchema.schema",
      `must be JSON (${cause instanceof Error ? cause.message : String(cause)})`,
    );
  }
}
