import type { JsonObject, JsonValue } from "../../json.ts";
import { checkBoolean, checkWhole, needRequest } from "../translation/fields/check-field.ts";
import {
  checkFields,
  checkStreamOptions,
  onlyOne,
  sharedChecks,
  type FieldCheck,
  type FieldChecks,
} from "../translation/fields/check-fields.ts";
import { invalidRequest, unsupported, wrongType } from "../translation/fields/request-fault.ts";
import { isBlank } from "../translation/text-blocks.ts";
import type { CompletionRequest } from "./completion.ts";

/**
 * Sees to the types of a request of completions and gives it back, the same object. Throws an AditError: `invalid_request` with the path of
 * the field, or `unsupported_parameter` for what Bedrock has no means for. Fields that are not known are no error.
 */
export function checkCompletionRequest(body: JsonObject): CompletionRequest {
  needRequest(body);
  const { model, prompt } = body;
  if (typeof model !== "string" || model === "") {
    throw wrongType("model", "the name of a model", model);
  }
  checkPrompt(prompt);
  checkFields(body, checks);
  return body as CompletionRequest;
}

function checkPrompt(prompt: JsonValue | undefined): void {
  const isList = Array.isArray(prompt);
  const first = isList ? prompt[0] : prompt;
  if (typeof first === "number" || Array.isArray(first)) {
    const words = "prompt holds token ids: Bedrock's models have other tokens than OpenAI's. Send the text itself";
    throw unsupported("prompt", words);
  }
  if (isList && prompt.length > 1) {
    throw unsupported(
      "prompt",
      `prompt holds ${prompt.length} prompts: Bedrock answers one to a request. Send a request for each`,
    );
  }
  const path = isList ? "prompt[0]" : "prompt";
  if (typeof first !== "string") {
    throw wrongType(path, "a string", first);
  }
  if (isBlank(first)) {
    throw invalidRequest(path, `${path} must not be empty: Bedrock takes no message without a text`);
  }
}

const checks: FieldChecks = new Map<string, FieldCheck>([
  ...sharedChecks,
  ["stream", checkBoolean],
  ["stream_options", checkStreamOptions],
  [
    "max_tokens",
    (value, path) => {
      checkWhole(value, path, 1);
    },
  ],
  ["n", onlyOne],
  ["best_of", onlyOne],
  ["echo", notAsked("the model does not give the prompt back; put it before the answer yourself")],
  ["suffix", notAsked("Bedrock's models do not fill in before a given end")],
  ["logprobs", notAsked("Converse gives no token probabilities")],
]);

/** False and an empty text ask for nothing. */
function notAsked(why: string): FieldCheck {
  return (value, path) => {
    if (value !== false && value !== "") {
      throw unsupported(path, `${path} is not supported: ${why}`);
    }
  };
}
