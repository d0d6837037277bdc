/** Roles, empty messages and blank text. Messages as public reports quote them from AWS. */
import { kindOf, type Call, type Rule, type Turn } from "./call.ts";
import { invalid, modelRefuses, unsupportedField, type Refusal } from "./refusal.ts";

export const messageRules: readonly Rule[] = [present, filled, systemRole, starts, alternates, notBlank];

function present({ request, model }: Call): Refusal | undefined {
  if (request.messages !== undefined || model.isPrompt) return undefined;
  return invalid(
    "1 validation error detected: Value null at 'messages' failed to satisfy constraint: Member must not be null",
  );
}

function filled({ request }: Call): Refusal | undefined {
  const index = (request.messages ?? []).findIndex((message) => message.content.length === 0);
  if (index === -1) return undefined;
  return invalid(
    `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
  );
}

/** Only the newest Claude takes messages of role system; tools are added and removed nowhere else. */
function systemRole({ turns, traits }: Call): Refusal | undefined {
  for (const turn of turns) {
    if (turn.role === "system" && traits.thinking !== "adaptive") return unsupportedField("system role");
    const odd = turn.blocks.find(({ block }) => /^tool(Addition|Removal)$/.test(kindOf(block)));
    if (odd !== undefined && turn.role !== "system")
      return invalid(
        `The ${kindOf(odd.block)} content block at ${odd.path} is only allowed in messages with the system role. Update the content block and try again.`,
      );
  }
  return undefined;
}

function starts({ turns, traits, model }: Call): Refusal | undefined {
  const first = turns.find((turn) => turn.role !== "system");
  if (first?.role === "user" || (first !== undefined && traits.assistantFirst)) return undefined;
  if (first === undefined && model.isPrompt) return undefined;
  return invalid(
    "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
  );
}

/** Recorded: Claude and Nova take several user messages in a row; the other families are held to AWS's documented rule. */
function alternates({ request, traits }: Call): Refusal | undefined {
  if (traits.mergesRoles) return undefined;
  const roles = (request.messages ?? []).map((message) => message.role).filter((role) => role !== "system");
  if (!roles.some((role, index) => role === roles[index - 1])) return undefined;
  return invalid(
    "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
  );
}

/**
 * Empty text is refused everywhere. Text of white space alone is recorded as taken by Claude beside other text (`"\n"` between a document and a
 * cache point), so Claude refuses it only where its turn has no better.
 */
function notBlank({ turns, traits }: Call): Refusal | undefined {
  for (const turn of turns) {
    const refusal = blankIn(turn, traits.family === "claude");
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function blankIn(turn: Turn, isClaude: boolean): Refusal | undefined {
  const texts = turn.blocks.flatMap(({ block, path }) =>
    block.text === undefined ? [] : [{ text: block.text, path }],
  );
  const blank = texts.find(({ text }) => (isClaude ? text === "" : text.trim() === ""));
  if (blank !== undefined)
    return invalid(
      `The text field in the ContentBlock object at ${blank.path} is blank. Add text to the text field, and try again.`,
    );
  if (texts.length === 0 || turn.blocks.length > texts.length || texts.some(({ text }) => text.trim() !== ""))
    return undefined;
  return modelRefuses("messages: text content blocks must contain non-whitespace text");
}
