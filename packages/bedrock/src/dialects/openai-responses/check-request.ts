import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import {
  checkBoolean,
  checkName,
  checkString,
  checkWhole,
  needObject,
  needRequest,
} from "../translation/fields/check-field.ts";
import {
  checkEffort,
  checkFields,
  checkStreamOptions,
  noModeration,
  refusedUnlessEmpty,
  sharedChecks,
  type FieldCheck,
  type FieldChecks,
} from "../translation/fields/check-fields.ts";
import { invalidRequest, unsupported, wrongType } from "../translation/fields/request-fault.ts";
import { checkItems } from "./check-items.ts";
import { checkToolChoice, checkTools } from "./check-tools.ts";
import type { ResponsesRequest } from "./responses-request.ts";

/**
 * Sees to the types of a request of Responses and gives it back, the same object. Throws an AditError: `invalid_request` with
 * the path of the field, or `unsupported_parameter` for what Bedrock has no means for. Fields that are not known are no error.
 */
export function checkResponsesRequest(body: JsonObject): ResponsesRequest {
  needRequest(body);
  const { input, model } = body;
  if (typeof model !== "string" || model === "") {
    throw wrongType("model", "the name of a model", model);
  }
  // What asks for an earlier answer comes first: without it `input` may be absent, and this says why it may not.
  for (const [field, refuse] of notKept) {
    if (body[field] !== undefined && body[field] !== null) {
      refuse(body[field], field);
    }
  }
  if (Array.isArray(input)) {
    checkItems(input);
  } else if (typeof input !== "string") {
    throw wrongType("input", "a string or a list of items", input);
  }
  checkFields(body, checks);
  return body as ResponsesRequest;
}

const itemsInstead = "send the earlier items in input, each output item as it came";

/** A server that stores responses has put what these name into the input before. */
const notKept: readonly [string, FieldCheck][] = [
  [
    "previous_response_id",
    (value, path) => {
      if (typeof value !== "string" || value === "") {
        throw wrongType(path, "the id of a response", value);
      }
      throw unsupported(path, `${path} names a response that is not stored here: ${itemsInstead}`);
    },
  ],
  [
    "conversation",
    (_value, path) => {
      throw unsupported(
        path,
        `${path} is not supported: conversations are not kept here; go on from a stored response by previous_response_id, or ${itemsInstead}`,
      );
    },
  ],
  [
    "prompt",
    (_value, path) => {
      throw unsupported(path, `${path} is not supported: it names a prompt that OpenAI keeps; send its text in input`);
    },
  ],
];

const checks: FieldChecks = new Map<string, FieldCheck>([
  ...sharedChecks,
  ["instructions", checkString],
  ["stream", checkBoolean],
  ["stream_options", checkStreamOptions],
  ["store", checkBoolean],
  [
    "max_output_tokens",
    (value, path) => {
      checkWhole(value, path, 1);
    },
  ],
  ["parallel_tool_calls", checkBoolean],
  ["tools", checkTools],
  ["tool_choice", checkToolChoice],
  ["text", checkText],
  ["reasoning", checkReasoning],
  ["include", checkInclude],
  [
    "truncation",
    (value, path) => {
      checkName(value, path, ["auto", "disabled"]);
    },
  ],
  ["background", refusedUnlessEmpty("responses are made while their caller waits; ask for it with stream")],
  ["top_logprobs", refusedUnlessEmpty("Converse gives no token probabilities")],
  ["moderation", noModeration],
]);

function checkText(value: JsonValue, path: string): void {
  const { format, verbosity } = needObject(value, path);
  checkString(verbosity, `${path}.verbosity`);
  if (format !== undefined && format !== null) {
    checkFormat(needObject(format, `${path}.format`), `${path}.format`);
  }
}

function checkFormat(format: JsonObject, path: string): void {
  checkName(format["type"] ?? "", `${path}.type`, ["text", "json_object", "json_schema"]);
  if (format["type"] !== "json_schema") {
    return;
  }
  if (isJsonObject(format["json_schema"])) {
    const words = "is how chat completions write it: here name, schema and strict stand in the format itself";
    throw invalidRequest(`${path}.json_schema`, `${path}.json_schema ${words}`);
  }
  checkString(format["name"], `${path}.name`);
  checkString(format["description"], `${path}.description`);
  checkBoolean(format["strict"], `${path}.strict`);
  needObject(format["schema"], `${path}.schema`);
}

function checkReasoning(value: JsonValue, path: string): void {
  const { effort, summary, generate_summary: olderSummary } = needObject(value, path);
  checkEffort(effort, `${path}.effort`);
  checkName(summary, `${path}.summary`, ["auto", "concise", "detailed", "none"]);
  checkName(olderSummary, `${path}.generate_summary`, ["auto", "concise", "detailed"]);
}

function checkInclude(value: JsonValue, path: string): void {
  if (!Array.isArray(value)) {
    throw wrongType(path, "a list of strings", value);
  }
  value.forEach((item, index) => {
    if (typeof item !== "string") {
      throw wrongType(`${path}[${index}]`, "a string", item);
    }
    if (item === "message.output_text.logprobs") {
      throw unsupported(
        `${path}[${index}]`,
        `${path}[${index}] is not supported: Converse gives no token probabilities`,
      );
    }
  });
}
