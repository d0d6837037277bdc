/** Families with OpenAI's chat body: one translation, and their differences as data. */
import { exactInputsBy, repliesIn } from "../answer-format.ts";
import type { Family } from "../family.ts";
import { chatAnswers } from "./chat-answer.ts";
import { chatRequest } from "./chat-request.ts";
import { chatStyles, type ChatStyle } from "./chat-style.ts";

function chatFamily(style: ChatStyle): Family & Required<Pick<Family, "exactInputs">> {
  const answers = chatAnswers(style);
  return { request: chatRequest(style), ...repliesIn(answers), exactInputs: exactInputsBy(answers) };
}

export const gptOss = chatFamily(chatStyles.gptOss);
/** Mistral Large of July 2024 and later, Pixtral, Ministral, Magistral, Devstral, Voxtral. */
export const mistral = chatFamily(chatStyles.mistral);
export const jamba = chatFamily(chatStyles.jamba);
/** V3.1 and later; R1 takes a prompt. */
export const deepseek = chatFamily(chatStyles.deepseek);
export const qwen = chatFamily(chatStyles.qwen);
export const minimax = chatFamily(chatStyles.minimax);
export const moonshot = chatFamily(chatStyles.moonshot);
export const zai = chatFamily(chatStyles.zai);
export const nvidia = chatFamily(chatStyles.nvidia);
export const gemma = chatFamily(chatStyles.gemma);
export const writer = chatFamily(chatStyles.writer);
