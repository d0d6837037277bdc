/** The texts of requests and answers that checks judge, each with its path. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { alteredIn, BuiltTexts, parsedJson, type ValuePath } from "@adit/bedrock/gateway";
import type { RequestType } from "./check.ts";
import type { PlacedText } from "./placed-text.ts";
import { contentTexts, itemTexts, partTexts, stringsIn, type Side } from "./texts-in-parts.ts";
import { nativeTrace, traceTextsIn } from "./trace-texts.ts";

/** The texts of a request: of its last message, or of all. @throws AditError `unsupported_parameter` for a text given as tokens. */
export function requestTexts(type: RequestType, body: JsonObject, scope: "last" | "all"): PlacedText[] {
  switch (type) {
    case "chatComplete":
      return [
        ...variableTexts(body),
        ...listTexts(body["messages"], ["messages"], scope),
        // What a host is told to expect of the answer.
        ...contentTexts(objectAt(body, "prediction")["content"], ["prediction", "content"], "asked"),
      ];
    case "messages":
    case "converse":
      return [
        ...systemTexts(body, "system", scope),
        ...variableTexts(body),
        ...listTexts(body["messages"], ["messages"], scope),
      ];
    case "createModelResponse": {
      const { input } = body;
      const own = typeof input === "string" ? [{ path: ["input"], text: input }] : itemTextsIn(input, ["input"], scope);
      return [...systemTexts(body, "instructions", scope), ...variableTexts(body), ...own];
    }
    case "complete":
      return [...readableTexts(body["prompt"], "prompt"), ...textAt(body, "suffix", [])];
    case "embed":
      return readableTexts(body["input"], "input");
    case "invoke":
      return nativeTexts(body, scope);
  }
}

/** What is put into a prompt that AWS keeps, or OpenAI: it is asked with the last message. */
function variableTexts(body: JsonObject): PlacedText[] {
  const variables = objectAt(objectAt(body, "prompt"), "variables");
  return [
    ...["promptVariables", "prompt_variables"].flatMap((name) => stringsIn(body[name], [name])),
    ...Object.entries(variables).flatMap(([name, value]) =>
      contentTexts(value, ["prompt", "variables", name], "asked"),
    ),
  ];
}

function systemTexts(body: JsonObject, name: string, scope: "last" | "all"): PlacedText[] {
  return scope === "all" ? contentTexts(body[name], [name]) : [];
}

/** What a body of InvokeModel asks by, in the words of the model's family. */
export const askedBy = ["prompt", "inputText", "message"];

/**
 * Of the bodies of InvokeModel those with messages, or with a text: all of them that a body has, for which of them the model reads is its
 * own matter, and the documents beside them, as Command and Jamba take them. @throws AditError `unsupported_operation` for any other.
 */
function nativeTexts(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  const texts = askedBy.filter((name) => typeof body[name] === "string");
  const compared = comparedTexts(body);
  if (texts.length + compared.length === 0 && !Array.isArray(body["messages"])) {
    throw notRead("This body of InvokeModel");
  }
  return [
    ...compared,
    ...systemTexts(body, "system", scope),
    ...listTexts(body["messages"], ["messages"], scope),
    ...commandTexts(body, scope),
    ...stringsIn(body["documents"], ["documents"]),
    ...texts.flatMap((name) => contentTexts(body[name], [name])),
  ];
}

/** What is embedded or ranked, in the words of Cohere and Nova; what Titan embeds is asked as its texts are. */
function comparedTexts(body: JsonObject): PlacedText[] {
  const ofNova = ["singleEmbeddingParams", "segmentedEmbeddingParams"].flatMap((name) => {
    const { text } = objectAt(body, name);
    return isJsonObject(text) ? textAt(text, "value", [name, "text"]) : [];
  });
  const ofCohere = ["texts", "inputs", "query"].flatMap((name) => contentTexts(body[name], [name], "asked"));
  return [...ofCohere, ...ofNova];
}

function objectAt(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  return isJsonObject(value) ? value : {};
}

/** What stands beside the message of Cohere's Command: what was said before it, and what tools have given. */
function commandTexts(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  if (typeof body["message"] !== "string") return [];
  return [
    ...(scope === "all" ? [...contentTexts(body["preamble"], ["preamble"]), ...historyTexts(body)] : []),
    ...entriesOf(body["tool_results"]).flatMap(({ entry, index }) =>
      stringsIn(entry["outputs"], ["tool_results", index, "outputs"]),
    ),
  ];
}

function historyTexts(body: JsonObject): PlacedText[] {
  return entriesOf(body["chat_history"]).flatMap(({ entry, index }) =>
    contentTexts(entry["message"], ["chat_history", index, "message"]),
  );
}

