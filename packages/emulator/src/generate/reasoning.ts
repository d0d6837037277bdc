/** Whether a model reasons in this call, and its reasoning blocks. */
import { Buffer } from "node:buffer";
import { additionalField, type Call } from "../validate/call.ts";
import { thinkingOf } from "../validate/claude-rules.ts";
import { isRecord } from "../validate/read-shape.ts";
import type { AnswerBlock } from "./answer.ts";
import { lastResults, lastUserText } from "./prompt.ts";
import type { Random } from "./random.ts";
import { reasoningMark, signatureOf } from "./signature.ts";
import { firstCharacters } from "./tokens.ts";

/** Anthropic's documented text that makes Claude redact its thinking. */
export const redactedThinkingTrigger =
  "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB";

/** Blocks of reasoning before the answer; none where the model does not reason or was not asked. */
export function reasoningBlocks(call: Call, random: Random): AnswerBlock[] {
  if (!reasons(call)) return [];
  const prompt = lastUserText(call);
  const isClaude = call.traits.family === "claude";
  if (isClaude && prompt.includes(redactedThinkingTrigger)) return [{ kind: "redacted", data: redacted(random) }];
  if (gptEffort(call) !== undefined) return [{ kind: "redacted", data: sealed(random) }];
  const text = isClaude && isOmitted(call) ? "" : `${reasoningMark} about: "${firstCharacters(prompt, 200)}".`;
  return [{ kind: "reasoning", text, ...(isClaude ? { signature: signatureOf(text) } : {}) }];
}

function reasons(call: Call): boolean {
  if (call.traits.reasoning === "always") return true;
  if (call.traits.reasoning === "none") return false;
  if (call.traits.family === "claude") return claudeReasons(call);
  if (gptEffort(call) !== undefined) return gptEffort(call) !== "none";
  if (call.traits.family === "nova") {
    const config = additionalField(call, "reasoningConfig");
    return isRecord(config) && config["type"] === "enabled";
  }
  const asked = ["reasoning_effort", "reasoning_config", "thinking", "enable_thinking"].map((name) =>
    additionalField(call, name),
  );
  return asked.some((value) => value !== undefined && value !== false && value !== "none" && !isDisabled(value));
}

/** With a budget Claude thinks once a turn, before the tools; adaptive thinking comes back between them. */
function claudeReasons(call: Call): boolean {
  const thinking = thinkingOf(call);
  return thinking !== undefined && (thinking.type === "adaptive" || lastResults(call).length === 0);
}

function isDisabled(value: unknown): boolean {
  return isRecord(value) && value["type"] === "disabled";
}

/** The newest Claude keeps its thinking to itself and sends the signature alone, unless a summary is asked for. */
function isOmitted(call: Call): boolean {
  const field = additionalField(call, "thinking");
  return call.traits.thinking === "adaptive" && isRecord(field) && field["display"] !== "summarized";
}

/** Asked for under Converse: `reasoning.effort`. AWS's endpoint in OpenAI's format tells a summary instead. */
function gptEffort(call: Call): unknown {
  const field = call.traits.family === "gpt" ? additionalField(call, "reasoning") : undefined;
  return isRecord(field) ? field["effort"] : undefined;
}

/** Reported (UKGovernmentBEIS/inspect_ai#5217): GPT tells of its reasoning no word. */
function sealed(random: Random): string {
  return Buffer.from(`rsn_${random.id(64)}`).toString("base64");
}

/** Recorded: the wire carries base64 of Anthropic's own base64. */
function redacted(random: Random): string {
  return Buffer.from(Buffer.from(`redacted ${random.id(32)}`).toString("base64")).toString("base64");
}
