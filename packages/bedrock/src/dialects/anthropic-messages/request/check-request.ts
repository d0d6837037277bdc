import { type JsonObject, type JsonValue } from "../../../json.ts";
import {
  checkBoolean,
  checkCacheControl,
  checkName,
  checkNumber,
  checkObject,
  checkString,
  checkStrings,
  checkWhole,
  needObject,
  needString,
  needRequest,
} from "../../translation/fields/check-field.ts";
import { invalidRequest, unsupported, wrongType } from "../../translation/fields/request-fault.ts";
import { checkMessages, checkSystem } from "./check-content.ts";
import { checkTools } from "./check-tools.ts";
import type { MessagesRequest } from "../messages-request.ts";
import { unsetSampling } from "../unset-sampling.ts";

/**
 * Sees to the types of a request of the Messages API and gives it back, the same object. Throws an AditError: `invalid_request` with
 * the path of the field, or `unsupported_parameter` for what Bedrock has no means for. Fields that are not known are no error.
 */
export function checkMessagesRequest(body: JsonObject): MessagesRequest {
  needRequest(body);
  const { messages, model } = body;
  if (typeof model !== "string" || model === "") {
    throw wrongType("model", "the name of a model", model);
  }
  if (!Array.isArray(messages)) {
    throw wrongType("messages", "a list of messages", messages);
  }
  if (messages.length === 0) {
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
  return body as MessagesRequest;
}

type Check = (value: JsonValue, path: string) => void;

const count: Check = (value, path) => {
  checkWhole(value, path, 0);
};

const share: Check = (value, path) => {
  checkNumber(value, path, 0, 1);
};

/** A check of `top_p` or `top_k`. */
function ifSet(check: Check): Check {
  return (value, path) => {
    if (value !== unsetSampling) {
      check(value, path);
    }
  };
}

/** Converse's own, which travel in InvokeModel's headers, by either spelling. */
const awsFields = [
  "guardrailConfig",
  "guardrail_config",
  "performanceConfig",
  "performance_config",
  "requestMetadata",
  "request_metadata",
  "additionalModelRequestFields",
  "additional_model_request_fields",
];

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  // 0 fills Claude's cache and has nothing written.
  ["max_tokens", count],
  ["system", checkSystem],
  ["stream", checkBoolean],
  ["temperature", share],
  ["top_p", ifSet(share)],
  ["top_k", ifSet(count)],
  ["stop_sequences", checkStopSequences],
  ["tools", checkTools],
  ["tool_choice", checkToolChoice],
  ["thinking", checkThinking],
  ["output_config", checkOutputConfig],
  ["output_format", checkFormat],
  ["metadata", checkObject],
  ["service_tier", checkString],
  ["cache_control", checkCacheControl],
  ["anthropic_beta", checkStrings],
  ["betas", checkStrings],
  ["anthropic_version", checkString],
  ["context_management", checkObject],
  ...awsFields.map((field): [string, Check] => [field, checkObject]),
  ["container", refuse("Bedrock keeps no containers and no skills of Anthropic's")],
  ["thread", refuse("Bedrock keeps no conversations: send all of its messages with each request")],
  ["mcp_servers", refuse("Bedrock connects to no MCP server: connect to it yourself and offer its tools")],
  ["inference_geo", refuse("where Bedrock computes is said by the region and the inference profile of the model")],
]);

function refuse(why: string): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > 0) {
      throw unsupported(path, `${path} is not supported: ${why}`);
    }
  };
}

function checkStopSequences(value: JsonValue, path: string): void {
  if (!Array.isArray(value)) {
    throw wrongType(path, "a list of strings", value);
  }
  checkStrings(value, path);
}

function checkToolChoice(value: JsonValue, path: string): void {
  const choice = needObject(value, path);
  checkName(needString(choice["type"], `${path}.type`), `${path}.type`, ["auto", "any", "tool", "none"]);
  checkBoolean(choice["disable_parallel_tool_use"], `${path}.disable_parallel_tool_use`);
  if (choice["type"] === "tool") {
    needString(choice["name"], `${path}.name`);
  }
}

function checkThinking(value: JsonValue, path: string): void {
  const thinking = needObject(value, path);
  needString(thinking["type"], `${path}.type`);
  checkWhole(thinking["budget_tokens"], `${path}.budget_tokens`, 0);
  if (thinking["type"] === "enabled" && typeof thinking["budget_tokens"] !== "number") {
    throw wrongType(`${path}.budget_tokens`, "a whole number", thinking["budget_tokens"]);
  }
}

function checkOutputConfig(value: JsonValue, path: string): void {
  const config = needObject(value, path);
  checkString(config["effort"], `${path}.effort`);
  const { format } = config;
  if (format !== undefined && format !== null) {
    checkFormat(format, `${path}.format`);
  }
}

function checkFormat(value: JsonValue, path: string): void {
  const format = needObject(value, path);
  checkName(needString(format["type"], `${path}.type`), `${path}.type`, ["json_schema"]);
  needObject(format["schema"], `${path}.schema`);
}
