import type { ModelFacts, ModelFamily } from "../models/model-facts.ts";
import { anthropicText } from "./anthropic-text.ts";
import { anthropic } from "./anthropic/anthropic.ts";
import { cohereCommandR } from "./cohere-command-r/cohere-command-r.ts";
import { cohereCommand } from "./cohere-command.ts";
import { deepseekR1 } from "./deepseek-r1.ts";
import type { Family } from "./family.ts";
import { jurassic } from "./jurassic.ts";
import { llama } from "./llama.ts";
import { mistralText } from "./mistral-text.ts";
import { nova } from "./nova.ts";
import * as chat from "./openai-style/chat-families.ts";
import { titan } from "./titan.ts";

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
  unknown: undefined,
};

/** Families of which some models take an older body: one prompt. */
const promptFamilies: Partial<Record<ModelFamily, Family>> = { anthropic: anthropicText, deepseek: deepseekR1 };

/** What a model speaks under InvokeModel; undefined for one that holds no conversation, or of which nothing is known. */
export function familyOf(model: ModelFacts): Family | undefined {
  return (model.promptBody ? promptFamilies : families)[model.family];
}
