import type { ReasoningTags } from "../reasoning-tags.ts";

/** Where a family's chat body differs from OpenAI's. */
export interface ChatStyle {
  /** In words, for messages. */
  family: string;
  /** How `toolChoice` is said; what is missing cannot be asked. `auto` is what happens anyway: undefined leaves it out. */
  toolChoice: {
    auto: string | undefined;
    any?: string;
    /** True: one tool by its name, in OpenAI's form. */
    tool?: true;
  };
  /** Ids of tool calls are nine letters or digits, and nothing else. */
  hasNineCharacterIds?: true;
  /** Thinking in the text of the answer. Members of their own (`reasoning`, `reasoning_content`) are read of every family. */
  tags?: ReasoningTags;
}

const openAiToolChoice: ChatStyle["toolChoice"] = { auto: "auto", any: "required", tool: true };

function tagged(name: string): ReasoningTags {
  return { open: `<${name}>`, close: `</${name}>`, isOpenAtStart: false };
}

/** A family with OpenAI's body whose model may write its thinking between `<think>` tags, as its open weights do. */
function thinking(family: string): ChatStyle {
  return { family, toolChoice: openAiToolChoice, tags: tagged("think") };
}

/**
 * Sources: AWS's pages "OpenAI models" (tags of InvokeModel), "Mistral AI chat completion" (`tool_choice`), "AI21 Labs Jamba models" (no
 * `tool_choice`), recorded traffic of gpt-oss and Jamba; the model cards of the open weights for the tags.
 */
export const chatStyles = {
  gptOss: { family: "gpt-oss", toolChoice: openAiToolChoice, tags: tagged("reasoning") },
  mistral: {
    family: "Mistral's chat completion",
    toolChoice: { auto: "auto", any: "any" },
    hasNineCharacterIds: true,
    tags: { open: "[THINK]", close: "[/THINK]", isOpenAtStart: false },
  },
  jamba: { family: "Jamba", toolChoice: { auto: undefined } },
  deepseek: thinking("DeepSeek"),
  qwen: thinking("Qwen"),
  minimax: thinking("MiniMax"),
  moonshot: thinking("Kimi"),
  zai: thinking("GLM"),
  nvidia: thinking("Nemotron"),
  gemma: { family: "Gemma", toolChoice: openAiToolChoice },
  writer: { family: "Palmyra", toolChoice: openAiToolChoice },
} as const satisfies Record<string, ChatStyle>;
