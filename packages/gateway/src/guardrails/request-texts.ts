/** The texts of requests that checks judge, each with its path. */
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
      anyAsked(objectAt(body, name), scope).map(({ path, text, write }) => ({ path: [name, ...path], text, write })),
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
  return scope === "all" ? contentTexts(body[name], [name], "asked") : [];
}

/** How Claude is told to sum a long conversation up. */
function compactionTexts(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  if (scope !== "all") return [];
  const edits = entriesOf(objectAt(body, "context_management")["edits"]).flatMap(({ entry, index }) =>
    textAt(entry, "instructions", ["context_management", "edits", index]),
  );
  return [...textAt(objectAt(body, "compaction"), "instructions", ["compaction"]), ...edits];
}

/** What a body of InvokeModel asks by, in the words of the model's family. */
export const askedBy = ["prompt", "inputText", "message", "inputPrompt"];

/** What some models take beside that: of images what is not to be in them too. */
const askedBeside = ["suffix", "negative_prompt", "search_prompt", "select_prompt", "instructions"];

/**
 * Of the bodies of InvokeModel those with messages, or with a text: all of them that a body has, for which of them the model reads is its
 * own matter, and the documents beside them, as Command and Jamba take them. @throws AditError `unsupported_operation` for any other.
 */
function nativeTexts(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  const isRead = askedBy.some((name) => typeof body[name] === "string") || Array.isArray(body["messages"]);
  if (!isRead && comparedTexts(body).length + drawnTexts(body).length === 0) throw notRead("This body of InvokeModel");
  return anyAsked(body, scope);
}

/** Whatever one model or another is asked by. */
function anyAsked(body: JsonObject, scope: "last" | "all"): PlacedText[] {
  return [
    ...comparedTexts(body),
    ...drawnTexts(body),
    ...systemTexts(body, "system", scope),
    ...compactionTexts(body, scope),
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

/** What was said before, in the words of Cohere's Command: an answer ends it with itself. */
export function historyTexts(body: JsonObject): PlacedText[] {
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
export function itemTextsIn(
  list: JsonValue | undefined,
  path: ValuePath,
  scope: "last" | "all",
  side: Side = "asked",
): PlacedText[] {
  if (!Array.isArray(list)) return [];
  const spoken = list.map((item) => (isJsonObject(item) && item["type"] === "reasoning" ? null : item));
  return listTexts(spoken, path, scope, side);
}
