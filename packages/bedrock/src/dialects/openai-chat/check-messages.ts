/** Type checks of `messages`. Paths are made only when something is wrong: this runs on every request. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { awsMemberOf, isUnknownShown } from "../translation/aws-part.ts";
import {
  checkBoolean,
  checkCacheControl,
  checkName,
  checkObject,
  checkScheme,
  checkString,
  needObject,
  needString,
} from "../translation/fields/check-field.ts";
import { invalidRequest, unsupported, wrongType } from "../translation/fields/request-fault.ts";
import { areStreamed } from "./streamed-blocks.ts";
import { isOfDialect } from "./unread-part-fields.ts";

/** Checks the whole list. */
export function checkMessages(messages: JsonValue[]): void {
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    if (!isJsonObject(message)) {
      throw wrongType(`messages[${index}]`, "an object", message);
    }
    checkMessage(message, index);
  }
}

function checkMessage(message: JsonObject, index: number): void {
  const { role } = message;
  switch (typeof role === "string" ? role : undefined) {
    case "user":
    case "system":
    case "developer":
      break;
    case "assistant":
      checkAssistant(message, index);
      break;
    case "tool":
      checkToolMessage(message, index);
      break;
    case "function":
      needString(message["name"], `messages[${index}].name`);
      break;
    case undefined:
    default:
      throw wrongRole(role, index);
  }
  if (message["cache_control"] !== undefined) {
    checkCacheControl(message["cache_control"], `messages[${index}].cache_control`);
  }
  if (typeof message["content"] !== "string") {
    checkContent(message, index);
  }
}

function checkContent(message: JsonObject, index: number): void {
  const { content, role } = message;
  const path = `messages[${index}].content`;
  if (Array.isArray(content)) {
    checkParts(content, path);
    if (role === "system" || role === "developer") {
      checkSystemParts(content, path);
    }
    return;
  }
  const isAbsent = content === undefined || content === null;
  // Agents write null for the empty result of a tool.
  if (!isAbsent || (role !== "assistant" && role !== "tool" && role !== "function")) {
    throw wrongType(path, "a string or a list of parts", content);
  }
}

function wrongRole(role: unknown, index: number): Error {
  const path = `messages[${index}].role`;
  return typeof role === "string"
    ? invalidRequest(
        path,
        `${path} must be one of system, developer, user, assistant, tool (it is ${JSON.stringify(role.slice(0, 64))})`,
      )
    : wrongType(path, "a string", role);
}

function checkAssistant(message: JsonObject, index: number): void {
  const { content_blocks, tool_calls, reasoning_content, refusal, function_call } = message;
  if (function_call !== undefined && function_call !== null) {
    checkCallee(function_call, `messages[${index}].function_call`);
  }
  if (reasoning_content !== undefined || refusal !== undefined) {
    checkString(reasoning_content, `messages[${index}].reasoning_content`);
    checkString(refusal, `messages[${index}].refusal`);
  }
  if (Array.isArray(content_blocks)) {
    if (!areStreamed(content_blocks)) {
      checkShownBlocks(content_blocks, `messages[${index}].content_blocks`);
    }
  } else if (content_blocks !== undefined && content_blocks !== null) {
    throw wrongType(`messages[${index}].content_blocks`, "a list of blocks", content_blocks);
  }
  if (Array.isArray(tool_calls)) {
    tool_calls.forEach((call, place) => {
      checkToolCall(call, `messages[${index}].tool_calls[${place}]`);
    });
  } else if (tool_calls !== undefined && tool_calls !== null) {
    throw wrongType(`messages[${index}].tool_calls`, "a list of calls", tool_calls);
  }
}

/** Whether AWS takes back a block that AWS itself added nobody knows: it is left out, for the rest of the conversation is right. */
function checkShownBlocks(blocks: JsonValue[], path: string): void {
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index];
    if (!isJsonObject(block)) {
      throw wrongType(`${path}[${index}]`, "an object", block);
    }
    if (isOfDialect(block) || !isUnknownShown(block)) {
      checkPart(block, `${path}[${index}]`);
    }
  }
}

function checkToolCall(value: JsonValue, path: string): void {
  const call = needObject(value, path);
  needString(call["id"], `${path}.id`);
  if (call["type"] === "custom") {
    throw unsupported(`${path}.type`, `${path}.type "custom" is not supported: Bedrock's tools take JSON`);
  }
  checkCallee(call["function"], `${path}.function`);
}

function checkCallee(value: unknown, path: string): void {
  if (needString(needObject(value, path)["name"], `${path}.name`) === "") {
    throw invalidRequest(`${path}.name`, `${path}.name must not be empty`);
  }
}

function checkToolMessage(message: JsonObject, index: number): void {
  needString(message["tool_call_id"], `messages[${index}].tool_call_id`);
  checkBoolean(message["is_error"], `messages[${index}].is_error`);
  checkName(message["status"], `messages[${index}].status`, ["success", "error"]);
}

