import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { parseModelName } from "../../models/model-name.ts";
import {
  checkBoolean,
  checkName,
  checkObject,
  checkString,
  checkStrings,
  checkWhole,
  needRequest,
} from "../translation/fields/check-field.ts";
import {
  checkEffort,
  checkFields,
  checkStreamOptions,
  noModeration,
  onlyOne,
  refusedUnlessEmpty,
  sharedChecks,
  type FieldCheck,
  type FieldChecks,
} from "../translation/fields/check-fields.ts";
import { invalidRequest, unsupported, wrongType } from "../translation/fields/request-fault.ts";
import type { ChatRequest } from "./chat-request.ts";
import { checkMessages } from "./check-messages.ts";
import { checkTools } from "./check-tools.ts";
import { checkFunctionChoice, checkFunctions } from "./functions.ts";
import { namesPrompt } from "./named-prompt.ts";

/**
 * Sees to the types of a request of chat completions and gives it back, the same object. Throws an AditError: `invalid_request` with
 * the path of the field, or `unsupported_parameter` for what Bedrock has no means for. Fields that are not known are no error.
 */
export function checkChatRequest(body: JsonObject): ChatRequest {
  needRequest(body);
  const { messages, model } = body;
  if (typeof model !== "string" || model === "") {
    throw wrongType("model", "the name of a model", model);
  }
  if (!Array.isArray(messages)) {
    throw wrongType("messages", "a list of messages", messages);
  }
  if (messages.length === 0 && !namesPrompt(body, parseModelName(model).id)) {
    throw invalidRequest("messages", "messages must not be empty");
  }
  checkMessages(messages);
  checkFields(body, checks);
  return body as ChatRequest;
}

const whole: FieldCheck = (value, path) => {
  checkWhole(value, path, 1);
};

const checks: FieldChecks = new Map<string, FieldCheck>([
  ...sharedChecks,
  ["stream", checkBoolean],
  ["stream_options", checkStreamOptions],
  ["store", checkBoolean],
  ["max_tokens", whole],
  ["max_completion_tokens", whole],
  ["tools", checkTools],
  ["tool_choice", checkToolChoice],
  ["parallel_tool_calls", checkBoolean],
  ["response_format", checkResponseFormat],
  ["reasoning_effort", checkEffort],
  ["n", onlyOne],
  ["logprobs", refusedUnlessEmpty("Converse gives no token probabilities")],
  ["top_logprobs", refusedUnlessEmpty("Converse gives no token probabilities")],
  ["modalities", checkModalities],
  ["audio", refusedUnlessEmpty("Bedrock's chat models do not speak")],
  ["functions", checkFunctions],
  ["function_call", checkFunctionChoice],
  ["web_search_options", refusedUnlessEmpty("give the model a tool")],
  ["moderation", noModeration],
]);

function checkModalities(value: JsonValue, path: string): void {
  checkStrings(value, path);
  const other = (Array.isArray(value) ? value : [value]).find((item) => item !== "text");
  if (other !== undefined) {
    throw unsupported(path, `${path} must be ["text"]: Bedrock's chat models answer in text`);
  }
}

function checkToolChoice(value: JsonValue, path: string): void {
  if (typeof value === "string") {
    checkName(value, path, ["auto", "none", "required"]);
    return;
  }
  if (!isJsonObject(value)) {
    throw wrongType(path, "a string or an object", value);
  }
  checkName(value["type"] ?? "", `${path}.type`, ["function", "tool", "allowed_tools", "auto", "any", "none"]);
  if (value["type"] === "function") {
    const callee = isJsonObject(value["function"]) ? value["function"] : undefined;
    if (typeof callee?.["name"] !== "string") {
      throw wrongType(`${path}.function.name`, "a string", callee?.["name"]);
    }
  } else if (value["type"] === "tool" && typeof value["name"] !== "string") {
    throw wrongType(`${path}.name`, "a string", value["name"]);
  } else if (value["type"] === "allowed_tools") {
    checkAllowedTools(value["allowed_tools"], `${path}.allowed_tools`);
  }
}

function checkAllowedTools(value: unknown, path: string): void {
  if (!isJsonObject(value)) {
    throw wrongType(path, "an object", value);
  }
  checkName(value["mode"], `${path}.mode`, ["auto", "required"]);
  const { tools } = value;
  if (!Array.isArray(tools)) {
    throw wrongType(`${path}.tools`, "a list of tools", tools);
  }
  tools.forEach((tool, index) => {
    const callee = isJsonObject(tool) && isJsonObject(tool["function"]) ? tool["function"] : undefined;
    if (typeof callee?.["name"] !== "string") {
      throw wrongType(`${path}.tools[${index}].function.name`, "a string", callee?.["name"]);
    }
  });
}

function checkResponseFormat(value: JsonValue, path: string): void {
  if (!isJsonObject(value)) {
    throw wrongType(path, "an object", value);
  }
  checkName(value["type"] ?? "", `${path}.type`, ["text", "json_object", "json_schema"]);
  if (value["type"] !== "json_schema") {
    if (value["type"] === "json_object") checkObject(value["schema"], `${path}.schema`);
    return;
  }
  const format = value["json_schema"];
  if (!isJsonObject(format)) {
    throw wrongType(`${path}.json_schema`, "an object", format);
  }
  checkString(format["name"], `${path}.json_schema.name`);
  checkString(format["description"], `${path}.json_schema.description`);
  checkObject(format["schema"], `${path}.json_schema.schema`);
  checkBoolean(format["strict"], `${path}.json_schema.strict`);
}
