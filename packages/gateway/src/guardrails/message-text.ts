/** The texts of requests and answers that checks judge, each with its path. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { BuiltTexts, type ValuePath } from "@adit/bedrock/gateway";
import { callTexts, speakerTexts } from "./call-texts.ts";
import type { RequestType } from "./check.ts";
import { drawnTexts } from "./drawn-texts.ts";
import type { PlacedText } from "./placed-text.ts";
import {
  contentTexts,
  entriesOf,
  itemTexts,
  objectAt,
  partTexts,
  stringsIn,
  textAt,
  type Side,
} from "./texts-in-parts.ts";
import { nativeTrace, traceTextsIn } from "./trace-texts.ts";

/** The texts of a request: of its last message, or of all. @throws AditError `unsupported_parameter` for a text given as tokens. */
export function requestTexts(type: RequestType, body: JsonObject, scope: "last" | "all"): PlacedText[] {
  return [...besideTexts(type, body, scope), ...ownTexts(type, body, scope)];
}

/** What each dialect has of its own to ask by. */
const ownMembers: Readonly<Record<RequestType, readonly string[]>> = {
  chatComplete: ["messages"],
  messages: ["messages", "system"],
  converse: ["messages", "system"],
  createModelResponse: ["input", "instructions"],
  complete: ["prompt", "suffix"],
  embed: ["input"],
  invoke: [],
};

const handedOn = ["additionalModelRequestFields", "additional_model_request_fields"];

/**
 * What a model may be asked beside the dialect's own: fields that Converse hands on to it, and what another dialect asks by, which hosts get as
 * it is written. Whether it is read there is the model's own matter.
 */
function besideTexts(type: RequestType, body: JsonObject, scope: "last" | "all"): PlacedText[] {
  const own = new Set(ownMembers[type]);
  const others = Object.fromEntries(Object.entries(body).filter(([name]) => !own.has(name)));
  return [
    ...(type === "invoke" ? [] : anyAsked(others, scope)),
    ...handedOn.flatMap((name) =>
      anyAsked(objectAt(body, name), scope).map(({ path, text }) => ({ path: [name, ...path], text })),
    ),
  ];
}

