/** Type checks of `tools`. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import {
  checkBoolean,
  checkCacheControl,
  checkObject,
  checkString,
  needName,
  needObject,
} from "../translation/fields/check-field.ts";
import { unsupported, wrongType } from "../translation/fields/request-fault.ts";

/** Checks the whole list. */
export function checkTools(tools: JsonValue, path: string): void {
  if (!Array.isArray(tools)) {
    throw wrongType(path, "a list of tools", tools);
  }
  for (let index = 0; index < tools.length; index += 1) {
    const tool = tools[index];
    if (!isJsonObject(tool)) {
      throw wrongType(`${path}[${index}]`, "an object", tool);
    }
    checkTool(tool, `${path}[${index}]`);
  }
}

function checkTool(tool: JsonObject, path: string): void {
  if (tool["cache_control"] !== undefined) {
    checkCacheControl(tool["cache_control"], `${path}.cache_control`);
  }
  const { type } = tool;
  if (type === "function" || isJsonObject(tool["function"])) {
    checkFunction(needObject(tool["function"], `${path}.function`), `${path}.function`);
  } else if (tool["input_schema"] !== undefined && tool["input_schema"] !== null) {
    needName(tool["name"], `${path}.name`);
    checkObject(tool["input_schema"], `${path}.input_schema`);
    checkString(tool["description"], `${path}.description`);
    checkBoolean(tool["strict"], `${path}.strict`);
  } else if (typeof type === "string") {
    checkBuiltIn(tool, type, path);
  } else if (
    !isJsonObject(tool["toolSpec"]) &&
    !isJsonObject(tool["systemTool"]) &&
    !isJsonObject(tool["cachePoint"])
  ) {
    throw wrongType(`${path}.type`, "a string", type);
  }
}

/** A function as OpenAI describes it. */
export function checkFunction(callee: JsonObject, path: string): void {
  needName(callee["name"], `${path}.name`);
  checkString(callee["description"], `${path}.description`);
  checkObject(callee["parameters"], `${path}.parameters`);
  checkBoolean(callee["strict"], `${path}.strict`);
  checkCacheControl(callee["cache_control"], `${path}.cache_control`);
}

function checkBuiltIn(tool: JsonObject, type: string, path: string): void {
  if (type === "custom") {
    throw unsupported(`${path}.type`, `${path}.type "custom" is not supported: Bedrock's tools take JSON`);
  }
  const inner = tool[type];
  needName(
    isJsonObject(inner) ? inner["name"] : tool["name"],
    isJsonObject(inner) ? `${path}.${type}.name` : `${path}.name`,
  );
}
