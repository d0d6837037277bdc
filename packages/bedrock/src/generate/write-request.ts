import type { GuardrailConfiguration } from "../converse/request.ts";
import type { ChatMessage, ChatRequest, ResponseFormat } from "../dialects/openai-chat/chat-request.ts";
import { checkChatRequest } from "../dialects/openai-chat/check-request.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { takesBeta, toolSearchFlag } from "../models/betas.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import { CallersPaths } from "./callers-paths.ts";
import { booleanOf, objectOf, stringOf, wholeNumberOf, wrong } from "./option-values.ts";
import type { OptionName } from "./option-names.ts";
import { checkCacheMarks, withCacheMarks, type PromptCache } from "./prompt-cache.ts";
import type { ReadOptions } from "./read-options.ts";
import { readTools } from "./tools.ts";
import type { Warning } from "./warning.ts";

/** What is said to a model: one text of the user's, or a conversation. An answer's `message` goes back into it as it is. */
export type Prompt = string | readonly ChatMessage[];

/** A call's words and options as a request of the dialect. */
export interface WrittenRequest {
  request: ChatRequest;
  paths: CallersPaths;
  warnings: readonly Warning[];
}

/** Options that are fields of the dialect under another spelling; it checks them. */
const plainFields: readonly (readonly [OptionName, string])[] = [
  ["temperature", "temperature"],
  ["maxTokens", "max_tokens"],
  ["topP", "top_p"],
  ["topK", "top_k"],
  ["stop", "stop"],
  ["toolChoice", "tool_choice"],
  ["parallelToolCalls", "parallel_tool_calls"],
  ["additionalModelRequestFields", "additionalModelRequestFields"],
  ["additionalModelResponseFieldPaths", "additionalModelResponseFieldPaths"],
  ["serviceTier", "service_tier"],
  ["reasoningEffort", "reasoning_effort"],
  ["anthropicBeta", "anthropic_beta"],
  ["requestMetadata", "requestMetadata"],
  ["performanceConfig", "performanceConfig"],
];

/**
 * Writes the request, checked as the dialect checks it. Throws AditError `invalid_request` or `unsupported_parameter` with the caller's path.
 * `schema`: of the object that is asked for.
 */
export function writeRequest(
  read: ReadOptions,
  said: { model: ModelFacts; prompt: Prompt; schema: JsonObject | undefined },
): WrittenRequest {
  const paths = new CallersPaths();
  const warnings: Warning[] = [];
  let request: ChatRequest = { model: said.model.id, messages: messagesOf(said.prompt, read, paths) };
  if (said.schema !== undefined) {
    request.response_format = formatOf(said.schema, read, paths);
  }
  for (const [option, field] of plainFields) {
    setField(request, read, { option, field, paths });
  }
  setBudget(request, read, paths);
  setGuardrail(request, read, paths);
  warnings.push(...setTools(request, read, { paths, model: said.model }));
  // The names under which other files speak of it.
  paths.name("use_converse", read.values.get("useConverse")?.path ?? "useConverse");
  const cache = promptCacheOf(read, warnings);
  try {
    request = checkChatRequest(request);
    if (cache !== undefined) {
      const marked = withCacheMarks(request, cache);
      request = marked.request;
      warnings.push(...marked.warnings);
      for (const { path, isOfMessage } of marked.placed) {
        const option = isOfMessage ? cache.message?.path : undefined;
        paths.markFrom(path, option ?? cache.path, cache.ttlPath ?? cache.path);
      }
    }
    checkCacheMarks(request);
  } catch (error) {
    throw paths.inCallersWords(error);
  }
  return { request, paths, warnings };
}

function setField(
  request: ChatRequest,
  { values }: ReadOptions,
  { option, field, paths }: { option: OptionName; field: string; paths: CallersPaths },
): void {
  const given = values.get(option);
  if (given !== undefined) {
    request[field] = given.value as JsonValue;
    paths.name(field, given.path);
  }
}

function formatOf(schema: JsonObject, read: ReadOptions, paths: CallersPaths): ResponseFormat {
  for (const [option, member] of [
    ["schemaName", "name"],
    ["schemaDescription", "description"],
  ] as const) {
    paths.name(`response_format.json_schema.${member}`, read.values.get(option)?.path ?? option);
  }
  paths.name("response_format.json_schema.schema", "schema");
  const name = stringOf(read, "schemaName");
  const description = stringOf(read, "schemaDescription");
  return {
    type: "json_schema",
    json_schema: {
      schema,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
    },
  };
}

const roles = '"messages" must be a text or a list of messages, each with a role and content.';

function messagesOf(prompt: unknown, read: ReadOptions, paths: CallersPaths): ChatMessage[] {
  if (typeof prompt !== "string" && !Array.isArray(prompt)) {
    throw new AditError("invalid_request", roles, { param: "messages" });
  }
  const messages: ChatMessage[] =
    typeof prompt === "string" ? [{ role: "user", content: prompt }] : Array.from(prompt as unknown[], inDialect);
  const system = stringOf(read, "system");
  if (system === undefined || system === "") {
    return messages;
  }
  paths.systemFrom(read.values.get("system")?.path ?? "system");
  return [{ role: "system", content: system }, ...messages];
}

