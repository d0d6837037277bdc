/**
 * What a native answer of any family says, read straight from its JSON by the shapes of AWS's pages: the second opinion that families and
 * dialects are held against. Nothing here comes from the code under test.
 */
import { isJsonObject, type JsonObject } from "../../json.ts";

export interface NativeReading {
  text: string;
  /** Thinking in order; what is sealed has no text. */
  thinking: { text?: string; signature?: string; redacted?: string }[];
  calls: { id: string; name: string; input: unknown }[];
  /** In Converse's words. */
  stop: string;
  /** Undefined where nobody tells. */
  usage: { input: number; output: number; cacheRead?: number; cacheWrite?: number } | undefined;
}

const stopWords: Record<string, string> = {
  stop: "end_turn",
  endoftext: "end_turn",
  FINISH: "end_turn",
  COMPLETE: "end_turn",
  LENGTH: "max_tokens",
  MAX_TOKENS: "max_tokens",
  STOP_SEQUENCE: "stop_sequence",
  length: "max_tokens",
  tool_calls: "tool_use",
};

/** Thinking at the start of a text: in tags, or before a closing tag whose opening one the prompt has. */
const leading = /^((?:<(reasoning|think)>[\s\S]*?<\/\2>)+|[\s\S]*?<\/think>)?([\s\S]*)$/;

/** Reads a whole answer; `figures` are the counts that AWS's headers or a stream's metrics tell. */
export function readNativeAnswer(answer: JsonObject, figures: [unknown, unknown]): NativeReading {
  const reading = readShape(answer, figures);
  const isIntervened = answer["amazon-bedrock-guardrailAction"] === "INTERVENED";
  return isIntervened ? { ...reading, stop: "guardrail_intervened" } : reading;
}

function readShape(answer: JsonObject, figures: [unknown, unknown]): NativeReading {
  if (Array.isArray(answer["content"])) return readClaude(answer);
  if (isJsonObject(answer["output"])) return readNova(answer);
  if (typeof answer["completion"] === "string") {
    return { ...plain(answer["completion"], "stop"), usage: counted(figures) };
  }
  const [titan, command] = [first(answer["results"]), first(answer["generations"])];
  if (titan !== undefined) {
    const own: [unknown, unknown] = [answer["inputTextTokenCount"], titan["tokenCount"]];
    return { ...plain(titan["outputText"], titan["completionReason"]), usage: counted(figures) ?? counted(own) };
  }
  if (command !== undefined || typeof answer["text"] === "string") {
    const { text, finish_reason: reason } = command ?? answer;
    return { ...plain(text, reason), usage: counted(figures) };
  }
  return readOpenFamily(answer, figures);
}

function readClaude(answer: JsonObject): NativeReading {
  const blocks = (answer["content"] as unknown[]).map(objectIn);
  const usage = objectIn(answer["usage"]);
  const isTold = ([, value]: readonly [string, unknown]): boolean => typeof value === "number";
  const cache = { cacheRead: usage["cache_read_input_tokens"], cacheWrite: usage["cache_creation_input_tokens"] };
  const told = counted([usage["input_tokens"], usage["output_tokens"]]);
  return {
    text: blocks.map((block) => (block["type"] === "text" ? (block["text"] as string) : "")).join(""),
    thinking: blocks.flatMap((block): NativeReading["thinking"] => {
      if (block["type"] === "redacted_thinking") return [{ redacted: block["data"] as string }];
      const { thinking, signature } = block as { thinking?: string; signature?: string };
      return thinking === undefined ? [] : [{ text: thinking, ...(signature && { signature }) }];
    }),
    calls: blocks
      .filter(({ type }) => type === "tool_use")
      .map(({ id, name, input }) => ({ id: id as string, name: name as string, input })),
    stop: answer["stop_reason"] as string,
    usage: told && { ...told, ...Object.fromEntries(Object.entries(cache).filter(isTold)) },
  };
}

function readNova(answer: JsonObject): NativeReading {
  const { content } = objectIn(objectIn(answer["output"])["message"]) as { content: JsonObject[] };
  const usage = objectIn(answer["usage"]);
  const cache = { cacheRead: usage["cacheReadInputTokenCount"], cacheWrite: usage["cacheWriteInputTokenCount"] };
  const told = counted([usage["inputTokens"], usage["outputTokens"]]);
  return {
    text: content.map((block) => (block["text"] as string | undefined) ?? "").join(""),
    thinking: content.flatMap(({ reasoningContent }) =>
      reasoningContent === undefined ? [] : [objectIn(objectIn(reasoningContent)["reasoningText"]) as { text: string }],
    ),
    calls: content.flatMap(({ toolUse }) => {
      const { toolUseId, name, input } = objectIn(toolUse);
      return toolUse === undefined ? [] : [{ id: toolUseId as string, name: name as string, input }];
    }),
    stop: answer["stopReason"] as string,
    usage: told && { ...told, ...(JSON.parse(JSON.stringify(cache)) as object) },
  };
}

/** The families of open weights, and those that answer like them. */
function readOpenFamily(answer: JsonObject, figures: [unknown, unknown]): NativeReading {
  const choice = first(answer["choices"]) ?? {};
  const message = objectIn(choice["message"]);
  const output = first(answer["outputs"]) ?? {};
  const completion = first(answer["completions"]) ?? {};
  const texts = [
    answer["generation"],
    output["text"],
    objectIn(completion["data"])["text"],
    choice["text"],
    message["content"],
  ];
  const written = texts.find((text) => typeof text === "string");
  const [, thought = "", , text = ""] = leading.exec(written ?? "") ?? [];
  const finish = objectIn(completion["finishReason"]);
  const reasons = [answer["stop_reason"], output["stop_reason"], finish["reason"]];
  const native = [...reasons, choice["finish_reason"] ?? choice["stop_reason"]].find((one) => typeof one === "string");
  const reasoning =
    thought.replaceAll(/<\/?(?:reasoning|think)>/g, "") +
    ((message["reasoning_content"] ?? message["reasoning"] ?? "") as string);
  const usage = objectIn(answer["usage"]);
  return {
    text,
    thinking: reasoning === "" ? [] : [{ text: reasoning }],
    calls: (Array.isArray(message["tool_calls"]) ? message["tool_calls"].map(objectIn) : []).map((call) => ({
      id: call["id"] as string,
      name: objectIn(call["function"])["name"] as string,
      input: JSON.parse(objectIn(call["function"])["arguments"] as string) as unknown,
    })),
    stop: "sequence" in finish ? "stop_sequence" : stopWord(native),
    usage: counted([
      figures[0] ?? answer["prompt_token_count"] ?? usage["prompt_tokens"],
      figures[1] ?? answer["generation_token_count"] ?? usage["completion_tokens"],
    ]),
  };
}

function plain(text: unknown, reason: unknown): Omit<NativeReading, "usage"> {
  return { text: text as string, thinking: [], calls: [], stop: stopWord(reason) };
}

function stopWord(native: unknown): string {
  const word = String(native);
  return stopWords[word] ?? stopWords[word.toUpperCase()] ?? word;
}

function counted([input, output]: [unknown, unknown]): { input: number; output: number } | undefined {
  return typeof input === "number" && typeof output === "number" ? { input, output } : undefined;
}

export function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function first(list: unknown): JsonObject | undefined {
  return Array.isArray(list) ? objectIn(list[0]) : undefined;
}
