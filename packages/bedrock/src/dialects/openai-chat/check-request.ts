import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { ChatRequest } from "./chat-request.ts";
import {
  checkBoolean,
  checkName,
  checkNumber,
  checkObject,
  checkString,
  checkStrings,
  checkWhole,
} from "../translation/check-field.ts";
import { checkMessages } from "./check-messages.ts";
import { checkTools } from "./check-tools.ts";
import { invalidRequest, unsupported, wrongType } from "../translation/request-fault.ts";

/**
 * Sees to the types of a request of chat completions and gives it back, the same object. Throws an AditError: `invalid_request` with
 * the path of the field, or `unsupported_parameter` for what Bedrock has no means for. Fields that are not known are no error.
 */
export function checkChatRequest(body: JsonObject): ChatRequest {
  const { messages, model } = body;
  if (typeof model !== "string" || model === "") {
    throw wrongType("model", "the name of a model", model);
  }
  if (!Array.isArray(messages)) {
    throw wrongType("messages", "a list of messages", messages);
  }
  if (messages.length === 0 && !isJsonObject(body["promptVariables"] ?? body["prompt_variables"])) {
    throw invalidRequest("messages", "messages must not be empty");
  }
  checkMessages(messages);
  for (const field in body) {
    const value = body[field];
    const check = value === undefined || value === null ? undefined : checks.get(field);
    if (check !== undefined) {
      check(value as JsonValue, field);
    }
  }
  return body as ChatRequest;
}

type Check = (value: JsonValue, path: string) => void;

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** Converse's own, by either spelling. */
const objectFields = [
  "guardrailConfig",
  "guardrail_config",
  "performanceConfig",
  "performance_config",
  "promptVariables",
  "prompt_variables",
  "outputConfig",
  "output_config",
  "requestMetadata",
  "request_metadata",
  "additionalModelRequestFields",
  "additional_model_request_fields",
];

const whole: Check = (value, path) => {
  checkWhole(value, path, 1);
};

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["stream", checkBoolean],
  ["stream_options", checkObject],
  ["max_tokens", whole],
  ["max_completion_tokens", whole],
  [
    "temperature",
    (value, path) => {
      checkNumber(value, path, 0, 2);
    },
  ],
  [
    "top_p",
    (value, path) => {
      checkNumber(value, path, 0, 1);
    },
  ],
  [
    "top_k",
    (value, path) => {
      checkWhole(value, path, 0);
    },
  ],
  ["stop", checkStrings],
  ["tools", checkTools],
  ["tool_choice", checkToolChoice],
  ["parallel_tool_calls", checkBoolean],
  ["response_format", checkResponseFormat],
  [
    "reasoning_effort",
    (value, path) => {
      checkName(value, path, efforts);
    },
  ],
  ["thinking", checkThinking],
  ["anthropic_beta", checkStrings],
  ["anthropic_version", checkString],
  ["metadata", checkObject],
  ["user", checkString],
  ...objectFields.map((field): [string, Check] => [field, checkObject]),
  ["additionalModelResponseFieldPaths", checkStrings],
  ["additional_model_response_field_paths", checkStrings],
  ["serviceTier", checkTier],
  ["service_tier", checkTier],
  ["n", checkCount],
  ["logprobs", checkNotAsked],
  ["top_logprobs", checkNotAsked],
  ["modalities", checkModalities],
  ["audio", checkNotAsked],
  ["functions", checkNotAsked],
  ["function_call", checkNotAsked],
  ["web_search_options", checkNotAsked],
]);

function checkTier(value: JsonValue, path: string): void {
  if (typeof value !== "string" && !isJsonObject(value)) {
    throw wrongType(path, "a string or an object", value);
  }
}

function checkCount(value: JsonValue, path: string): void {
  checkWhole(value, path, 1);
  if (value !== 1) {
    throw unsupported(path, `${path} above 1 is not supported: Bedrock gives one answer to a request`);
  }
}

/** False, 0, null and an empty list ask for nothing. */
function checkNotAsked(value: JsonValue, path: string): void {
  const asksNothing = value === false || value === 0 || (Array.isArray(value) && value.length === 0);
  if (!asksNothing) {
    throw unsupported(path, unsupportedWords.get(path) ?? `${path} is not supported: Bedrock has no such thing`);
  }
}

const unsupportedWords: ReadonlyMap<string, string> = new Map([
  ["logprobs", "logprobs is not supported: Converse gives no token probabilities"],
  ["top_logprobs", "top_logprobs is not supported: Converse gives no token probabilities"],
  ["audio", "audio is not supported: Bedrock's chat models do not speak"],
  ["functions", "functions is not supported: use tools"],
  ["function_call", "function_call is not supported: use tool_choice"],
  ["web_search_options", "web_search_options is not supported: give the model a tool"],
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
    return;
  }
  const format = value["json_schema"];
  if (!isJsonObject(format)) {
    throw wrongType(`${path}.json_schema`, "an object", format);
  }
  checkString(format["name"], `${path}.json_schema.name`);
  checkString(format["description"], `${path}.json_schema.description`);
  checkObject(format["schema"], `${path}.json_schema.schema`);
}

function checkThinking(value: JsonValue, path: string): void {
  if (!isJsonObject(value)) {
    throw wrongType(path, "an object", value);
  }
  checkName(value["type"] ?? "", `${path}.type`, ["enabled", "adaptive", "disabled"]);
  checkWhole(value["budget_tokens"], `${path}.budget_tokens`, 0);
}
