/** What other models wrote in the turns that come back, as Claude takes it. */
import { isSignature } from "../../../anthropic/signed-thinking.ts";
import { claudeToolId } from "../../../anthropic/tool-ids.ts";
import { isSealedByGpt } from "../../../converse/sealed-reasoning.ts";
import { isJsonObject, parsedObject, type JsonValue, type ValuePath } from "../../../json.ts";
import { CallIds } from "../../translation/tools/call-ids.ts";
import { redactedContentFrom } from "../redacted-thinking.ts";
import type { MessagesBlock, MessagesRequest } from "../messages-request.ts";
import { leaveOut, nameDropped, pathText, type Changes } from "./draft.ts";

/** Claude refuses the whole request for one block of another's, at every turn from then on. What is mended is named. */
export function settleHistory(draft: Changes): void {
  leaveOutBlocks(draft);
  leaveOutCitations(draft);
  settleIds(draft);
  settleInputs(draft);
}

/** What a model wrote for arguments that is no JSON object ("tool_use.input: Input should be a valid dictionary") is wrapped, as in chat. */
function settleInputs(draft: Changes): void {
  for (const [index, { content }] of draft.request.messages.entries()) {
    for (const [place, block] of typeof content === "string" ? [] : content.entries()) {
      if (block.type === "tool_use" && !isJsonObject(block.input)) {
        settleInput(draft, ["messages", index, "content", place, "input"], block.input);
      }
    }
  }
}

function settleInput({ edits, dropped }: Changes, path: ValuePath, given: JsonValue | undefined): void {
  if (given === undefined || given === null || given === "") {
    edits.set(path, "{}");
  } else if (typeof given === "string" && parsedObject(given) !== undefined) {
    edits.set(path, given);
  } else {
    edits.set(path, JSON.stringify({ arguments: given }));
    dropped.add(pathText(path));
  }
}

/** Citations of the web that another model made lack what Claude's own search encrypts: Claude reads none without it. */
function leaveOutCitations(draft: Changes): void {
  for (const [index, { content }] of draft.request.messages.entries()) {
    for (const [place, block] of typeof content === "string" ? [] : content.entries()) {
      const given = block.type === "text" && !isForeign(block) ? block["citations"] : undefined;
      const citations = Array.isArray(given) ? given : [];
      const path = ["messages", index, "content", place, "citations"];
      const foreign = [...citations.keys()].filter((at) => isForeignCitation(citations[at]));
      if (foreign.length > 0 && foreign.length === citations.length) {
        leaveOut(draft, path);
        continue;
      }
      for (const at of foreign) {
        leaveOut(draft, [...path, at]);
      }
    }
  }
}

function isForeignCitation(citation: JsonValue | undefined): boolean {
  return (
    isJsonObject(citation) &&
    citation["type"] === "web_search_result_location" &&
    (citation["encrypted_index"] ?? "") === ""
  );
}

/** Ids in letters that Claude takes, each given to one call of the whole conversation ("`tool_use` ids must be unique"). */
function settleIds(draft: Changes): void {
  const ids = new CallIds("conversation");
  for (const [index, { role, content }] of draft.request.messages.entries()) {
    if (role === "assistant") {
      ids.beginTurn();
    }
    for (const [place, block] of typeof content === "string" ? [] : content.entries()) {
      const field = idFields.get(block.type) ?? "";
      const id = block[field];
      if (typeof id !== "string") {
        continue;
      }
      const fitting = claudeToolId(id);
      const sent = field === "id" ? ids.ofCall(id, fitting) : (ids.ofResult(id) ?? fitting);
      if (sent !== id) {
        const path = ["messages", index, "content", place, field];
        draft.edits.set(path, JSON.stringify(sent));
        nameDropped(draft, pathText(path));
      }
    }
  }
}

const idFields: ReadonlyMap<string, string> = new Map([
  ["tool_use", "id"],
  ["tool_result", "tool_use_id"],
]);

/**
 * Blocks that are another model's. Thinking without a signature is one, or broke off ("thinking.signature: Field required": can1357/oh-my-pi#10486,
 * earendil-works/pi#2063); so is what GPT sealed. Nor may a turn that has said something end in thinking ("The final block in an assistant
 * message cannot be `thinking`"); one of thinking alone goes as it came, as in chat, until a model has refused it (`RefusedPart`).
 */
function leaveOutBlocks(draft: Changes): void {
  for (const [index, { role, content }] of draft.request.messages.entries()) {
    if (typeof content === "string") {
      continue;
    }
    const end = content.findLastIndex((block) => !isThinking(block)) + 1;
    const endsInThinking = role === "assistant" && end > 0;
    const isLost = (block: MessagesBlock, place: number): boolean =>
      (endsInThinking && place >= end) || isForeign(block);
    if (!content.some(isLost)) {
      continue;
    }
    if (content.every(isLost)) {
      leaveOut(draft, ["messages", index]);
      continue;
    }
    for (const [place, block] of content.entries()) {
      if (isLost(block, place)) {
        leaveOut(draft, ["messages", index, "content", place]);
      }
    }
  }
}

function isForeign({ type, signature, data, text, citations }: MessagesBlock): boolean {
  if (type === "text") {
    // Nova's citations have a block of their own (recorded), and Claude refuses a text that is empty.
    return text === "" && Array.isArray(citations) && citations.some(isForeignCitation);
  }
  if (type === "redacted_thinking") {
    return typeof data === "string" && isSealedByGpt(redactedContentFrom(data.slice(0, 4)));
  }
  return type === "thinking" && !isSignature(signature);
}

export function isThinking({ type }: { readonly type?: JsonValue }): boolean {
  return type === "thinking" || type === "redacted_thinking";
}

/**
 * True where calls are being answered, and none of the turns since the user last spoke begins with thinking that Claude takes back: with a
 * budget one must ("Expected `thinking` or `redacted_thinking`, but found `tool_use`"). Claude thinks once, before the first of its calls,
 * and sends the later ones without (Anthropic's cookbook, "Extended Thinking with Tool Use").
 */
export function lacksThinking({ messages }: MessagesRequest): boolean {
  const talk = messages.filter(({ role }) => role !== "system");
  const said = talk.findLastIndex((message) => message.role === "user" && !holds(message, "tool_result"));
  const loop = talk.slice(said + 1);
  return (
    loop.some((message) => holds(message, "tool_use")) &&
    holds(loop.at(-1), "tool_result") &&
    !loop.some(beginsWithThinking)
  );
}

function holds(message: MessagesRequest["messages"][number] | undefined, type: string): boolean {
  return typeof message?.content === "object" && message.content.some((block) => block.type === type);
}

function beginsWithThinking({ content }: MessagesRequest["messages"][number]): boolean {
  const first = typeof content === "string" ? undefined : content.find((block) => !isForeign(block));
  return first !== undefined && isThinking(first);
}
