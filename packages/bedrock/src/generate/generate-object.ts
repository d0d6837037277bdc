import type { StructuredOutputMeans } from "../dialects/translation/context.ts";
import { AditError } from "../errors/adit-error.ts";
import type { JsonValue } from "../json.ts";
import type { Prompt } from "./write-request.ts";
import type { ModelReference } from "./model-reference.ts";
import { textOptions } from "./option-names.ts";
import type { ObjectOptions } from "./options.ts";
import { prepareGeneration } from "./prepare-generation.ts";
import { resultFrom, type TextResult } from "./result.ts";
import { checkedBy, isZodSchema, jsonSchemaOf, type ObjectOf, type SchemaInput } from "./schema.ts";
import { wholeAnswer } from "./send-call.ts";

/** An answer that is an object. */
export interface ObjectResult<Value> extends TextResult {
  object: Value;
  /**
   * How the object was asked for: AWS's `outputConfig` or a `strict-tool`, whose decoding holds the model to the schema; a `forced-tool`,
   * or an `instruction` in words, which do not.
   */
  means: StructuredOutputMeans;
}

const objectOptions = [...textOptions, "schemaName", "schemaDescription"] as const;

/**
 * Asks a model for an object, by the best means that the model has for it: the result says by which. An object of a zod schema has been
 * checked by it; of a JSON schema only the JSON has, and where AWS did not hold the model to the schema either, a warning says so. Rejects with
 * AditError; `malformed_model_output` where the answer is no such object.
 *
 * @example
 * const { object } = await generateObject("bedrock:us.amazon.nova-lite-v1:0", "A city?", z.object({ name: z.string() }));
 */
export async function generateObject<const Schema extends SchemaInput>(
  model: string | ModelReference,
  prompt: Prompt,
  schema: Schema,
  options: ObjectOptions = {},
): Promise<ObjectResult<ObjectOf<Schema>>> {
  const wanted = jsonSchemaOf(schema, "schema");
  const call = await prepareGeneration({ model, prompt, options, accepted: objectOptions, schema: wanted });
  const result = resultFrom(call, await wholeAnswer(call));
  const means = call.prepared.notes.structuredOutput ?? "instruction";
  // A call that was cut off comes with `{}`, or with the members that were whole (recorded), a number with its first digits: JSON that says
  // nothing of its end.
  const isByTool = means === "strict-tool" || means === "forced-tool";
  if (result.finishReason === "length" && (isByTool || !Number.isNaN(Number(result.text)))) {
    throw noObject(result, "was cut off");
  }
  const object = (await objectFrom(result, schema)) as ObjectOf<Schema>;
  if (!isZodSchema(schema) && means !== "outputConfig" && means !== "strict-tool") {
    result.warnings.push({
      type: "unchecked-object",
      message: `The object is JSON, and nothing has held it against the schema: it was asked for by ${means}. A zod schema checks it.`,
    });
  }
  return { ...result, object, means };
}

async function objectFrom(result: TextResult, schema: SchemaInput): Promise<unknown> {
  const value = parsed(result);
  if (!isZodSchema(schema)) {
    return value;
  }
  const checked = await checkedBy(schema, value);
  if ("fault" in checked) {
    throw noObject(result, `does not fit the schema (${checked.fault})`, checked.cause);
  }
  return checked.value;
}

const fence = "```";
const fenceOpening = /^```(?:json)?\s*\n/;

/**
 * What stands in a fence, which models that are asked in words like to put around their JSON; undefined where there is none. End by end:
 * one pattern for both would go through a row of line breaks, in which some models end, once for each two of them.
 */
function fenced(text: string): string | undefined {
  const bare = text.trim();
  const opening = fenceOpening.exec(bare)?.[0];
  if (opening === undefined || !bare.endsWith(fence)) {
    return undefined;
  }
  const inner = bare.slice(opening.length, -fence.length);
  const content = inner.trimEnd();
  return inner.includes("\n", content.length) ? content : undefined;
}

function parsed(result: TextResult): JsonValue {
  const text = fenced(result.text) ?? result.text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw noObject(result, "is no JSON");
  }
}

function noObject(
  { text, finishReason, stopReason, toolCalls }: TextResult,
  fault: string,
  cause?: unknown,
): AditError {
  if (toolCalls.length > 0) {
    const names = toolCalls.map(({ name }) => name).join(", ");
    return new AditError("malformed_model_output", `The model called ${names} in place of giving the object.`, {
      remedy: "Have the tools called by generateText first, and ask for the object without them.",
      retryable: false,
    });
  }
  const message = `The answer ${fault}; it ended with ${stopReason}. The answer: ${text}`;
  if (finishReason === "content_filter") {
    return new AditError("malformed_model_output", message, {
      remedy: "A guardrail or the model's own filter stopped the answer: change the prompt or the guardrail.",
      retryable: false,
    });
  }
  return new AditError("malformed_model_output", message, {
    remedy:
      stopReason === "max_tokens"
        ? "Give the answer more tokens: maxTokens."
        : "Ask again, simplify the schema, or name a model that AWS holds to a schema.",
    ...(cause !== undefined && { cause }),
  });
}
