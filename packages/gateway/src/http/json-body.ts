/** From a body's bytes to its JSON object. */
import { isAscii, isUtf8 } from "node:buffer";
import { AditError, type JsonObject, isJsonObject } from "@adit/bedrock";
import { findJsonFault } from "./json-fault.ts";
import { bytesNestDeeperThan, valueNestsDeeperThan } from "./json-depth.ts";

/** Up to here a body is parsed before its depth is known: the worst nesting that fits costs some megabytes. */
const parseFirstBytes = 262_144;

/**
 * The object that the bytes hold: UTF-8, with or without a byte order mark. `__proto__` is a name like any other, and of a
 * name that comes twice the last counts, as in JSON.parse.
 * @throws AditError `invalid_json` with position, line and column; without a word of the body.
 */
export function parseJsonBody(bytes: Buffer, maxDepth: number): JsonObject {
  const isLarge = bytes.length > parseFirstBytes;
  if (isLarge && bytesNestDeeperThan(bytes, maxDepth)) throw tooDeep(maxDepth);
  const text = textOf(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(text, error);
  }
  if (!isJsonObject(value)) throw new AditError("invalid_json", "The body must be a JSON object.");
  // A container takes two bytes at least, so a short body cannot nest too deeply.
  if (!isLarge && bytes.length > 2 * maxDepth && valueNestsDeeperThan(value, maxDepth)) throw tooDeep(maxDepth);
  return value;
}

function textOf(bytes: Buffer): string {
  // Of these two the second is several times as slow; most bodies are ASCII.
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (!isUtf8(bytes)) {
    throw new AditError("invalid_json", "The body is not UTF-8.", { remedy: "Send the JSON in UTF-8." });
  }
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function notJson(text: string, cause: unknown): AditError {
  const fault = findJsonFault(text);
  if (fault === undefined) return new AditError("invalid_json", "The body is not JSON.", { cause });
  const { words, line, column, position } = fault;
  return new AditError(
    "invalid_json",
    `The body is not JSON. ${words}: line ${line}, column ${column} (position ${position}).`,
  );
}

function tooDeep(maxDepth: number): AditError {
  return new AditError("invalid_json", `The body nests more than ${maxDepth} objects and arrays in one another.`, {
    remedy: "Send a flatter body.",
  });
}
