import type { ModelFacts, ModelFamily } from "../models/model-facts.ts";
import { anthropicText } from "./text-prompt/anthropic-text.ts";
import { anthropic } from "./anthropic/anthropic.ts";
import { cohereCommandR } from "./cohere-command-r/cohere-command-r.ts";
import { cohereCommand } from "./text-prompt/cohere-command.ts";
import { deepseekR1 } from "./text-prompt/deepseek-r1.ts";
import type { Family } from "./family.ts";
import { jurassic } from "./text-prompt/jurassic.ts";
import { llama } from "./text-prompt/llama.ts";
import { mistralText } from "./text-prompt/mistral-text.ts";
import { nova } from "./nova/nova.ts";
import * as chat from "./openai-style/chat-families.ts";
import { titan } from "./text-prompt/titan.ts";

const families: Readonly<Record<ModelFamily, Family | undefined>> = {
  anthropic,
  nova,
  titan,
  "cohere-command": cohereCommand,
  "cohere-command-r": cohereCommandR,
  llama,
  "mistral-text": mistralText,
  mistral: chat.mistral,
  jamba: chat.jamba,
  jurassic,
  deepseek: chat.deepseek,
  "gpt-oss": chat.gptOss,
  qwen: chat.qwen,
  minimax: chat.minimax,
  moonshot: chat.moonshot,
  zai: chat.zai,
  nvidia: chat.nvidia,
  gemma: chat.gemma,
  writer: chat.writer,
  gpt: undefined,
  unknown: undefined,
};

/** Families of which some models take an older body: one prompt. */
const promptFamilies: Partial<Record<ModelFamily, Family>> = { anthropic: anthropicText, deepseek: deepseekR1 };

/** What a model speaks under InvokeModel; undefined for one that holds no conversation, or of which nothing is known. */
export function familyOf(model: ModelFacts): Family | undefined {
  return (model.promptBody ? promptFamilies : families)[model.family];
}
