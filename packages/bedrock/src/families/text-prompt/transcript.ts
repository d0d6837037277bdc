/** Conversations as one text, for families whose body is a prompt. */
import type { ConverseRequest } from "../../converse/request.ts";
import { blockSeparator, messageText, type NativeDraft, systemText } from "../native-draft.ts";

/** How a family writes turns. */
export interface TranscriptForm {
  user: string;
  assistant: string;
  /** Before the first label, where no system text stands there. */
  opening: string;
  /** Before each later label. */
  before: string;
  /** Between a label and its text. */
  after: string;
}

/**
 * `SYSTEM`, then each turn behind its label, then the assistant's label for the answer; an assistant's last turn is left open, for the model
 * to go on. Throws where a text holds a label at the place that marks a turn: the model would take the rest for somebody else's words.
 */
export function transcriptOf(draft: NativeDraft, request: ConverseRequest, form: TranscriptForm): string {
  const messages = request.messages ?? [];
  if (messages.length === 0) {
    throw draft.invalid("messages", "a conversation needs at least one message");
  }
  const system = systemText(draft, request.system);
  checkLabels(draft, system, "system", form);
  const turns = messages.map((message, index) => {
    const path = `messages[${index}]`;
    if (message.role === "system") {
      throw draft.unsupported(`${path}.role`, "system messages in the conversation");
    }
    const text = messageText(draft, message, path);
    checkLabels(draft, text, `${path}.content`, form);
    return `${form[message.role]}${form.after}${text}`;
  });
  const isOpen = messages.at(-1)?.role === "assistant";
  const conversation = [...turns, ...(isOpen ? [] : [form.assistant])].join(form.before);
  return system === "" ? `${form.opening}${conversation}` : `${system}${blockSeparator}${conversation}`;
}

function checkLabels(draft: NativeDraft, text: string, path: string, form: TranscriptForm): void {
  const label = [form.user, form.assistant].find((word) => text.includes(`${form.before}${word}`));
  if (label !== undefined) {
    throw draft.unsupported(
      path,
      `text with a line that begins with "${label}" (it marks a turn of the conversation in this family's prompt)`,
    );
  }
}