function checkSystemParts(parts: JsonValue[], path: string): void {
  parts.forEach((part, index) => {
    if (!isJsonObject(part) || part["type"] === "text") {
      return;
    }
    const member = awsMemberOf(part);
    if (member === undefined || !systemMembers.has(member)) {
      throw invalidRequest(
        `${path}[${index}].type`,
        `${path}[${index}] must be text: a system prompt takes no other content`,
      );
    }
  });
}

const systemMembers: ReadonlySet<string> = new Set([
  "text",
  "guardContent",
  "cachePoint",
  "toolAddition",
  "toolRemoval",
]);

function checkParts(parts: JsonValue[], path: string): void {
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (!isJsonObject(part)) {
      throw wrongType(`${path}[${index}]`, "an object", part);
    }
    const isPlain = part["type"] === "text" && typeof part["text"] === "string" && part["citations"] === undefined;
    if (isPlain && part["cache_control"] === undefined) {
      continue;
    }
    checkPart(part, `${path}[${index}]`);
  }
}

function checkPart(part: JsonObject, path: string): void {
  checkCacheControl(part["cache_control"], `${path}.cache_control`);
  const { type } = part;
  switch (typeof type === "string" ? type : undefined) {
    case "text":
      needString(part["text"], `${path}.text`);
      checkCitations(part["citations"], `${path}.citations`);
      return;
    case "refusal":
      needString(part["refusal"], `${path}.refusal`);
      return;
    case "image_url":
      checkAddress(part["image_url"], `${path}.image_url`);
      return;
    case "video_url":
      checkAddress(part["video_url"], `${path}.video_url`);
      return;
    case "file":
      checkFile(part["file"], `${path}.file`);
      return;
    case "input_audio":
      checkAudio(part["input_audio"], `${path}.input_audio`);
      return;
    case "thinking":
      needString(part["thinking"], `${path}.thinking`);
      checkString(part["signature"], `${path}.signature`);
      return;
    case "redacted_thinking":
      needString(part["data"], `${path}.data`);
      return;
    case undefined:
    default:
      checkAwsPart(part, path);
  }
}

/** As an answer shows them. */
function checkCitations(value: unknown, path: string): void {
  if (value === undefined || value === null) {
    return;
  }
  if (!Array.isArray(value)) {
    throw wrongType(path, "a list of citations", value);
  }
  value.forEach((item: unknown, index) => {
    const citation = needObject(item, `${path}[${index}]`);
    checkObject(citation["location"], `${path}[${index}].location`);
    const { sourceContent } = citation;
    if (sourceContent !== undefined && sourceContent !== null && !Array.isArray(sourceContent)) {
      throw wrongType(`${path}[${index}].sourceContent`, "a list of texts", sourceContent);
    }
    for (const [place, text] of (sourceContent ?? []).entries()) {
      needObject(text, `${path}[${index}].sourceContent[${place}]`);
    }
  });
}

function checkAwsPart(part: JsonObject, path: string): void {
  const member = awsMemberOf(part);
  if (member === undefined) {
    throw unknownPart(part, path);
  }
  if (member === "text") {
    needString(part["text"], `${path}.text`);
  } else if (member !== "json") {
    needObject(part[member], `${path}.${member}`);
  }
}

function unknownPart(part: JsonObject, path: string): Error {
  const { type } = part;
  return typeof type === "string"
    ? invalidRequest(
        `${path}.type`,
        `${path}.type ${JSON.stringify(type.slice(0, 64))} is not known: it must be text, image_url, file, input_audio, video_url, thinking or redacted_thinking`,
      )
    : wrongType(`${path}.type`, "a string", type);
}

function checkAddress(value: unknown, path: string): void {
  if (typeof value === "string") {
    checkScheme(value, path);
    return;
  }
  const address = needObject(value, path);
  checkScheme(needString(address["url"], `${path}.url`), `${path}.url`);
  checkString(address["mime_type"], `${path}.mime_type`);
  checkOwner(address, path);
}

function checkOwner(holder: JsonObject, path: string): void {
  checkString(holder["bucketOwner"], `${path}.bucketOwner`);
  checkString(holder["bucket_owner"], `${path}.bucket_owner`);
}

function checkFile(value: unknown, path: string): void {
  const file = needObject(value, path);
  for (const field of ["file_data", "file_url", "filename", "file_name", "mime_type"]) {
    checkString(file[field], `${path}.${field}`);
  }
  checkOwner(file, path);
  if (typeof file["file_url"] === "string") {
    checkScheme(file["file_url"], `${path}.file_url`);
    return;
  }
  if (typeof file["file_data"] !== "string") {
    throw typeof file["file_id"] === "string"
      ? unsupported(`${path}.file_id`, `${path}.file_id is not supported here: send file_data or file_url`)
      : wrongType(`${path}.file_data`, "a string", file["file_data"]);
  }
}

function checkAudio(value: unknown, path: string): void {
  const audio = needObject(value, path);
  needString(audio["data"], `${path}.data`);
  checkString(audio["format"], `${path}.format`);
}
