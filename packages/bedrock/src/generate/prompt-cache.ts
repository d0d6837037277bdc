/** Prompt caching by ReqLLM's rules: which places get a cache mark, and what AWS takes of marks. */
import type { ChatMessage, ChatRequest, ChatTool } from "../dialects/openai-chat/chat-request.ts";
import type { CacheControl } from "../dialects/translation/cache-marks.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { Warning } from "./warning.ts";

/** What the options say of it. */
export interface PromptCache {
  ttl: "5m" | "1h" | undefined;
  /** The message that gets a mark, from 0 or from -1 backwards; system messages are not counted. */
  message: { index: number; path: string } | undefined;
}

/** A mark that was put into the request. */
export interface PlacedMark {
  path: string;
  /** True: behind the message that was named. */
  isOfMessage: boolean;
}

/**
 * The request with a mark behind the last tool, the system prompt and the message named. A mark of the caller's own stays as it is and
 * is not doubled. A message that does not exist becomes a warning.
 */
export function withCacheMarks(
  request: ChatRequest,
  cache: PromptCache,
): { request: ChatRequest; placed: readonly PlacedMark[]; warnings: readonly Warning[] } {
  const mark: CacheControl = { type: "ephemeral", ...(cache.ttl !== undefined && { ttl: cache.ttl }) };
  const messages = [...request.messages];
  const system = messages.findLastIndex(isSystem);
  const placed: PlacedMark[] = [];
  const markMessage = (index: number, isOfMessage: boolean): void => {
    const given = messages[index];
    const marked = markedMessage(given, mark);
    messages[index] = marked;
    if (marked !== given) placed.push({ path: `messages[${index}].cache_control`, isOfMessage });
  };
  if (system !== -1) {
    markMessage(system, false);
  }
  const warnings: Warning[] = [];
  if (cache.message !== undefined) {
    const { index, path } = cache.message;
    const turns = [...messages.keys()].filter((place) => !isSystem(messages[place]));
    const chosen = turns.at(index);
    if (chosen === undefined) {
      warnings.push({ type: "ignored-option", path, message: `${path} names no message: there are ${turns.length}.` });
    } else {
      markMessage(chosen, true);
    }
  }
  const given = request.tools ?? undefined;
  const tools = given && markedTools(given, mark);
  placed.push(...placedAmong(given ?? [], tools ?? []));
  return { request: { ...request, messages, ...(tools !== undefined && { tools }) }, placed, warnings };
}

function isSystem(message: ChatMessage | undefined): boolean {
  return message?.role === "system" || message?.role === "developer";
}

function markedMessage(message: ChatMessage | undefined, mark: CacheControl): ChatMessage {
  const given = message as ChatMessage;
  const { content } = given;
  const last: JsonObject | undefined = Array.isArray(content) ? content.at(-1) : undefined;
  const isMarked = given.cache_control !== undefined || last?.["cache_control"] !== undefined || isPoint(last);
  return isMarked ? given : { ...given, cache_control: mark };
}

function isPoint(holder: JsonObject | undefined): boolean {
  return isJsonObject(holder?.["cachePoint"]);
}

/** The last tool, unless that has a mark or is one. */
function markedTools(tools: readonly ChatTool[], mark: CacheControl): ChatTool[] {
  const last = tools.at(-1);
  if (last === undefined || isPoint(last) || markOf(last) !== undefined) {
    return [...tools];
  }
  // A tool in AWS's shape has no field for a mark: it stands behind.
  const asPoint: ChatTool = { cachePoint: { type: "default", ...(mark.ttl !== undefined && { ttl: mark.ttl }) } };
  const isAwsShape = last["toolSpec"] !== undefined || last["systemTool"] !== undefined;
  return isAwsShape ? [...tools, asPoint] : [...tools.slice(0, -1), { ...last, cache_control: mark }];
}

function placedAmong(given: readonly ChatTool[], marked: readonly ChatTool[]): PlacedMark[] {
  const index = marked.length - 1;
  const last = marked.at(-1);
  if (last === given[index]) {
    return [];
  }
  const field = last?.["cachePoint"] === undefined ? "cache_control" : "cachePoint";
  return [{ path: `tools[${index}].${field}`, isOfMessage: false }];
}

/** A mark in a request. */
interface FoundMark {
  path: string;
  ttl: JsonValue | undefined;
}

/**
 * Throws AditError `invalid_request` for a time that AWS does not know, and for a mark of an hour behind one of five minutes, in AWS's
 * order: tools, system prompt, messages.
 */
export function checkCacheMarks(request: ChatRequest): void {
  let fiveMinutes: string | undefined;
  for (const { path, ttl } of marksIn(request)) {
    if (ttl !== undefined && ttl !== null && ttl !== "5m" && ttl !== "1h") {
      throw new AditError("invalid_request", `${path} has the ttl ${JSON.stringify(ttl)}: AWS knows 5m and 1h.`, {
        param: path,
      });
    }
    if (ttl !== "1h") {
      fiveMinutes ??= path;
    } else if (fiveMinutes !== undefined) {
      throw new AditError(
        "invalid_request",
        `${path} is a cache mark of one hour behind one of five minutes (${fiveMinutes}): AWS refuses that order.`,
        { param: path, remedy: "Give the marks before it an hour too, or this one five minutes." },
      );
    }
  }
}

/** In AWS's order. */
function marksIn(request: ChatRequest): FoundMark[] {
  const isHead = (message: ChatMessage): boolean => isSystem(message);
  const messages = [...request.messages.entries()];
  const ordered = [
    ...messages.filter(([, message]) => isHead(message)),
    ...messages.filter(([, message]) => !isHead(message)),
  ];
  return [
    ...(request.tools ?? []).flatMap((tool, index) => marksOf(tool, `tools[${index}]`)),
    ...ordered.flatMap(([index, message]) => marksOfMessage(message, `messages[${index}]`)),
  ];
}

function marksOfMessage(message: ChatMessage, path: string): FoundMark[] {
  const field = Array.isArray(message.content_blocks) ? "content_blocks" : "content";
  const parts: unknown = message[field];
  const inside = Array.isArray(parts)
    ? (parts as unknown[]).flatMap((part, index) =>
        isJsonObject(part) ? marksOf(part, `${path}.${field}[${index}]`) : [],
      )
    : [];
  return [...inside, ...marksOf({ cache_control: message.cache_control }, path)];
}

function marksOf(holder: JsonObject, path: string): FoundMark[] {
  const mark = markOf(holder);
  return mark === undefined ? [] : [{ path: `${path}.${mark.field}`, ttl: mark.control["ttl"] }];
}

function markOf(holder: JsonObject): { field: string; control: JsonObject } | undefined {
  const inFunction = isJsonObject(holder["function"]) ? holder["function"]["cache_control"] : undefined;
  const control = holder["cache_control"] ?? inFunction;
  if (isJsonObject(control)) {
    return { field: "cache_control", control };
  }
  return isJsonObject(holder["cachePoint"]) ? { field: "cachePoint", control: holder["cachePoint"] } : undefined;
}
