import type { ModelFacts, ModelFamily } from "../models/model-facts.ts";
import { anthropicText } from "./anthropic-text.ts";
import { anthropic } from "./anthropic/anthropic.ts";
import { cohereCommandR } from "./cohere-command-r/cohere-command-r.ts";
import { cohereCommand } from "./cohere-command.ts";
import { deepseek } from "./deepseek.ts";
import type { Family } from "./family.ts";
import { jurassic } from "./jurassic.ts";
import { llama } from "./llama.ts";
import { mistralText } from "./mistral-text.ts";
import { nova } from "./nova.ts";
import {
  gemma,
  gptOss,
  jamba,
  minimax,
  mistral,
  moonshot,
  nvidia,
  qwen,
  writer,
  zai,
} from "./openai-style/chat-families.ts";
import { titan } from "./titan.ts";

const families: Partial<Record<ModelFamily, Family>> = {
  anthropic,
  nova,
  titan,
  "cohere-command": cohereCommand,
  "cohere-command-r": cohereCommandR,
  llama,
  "mistral-text": mistralText,
  mistral,
  jamba,
  jurassic,
  deepseek,
  "gpt-oss": gptOss,
  qwen,
  minimax,
  moonshot,
  zai,
  nvidia,
  gemma,
  writer,
};

/** Families of which some models take an older body: one prompt. */
const promptFamilies: Partial<Record<ModelFamily, Family>> = { anthropic: anthropicText };

/** What a model speaks under InvokeModel; undefined for one that holds no conversation, or of which nothing is known. */
export function familyOf(model: ModelFacts): Family | undefined {
  return (model.promptBody ? promptFamilies : families)[model.family];
}
