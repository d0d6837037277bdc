/** What a request may ask for beside its texts: tools, the fields of its body, and what stands in these. Parameters as Portkey has them. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { toolUnderKey } from "@adit/bedrock/gateway";
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
      isTextless: true,
      judge: (_texts, { request: { json } }) => {
        const faults = new Faults();
        for (const tool of toolsIn(json)) {
          for (const type of tool.types) faults.add(type, types, () => `the type of tool ${shown(type)}`);
          for (const name of tool.names) faults.add(name, functions, () => `the tool ${shown(name)}`);
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

/**
 * What a tool says of itself. Where it says two things each dialect goes by one of them, and passes over the other: all of them must be allowed,
 * or a name that no dialect reads would stand before the one that the model gets.
 */
interface AskedTool {
  /** What names no type is a function of the caller's own. */
  types: ReadonlySet<string>;
  names: ReadonlySet<string>;
}

/**
 * Of OpenAI's dialects, its older `functions`, Anthropic's, and Converse's `toolConfig`; those that Claude gets by the fields that Converse
 * hands on; and those that come in the midst of the conversation.
 */
function toolsIn(json: JsonObject): AskedTool[] {
  const { tools, functions, toolConfig } = json;
  const ofConverse = isJsonObject(toolConfig) ? toolConfig["tools"] : undefined;
  const handedOn = [json["additionalModelRequestFields"], json["additional_model_request_fields"]];
  return [
    ...[tools, ...handedOn.map((fields) => (isJsonObject(fields) ? fields["tools"] : undefined))]
      .flatMap(objectsIn)
      .flatMap(toolsOf),
    ...[json["input"], json["messages"]].flatMap(objectsIn).flatMap(broughtIn).flatMap(toolsOf),
    ...objectsIn(functions).map((tool) => ({ types: new Set(["function"]), names: namesOf(tool) })),
    ...objectsIn(ofConverse).flatMap(toolsOfConverse),
  ];
}

/** Items of Responses that bring tools. */
const bringing: ReadonlySet<unknown> = new Set(["additional_tools", "tool_search_output"]);

/** What an item or a message brings: Anthropic's in blocks, also in that of a summary, which says what the summed turns have brought. */
function broughtIn({ type, tools, content }: JsonObject): JsonObject[] {
  const ofItem = bringing.has(type) ? objectsIn(tools) : [];
  const blocks = objectsIn(content).flatMap((block) => [block, ...objectsIn(block["tool_changes"])]);
  const defined = blocks.map(({ tool }) => (isJsonObject(tool) ? tool["definition"] : undefined));
  return [...ofItem, ...defined.filter((tool) => isJsonObject(tool))];
}

/** A namespace of Responses is no tool: those in it are. A cache point is none either. */
function toolsOf(tool: JsonObject): AskedTool[] {
  const type = textIn(tool, "type");
  const members = describing.filter((member) => isJsonObject(tool[member]));
  if (type === "namespace") {
    const inner = objectsIn(tool["tools"]).flatMap(toolsOf);
    const own = members.length > 0 ? namesOf(tool) : new Set<string>();
    return [{ types: new Set([type, ...typesBy(members, type)]), names: own }, ...inner];
  }
  const names = namesOf(tool);
  if (type === undefined && members.length === 0 && names.size === 0 && isJsonObject(tool["cachePoint"])) return [];
  const given = [type, underKey(tool)?.type].filter((each) => each !== undefined);
  const types = new Set([...given, ...typesBy(members, type)]);
  return [{ types: types.size === 0 ? new Set(["function"]) : types, names }];
}

/** What makes a tool, in one dialect or another: OpenAI's own member, AWS's two, which chats take as well, and Anthropic's. */
const describing = ["function", "toolSpec", "systemTool", "input_schema"] as const;

function typesBy(members: readonly (typeof describing)[number][], type: string | undefined): string[] {
  return members.flatMap((member) => {
    if (member === "systemTool") return [member];
    // Anthropic calls a function of the caller's own custom.
    return member === "input_schema" && type === "custom" ? [] : ["function"];
  });
}

/** AWS takes one member of each tool; whoever else is asked with it may take any. */
function toolsOfConverse(tool: JsonObject): AskedTool[] {
  const members = Object.keys(tool).filter((member) => member !== "cachePoint");
  if (members.length === 0) return [];
  const types = new Set(members.map((member) => (member === "toolSpec" ? "function" : member)));
  return [{ types, names: namesOf(tool) }];
}

function namesOf(tool: JsonObject): Set<string> {
  const inner = ["function", "toolSpec"].map((member) => tool[member]);
  const places = [tool, ...inner.filter((value) => isJsonObject(value))];
  const given = [...places.map((place) => textIn(place, "name")), underKey(tool)?.name];
  return new Set(given.filter((name) => name !== undefined));
}

/** Type and name of one of Anthropic's own tools under its key; a function's name is never its type. */
function underKey(tool: JsonObject): ReturnType<typeof toolUnderKey> | undefined {
  const key = textIn(tool, "type") ?? "";
  const inner = describing.some((member) => member === key) ? undefined : tool[key];
  const name = isJsonObject(inner) ? textIn(inner, "name") : undefined;
  return name === undefined ? undefined : toolUnderKey(key, name);
}

function objectsIn(list: JsonValue | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter((item) => isJsonObject(item)) : [];
}

function textIn(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === "string" ? value : undefined;
}