function ownTexts(type: RequestType, body: JsonObject, scope: "last" | "all"): PlacedText[] {
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
      return [...readableTexts(body["prompt"], "prompt"), ...textAt(body, "suffix", []), ...variableTexts(body)];
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

/** What some models take beside that: of images what is not to be in them too. */
const askedBeside = ["suffix", "negative_prompt", "search_prompt", "select_prompt", "inputPrompt", "instructions"];

/**
 * Of the bodies of InvokeModel those with messages, or with a text: all of them that a body has, for which of them the model reads is its
 * own matter, and the documents beside them, as Command and Jamba take them. @throws AditError `unsupported_operation` for any other.
 */
function nativeTexts(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  const isRead = askedBy.some((name) => typeof body[name] === "string") || Array.isArray(body["messages"]);
  if (!isRead && comparedTexts(body).length === 0) throw notRead("This body of InvokeModel");
  return anyAsked(body, scope);
}

/** Whatever one model or another is asked by. */
function anyAsked(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  return [
    ...comparedTexts(body),
    ...drawnTexts(body),
    ...systemTexts(body, "system", scope),
    ...listTexts(body["messages"], ["messages"], scope),
    ...(typeof body["input"] === "string" ? textAt(body, "input", []) : itemTextsIn(body["input"], ["input"], scope)),
    ...commandTexts(body, scope),
    ...stringsIn(body["documents"], ["documents"]),
    ...[...askedBy, ...askedBeside].flatMap((name) => textAt(body, name, [])),
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

/** What stands beside the message of Cohere's Command: what was said before it, and what tools have given. */
function commandTexts(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  const before = (): PlacedText[] => [
    ...contentTexts(body["preamble"], ["preamble"]),
    ...historyTexts(body),
    ...entriesOf(body["chat_history"]).flatMap(({ entry, index }) => commandToolTexts(entry, ["chat_history", index])),
  ];
  return [...(scope === "all" ? before() : []), ...commandToolTexts(body, [])];
}

/** With what tools were called, and what they gave. */
function commandToolTexts(holder: JsonObject, path: ValuePath): PlacedText[] {
  const calls = entriesOf(holder["tool_calls"]).flatMap(({ entry, index }) =>
    stringsIn(entry["parameters"], [...path, "tool_calls", index, "parameters"]),
  );
  const results = entriesOf(holder["tool_results"]).flatMap(({ entry, index }) => {
    const at = [...path, "tool_results", index];
    return [
      ...stringsIn(objectAt(entry, "call")["parameters"], [...at, "call", "parameters"]),
      ...stringsIn(entry["outputs"], [...at, "outputs"]),
    ];
  });
  return [...calls, ...results];
}

function historyTexts(body: JsonObject): PlacedText[] {
  return entriesOf(body["chat_history"]).flatMap(({ entry, index }) =>
    contentTexts(entry["message"], ["chat_history", index, "message"]),
  );
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
    return side === "answered" ? own : [...own, ...speakerTexts(message, at), ...callTexts(message, at, built)];
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

/** The texts of a whole answer: of all its choices, for one that is not looked at would be the way around. */
export function answerTexts(type: RequestType, body: JsonObject): PlacedText[] {
  switch (type) {
    case "chatComplete":
      return [...chatAnswer(body), ...answerTexts("complete", body), ...traceTextsIn(body, "trace")];
    case "complete":
      return choicesOf(body).flatMap(({ choice, path }) => contentTexts(choice["text"], [...path, "text"]));
    case "messages":
      return [...claudeAnswer(body), ...traceTextsIn(body, nativeTrace)];
    case "createModelResponse":
      return [
        ...itemTextsIn(body["output"], ["output"], "all", "answered"),
        // Some hosts say all of it again, as OpenAI's SDK does.
        ...textAt(body, "output_text", []),
      ];
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
      ...ownBlockTexts(message, at),
      ...stringsIn(message[chatFields], [...at, chatFields]),
    ];
  });
}

/** What `additionalModelResponseFieldPaths` asked for of the model's own answer, which may be its text: in Converse, and in a chat completion. */
export const converseFields = "additionalModelResponseFields";
export const chatFields = "additional_model_response_fields";

/** Of `content_blocks`; `isInner`: of what tools have given, which the content does not say. */
function blockTexts(message: JsonObject, path: ValuePath): (PlacedText & { isInner: boolean })[] {
  const at = [...path, "content_blocks"];
  return contentTexts(message["content_blocks"], at).map((placed) => ({
    ...placed,
    isInner: placed.path.length > at.length + 2,
  }));
}

/** Of `content_blocks` what the content does not say: all of them where they say something else, as beside a structured answer. */
function ownBlockTexts(message: JsonObject, path: ValuePath): PlacedText[] {
  const blocks = blockTexts(message, path);
  return repeatsContent(message, blocks) ? blocks.filter(({ isInner }) => isInner) : blocks;
}

function repeatsContent(message: JsonObject, blocks: readonly (PlacedText & { isInner: boolean })[]): boolean {
  return joined(contentTexts(message["content"], [])) === joined(blocks.filter(({ isInner }) => !isInner));
}

function joined(placed: readonly PlacedText[]): string {
  return placed.map(({ text }) => text).join("");
}

function converseAnswer(body: JsonObject): PlacedText[] {
  const output = body["output"];
  const message = isJsonObject(output) ? output["message"] : undefined;
  return [
    ...(isJsonObject(message) ? contentTexts(message["content"], ["output", "message", "content"]) : []),
    ...stringsIn(body[converseFields], [converseFields]),
  ];
}

/** With why it refused, where it says so in words. */
function claudeAnswer(body: JsonObject): PlacedText[] {
  return [
    ...contentTexts(body["content"], ["content"]),
    ...textAt(objectAt(body, "stop_details"), "explanation", ["stop_details"]),
  ];
}

/** @throws AditError `unsupported_operation` for an answer of another form than Claude's, Nova's, OpenAI's, vectors, or one of a single text. */
function nativeAnswer(body: JsonObject): PlacedText[] {
  if (Array.isArray(body["content"])) return claudeAnswer(body);
  if (isJsonObject(body["output"])) return converseAnswer(body);
  if (Array.isArray(body["choices"])) return [...chatAnswer(body), ...answerTexts("complete", body)];
  if (Array.isArray(body["outputs"])) return contentTexts(body["outputs"], ["outputs"]);
  if (Array.isArray(body["results"])) return resultTexts(body["results"]);
  const name = ["generation", "completion", "text"].find((each) => typeof body[each] === "string");
  if (name !== undefined) return [...contentTexts(body[name], [name]), ...citedWords(body)];
  // Of what was embedded Cohere says the texts again.
  if (vectors.some((each) => typeof body[each] === "object")) return contentTexts(body["texts"], ["texts"]);
  throw notRead("The answer of InvokeModel");
}

/** What Cohere's Command cites for are its own words, which stand in its citations again. */
function citedWords(body: JsonObject): PlacedText[] {
  return entriesOf(body["citations"]).flatMap(({ entry, index }) => textAt(entry, "text", ["citations", index]));
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
    const blocks = isJsonObject(message) ? blockTexts(message, [...path, "message"]) : [];
    const isRepeated = isJsonObject(message) && repeatsContent(message, blocks);
    return {
      of: own.findIndex((each) => each.path[1] === path[1]),
      texts: isRepeated ? blocks.filter(({ isInner }) => !isInner) : [],
    };
  });
}
