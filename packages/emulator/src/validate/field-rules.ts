/** Members beside the messages: system, limits, guardrail, prompt, structured output, response paths. */
import { missingGuardrail, noSuchGuardrail } from "../guardrail/findings.ts";
import type { Call, Rule } from "./call.ts";
import { parsedJson } from "./parsed-json.ts";
import { isRecord, isUnreadable } from "./read-shape.ts";
import { invalid, unsupportedField, type Refusal } from "./refusal.ts";

export const fieldRules: readonly Rule[] = [
  promptOnly,
  systemPrompt,
  tokenLimit,
  stopSequences,
  guardrail,
  objectFields,
  pointers,
  output,
];

const forbiddenWithPrompt = ["additionalModelRequestFields", "inferenceConfig", "system", "toolConfig"] as const;

/** The service model's text forbids these members beside a prompt's ARN. The wording is not confirmed. */
function promptOnly({ request, model }: Call): Refusal | undefined {
  if (!model.isPrompt) return undefined;
  const field = forbiddenWithPrompt.find((name) => request[name] !== undefined);
  return field === undefined
    ? undefined
    : invalid(`The ${field} field can't be used with a prompt from Prompt management. Remove ${field} and try again.`);
}

function systemPrompt({ request, traits }: Call): Refusal | undefined {
  if (traits.system || (request.system ?? []).length === 0) return undefined;
  return invalid(
    "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
  );
}

function tokenLimit({ request, traits }: Call): Refusal | undefined {
  const limit = traits.maxOutputTokens;
  if (limit === undefined || (request.inferenceConfig?.maxTokens ?? 0) <= limit) return undefined;
  return invalid(
    `The maximum tokens you requested exceeds the model limit of ${limit}. Try again with a maximum tokens value that is lower than ${limit}.`,
  );
}

function stopSequences({ request, traits }: Call): Refusal | undefined {
  return traits.stops || request.inferenceConfig?.stopSequences === undefined
    ? undefined
    : unsupportedField("stopSequences");
}

function guardrail({ request }: Call): Refusal | undefined {
  if (request.guardrailConfig === undefined) return undefined;
  const { guardrailIdentifier, guardrailVersion } = request.guardrailConfig;
  for (const [name, value, other] of [
    ["guardrailVersion", guardrailVersion, guardrailIdentifier],
    ["guardrailIdentifier", guardrailIdentifier, guardrailVersion],
  ])
    if (!value && other)
      return invalid(
        `1 validation error detected: Value null at 'guardrailConfig.${name}' failed to satisfy constraint: Member must not be null`,
      );
  return guardrailIdentifier === missingGuardrail ? invalid(noSuchGuardrail) : undefined;
}

function objectFields({ request }: Call): Refusal | undefined {
  const fields: unknown = request.additionalModelRequestFields;
  return fields === undefined || isRecord(fields)
    ? undefined
    : invalid(
        "The format of the value at additionalModelRequestFields is invalid. Provide a json object for the field and try again.",
      );
}

function pointers({ request }: Call): Refusal | undefined {
  const index = (request.additionalModelResponseFieldPaths ?? []).findIndex(
    (path) => !/^(\/([^~/]|~[01])*)+$/.test(path),
  );
  return index === -1
    ? undefined
    : invalid(
        `The value at additionalModelResponseFieldPaths.${index} is invalid. Provide a valid JSON Pointer and try again.`,
      );
}

function output({ request, traits }: Call): Refusal | undefined {
  const { textFormat, effort } = request.outputConfig ?? {};
  if (textFormat !== undefined && !traits.outputConfig) return unsupportedField("outputConfig.textFormat");
  if (effort !== undefined && traits.family !== "claude") return unsupportedField("outputConfig.effort");
  if (textFormat === undefined || isRecord(parsed(textFormat.structure.jsonSchema.schema))) return undefined;
  return invalid(
    "The format of the value at outputConfig.textFormat.structure.jsonSchema.schema is invalid. Provide a json object for the field and try again.",
  );
}

/** The value of a JSON text; undefined where it is none, or could not be walked. */
export function parsed(json: string): unknown {
  try {
    const value = parsedJson(json);
    return isUnreadable(value) ? undefined : value;
  } catch {
    // Not JSON: the caller refuses it with AWS's words.
    return undefined;
  }
}
