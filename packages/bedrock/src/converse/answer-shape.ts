/**
 * What parts of an answer must be so that every reader after this can trust their types: who answers may be a host that only says it is
 * Bedrock. Members beyond these are kept as they come. Members that are null go: in AWS's JSON they are absent ones.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

type Part = JsonValue | undefined;
type Shape = (part: Part) => boolean;

const isText: Shape = (part) => typeof part === "string";

/** Takes away the members that are null. */
export function dropNulls(part: JsonObject): void {
  for (const name in part) {
    if (part[name] === null) {
      delete part[name];
    }
  }
}

/** An object with these members, which it must have, and those that may be absent. */
function objectOf(needed: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape {
  const needs = Object.entries(needed);
  const takes = Object.entries(optional);
  return (part) => {
    if (!isJsonObject(part)) {
      return false;
    }
    dropNulls(part);
    for (const [name, isIt] of needs) {
      if (!isIt(part[name])) return false;
    }
    for (const [name, isIt] of takes) {
      const member = part[name];
      if (member !== undefined && !isIt(member)) return false;
    }
    return true;
  };
}

function listOf(isIt: Shape): Shape {
  return (part) => Array.isArray(part) && part.every((item) => isIt(item));
}

const isCall = objectOf({ toolUseId: isText, name: isText });
const isCitation = objectOf({}, { sourceContent: listOf(objectOf({}, { text: isText })), location: objectOf({}) });

const hasReasoning = objectOf({ text: isText }, { signature: isText });

/** Thinking may be signed without being shown: its text is empty then. */
const isReasoningText: Shape = (part) => {
  if (!isJsonObject(part)) {
    return false;
  }
  part["text"] ??= "";
  return hasReasoning(part);
};

/** A block of a whole answer; of a kind that this version does not know, too. */
export const isAnswerBlock: Shape = objectOf(
  {},
  {
    text: isText,
    toolUse: isCall,
    reasoningContent: objectOf({}, { reasoningText: isReasoningText, redactedContent: isText }),
    citationsContent: objectOf({}, { content: listOf(objectOf({}, { text: isText })), citations: listOf(isCitation) }),
  },
);

/** The beginning of a block in a stream. */
export const isBlockStart: Shape = objectOf({}, { toolUse: isCall });

/** A piece of a block in a stream. */
export const isBlockDelta: Shape = objectOf(
  {},
  {
    text: isText,
    toolUse: objectOf({ input: isText }),
    reasoningContent: objectOf({}, { text: isText, signature: isText, redactedContent: isText }),
    citation: isCitation,
  },
);