/** Our own spelling of what the dialect writes in snake_case. */
const messageFields: ReadonlyMap<string, string> = new Map([
  ["toolCallId", "tool_call_id"],
  ["isError", "is_error"],
  ["cacheControl", "cache_control"],
]);

function inDialect(message: unknown): ChatMessage {
  if (!isJsonObject(message)) {
    throw new AditError("invalid_request", roles, { param: "messages" });
  }
  const entries = Object.entries(message).map(([name, value]) => [messageFields.get(name) ?? name, value] as const);
  return Object.fromEntries(entries) as ChatMessage;
}

function setBudget(request: ChatRequest, read: ReadOptions, paths: CallersPaths): void {
  const budget = wholeNumberOf(read, "reasoningTokenBudget");
  if (budget !== undefined) {
    request.thinking = { type: "enabled", budget_tokens: budget };
    paths.name("thinking", read.values.get("reasoningTokenBudget")?.path ?? "");
  }
}

/** Of a guardrail: our names and AWS's. */
const guardrailMembers: ReadonlyMap<string, keyof GuardrailConfiguration> = new Map([
  ["id", "guardrailIdentifier"],
  ["identifier", "guardrailIdentifier"],
  ["guardrailidentifier", "guardrailIdentifier"],
  ["version", "guardrailVersion"],
  ["guardrailversion", "guardrailVersion"],
  ["trace", "trace"],
  ["streamprocessingmode", "streamProcessingMode"],
]);

function setGuardrail(request: ChatRequest, read: ReadOptions, paths: CallersPaths): void {
  const given = objectOf(read, "guardrail");
  const path = read.values.get("guardrail")?.path ?? "guardrail";
  if (given === undefined) {
    return;
  }
  const config: JsonObject = {};
  for (const [name, value] of Object.entries(given)) {
    const member = guardrailMembers.get(name.toLowerCase().replaceAll("_", ""));
    config[member ?? name] = member === "trace" && typeof value === "boolean" ? onOff(value) : value;
  }
  for (const [member, name] of [
    ["guardrailIdentifier", "identifier"],
    ["guardrailVersion", "version"],
  ] as const) {
    if (typeof config[member] !== "string" || config[member] === "") {
      throw new AditError(
        "invalid_request",
        `${path}.${name} is missing: a guardrail has an identifier and a version.`,
        {
          param: `${path}.${name}`,
        },
      );
    }
  }
  request["guardrailConfig"] = config;
  paths.name("guardrailConfig", path);
}

function onOff(trace: boolean): string {
  return trace ? "enabled" : "disabled";
}

function setTools(
  request: ChatRequest,
  read: ReadOptions,
  { paths, model }: { paths: CallersPaths; model: ModelFacts },
): readonly Warning[] {
  const given = read.values.get("tools");
  if (given === undefined) {
    return [];
  }
  const { tools, places, deferred, warnings } = readTools(given.value, given.path, canDefer(model));
  request.tools = tools;
  paths.name("tools", given.path);
  paths.toolsFrom(places);
  if (deferred.length > 0) {
    const fields = objectOf(read, "additionalModelRequestFields") ?? {};
    request["additionalModelRequestFields"] = {
      ...fields,
      tools: [...listIn(fields["tools"]), ...deferred],
      // Where it is not known which flags the model takes, none is brought.
      ...(model.betas !== undefined && {
        anthropic_beta: [...new Set([...listIn(fields["anthropic_beta"]), toolSearchFlag])],
      }),
    };
  }
  return warnings;
}

/** Other models see every tool at once. */
function canDefer(model: ModelFacts): boolean {
  return model.family === "anthropic" && takesBeta(model, toolSearchFlag);
}

/** One alone may stand without a list. */
function listIn(value: JsonValue | undefined): JsonValue[] {
  if (value === undefined || value === null) {
    return [];
  }
  return Array.isArray(value) ? value : [value];
}

/** With where its options stand. */
interface GivenCache extends PromptCache {
  path: string;
  ttlPath: string | undefined;
}

function promptCacheOf(read: ReadOptions, warnings: Warning[]): GivenCache | undefined {
  const isAsked = booleanOf(read, "promptCache") === true;
  const ttl = read.values.get("promptCacheTtl");
  if (ttl !== undefined && ttl.value !== "5m" && ttl.value !== "1h") {
    throw wrong(ttl, '"5m" or "1h"');
  }
  const index = messageIndexOf(read);
  if (!isAsked) {
    for (const path of [ttl?.path, index?.path]) {
      if (path !== undefined) {
        warnings.push({ type: "ignored-option", path, message: `${path} does nothing without promptCache: true.` });
      }
    }
    return undefined;
  }
  const path = read.values.get("promptCache")?.path ?? "promptCache";
  return { ttl: ttl?.value as PromptCache["ttl"], message: index, path, ttlPath: ttl?.path };
}

function messageIndexOf({ values }: ReadOptions): PromptCache["message"] {
  const given = values.get("cacheMessages");
  if (given === undefined || given.value === false) {
    return undefined;
  }
  if (given.value !== true && !Number.isSafeInteger(given.value)) {
    throw wrong(given, "true, false or the number of a message");
  }
  return { index: given.value === true ? -1 : Number(given.value), path: given.path };
}
