/** Conversations for families whose body is a prompt in a template of special tokens. */
import type { ImageBlock, Message } from "../../converse/content.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import { blockSeparator, joinedTexts, plainText, type NativeDraft, systemText } from "../native-draft.ts";

export interface PromptTurn {
  role: "user" | "assistant";
  text: string;
  /** Base64. */
  images: string[];
}

export interface PromptConversation {
  /** Empty where there is none. */
  system: string;
  /** In turns; the last may be the assistant's, for the model to go on. */
  turns: PromptTurn[];
}

/** What the template of a family asks of texts. */
export interface PromptRules {
  /** The first character of whatever the model's tokenizer would take for one of its special tokens. */
  tokenStart: RegExp;
  /** A question with the template around it already, itself in the first group: it is taken out. */
  wrapped?: RegExp;
  takesImages: boolean;
}

/**
 * The conversation with nothing in its texts that could begin or end a turn: a space after the first character makes plain text of a special
 * token (no token holds one, so none can come about), and the place is named.
 */
export function promptConversation(
  draft: NativeDraft,
  request: ConverseRequest,
  rules: PromptRules,
): PromptConversation {
  const messages = request.messages ?? [];
  if (messages.length === 0) {
    throw draft.invalid("messages", "a conversation needs at least one message");
  }
  const system = withoutTokens(draft, systemText(draft, request.system), "system", rules);
  const turns: PromptTurn[] = [];
  messages.forEach((message, index) => {
    const turn = turnOf(draft, message, `messages[${index}]`, rules);
    const before = turns.at(-1);
    if (before?.role === turn.role) {
      before.text += blockSeparator + turn.text;
      for (const image of turn.images) before.images.push(image);
    } else {
      turns.push(turn);
    }
  });
  return { system, turns };
}

function turnOf(draft: NativeDraft, message: Message, path: string, rules: PromptRules): PromptTurn {
  const { role, content } = message;
  if (role === "system") {
    throw draft.unsupported(`${path}.role`, "system messages in the conversation");
  }
  const images: string[] = [];
  const texts = content.flatMap((block, index) => {
    const place = `${path}.content[${index}]`;
    if (block.image === undefined || role !== "user" || !rules.takesImages) {
      return plainText(draft, block, place);
    }
    images.push(imageBytes(draft, block.image, `${place}.image`));
    return [];
  });
  const text = joinedTexts(role, texts);
  const plain = (role === "user" ? rules.wrapped?.exec(text)?.[1] : undefined) ?? text;
  return { role, images, text: withoutTokens(draft, plain, `${path}.content`, rules) };
}

function imageBytes(draft: NativeDraft, image: ImageBlock, path: string): string {
  if (image.source.bytes === undefined) {
    throw draft.unsupported(`${path}.source.s3Location`, "images in S3");
  }
  return image.source.bytes;
}

function withoutTokens(draft: NativeDraft, text: string, path: string, { tokenStart }: PromptRules): string {
  const safe = text.replace(tokenStart, "$& ");
  if (safe !== text) {
    draft.drop(path);
  }
  return safe;
}