function entriesOf(list: JsonValue | undefined): { entry: JsonObject; index: number }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry, index) => (isJsonObject(entry) ? [{ entry, index }] : []));
}

/** What no check can see into does not pass. */
export function notRead(what: string): AditError {
  return new AditError(
    "unsupported_operation",
    `${what} is in a form that no guardrail can read, and it has one to pass.`,
    {
      remedy: "Call Converse, or one of the other dialects.",
    },
  );
}

function readableTexts(value: JsonValue | undefined, name: string): PlacedText[] {
  const entries = Array.isArray(value) ? value : [];
  if (entries.some((entry) => typeof entry === "number" || Array.isArray(entry))) {
    throw new AditError("unsupported_parameter", `${name} is given as tokens, which no guardrail can read.`, {
      param: name,
      remedy: "Send it as text.",
    });
  }
  // One input of an embedding may stand without a list.
  return isJsonObject(value) ? partTexts(value, [name], "asked") : contentTexts(value, [name]);
}

function listTexts(
  list: JsonValue | undefined,
  path: ValuePath,
  scope: "last" | "all",
  side: Side = "asked",
): PlacedText[] {
  if (!Array.isArray(list)) return [];
  const from = scope === "all" ? 0 : Math.max(0, list.length - 1);
  const built = new BuiltTexts();
  return list.slice(from).flatMap((message, index) => {
    const at = [...path, from + index];
    if (typeof message === "string") return [{ path: at, text: message }];
    if (!isJsonObject(message)) return [];
    const own = itemTexts(message, at, side);
    return side === "answered" ? own : [...own, ...callTexts(message, at, built)];
  });
}

/** Of the items of Responses, where thinking is one of its own. In other dialects a message of that type is a message like any other. */
function itemTextsIn(
  list: JsonValue | undefined,
  path: ValuePath,
  scope: "last" | "all",
  side: Side = "asked",
): PlacedText[] {
  if (!Array.isArray(list)) return [];
  const spoken = list.map((item) => (isJsonObject(item) && item["type"] === "reasoning" ? null : item));
  return listTexts(spoken, path, scope, side);
}

/** What tools were called with: in OpenAI's chat a message's calls, in Responses an item that is one. */
function callTexts(message: JsonObject, path: ValuePath, built: BuiltTexts): PlacedText[] {
  const calls = entriesOf(message["tool_calls"]).flatMap(({ entry, index }) =>
    ["function", "custom"].map((name) => ({ call: entry[name], at: [...path, "tool_calls", index, name] })),
  );
  const all = [
    { call: message, at: path },
    { call: message["function_call"], at: [...path, "function_call"] },
    ...calls,
  ];
  return all.flatMap(({ call, at }) =>
    isJsonObject(call) ? ["arguments", "input"].flatMap((name) => argumentTexts(call[name], [...at, name], built)) : [],
  );
}

/** The texts in arguments that are JSON, written as a text or not; else the text itself, and of those that would become too many values. */
function argumentTexts(value: JsonValue | undefined, path: ValuePath, built: BuiltTexts): PlacedText[] {
  if (typeof value !== "string") return stringsIn(value, path);
  const parsed = built.take(value) ? parsedJson(value) : undefined;
  const isReadable = Array.isArray(parsed) || isJsonObject(parsed);
  // What would be another number if it were written again is left as it is written.
  if (isReadable && alteredIn(Buffer.from(value), parsed) === undefined) return stringsIn(parsed, path);
  return value === "" ? [] : [{ path, text: value }];
}

function textAt(value: JsonObject, name: string, path: ValuePath): PlacedText[] {
  const text = value[name];
  return typeof text === "string" ? [{ path: [...path, name], text }] : [];
}

/** The texts of a whole answer: of all its choices, for one that is not looked at would be the way around. */
export function answerTexts(type: RequestType, body: JsonObject): PlacedText[] {
  switch (type) {
    case "chatComplete":
      return [...chatAnswer(body), ...traceTextsIn(body, "trace")];
    case "complete":
      return choicesOf(body).flatMap(({ choice, path }) => contentTexts(choice["text"], [...path, "text"]));
    case "messages":
      return [...contentTexts(body["content"], ["content"]), ...traceTextsIn(body, nativeTrace)];
    case "createModelResponse":
      return itemTextsIn(body["output"], ["output"], "all", "answered");
    case "converse":
      return [...converseAnswer(body), ...traceTextsIn(body, "trace")];
    case "invoke":
      return [...nativeAnswer(body), ...traceTextsIn(body, nativeTrace)];
    case "embed":
      return [];
  }
}

