/** Prompts with `[INST]`: Mistral's first models and Llama 2. */
import type { PromptTurn } from "./prompt-conversation.ts";

/** Where the two differ. */
export interface InstructionForm {
  /** The text of an answer between its question and what follows. */
  answer(text: string): string;
  /** Between an answer and the next question. */
  next: string;
}

/** `<s>[INST] question [/INST] answer</s>[INST] question [/INST]`; an answer at the end stays open, for the model to go on. */
export function instructionPrompt(turns: readonly PromptTurn[], form: InstructionForm): string {
  const written = turns.map(({ role, text }, index) => {
    if (role === "user") {
      return `[INST] ${text} [/INST]`;
    }
    return index === turns.length - 1 ? ` ${text}` : `${form.answer(text)}${form.next}`;
  });
  return `<s>${written.join("")}`;
}

/** The system's text before the first question: these templates have no place of its own for it. */
export function foldedSystem(system: string, turns: readonly PromptTurn[]): PromptTurn[] {
  return turns.map((turn, index) => (index === 0 ? { ...turn, text: `${system}${turn.text}` } : turn));
}
