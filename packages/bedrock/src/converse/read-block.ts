/** What a block of an answer, and a piece of a stream, must hold so that every reader after this can trust its type. Members beyond are kept as they come. */
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** True for a block of a whole answer; of a kind that this version does not know, too. */
export function isReadableBlock(block: unknown): boolean {
  if (!isJsonObject(block)) {
    return false;
  }
  const { text, toolUse, reasoningContent, citationsContent } = block;
  return (
    isTextOrNone(text) &&
    isCallOrNone(toolUse) &&
    isObjectOrNone(citationsContent) &&
    isObjectOrNone(reasoningContent) &&
    (!isJsonObject(reasoningContent) || isReasoning(reasoningContent))
  );
}

/** True for what a stream's block begins with. */
export function isReadableStart({ toolUse }: JsonObject): boolean {
  return isCallOrNone(toolUse);
}

/** True for a piece of a stream's block. */
export function isReadableDelta({ text, toolUse, reasoningContent, citation }: JsonObject): boolean {
  return (
    isTextOrNone(text) &&
    isObjectOrNone(citation) &&
    isObjectOrNone(reasoningContent) &&
    (!isJsonObject(reasoningContent) || hasTexts(reasoningContent)) &&
    (toolUse === undefined || (isJsonObject(toolUse) && typeof toolUse["input"] === "string"))
  );
}

/** A call that cannot be answered, for want of an id or a name, is none. */
function isCallOrNone(value: JsonValue | undefined): boolean {
  return (
    value === undefined ||
    (isJsonObject(value) && typeof value["toolUseId"] === "string" && typeof value["name"] === "string")
  );
}

function isReasoning({ reasoningText, redactedContent }: JsonObject): boolean {
  const isShown = reasoningText === undefined || (isJsonObject(reasoningText) && hasTexts(reasoningText));
  return isShown && isTextOrNone(redactedContent);
}

function hasTexts({ text, signature, redactedContent }: JsonObject): boolean {
  return isTextOrNone(text) && isTextOrNone(signature) && isTextOrNone(redactedContent);
}

function isTextOrNone(value: JsonValue | undefined): boolean {
  return value === undefined || typeof value === "string";
}

function isObjectOrNone(value: JsonValue | undefined): boolean {
  return value === undefined || isJsonObject(value);
}
