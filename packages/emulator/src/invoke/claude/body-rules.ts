/** What Claude's layer refuses in a body of the right form, in Anthropic's words with the body's own places. */
import { lengthOf } from "../../generate/tokens.ts";
import type { ResolvedModel } from "../../model-list/resolve-model.ts";
import type { Block, MessagesBody } from "./read.ts";

type BodyRule = (body: MessagesBody, model: ResolvedModel) => string | undefined;

const rules: readonly BodyRule[] = [
  version,
  someMessage,
  systemRole,
  noUrls,
  textBytes,
  someText,
  noTrailingSpace,
  callIds,
  idsDiffer,
  resultsAnswerCalls,
  callsAreAnswered,
  toolNames,
  toolChoice,
];

/** The first refusal of the body. */
export function bodyRefusal(
  body: MessagesBody & { anthropic_version?: unknown },
  model: ResolvedModel,
): string | undefined {
  for (const rule of rules) {
    const words = rule(body, model);
    if (words !== undefined) return words;
  }
  return undefined;
}

/** Most bytes of text in a request (recorded). */
const mostTextBytes = 9_000_000;

/** Anthropic's own client for Bedrock sends the version of Anthropic's API, a date without the prefix. */
function version({ anthropic_version: name }: MessagesBody & { anthropic_version?: unknown }): string | undefined {
  return typeof name === "string" && /^(bedrock-)?\d{4}-\d{2}-\d{2}$/.test(name) ? undefined : "Invalid API version";
}

function someMessage({ messages }: MessagesBody): string | undefined {
  return messages.length === 0 ? "messages: at least one message is required" : undefined;
}

/** Tried on Bedrock: BerriAI/litellm#32831; in the first place: LeenHawk/gproxy#209. */
function systemRole({ messages }: MessagesBody, { traits, baseId }: ResolvedModel): string | undefined {
  const first = messages.findIndex(({ role }) => role === "system");
  if (first === -1) return undefined;
  if (traits.thinking !== "adaptive")
    return 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';
  if (baseId.includes("opus-4-7")) return "role 'system' is not supported on this model";
  return first === 0 ? "messages.0: use the top-level 'system' parameter for the initial system prompt" : undefined;
}

/** Recorded. */
function noUrls({ messages }: MessagesBody): string | undefined {
  for (const { block, path } of placedBlocks(messages))
    if (typeof block.source === "object" && block.source.type === "url")
      return `${path}.${block.type}.source.base64.data: URL sources are not supported`;
  return undefined;
}

/** Recorded. */
function textBytes({ messages }: MessagesBody): string | undefined {
  const texts = messages.flatMap(({ content }) =>
    typeof content === "string" ? [content] : content.map(({ text = "" }) => text),
  );
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return bytes > mostTextBytes ? `too many total text bytes: ${bytes} > ${mostTextBytes}` : undefined;
}

/** White space alone is taken beside other content, as recorded under Converse. */
function someText({ messages }: MessagesBody): string | undefined {
  for (const [index, { content }] of messages.entries()) {
    const blocks: Block[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
    const isLastOfAssistant = index === messages.length - 1 && messages[index]?.role === "assistant";
    if (blocks.length === 0 && !isLastOfAssistant)
      return `messages.${index}: all messages must have non-empty content except for the optional final assistant message`;
    if (blocks.some(({ type, text }) => type === "text" && text === ""))
      return "messages: text content blocks must be non-empty";
    if (blocks.length > 0 && blocks.every(({ type, text = "" }) => type === "text" && text.trim() === ""))
      return "messages: text content blocks must contain non-whitespace text";
  }
  return undefined;
}

function noTrailingSpace({ messages }: MessagesBody): string | undefined {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return undefined;
  const text = typeof last.content === "string" ? last.content : (last.content.at(-1)?.text ?? "");
  return text === text.trimEnd() ? undefined : "messages: final assistant content cannot end with trailing whitespace";
}

/** Neighbouring messages of one role are one turn (recorded). */
interface Turn {
  role: string;
  /** Index of its first message. */
  index: number;
  blocks: { block: Block; path: string }[];
}

function turnsOf(messages: MessagesBody["messages"]): Turn[] {
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const blocks = blocksAt(message, index);
    const last = turns.at(-1);
    if (last?.role === message.role) for (const block of blocks) last.blocks.push(block);
    else turns.push({ role: message.role, index, blocks });
  }
  return turns;
}

