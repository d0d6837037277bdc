/** Paths of a Converse request in the words of the dialect that it was made from: a family's own format names what it cannot carry by them. */
import type { Message } from "../converse/content.ts";
import { AditError } from "../errors/adit-error.ts";

/** Fields of Converse, and those of a dialect that they come from. The first that fits counts. */
export type DialectFields = readonly (readonly [converse: string, dialect: string])[];

/** Its name and description may be left out alone: the schema goes. */
const answerSchema = "outputConfig.textFormat.structure.jsonSchema";

const sharedFields: DialectFields = [
  ["toolConfig.toolChoice", "tool_choice"],
  ["toolConfig", "tools"],
  ["inferenceConfig.temperature", "temperature"],
  ["inferenceConfig.topP", "top_p"],
];

export const chatFields: DialectFields = [
  ...sharedFields,
  ["inferenceConfig.maxTokens", "max_tokens"],
  ["inferenceConfig.stopSequences", "stop"],
  ["outputConfig.effort", "reasoning_effort"],
  [`${answerSchema}.name`, "response_format.json_schema.name"],
  [`${answerSchema}.description`, "response_format.json_schema.description"],
  ["outputConfig.textFormat", "response_format"],
  ["messages", "messages"],
  ["system", "messages"],
];

export const completionFields: DialectFields = [["messages", "prompt"], ...chatFields];

export const responsesFields: DialectFields = [
  ...sharedFields,
  ["inferenceConfig.maxTokens", "max_output_tokens"],
  ["inferenceConfig.stopSequences", "stop"],
  ["outputConfig.effort", "reasoning.effort"],
  [`${answerSchema}.name`, "text.format.name"],
  [`${answerSchema}.description`, "text.format.description"],
  ["outputConfig.textFormat", "text.format"],
  ["messages", "input"],
];

export const messagesFields: DialectFields = [
  ...sharedFields,
  ["inferenceConfig.maxTokens", "max_tokens"],
  ["inferenceConfig.stopSequences", "stop_sequences"],
  ["outputConfig.effort", "output_config.effort"],
  ["outputConfig.textFormat", "output_config.format"],
  ["messages", "messages"],
];

/** A message of a dialect that has the same list as Converse, but for system messages and neighbours of one side. */
export interface DialectMessage {
  role: string;
  content?: unknown;
}

/** Of a message of Converse's the first of the dialect's in it, and whether it has that one's blocks and no others. */
export interface Turn {
  place: number;
  isAlike: boolean;
}

/** Which of the dialect's messages became Converse's; none where that is not plain. */
export function turnsOf(messages: readonly DialectMessage[], converse: readonly Message[]): readonly Turn[] {
  const turns: { role: string; place: number; blocks: number }[] = [];
  for (const [place, { role: given, content }] of messages.entries()) {
    if (given === "system" || given === "developer") continue;
    const role = given === "assistant" ? "assistant" : "user";
    const blocks = Array.isArray(content) ? content.length : 1;
    const last = turns.at(-1);
    // None is as long.
    if (last?.role === role) last.blocks = 0;
    else turns.push({ role, place, blocks });
  }
  return turns.length === converse.length
    ? turns.map(({ place, blocks }, index) => ({ place, isAlike: blocks === converse[index]?.content.length }))
    : [];
}

/** The dialect's path of a message of Converse's, or of what is in it; undefined where it is not known. */
function pathInTurn(path: string, turns: readonly Turn[]): string | undefined {
  const [, index, inside = ""] = /^messages\[(\d+)\]([^]*)$/.exec(path) ?? [];
  const turn = index === undefined ? undefined : turns[Number(index)];
  return turn && `messages[${turn.place}]${turn.isAlike ? inside : ""}`;
}

/** A path of Converse's outside of its messages, as the dialect has it. */
function fieldIn(path: string, fields: DialectFields): string {
  const [, tool] = /^toolConfig\.tools(\[[^]*)$/.exec(path) ?? [];
  if (tool !== undefined) {
    return `tools${tool.replace(".toolSpec", "")}`;
  }
  const found = fields.find(([field]) => path.startsWith(field) && /^(?:$|[.[])/.test(path.slice(field.length)));
  return found?.[1] ?? path;
}

/** A path of Converse's as the dialect has it. */
export function pathInDialect(path: string, fields: DialectFields, turns: readonly Turn[]): string {
  return pathInTurn(path, turns) ?? fieldIn(path, fields);
}

/** The same for all paths of one request, whose messages are held against Converse's once, where anything is named at all. */
export function pathsInDialect(
  fields: DialectFields,
  messages: readonly DialectMessage[],
  converse: readonly Message[],
): (path: string) => string {
  let turns: readonly Turn[] | undefined;
  return (path) => pathInDialect(path, fields, (turns ??= turnsOf(messages, converse)));
}

/** The error with its path renamed, in its words too; anything else as it is. */
export function withPathRenamed(error: unknown, rename: (path: string) => string): unknown {
  if (!AditError.isInstance(error) || error.param === undefined) {
    return error;
  }
  const param = rename(error.param);
  if (param === error.param) {
    return error;
  }
  const { status, retryable, remedy, aws, retryAfterSeconds } = error;
  return new AditError(error.code, renamedIn(error.message, error.param, param), {
    status,
    retryable,
    remedy: renamedIn(remedy, error.param, param),
    param,
    cause: error,
    ...(aws !== undefined && { aws }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

/** Only where the path is a word of its own: `n` is also a letter of others. */
function renamedIn(words: string, path: string, renamed: string): string {
  const isWord = (sign: string | undefined): boolean => sign !== undefined && /\w/.test(sign);
  return words.replaceAll(path, (_path, at: number) =>
    isWord(words[at - 1]) || isWord(words[at + path.length]) ? path : renamed,
  );
}
