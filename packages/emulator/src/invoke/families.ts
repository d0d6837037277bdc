/** Which family answers a model's native body. */
import type { ResolvedModel } from "../model-list/resolve-model.ts";
import type { Family } from "../model-list/traits.ts";
import { claudeMessages } from "./claude/messages.ts";
import { claudeText } from "./claude/text.ts";
import { chat, mistralLarge2, palmyra } from "./families/chat.ts";
import { command } from "./families/command.ts";
import { commandR } from "./families/command-r.ts";
import { deepseekR1 } from "./families/deepseek-r1.ts";
import { jamba } from "./families/jamba.ts";
import { jurassic } from "./families/jurassic.ts";
import { llama } from "./families/llama.ts";
import { mistralText } from "./families/mistral-text.ts";
import { nova } from "./families/nova.ts";
import { titan } from "./families/titan.ts";
import type { NativeBody, NativeFamily } from "./native-family.ts";

const families: Readonly<Record<Family, NativeFamily>> = {
  claude: claudeMessages,
  command,
  "command-r": commandR,
  deepseek: chat,
  "deepseek-r1": deepseekR1,
  gemma: chat,
  glm: chat,
  gpt: chat,
  "gpt-oss": chat,
  jamba,
  jurassic,
  kimi: chat,
  llama,
  minimax: chat,
  mistral: chat,
  "mistral-text": mistralText,
  nemotron: chat,
  nova,
  other: chat,
  palmyra,
  qwen: chat,
  titan,
};

/** The family; two have an older body too, which is told by its members. */
export function familyOf({ traits, baseId }: ResolvedModel, body: NativeBody): NativeFamily {
  const isPrompt = body["prompt"] !== undefined;
  if (traits.family === "claude" && isPrompt) return claudeText;
  // Large and Small of 2402 take a prompt (recorded); Large 2 has choices of its own form.
  if (/mistral-(large|small)-2402/.test(baseId)) return body["messages"] === undefined ? mistralText : mistralLarge2;
  return baseId.includes("mistral-large-2407") ? mistralLarge2 : families[traits.family];
}
