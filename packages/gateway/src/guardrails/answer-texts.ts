/** The texts of answers that checks judge, each with its path. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { ValuePath } from "@adit/bedrock/gateway";
import type { RequestType } from "./check.ts";
import { historyTexts, itemTextsIn, notRead } from "./request-texts.ts";
import type { PlacedText } from "./placed-text.ts";
import { contentTexts, entriesOf, objectAt, partTexts, stringsIn, textAt } from "./texts-in-parts.ts";
import { nativeTrace, traceTextsIn } from "./trace-texts.ts";

/** The texts of a whole answer: of all its choices, for one that is not looked at would be the way around. */
export function answerTexts(type: RequestType, body: JsonObject): PlacedText[] {
  switch (type) {
    case "chatComplete":
      return [...chatAnswer(body), ...ownChoiceTexts(body), ...traceTextsIn(body, "trace")];
    case "complete":
      return choicesOf(body).flatMap(({ choice, path }) => contentTexts(choice["text"], [...path, "text"]));
    case "messages":
      return [...claudeAnswer(body), ...traceTextsIn(body, nativeTrace)];
    case "createModelResponse": {
      const output = itemTextsIn(body["output"], ["output"], "all", "answered");
      // Some hosts say all of it again, as OpenAI's SDK does.
      const whole = textAt(body, "output_text", []).filter(({ text }) => output.every((each) => each.text !== text));
      return [...output, ...whole];
    }
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

/** A choice's own text, where its message does not say the same. */
function ownChoiceTexts(body: JsonObject): PlacedText[] {
  return choicesOf(body).flatMap(({ choice, path }) => {
    const { content } = objectAt(choice, "message");
    return contentTexts(choice["text"], [...path, "text"]).filter(({ text }) => text !== content);
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

/** @throws AditError `unsupported_operation` for an answer of another form than Claude's, Nova's, OpenAI's, vectors, pictures, or one of a single text. */
function nativeAnswer(body: JsonObject): PlacedText[] {
  if (Array.isArray(body["content"])) return claudeAnswer(body);
  if (isJsonObject(body["output"])) return converseAnswer(body);
  if (Array.isArray(body["choices"])) return [...chatAnswer(body), ...ownChoiceTexts(body)];
  if (Array.isArray(body["outputs"])) return contentTexts(body["outputs"], ["outputs"]);
  if (Array.isArray(body["results"])) return resultTexts(body["results"]);
  const name = ["generation", "completion", "text", "message"].find((each) => typeof body[each] === "string");
  if (name !== undefined) return [...contentTexts(body[name], [name]), ...citedWords(body)];
  // Of what was embedded Cohere says the texts again.
  if (vectors.some((each) => typeof body[each] === "object")) return contentTexts(body["texts"], ["texts"]);
  // Of pictures that were not drawn some models say why.
  if (pictures.some((each) => Array.isArray(body[each]))) return textAt(body, "error", []);
  if (isMarengos(body["data"])) return [];
  throw notRead("The answer of InvokeModel");
}

/** What Cohere's Command cites for are its own words, which stand in its citations again. */
function citedWords(body: JsonObject): PlacedText[] {
  return entriesOf(body["citations"]).flatMap(({ entry, index }) => textAt(entry, "text", ["citations", index]));
}

const vectors = ["embedding", "embeddings", "embeddingsByType"];
const pictures = ["images", "artifacts"];

/** Marengo's vectors: one, or several. */
function isMarengos(data: JsonValue | undefined): boolean {
  const entries = Array.isArray(data) ? data : [data ?? null];
  return entries.length > 0 && entries.every((entry) => isJsonObject(entry) && Array.isArray(entry["embedding"]));
}

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

/**
 * Where an answer says texts again that a check changed, as it is to be there: the first piece of what says one again gets it, the others lose
 * it.
 */
export function repeatsOf(type: RequestType, before: JsonObject, changed: readonly PlacedText[]): PlacedText[] {
  const written = new Map(changed.map(({ path, text }) => [path.join(), text]));
  const texts = answerTexts(type, before);
  return repeatedTexts(type, before, texts).flatMap(({ of, texts: repeated }) => {
    const said = of.flatMap((place) => texts.slice(place, place + 1));
    if (!said.some(({ path }) => written.has(path.join()))) return [];
    const text = said.map((each) => written.get(each.path.join()) ?? each.text).join("");
    return repeated.map(({ path }, index) => ({ path, text: index === 0 ? text : "" }));
  });
}

/** Texts that say others of the answer again, beside them: each one, or all of a message together. */
interface RepeatedText {
  /** The places of those among the texts of the answer. */
  of: readonly number[];
  texts: PlacedText[];
}

/**
 * Those of `content_blocks`, and a choice's own text, by the message that they belong to; of Cohere's Command the last turn of its history; of
 * Responses the text at the top.
 */
function repeatedTexts(type: RequestType, body: JsonObject, own: readonly PlacedText[]): RepeatedText[] {
  const judged = new Set(own.map(({ path }) => path.join()));
  const firstOf = new Map(own.map(({ text }, index) => [text, index] as const).toReversed());
  const again = (said: readonly PlacedText[]): RepeatedText[] =>
    said.flatMap((each) => {
      const of = firstOf.get(each.text);
      return of === undefined || judged.has(each.path.join()) ? [] : [{ of: [of], texts: [each] }];
    });
  switch (type) {
    case "invoke": {
      const { text } = body;
      return [
        { of: [0], texts: historyTexts(body).filter((said) => said.text === text) },
        ...again(answerTexts("complete", body)),
      ];
    }
    case "createModelResponse":
      return again(textAt(body, "output_text", []));
    case "chatComplete":
      return [...blocksByMessage(body, own), ...again(answerTexts("complete", body))];
    case "messages":
    case "complete":
    case "converse":
    case "embed":
      return [];
  }
}

function blocksByMessage(body: JsonObject, own: readonly PlacedText[]): RepeatedText[] {
  const contentOf = new Map<unknown, number[]>();
  for (const [place, { path }] of own.entries()) {
    const [, choice, member, name] = path;
    if (member !== "message" || name !== "content") continue;
    const places = contentOf.get(choice);
    if (places === undefined) contentOf.set(choice, [place]);
    else places.push(place);
  }
  return choicesOf(body).map(({ choice, path }) => {
    const message = choice["message"];
    const blocks = isJsonObject(message) ? blockTexts(message, [...path, "message"]) : [];
    const isRepeated = isJsonObject(message) && repeatsContent(message, blocks);
    return {
      of: contentOf.get(path[1]) ?? [],
      texts: isRepeated ? blocks.filter(({ isInner }) => !isInner) : [],
    };
  });
}
