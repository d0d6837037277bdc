/** Type checks of `tools`. */
import type { JsonObject, JsonValue } from "../../../json.ts";
import {
  checkBoolean,
  checkCacheControl,
  checkString,
  needObject,
  needString,
} from "../../translation/fields/check-field.ts";
import { invalidRequest, unsupported, wrongType } from "../../translation/fields/request-fault.ts";
import { anthropicTool } from "../../../anthropic/anthropic-tools.ts";

/** Checks the whole list. A tool that runs on Anthropic's servers is refused by its name. */
export function checkTools(tools: JsonValue, path: string): void {
  if (!Array.isArray(tools)) {
    throw wrongType(path, "a list of tools", tools);
  }
  for (let index = 0; index < tools.length; index += 1) {
    checkTool(needObject(tools[index], `${path}[${index}]`), `${path}[${index}]`);
  }
}

function checkTool(tool: JsonObject, path: string): void {
  checkCacheControl(tool["cache_control"], `${path}.cache_control`);
  const { type } = tool;
  if (type !== undefined && type !== null && type !== "custom") {
    checkAnthropicTool(needString(type, `${path}.type`), path);
    return;
  }
  if (needString(tool["name"], `${path}.name`) === "") {
    throw invalidRequest(`${path}.name`, `${path}.name must not be empty`);
  }
  needObject(tool["input_schema"], `${path}.input_schema`);
  checkString(tool["description"], `${path}.description`);
  checkBoolean(tool["strict"], `${path}.strict`);
}

function checkAnthropicTool(type: string, path: string): void {
  const row = anthropicTool(type);
  if (row?.onBedrock === false) {
    throw unsupported(
      `${path}.type`,
      `${path}.type ${JSON.stringify(type.slice(0, 64))} is not supported: Bedrock does not have this tool of Anthropic's servers: ${row.instead}`,
    );
  }
}
