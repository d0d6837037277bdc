/** What a request may ask for beside its texts: tools, the fields of its body, and what stands in these. Parameters as Portkey has them. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { kind } from "../check.ts";

const names = z.array(z.string().min(1).max(256)).max(1_000).default([]);
const values = z.array(z.json()).max(1_000).default([]);
const none = { allowed: [], blocked: [] };

const toolRules = z.strictObject({
  allowedTypes: names,
  blockedTypes: names,
  allowedFunctionNames: names,
  blockedFunctionNames: names,
});
const paramRules = z.strictObject({
  allowedKeys: names,
  blockedKeys: names,
  values: z.record(z.string(), z.strictObject({ allowedValues: values, blockedValues: values })).default({}),
});

/** An empty list of what is allowed allows all. */
interface Rule {
  allowed: readonly JsonValue[];
  blocked: readonly JsonValue[];
}

/** More are not told of. */
const mostTold = 20;
const longestName = 64;

export const requestParametersCheck = kind(
  z.strictObject({ tools: toolRules.optional(), params: paramRules.optional() }),
  ({ tools, params }) => {
    const types = rule(tools?.allowedTypes, tools?.blockedTypes);
    const functions = rule(tools?.allowedFunctionNames, tools?.blockedFunctionNames);
    const keys = rule(params?.allowedKeys, params?.blockedKeys);
    const byName = new Map(
      Object.entries(params?.values ?? {}).map(([name, own]) => [name, rule(own.allowedValues, own.blockedValues)]),
    );
    return {
      grasp: "whole",
      judge: (_texts, { request: { json } }) => {
        const faults = [
          ...toolsIn(json).flatMap(({ type, name }) => [
            ...faultOf(type, types, `the type of tool ${shown(type)}`),
            ...(name === undefined ? [] : faultOf(name, functions, `the tool ${shown(name)}`)),
          ]),
          ...Object.entries(json).flatMap(([name, value]) => [
            ...faultOf(name, keys, `the field ${shown(name)}`),
            ...faultOf(value, byName.get(name) ?? none, `what the field ${shown(name)} holds`),
          ]),
        ];
        const explanation =
          faults.length === 0
            ? "Tools and fields of the request are allowed."
            : `${faults.length} of what the request asks for is not allowed.`;
        return { verdict: faults.length === 0, data: { explanation, faults: faults.slice(0, mostTold) } };
      },
    };
  },
);

function rule(allowed: readonly JsonValue[] = [], blocked: readonly JsonValue[] = []): Rule {
  return { allowed, blocked };
}

function faultOf(value: JsonValue | undefined, { allowed, blocked }: Rule, what: string): string[] {
  const isIn = (list: readonly JsonValue[]): boolean => list.some((each) => isDeepStrictEqual(each, value));
  if (isIn(blocked)) return [`${what} is blocked`];
  return allowed.length > 0 && !isIn(allowed) ? [`${what} is not among the allowed`] : [];
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, longestName));
}

interface AskedTool {
  /** What names no type is a function of the caller's own. */
  type: string;
  name: string | undefined;
}

/** Of OpenAI's dialects, its older `functions`, Anthropic's, and Converse's `toolConfig`. */
function toolsIn(json: JsonObject): AskedTool[] {
  const { tools, functions, toolConfig } = json;
  const ofConverse = isJsonObject(toolConfig) ? toolConfig["tools"] : undefined;
  return [
    ...objectsIn(tools).map((tool) => ({ type: textIn(tool, "type") ?? "function", name: nameOf(tool, "function") })),
    ...objectsIn(functions).map((tool) => ({ type: "function", name: textIn(tool, "name") })),
    ...objectsIn(ofConverse)
      .filter((tool) => !("cachePoint" in tool))
      .map((tool) => ({
        type: isJsonObject(tool["toolSpec"]) ? "function" : (Object.keys(tool)[0] ?? "function"),
        name: nameOf(tool, "toolSpec"),
      })),
  ];
}

function nameOf(tool: JsonObject, member: string): string | undefined {
  const inner = tool[member];
  return (isJsonObject(inner) ? textIn(inner, "name") : undefined) ?? textIn(tool, "name");
}

function objectsIn(list: JsonValue | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter((item) => isJsonObject(item)) : [];
}

function textIn(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" ? value : undefined;
}
