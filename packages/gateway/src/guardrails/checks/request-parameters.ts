/** What a request may ask for beside its texts: tools, the fields of its body, and what stands in these. Parameters as Portkey has them. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { kind } from "../check.ts";

const names = z.array(z.string().min(1).max(256)).max(1_000).default([]);
const values = z.array(z.json()).max(1_000).default([]);

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
  allowed: ValueList;
  blocked: ValueList;
}

/** Values that are looked up at once, as a body may have very many members, but for objects and lists. */
class ValueList {
  readonly isEmpty: boolean;
  readonly #scalars: ReadonlySet<JsonValue | undefined>;
  readonly #others: readonly JsonValue[];

  constructor(list: readonly JsonValue[]) {
    this.isEmpty = list.length === 0;
    this.#scalars = new Set(list.filter((value) => !isComposite(value)));
    this.#others = list.filter(isComposite);
  }

  has(value: JsonValue | undefined): boolean {
    if (!isComposite(value)) return this.#scalars.has(value);
    return this.#others.some((each) => isDeepStrictEqual(each, value));
  }
}

function isComposite(value: JsonValue | undefined): boolean {
  return typeof value === "object" && value !== null;
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
        const faults = new Faults();
        for (const { type, name } of toolsIn(json)) {
          faults.add(type, types, () => `the type of tool ${shown(type)}`);
          if (name !== undefined) faults.add(name, functions, () => `the tool ${shown(name)}`);
        }
        for (const [name, value] of Object.entries(json)) {
          faults.add(name, keys, () => `the field ${shown(name)}`);
          faults.add(value, byName.get(name), () => `what the field ${shown(name)} holds`);
        }
        const { count, told } = faults;
        const explanation =
          count === 0
            ? "Tools and fields of the request are allowed."
            : `${count} of what the request asks for is not allowed.`;
        return { verdict: count === 0, data: { explanation, faults: told } };
      },
    };
  },
);

function rule(allowed: readonly JsonValue[] = [], blocked: readonly JsonValue[] = []): Rule {
  return { allowed: new ValueList(allowed), blocked: new ValueList(blocked) };
}

/** What is not allowed: all of it counted, the first of it told. */
class Faults {
  count = 0;
  readonly told: string[] = [];

  add(value: JsonValue | undefined, rule: Rule | undefined, what: () => string): void {
    if (rule === undefined) return;
    const { allowed, blocked } = rule;
    const isBlocked = blocked.has(value);
    if (!isBlocked && (allowed.isEmpty || allowed.has(value))) return;
    this.count += 1;
    if (this.told.length === mostTold) return;
    this.told.push(`${what()} ${isBlocked ? "is blocked" : "is not among the allowed"}`);
  }
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
    ...objectsIn(tools).flatMap(toolsOf),
    ...objectsIn(functions).map((tool) => ({ type: "function", name: textIn(tool, "name") })),
    ...objectsIn(ofConverse)
      .filter((tool) => !("cachePoint" in tool))
      .map((tool) => ({
        type: isJsonObject(tool["toolSpec"]) ? "function" : (Object.keys(tool)[0] ?? "function"),
        name: nameOf(tool, "toolSpec"),
      })),
  ];
}

/** A namespace of Responses is no tool: those in it are. */
function toolsOf(tool: JsonObject): AskedTool[] {
  const type = textIn(tool, "type") ?? "function";
  if (type !== "namespace") return [{ type, name: nameOf(tool, "function") }];
  return [{ type, name: undefined }, ...objectsIn(tool["tools"]).flatMap(toolsOf)];
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
