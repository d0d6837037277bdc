/** From a header's text to the JSON object in it. */
import { isUtf8 } from "node:buffer";
import { AditError, isJsonObject, type ErrorCode, type JsonObject } from "@adit/bedrock";
import { valueNestsDeeperThan } from "@adit/bedrock/gateway";
import { findJsonFault } from "./json-fault.ts";

/** As deep as a body may be: a header has room for enough brackets to overflow the stack of a recursive reader. */
const deepest = 200;

/**
 * The object in the header `name`.
 * @throws AditError of `code`, with the position of what is not JSON; without a word of the text.
 */
export function objectInHeader(text: string, name: string, code: ErrorCode): JsonObject {
  const readable = asUtf8(text);
  let value: unknown;
  try {
    value = JSON.parse(readable);
  } catch (error) {
    throw notJson(readable, name, { code, cause: error });
  }
  if (!isJsonObject(value)) {
    throw new AditError(code, `The header ${name} must be an object of JSON.`, { param: name });
  }
  if (valueNestsDeeperThan(value, deepest)) {
    throw new AditError(code, `The header ${name} nests more than ${deepest} objects and arrays in one another.`, {
      param: name,
      remedy: "Send a flatter one.",
    });
  }
  return value;
}

function notJson(text: string, name: string, { code, cause }: { code: ErrorCode; cause: unknown }): AditError {
  const fault = findJsonFault(text, "header");
  const where =
    fault === undefined ? "" : ` ${fault.words}: column ${fault.position + 1} (position ${fault.position}).`;
  return new AditError(code, `The header ${name} is not JSON.${where}`, {
    param: name,
    remedy: "Mend it at the position given.",
    // A parser's own words quote the text.
    ...(fault === undefined && { cause }),
  });
}

/** Node reads a header's bytes as Latin-1; a client that writes UTF-8 there means UTF-8. */
function asUtf8(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}