function placedBlocks(messages: MessagesBody["messages"]): Turn["blocks"] {
  return messages.flatMap(blocksAt);
}

function blocksAt({ content }: MessagesBody["messages"][number], index: number): Turn["blocks"] {
  if (typeof content === "string") return [];
  return content.map((block, at) => ({ block, path: `messages.${index}.content.${at}` }));
}

function idsDiffer({ messages }: MessagesBody): string | undefined {
  const ids = new Set<unknown>();
  for (const { block, path } of placedBlocks(messages)) {
    if (block.type !== "tool_use") continue;
    if (ids.has(block.id)) return `${path}: \`tool_use\` ids must be unique`;
    ids.add(block.id);
  }
  return undefined;
}

/** Reported: HKUDS/nanobot#4356. */
function callIds({ messages }: MessagesBody): string | undefined {
  for (const { block, path } of placedBlocks(messages)) {
    const [field, id = ""] = block.type === "tool_use" ? ["id", block.id] : ["tool_use_id", block.tool_use_id];
    if ((block.type === "tool_use" || block.type === "tool_result") && !/^[a-zA-Z0-9_-]+$/.test(id))
      return `${path}.${block.type}.${field}: String should match pattern '^[a-zA-Z0-9_-]+$'`;
  }
  return undefined;
}

function resultsAnswerCalls({ messages }: MessagesBody): string | undefined {
  const turns = turnsOf(messages);
  for (const [at, turn] of turns.entries()) {
    const calls = new Set(turns[at - 1]?.blocks.map(({ block }) => block.id));
    const stray = turn.blocks.find(({ block }) => block.type === "tool_result" && !calls.has(block.tool_use_id));
    if (stray !== undefined)
      return `${stray.path}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
  }
  return undefined;
}

function callsAreAnswered({ messages }: MessagesBody): string | undefined {
  const turns = turnsOf(messages);
  for (const [at, turn] of turns.entries()) {
    const next = turns[at + 1];
    const answered = new Set(next?.blocks.map(({ block }) => block.tool_use_id));
    const open = turn.blocks.filter(({ block }) => block.type === "tool_use" && !answered.has(block.id));
    if (open.length > 0)
      return `messages.${turn.index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.map(({ block }) => block.id).join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
  }
  return undefined;
}

const toolNameForm = /^[a-zA-Z0-9_-]{1,128}$/;

function toolNames({ tools }: MessagesBody): string | undefined {
  const names = (tools ?? []).map(({ name }) => name);
  const odd = names.findIndex((name) => !toolNameForm.test(name));
  if (odd !== -1) {
    const name = names[odd] ?? "";
    const rule =
      lengthOf(name) > 128
        ? "String should have at most 128 characters"
        : "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'";
    return `tools.${odd}.custom.name: ${rule}`;
  }
  return new Set(names).size === names.length ? undefined : "tools: Tool names must be unique.";
}

function toolChoice({ tools, tool_choice: choice }: MessagesBody): string | undefined {
  if (choice === undefined || choice === null) return undefined;
  if ((tools ?? []).length === 0) return "tool_choice: tool_choice may only be specified while providing tools";
  const isKnown = choice.type !== "tool" || (tools ?? []).some(({ name }) => name === choice.name);
  return isKnown ? undefined : `tool_choice: Tool '${choice.name}' not found in provided tools`;
}
