/** Meta's prompt formats, by generation. */
import { foldedSystem, instructionPrompt } from "./instruction-prompt.ts";
import type { PromptConversation } from "./prompt-conversation.ts";

export interface LlamaTemplate {
  /** The first character of any special token. */
  tokenStart: RegExp;
  /** What stands in the prompt for an image that is sent beside it; undefined: the generation takes none so. */
  image?: string;
  prompt(conversation: PromptConversation): string;
}

/** `<|name|>`: every special token of Llama 3 and 4 has this form. */
const barredToken = /<(?=\|\w+\|>)/g;

/** A turn is a header with its role, the text, and a token for its end. */
function headerTemplate([opening, closing]: readonly [string, string], end: string, image?: string): LlamaTemplate {
  const header = (role: string): string => `${opening}${role}${closing}\n\n`;
  return {
    tokenStart: barredToken,
    ...(image !== undefined && { image }),
    prompt({ system, turns }) {
      const written = turns.map(
        ({ role, text, images }) => `${header(role)}${(image ?? "").repeat(images.length)}${text}`,
      );
      const isOpen = turns.at(-1)?.role === "assistant";
      const all = [
        ...(system === "" ? [] : [`${header("system")}${system}`]),
        ...written,
        ...(isOpen ? [] : [header("assistant")]),
      ];
      return `<|begin_of_text|>${all.join(end)}`;
    },
  };
}

const llama2: LlamaTemplate = {
  tokenStart: /<(?=\/?s>|<\/?SYS>>)|\[(?=\/?INST\])/g,
  prompt({ system, turns }) {
    const intro = system === "" ? "" : `<<SYS>>\n${system}\n<</SYS>>\n\n`;
    return instructionPrompt(foldedSystem(intro, turns), { answer: (text) => ` ${text} `, next: "</s><s>" });
  },
};

const llama3 = headerTemplate(["<|start_header_id|>", "<|end_header_id|>"], "<|eot_id|>", "<|image|>");

/** Images are sent beside the prompt for Llama 3.2 alone, as far as AWS's page says. */
const llama4 = headerTemplate(["<|header_start|>", "<|header_end|>"], "<|eot|>");

const templates: ReadonlyMap<string, LlamaTemplate> = new Map([
  ["2", llama2],
  ["3", llama3],
]);

/** The template of a generation; the newest for one that is not known. */
export function llamaTemplate(generation = ""): LlamaTemplate {
  return templates.get(generation) ?? llama4;
}
