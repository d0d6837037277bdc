/** Type checks of `messages` and `system`. Paths are made only when something is wrong: this runs on every request. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import {
  checkBoolean,
  checkCacheControl,
  checkObject,
  checkString,
  needObject,
  needString,
} from "../../translation/fields/check-field.ts";
import { invalidRequest, unsupported, wrongType } from "../../translation/fields/request-fault.ts";
import { isServerToolBlock } from "../../../anthropic/anthropic-tools.ts";

/** Checks the whole list. */
export function checkMessages(messages: JsonValue[]): void {
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    if (!isJsonObject(message)) {
      throw wrongType(`messages[${index}]`, "an object", message);
    }
    const { content, role } = message;
    if (role !== "user" && role !== "assistant" && role !== "system") {
      throw wrongRole(role, `messages[${index}].role`);
    }
    if (typeof content !== "string") {
      checkBlocks(content, `messages[${index}].content`);
    }
  }
}

/** A string, or a list of text blocks. */
export function checkSystem(system: JsonValue, path: string): void {
  if (typeof system === "string") {
    return;
  }
  checkBlocks(system, path);
  (system as JsonObject[]).forEach((block, index) => {
    if (block["type"] !== "text") {
      throw invalidRequest(
        `${path}[${index}].type`,
        `${path}[${index}] must be text: a system prompt takes no other content`,
      );
    }
  });
}

function wrongRole(role: unknown, path: string): Error {
  return typeof role === "string"
    ? invalidRequest(path, `${path} must be user or assistant (it is ${JSON.stringify(role.slice(0, 64))})`)
    : wrongType(path, "a string", role);
}

function checkBlocks(blocks: unknown, path: string): void {
  if (!Array.isArray(blocks)) {
    throw wrongType(path, "a string or a list of blocks", blocks);
  }
  for (let index = 0; index < blocks.length; index += 1) {
    const block: unknown = blocks[index];
    if (!isJsonObject(block)) {
      throw wrongType(`${path}[${index}]`, "an object", block);
    }
    if (block["type"] !== "text" || typeof block["text"] !== "string" || block["cache_control"] !== undefined) {
      checkBlock(block, `${path}[${index}]`);
    }
  }
}

type BlockCheck = (block: JsonObject, path: string) => void;

const blockChecks: ReadonlyMap<string, BlockCheck> = new Map<string, BlockCheck>([
  ["text", needing("text")],
  ["image", (block, path) => checkSource(block["source"], `${path}.source`, imageSources)],
  ["document", checkDocument],
  ["search_result", checkSearchResult],
  ["tool_use", checkToolUse],
  ["tool_result", checkToolResult],
  ["tool_reference", needing("tool_name")],
  [
    "thinking",
    (block, path) => {
      needString(block["thinking"], `${path}.thinking`);
      checkString(block["signature"], `${path}.signature`);
    },
  ],
  ["redacted_thinking", needing("data")],
]);

function needing(field: string): BlockCheck {
  return (block, path) => {
    needString(block[field], `${path}.${field}`);
  };
}

function checkBlock(block: JsonObject, path: string): void {
  const type = needString(block["type"], `${path}.type`);
  checkCacheControl(block["cache_control"], `${path}.cache_control`);
  if (type === "container_upload") {
    throw unsupported(path, `${path}: Bedrock keeps no containers to upload files to: send the file as a document`);
  }
  if (isServerToolBlock(type, block["name"])) {
    throw unsupported(
      path,
      `${path}: ${type} belongs to a tool of Anthropic's servers, which Bedrock does not have: leave it out`,
    );
  }
  blockChecks.get(type)?.(block, path);
}

/** What must be there, by the type of a source. */
const imageSources: ReadonlyMap<string, readonly string[]> = new Map([
  ["base64", ["media_type", "data"]],
  ["url", ["url"]],
]);
const documentSources: ReadonlyMap<string, readonly string[]> = new Map([
  ...imageSources,
  ["text", ["data"]],
  ["content", []],
]);

function checkSource(value: unknown, path: string, kinds: ReadonlyMap<string, readonly string[]>): JsonObject {
  const source = needObject(value, path);
  const type = needString(source["type"], `${path}.type`);
  if (type === "file") {
    throw unsupported(path, `${path}: Bedrock has no Files API of Anthropic's: send the file as base64 or by its url`);
  }
  const fields = kinds.get(type);
  if (fields === undefined) {
    throw invalidRequest(
      `${path}.type`,
      `${path}.type must be one of ${[...kinds.keys()].join(", ")} (it is ${JSON.stringify(type.slice(0, 64))})`,
    );
  }
  for (const field of fields) {
    needString(source[field], `${path}.${field}`);
  }
  return source;
}

function checkDocument(block: JsonObject, path: string): void {
  const source = checkSource(block["source"], `${path}.source`, documentSources);
  if (source["type"] === "content" && typeof source["content"] !== "string") {
    checkBlocks(source["content"], `${path}.source.content`);
  }
  checkString(block["title"], `${path}.title`);
  checkString(block["context"], `${path}.context`);
  checkCitations(block["citations"], `${path}.citations`);
}

function checkSearchResult(block: JsonObject, path: string): void {
  needString(block["source"], `${path}.source`);
  needString(block["title"], `${path}.title`);
  checkBlocks(block["content"], `${path}.content`);
  checkCitations(block["citations"], `${path}.citations`);
}

function checkCitations(value: unknown, path: string): void {
  checkObject(value, path);
  checkBoolean(isJsonObject(value) ? value["enabled"] : undefined, `${path}.enabled`);
}

function checkToolUse(block: JsonObject, path: string): void {
  needString(block["id"], `${path}.id`);
  needString(block["name"], `${path}.name`);
}

function checkToolResult(block: JsonObject, path: string): void {
  const { content } = block;
  needString(block["tool_use_id"], `${path}.tool_use_id`);
  checkBoolean(block["is_error"], `${path}.is_error`);
  if (content !== undefined && content !== null && typeof content !== "string") {
    checkBlocks(content, `${path}.content`);
  }
}
