import type { TranslationNotes } from "../openai-chat/context.ts";

/** What the translation of an answer needs besides the answer. */
export interface MessagesReplyContext {
  /** `msg_` + AWS's request id. */
  id: string;
  /** The model as the caller wrote it. */
  model: string;
  notes: TranslationNotes;
  /** The caller's `stop_sequences`: where there is one alone, it is known which was met. */
  stopSequences?: readonly string[] | undefined;
  /** The text of AWS's whole answer, from which numbers are taken that a double cannot hold. */
  source?: (() => string) | undefined;
}
