/** What the user said last in a prompt that is one text: each family marks the turns in its own way. */

export type TemplateStyle = "claude" | "llama" | "inst" | "deepseek" | "transcript";

export interface PromptTurn {
  /** The whole prompt: guardrails look at it all (recorded). */
  prompt: string;
  /** All that stands before the user's last words: earlier turns, system prompt, marks. */
  before: string;
  user: string;
}

interface Marks {
  /** What stands before the user's words; the last one counts. */
  begins: RegExp;
  /** What ends them. */
  ends: RegExp;
}

/** Marks of the last turn, in each of the forms that a style has. */
const styles: Record<TemplateStyle, readonly Marks[]> = {
  claude: [{ begins: /Human:/g, ends: /Assistant:/ }],
  llama: [
    { begins: /<\|start_header_id\|>user<\|end_header_id\|>/g, ends: /<\|eot_id\|>/ },
    { begins: /<\|header_start\|>user<\|header_end\|>/g, ends: /<\|eot\|>/ },
    { begins: /\[INST\]|<<\/SYS>>/g, ends: /\[\/INST\]/ },
  ],
  inst: [{ begins: /\[INST\]/g, ends: /\[\/INST\]/ }],
  deepseek: [{ begins: /<[｜|]User[｜|]>/g, ends: /<[｜|]Assistant[｜|]>/ }],
  // Titan, Command and Jurassic have no template of their own: their users write the turns out.
  transcript: [{ begins: /\b(?:User|Human|human):/g, ends: /\n(?:Bot|Chatbot|Assistant|AI):/ }],
};

/** Takes a prompt apart; one without marks is the user's whole words. */
export function lastTurn(style: TemplateStyle, prompt: string): PromptTurn {
  for (const { begins, ends } of styles[style]) {
    let start: number | undefined;
    for (const mark of prompt.matchAll(begins)) start = mark.index + mark[0].length;
    const rest = start === undefined ? "" : prompt.slice(start);
    const length = rest.search(ends);
    // The mark of Llama's images is none of the user's words.
    const user = rest.slice(0, Math.max(0, length)).replaceAll("<|image|>", "").trim();
    if (user !== "") return { prompt, before: prompt.slice(0, start), user };
  }
  return { prompt, before: "", user: prompt };
}
