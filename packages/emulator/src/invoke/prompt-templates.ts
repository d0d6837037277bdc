/** What the user said last in a prompt that is one text: each family marks the turns in its own way. */

export type TemplateStyle = "claude" | "llama" | "inst" | "deepseek" | "titan" | "plain";

export interface PromptTurn {
  /** The whole prompt: guardrails look at it all (recorded). */
  prompt: string;
  /** All that stands before the user's last words: earlier turns, system prompt, marks. */
  before: string;
  user: string;
}

/** The last turn of the user; its first group is what stands before, the second what the user said. */
const lastTurns: Record<TemplateStyle, readonly RegExp[]> = {
  claude: [/^([\s\S]*)Human:\s*([\s\S]*?)\s*Assistant:/],
  llama: [
    /^([\s\S]*)<\|start_header_id\|>user<\|end_header_id\|>\s*([\s\S]*?)<\|eot_id\|>/,
    /^([\s\S]*)<\|header_start\|>user<\|header_end\|>\s*([\s\S]*?)<\|eot\|>/,
    /^([\s\S]*)\[INST\](?:\s*<<SYS>>[\s\S]*?<<\/SYS>>)?\s*([\s\S]*?)\s*\[\/INST\]/,
  ],
  inst: [/^([\s\S]*)\[INST\]\s*([\s\S]*?)\s*\[\/INST\]/],
  deepseek: [/^([\s\S]*)<[｜|]User[｜|]>\s*([\s\S]*?)\s*<[｜|]Assistant[｜|]>/],
  titan: [/^([\s\S]*)User:\s*([\s\S]*?)\s*\n+Bot:/],
  plain: [],
};

/** Takes a prompt apart; one without marks is the user's whole words. */
export function lastTurn(style: TemplateStyle, prompt: string): PromptTurn {
  for (const form of lastTurns[style]) {
    const [, before = "", user = ""] = form.exec(prompt) ?? [];
    if (user !== "") return { prompt, before, user };
  }
  return { prompt, before: "", user: prompt };
}
