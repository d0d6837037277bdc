/** What the layers of Nova, Llama, Mistral and GPT refuse. */
import { malformed } from "../invoke/fault-words.ts";
import { novaMembers } from "../invoke/families/nova-schema.ts";
import { closed } from "../invoke/schema.ts";
import { schemaFaults } from "../invoke/schema-faults.ts";
import { additionalField, type Call, type Rule } from "./call.ts";
import { isRecord } from "./read-shape.ts";
import { extraneousKey, invalid, modelRefuses, unsupportedBlock, type Refusal } from "./refusal.ts";

export const novaRules: readonly Rule[] = [novaFields, novaEffort, novaSchemas, noPrefill];
export const llamaRules: readonly Rule[] = [llamaFields];
export const mistralRules: readonly Rule[] = [longIds];
/** GPT under Converse; AWS's endpoint in OpenAI's format takes more. */
export const gptRules: readonly Rule[] = [gptFields, gptResults, sealedReasoning];

/** Recorded: Nova takes `title`, `additionalProperties` and even `strict` at the top of a schema; reported: it refuses these. */
const refusedSchemaKeys = new Set(["$schema", "$defs", "definitions", "$ref", "$id"]);

/** Bedrock puts them into the model's own body, which is held to its schema. */
function novaFields({ request, model }: Call): Refusal | undefined {
  const fields: unknown = request.additionalModelRequestFields;
  if (!isRecord(fields)) return undefined;
  const refusal = malformed(schemaFaults(fields, closed(novaMembers(model.baseId))));
  return refusal && modelRefuses(refusal.message);
}

/** Nova 2's page of extended thinking: at high effort these must be unset (reported: UKGovernmentBEIS/inspect_ai#3767). The wording is not confirmed. */
function novaEffort(call: Call): Refusal | undefined {
  const own = additionalField(call, "inferenceConfig");
  const config = additionalField(call, "reasoningConfig") ?? (isRecord(own) ? own["reasoningConfig"] : undefined);
  if (!isRecord(config) || config["type"] !== "enabled" || config["maxReasoningEffort"] !== "high") return undefined;
  const { maxTokens, temperature, topP } = call.request.inferenceConfig ?? {};
  const given = Object.entries({ maxTokens, temperature, topP }).find(([, value]) => value !== undefined);
  return given === undefined
    ? undefined
    : modelRefuses(
        `Malformed input request: #/inferenceConfig/${given[0]}: must be unset when maxReasoningEffort is high, please reformat your input and try again.`,
      );
}

function novaSchemas({ request }: Call): Refusal | undefined {
  for (const [index, tool] of (request.toolConfig?.tools ?? []).entries()) {
    const key = Object.keys(tool.toolSpec?.inputSchema.json ?? {}).find((name) => refusedSchemaKeys.has(name));
    if (key !== undefined) return extraneousKey(`#/toolConfig/tools/${index}/toolSpec/inputSchema/json`, key);
  }
  return undefined;
}

/** Nova's page: the last message must be the user's. */
function noPrefill({ turns }: Call): Refusal | undefined {
  return turns.at(-1)?.role === "assistant"
    ? modelRefuses(
        "Malformed input request: #/messages: the last message must be of the user role, please reformat your input and try again.",
      )
    : undefined;
}

function llamaFields({ request }: Call): Refusal | undefined {
  return unknownField(request.additionalModelRequestFields, ["max_gen_len", "temperature", "top_p", "images"]);
}

/** Reported of short ids (anomalyco/opencode#48843); AWS's own, which are longer, are taken (recorded). */
function longIds({ turns }: Call): Refusal | undefined {
  for (const { blocks } of turns) {
    for (const { block } of blocks) {
      const id = block.toolUse?.toolUseId;
      if (id !== undefined && id.replaceAll(/[^a-zA-Z0-9]/g, "").length < 9)
        return modelRefuses(`Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`);
    }
  }
  return undefined;
}

/** Reported: its fields are those of Responses (anomalyco/opencode#48195, BerriAI/litellm#38279), without sampling (BerriAI/litellm#42725). */
function gptFields(call: Call): Refusal | undefined {
  const unknown = ["thinking", "reasoning_effort"].find((name) => additionalField(call, name) !== undefined);
  if (unknown !== undefined) return modelRefuses(`Unknown parameter: '${unknown}'.`);
  const { temperature, topP } = call.request.inferenceConfig ?? {};
  const sampled = temperature === undefined ? (topP === undefined ? undefined : "top_p") : "temperature";
  return sampled === undefined
    ? undefined
    : modelRefuses(`Unsupported parameter: '${sampled}' is not supported with this model.`);
}

/** Reported: images are taken beside a result, and not in it (openclaw/openclaw#149332, vertesia/llumiverse#655). */
function gptResults(call: Call): Refusal | undefined {
  const parts = call.blocks.flatMap(({ block }) => block.toolResult?.content ?? []);
  return parts.some((part) => part.image !== undefined) ? unsupportedBlock("image") : undefined;
}

/** Reported in these words (UKGovernmentBEIS/inspect_ai#5217): what it thought comes back sealed, or not at all. */
function sealedReasoning(call: Call): Refusal | undefined {
  const field = "reasoningContent.reasoningText.text";
  return call.blocks.some(({ block }) => block.reasoningContent?.reasoningText !== undefined)
    ? invalid(`This model doesn't support the ${field} field for assistant messages. Remove ${field} and try again.`)
    : undefined;
}

function unknownField(fields: unknown, known: readonly string[]): Refusal | undefined {
  const key = isRecord(fields) ? Object.keys(fields).find((name) => !known.includes(name)) : undefined;
  return key === undefined ? undefined : extraneousKey("#", key);
}