/** A whole answer of these texts, as the dialect has it: what a stream came to, for those who read answers. */
export function answerOf(type: RequestType, texts: readonly string[]): JsonObject {
  const role = "assistant";
  switch (type) {
    case "chatComplete":
      return {
        object: "chat.completion",
        choices: texts.map((content, index) => ({ index, message: { role, content } })),
      };
    case "complete":
      return { object: "text_completion", choices: texts.map((text, index) => ({ index, text })) };
    case "createModelResponse": {
      const content = texts.map((text) => ({ type: "output_text", text }));
      return { object: "response", output: [{ type: "message", role, content }] };
    }
    case "converse":
      return { output: { message: { role, content: texts.map((text) => ({ text })) } } };
    case "messages":
    case "invoke":
      return { type: "message", role, content: texts.map((text) => ({ type: "text", text })) };
    case "embed":
      return {};
  }
}

function chatAnswer(body: JsonObject): PlacedText[] {
  return choicesOf(body).flatMap(({ choice, path }) => {
    const { message } = choice;
    if (!isJsonObject(message)) return [];
    const at = [...path, "message"];
    const { audio } = message;
    return [
      ...contentTexts(message["content"], [...at, "content"]),
      ...textAt(message, "refusal", at),
      ...(isJsonObject(audio) ? textAt(audio, "transcript", [...at, "audio"]) : []),
      ...blockTexts(message, at).filter(({ isInner }) => isInner),
    ];
  });
}

/** Of `content_blocks`; `isInner`: of what tools have given, which the content does not say. */
function blockTexts(message: JsonObject, path: ValuePath): (PlacedText & { isInner: boolean })[] {
  const at = [...path, "content_blocks"];
  return contentTexts(message["content_blocks"], at).map((placed) => ({
    ...placed,
    isInner: placed.path.length > at.length + 2,
  }));
}

function converseAnswer(body: JsonObject): PlacedText[] {
  const output = body["output"];
  const message = isJsonObject(output) ? output["message"] : undefined;
  return isJsonObject(message) ? contentTexts(message["content"], ["output", "message", "content"]) : [];
}

/** @throws AditError `unsupported_operation` for an answer of another form than Claude's, Nova's, OpenAI's, vectors, or one of a single text. */
function nativeAnswer(body: JsonObject): PlacedText[] {
  if (Array.isArray(body["content"])) return contentTexts(body["content"], ["content"]);
  if (isJsonObject(body["output"])) return converseAnswer(body);
  if (Array.isArray(body["choices"])) return [...chatAnswer(body), ...answerTexts("complete", body)];
  if (Array.isArray(body["outputs"])) return contentTexts(body["outputs"], ["outputs"]);
  if (Array.isArray(body["results"])) return resultTexts(body["results"]);
  const name = ["generation", "completion", "text"].find((each) => typeof body[each] === "string");
  if (name !== undefined) return contentTexts(body[name], [name]);
  // Of what was embedded Cohere says the texts again.
  if (vectors.some((each) => typeof body[each] === "object")) return contentTexts(body["texts"], ["texts"]);
  throw notRead("The answer of InvokeModel");
}

const vectors = ["embedding", "embeddings", "embeddingsByType"];

function choicesOf(body: JsonObject): { choice: JsonObject; path: ValuePath }[] {
  return entriesOf(body["choices"]).map(({ entry, index }) => ({ choice: entry, path: ["choices", index] }));
}

/** Of Titan's answers their text, of what was ranked the documents. @throws AditError `unsupported_operation` for results of another form. */
function resultTexts(results: JsonValue[]): PlacedText[] {
  return entriesOf(results).flatMap(({ entry, index }) => {
    const path = ["results", index];
    if (typeof entry["relevance_score"] === "number") return partTexts(entry, path, "answered");
    if (typeof entry["outputText"] !== "string") throw notRead("The answer of InvokeModel");
    return textAt(entry, "outputText", path);
  });
}

/** Texts that say one of the answer's again, beside it. */
export interface RepeatedText {
  /** The place of that one among the texts of the answer. */
  of: number;
  texts: PlacedText[];
}

/** Those of `content_blocks`, by the message that they belong to; of Cohere's Command the last turn of its history. */
export function repeatedTexts(type: RequestType, body: JsonObject): RepeatedText[] {
  if (type === "invoke") {
    const { text } = body;
    return [{ of: 0, texts: historyTexts(body).filter((said) => said.text === text) }];
  }
  if (type !== "chatComplete") return [];
  const own = answerTexts(type, body);
  return choicesOf(body).map(({ choice, path }) => {
    const message = choice["message"];
    return {
      of: own.findIndex((each) => each.path[1] === path[1]),
      texts: isJsonObject(message) ? blockTexts(message, [...path, "message"]).filter(({ isInner }) => !isInner) : [],
    };
  });
}
