/** Type checks of `tools` and `tool_choice`. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import {
  checkBoolean,
  checkCacheControl,
  checkName,
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
  tools.forEach((tool, index) => {
    const place = `${path}[${index}]`;
    const given = needObject(tool, place);
    if (given["type"] === "namespace") {
      checkNamespace(given, place);
    } else if (given["type"] !== "tool_search") {
      checkCallable(given, place);
    }
  });
}

function checkNamespace(tool: JsonObject, path: string): void {
  needName(tool["name"], `${path}.name`);
  if (!Array.isArray(tool["tools"])) {
    throw wrongType(`${path}.tools`, "a list of tools", tool["tools"]);
  }
  tool["tools"].forEach((inner, index) => {
    checkCallable(needObject(inner, `${path}.tools[${index}]`), `${path}.tools[${index}]`);
  });
}

function checkCallable(tool: JsonObject, path: string): void {
  const { type } = tool;
  if (type !== "function" && type !== "custom") {
    throw typeof type === "string" ? noSuchTool(type, path) : wrongType(`${path}.type`, "a string", type);
  }
  needName(tool["name"], `${path}.name`);
  checkString(tool["description"], `${path}.description`);
  checkCacheControl(tool["cache_control"], `${path}.cache_control`);
  if (type === "function") {
    checkObject(tool["parameters"], `${path}.parameters`);
    checkBoolean(tool["strict"], `${path}.strict`);
    return;
  }
  if (tool["format"] !== undefined && tool["format"] !== null) {
    const format = needObject(tool["format"], `${path}.format`);
    checkName(format["type"] ?? "", `${path}.format.type`, ["text", "grammar"]);
    checkString(format["syntax"], `${path}.format.syntax`);
    checkString(format["definition"], `${path}.format.definition`);
  }
}

/** Where a client offers a tool unasked: how it is told not to. */
const remedies: ReadonlyMap<string, string> = new Map([
  ["web_search", `leave it out (in Codex: web_search = "disabled"), or give the model a function that searches`],
  ["local_shell", "give the model a function that runs commands"],
  ["shell", "give the model a function that runs commands"],
  ["apply_patch", "give the model a custom tool that takes the patch"],
  ["mcp", "let your client call the MCP server, and offer its tools as functions"],
]);

function noSuchTool(type: string, path: string): Error {
  const remedy = remedies.get(type) ?? "leave it out, or give the model a function";
  return unsupported(
    `${path}.type`,
    `${path}.type ${JSON.stringify(type.slice(0, 64))} is a tool of OpenAI's own models, and Bedrock has none of them: ${remedy}`,
  );
}

export function checkToolChoice(value: JsonValue, path: string): void {
  if (typeof value === "string") {
    checkName(value, path, ["auto", "none", "required"]);
    return;
  }
  if (!isJsonObject(value)) {
    throw wrongType(path, "a string or an object", value);
  }
  const { type } = value;
  if (type === "function" || type === "custom") {
    needName(value["name"], `${path}.name`);
  } else if (type === "allowed_tools") {
    checkAllowedTools(value, path);
  } else {
    throw typeof type === "string" ? noSuchTool(type, path) : wrongType(`${path}.type`, "a string", type);
  }
}

function checkAllowedTools(value: JsonObject, path: string): void {
  checkName(value["mode"] ?? "", `${path}.mode`, ["auto", "required"]);
  if (!Array.isArray(value["tools"])) {
    throw wrongType(`${path}.tools`, "a list of tools", value["tools"]);
  }
  value["tools"].forEach((tool, index) => {
    const place = `${path}.tools[${index}]`;
    const { type, name } = needObject(tool, place);
    if (type !== "function" && type !== "custom") {
      throw typeof type === "string" ? noSuchTool(type, place) : wrongType(`${place}.type`, "a string", type);
    }
    needName(name, `${place}.name`);
  });
}
