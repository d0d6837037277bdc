/** Type checks of `input`. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import {
  checkCacheControl,
  checkScheme,
  checkString,
  needObject,
  needString,
} from "../translation/fields/check-field.ts";
import { invalidRequest, unsupported, wrongType } from "../translation/fields/request-fault.ts";

/** Checks the whole list. */
export function checkItems(items: JsonValue[]): void {
  if (items.length === 0) {
    throw invalidRequest("input", "input must not be empty");
  }
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (!isJsonObject(item)) {
      throw wrongType(`input[${index}]`, "an object", item);
    }
    checkItem(item, `input[${index}]`);
  }
}

function checkItem(item: JsonObject, path: string): void {
  const type = item["type"] ?? (item["role"] === undefined ? "item_reference" : "message");
  switch (typeof type === "string" ? type : undefined) {
    case "message":
      checkMessage(item, path);
      return;
    case "function_call":
      checkCall(item, path);
      checkString(item["arguments"], `${path}.arguments`);
      return;
    case "custom_tool_call":
      checkCall(item, path);
      needString(item["input"], `${path}.input`);
      return;
    case "function_call_output":
    case "custom_tool_call_output":
      needString(item["call_id"], `${path}.call_id`);
      checkContent(item["output"], `${path}.output`);
      return;
    case "reasoning":
      checkReasoning(item, path);
      return;
    case "web_search_call":
    case "file_search_call":
    case "code_interpreter_call":
    case "mcp_list_tools":
      return;
    case undefined:
    default:
      throw wrongItem(type, path);
  }
}

function wrongItem(type: JsonValue, path: string): Error {
  if (typeof type !== "string") {
    return wrongType(`${path}.type`, "a string", type);
  }
  if (type === "item_reference") {
    return unsupported(
      path,
      `${path} refers to an item by its id, and no such item is kept: send the item itself, as clients do with store: false, or go on from a stored response by previous_response_id`,
    );
  }
  return unsupported(
    `${path}.type`,
    `${path}.type ${JSON.stringify(type.slice(0, 64))} is not supported on Bedrock: send messages, function and custom calls with their outputs, and reasoning`,
  );
}

function checkMessage(item: JsonObject, path: string): void {
  const { role } = item;
  if (role !== "user" && role !== "assistant" && role !== "system" && role !== "developer") {
    throw typeof role === "string"
      ? invalidRequest(
          `${path}.role`,
          `${path}.role must be one of user, assistant, system, developer (it is ${JSON.stringify(role.slice(0, 64))})`,
        )
      : wrongType(`${path}.role`, "a string", role);
  }
  checkContent(item["content"], `${path}.content`);
  if (role === "system" || role === "developer") {
    checkSystemContent(item["content"], `${path}.content`);
  }
}

function checkSystemContent(content: JsonValue | undefined, path: string): void {
  if (!Array.isArray(content)) {
    return;
  }
  content.forEach((part, index) => {
    if (isJsonObject(part) && typeof part["text"] !== "string") {
      const place = `${path}[${index}]`;
      throw invalidRequest(place, `${place} must be text: a system prompt takes no other content`);
    }
  });
}

function checkCall(item: JsonObject, path: string): void {
  needString(item["call_id"], `${path}.call_id`);
  if (needString(item["name"], `${path}.name`) === "") {
    throw invalidRequest(`${path}.name`, `${path}.name must not be empty`);
  }
  checkString(item["namespace"], `${path}.namespace`);
}

function checkReasoning(item: JsonObject, path: string): void {
  checkString(item["encrypted_content"], `${path}.encrypted_content`);
  for (const field of ["summary", "content"] as const) {
    const parts = item[field];
    if (parts === undefined || parts === null) {
      continue;
    }
    if (!Array.isArray(parts)) {
      throw wrongType(`${path}.${field}`, "a list of parts", parts);
    }
    parts.forEach((part, index) => {
      needString(needObject(part, `${path}.${field}[${index}]`)["text"], `${path}.${field}[${index}].text`);
    });
  }
}

function checkContent(content: JsonValue | undefined, path: string): void {
  if (typeof content === "string") {
    return;
  }
  if (!Array.isArray(content)) {
    throw wrongType(path, "a string or a list of parts", content);
  }
  for (let index = 0; index < content.length; index += 1) {
    const part = content[index];
    if (!isJsonObject(part)) {
      throw wrongType(`${path}[${index}]`, "an object", part);
    }
    checkPart(part, `${path}[${index}]`);
  }
}

function checkPart(part: JsonObject, path: string): void {
  checkCacheControl(part["cache_control"], `${path}.cache_control`);
  const { type } = part;
  switch (typeof type === "string" ? type : undefined) {
    case "input_text":
    case "output_text":
    case "summary_text":
    case "text":
      needString(part["text"], `${path}.text`);
      return;
    case "refusal":
      needString(part["refusal"], `${path}.refusal`);
      return;
    case "input_image":
      checkImage(part, path);
      return;
    case "input_file":
      checkFile(part, path);
      return;
    case "input_audio": {
      const audio = needObject(part["input_audio"], `${path}.input_audio`);
      needString(audio["data"], `${path}.input_audio.data`);
      checkString(audio["format"], `${path}.input_audio.format`);
      return;
    }
    case undefined:
    default:
      throw unknownPart(type, path);
  }
}

function unknownPart(type: JsonValue | undefined, path: string): Error {
  if (typeof type !== "string") {
    return wrongType(`${path}.type`, "a string", type);
  }
  return invalidRequest(
    `${path}.type`,
    `${path}.type ${JSON.stringify(type.slice(0, 64))} is not known: it must be input_text, input_image, input_file, input_audio, output_text or refusal`,
  );
}

function checkImage(part: JsonObject, path: string): void {
  const { image_url: url } = part;
  if (typeof url === "string") {
    checkScheme(url, `${path}.image_url`);
    return;
  }
  throw typeof part["file_id"] === "string"
    ? unsupported(`${path}.file_id`, `${path}.file_id is not supported here: send image_url, an address or a data URL`)
    : wrongType(`${path}.image_url`, "a string", url);
}

function checkFile(part: JsonObject, path: string): void {
  for (const field of ["file_data", "file_url", "filename"]) {
    checkString(part[field], `${path}.${field}`);
  }
  if (typeof part["file_url"] === "string") {
    checkScheme(part["file_url"], `${path}.file_url`);
  } else if (typeof part["file_data"] !== "string") {
    throw typeof part["file_id"] === "string"
      ? unsupported(`${path}.file_id`, `${path}.file_id is not supported here: send file_data or file_url`)
      : wrongType(`${path}.file_data`, "a string", part["file_data"]);
  }
}
