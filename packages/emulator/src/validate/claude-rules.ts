/** What Claude's own layer refuses: sampling, betas, thinking, effort, prefill. Words are Anthropic's, after Bedrock's prefix. */
import { tokensOfPrompt } from "../generate/cache-memory.ts";
import { additionalFieldsFault } from "../invoke/claude/additional-fields.ts";
import { additionalField, type Call, type Rule } from "./call.ts";
import { isRecord } from "./read-shape.ts";
import { invalid, modelRefuses, type Refusal } from "./refusal.ts";

export const claudeRules: readonly Rule[] = [
  contextLimit,
  betas,
  ownFields,
  sampling,
  stops,
  thinkingForm,
  thinkingBudget,
  thinkingCompany,
  clearing,
  thinkingOff,
  forcedTools,
  effort,
  prefill,
];

/** Tokens that fit into the models of the first generations, and of those from 4.6 on or with the beta for it. */
const [contextTokens, longContextTokens] = [200_000, 1_000_000];

/** Recorded for 3.5 Haiku under InvokeModel; reported for Converse, and in the other words from 4.6 on. */
function contextLimit(call: Call): Refusal | undefined {
  const tokens = tokensOfPrompt(call);
  if (tokens <= contextTokens) return undefined;
  if (call.traits.thinking === "adaptive" || call.traits.thinking === "budget-or-adaptive")
    return tokens <= longContextTokens
      ? undefined
      : modelRefuses(`prompt is too long: ${tokens} tokens > ${longContextTokens} maximum`);
  const flags = additionalField(call, "anthropic_beta");
  const isLong = Array.isArray(flags) && flags.includes("context-1m-2025-08-07");
  return isLong && tokens <= longContextTokens ? undefined : modelRefuses("Input is too long for requested model.");
}

/** Flags that probes and Anthropic's Bedrock page report as taken; every other is an `invalid beta flag`. */
const knownBetas = new Set([
  "claude-code-20250219",
  "compact-2026-01-12",
  "computer-use-2024-10-22",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "context-1m-2025-08-07",
  "context-management-2025-06-27",
  "dev-full-thinking-2025-05-14",
  "effort-2025-11-24",
  "extended-cache-ttl-2025-04-11",
  "fine-grained-tool-streaming-2025-05-14",
  "interleaved-thinking-2025-05-14",
  "max-tokens-3-5-sonnet-2024-07-15",
  "output-128k-2025-02-19",
  "prompt-caching-2024-07-31",
  "structured-outputs-2025-11-13",
  "structured-outputs-2025-12-15",
  "thinking-binding-controls-2026-08-01",
  "token-efficient-tools-2025-02-19",
  "tool-examples-2025-10-29",
  "tool-search-tool-2025-10-19",
]);
const clearThinking = "clear_thinking_20251015";
const interleaved = "interleaved-thinking-2025-05-14";

/** Opus 4.7 takes one flag only (reported at its launch). */
function betas(call: Call): Refusal | undefined {
  const flags = additionalField(call, "anthropic_beta");
  if (flags === undefined) return undefined;
  const isKnown = (flag: unknown) =>
    typeof flag === "string" && (call.model.baseId.includes("opus-4-7") ? flag === interleaved : knownBetas.has(flag));
  return Array.isArray(flags) && flags.every(isKnown) ? undefined : modelRefuses("invalid beta flag");
}

/** Two names for one thing are refused by Bedrock (reported of `system`: danny-avila/LibreChat#14246), unknown ones by Claude. */
function ownFields({ request, traits }: Call): Refusal | undefined {
  const fields: unknown = request.additionalModelRequestFields;
  if (!isRecord(fields)) return undefined;
  if (request.system !== undefined && fields["system"] !== undefined)
    return invalid("The additional field system conflicts with an existing field.");
  const words = additionalFieldsFault(fields, traits);
  return words === undefined ? undefined : modelRefuses(words);
}

function sampling(call: Call): Refusal | undefined {
  const { temperature, topP } = call.request.inferenceConfig ?? {};
  const topK = additionalField(call, "top_k");
  if (!call.traits.sampling) {
    const given = Object.entries({ temperature, top_p: topP, top_k: topK }).find(([, value]) => value !== undefined);
    return given === undefined ? undefined : modelRefuses(`\`${given[0]}\` is deprecated for this model.`);
  }
  return call.traits.samplingExclusive && temperature !== undefined && topP !== undefined
    ? modelRefuses("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
    : undefined;
}

function stops({ request }: Call): Refusal | undefined {
  return request.inferenceConfig?.stopSequences?.some((sequence) => sequence.trim() === "") === true
    ? modelRefuses("stop_sequences: each stop sequence must contain non-whitespace")
    : undefined;
}

/** The thinking that the caller asks for: `enabled` with its budget, `adaptive`, or none. */
export function thinkingOf(call: Call): { type: string; budget: unknown } | undefined {
  const field = additionalField(call, "thinking") ?? additionalField(call, "reasoning_config");
  if (call.traits.family !== "claude" || !isRecord(field)) return undefined;
  const type = field["type"];
  return type === "enabled" || type === "adaptive" ? { type, budget: field["budget_tokens"] } : undefined;
}

function thinkingForm(call: Call): Refusal | undefined {
  const thinking = thinkingOf(call);
  if (thinking === undefined) return undefined;
  const styles = call.traits.thinking;
  if (styles === "none") return modelRefuses("thinking: Extra inputs are not permitted");
  if (styles === "budget" && thinking.type === "adaptive")
    return modelRefuses("adaptive thinking is not supported on this model");
  if (styles === "adaptive" && thinking.type === "enabled")
    return modelRefuses(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    );
  return undefined;
}

function thinkingBudget(call: Call): Refusal | undefined {
  const thinking = thinkingOf(call);
  if (thinking?.type !== "enabled") return undefined;
  const { budget } = thinking;
  if (budget === undefined) return modelRefuses("thinking.enabled.budget_tokens: Field required");
  if (typeof budget !== "number")
    return modelRefuses("thinking.enabled.budget_tokens: Input should be a valid integer");
  if (!Number.isInteger(budget))
    return modelRefuses(
      "thinking.enabled.budget_tokens: Input should be a valid integer, got a number with a fractional part",
    );
  if (budget < 1024)
    return modelRefuses("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  const maxTokens = call.request.inferenceConfig?.maxTokens;
  const betaFlags = additionalField(call, "anthropic_beta");
  const isInterleaved = Array.isArray(betaFlags) && betaFlags.includes(interleaved);
  return maxTokens !== undefined && maxTokens <= budget && !isInterleaved
    ? modelRefuses("`max_tokens` must be greater than `thinking.budget_tokens`.")
    : undefined;
}

function thinkingCompany(call: Call): Refusal | undefined {
  if (thinkingOf(call) === undefined) return undefined;
  const { temperature, topP } = call.request.inferenceConfig ?? {};
  if (temperature !== undefined && temperature !== 1)
    return modelRefuses("`temperature` may only be set to 1 when thinking is enabled.");
  if (topP !== undefined && topP < 0.95)
    return modelRefuses("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.");
  if (additionalField(call, "top_k") !== undefined)
    return modelRefuses("`top_k` must be unset when thinking is enabled.");
  const choice = call.request.toolConfig?.toolChoice;
  return choice?.any !== undefined || choice?.tool !== undefined
    ? modelRefuses("Thinking may not be enabled when tool_choice forces tool use.")
    : undefined;
}

/** Reported in these words: ex-machina-co/opencode-anthropic-auth#159. */
function thinkingOff(call: Call): Refusal | undefined {
  const field = additionalField(call, "thinking");
  return call.traits.alwaysThinks && isRecord(field) && field["type"] === "disabled"
    ? modelRefuses(
        '"thinking.type.disabled" is not supported for this model. Thinking defaults to adaptive mode when not specified; use "thinking.type.enabled" with "budget_tokens" for extended thinking.',
      )
    : undefined;
}

/** Reported in these words: browserbase/stagehand#2221. */
function forcedTools({ request, traits }: Call): Refusal | undefined {
  const choice = request.toolConfig?.toolChoice;
  return !traits.forcedTools && (choice?.any !== undefined || choice?.tool !== undefined)
    ? modelRefuses("tool_choice forces tool use is not compatible with this model")
    : undefined;
}

function clearing(call: Call): Refusal | undefined {
  const management = additionalField(call, "context_management");
  const edits: unknown = isRecord(management) ? management["edits"] : undefined;
  const clears = Array.isArray(edits) && edits.some((edit) => isRecord(edit) && edit["type"] === clearThinking);
  return clears && thinkingOf(call) === undefined
    ? modelRefuses(`\`${clearThinking}\` strategy requires \`thinking\` to be enabled or adaptive`)
    : undefined;
}

function effort(call: Call): Refusal | undefined {
  const config = additionalField(call, "output_config");
  const asked = call.request.outputConfig?.effort ?? (isRecord(config) ? config["effort"] : undefined) ?? undefined;
  if (asked === undefined) return undefined;
  if (!call.traits.effort) return modelRefuses("This model does not support the effort parameter.");
  return ["low", "medium", "high", "xhigh", "max"].some((level) => level === asked)
    ? undefined
    : modelRefuses("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'");
}

/**
 * Recorded with Claude 3 Haiku and tools: a last message of the assistant right after tool results is refused in the second one's words,
 * the same message after a plain user turn is answered.
 */
function prefill({ turns, traits, request }: Call): Refusal | undefined {
  const last = turns.at(-1);
  if (last?.role !== "assistant") return undefined;
  if (!traits.prefill)
    return modelRefuses(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  const isToolLoop = turns.at(-2)?.blocks.some(({ block }) => block.toolResult !== undefined);
  if (request.toolConfig !== undefined && isToolLoop === true)
    return modelRefuses(
      "Your API request included an `assistant` message in the final position, which would pre-fill the `assistant` response. When using tools, pre-filling the `assistant` response is not supported.",
    );
  // A cache point marks the block before it and is none of its own in Claude's format.
  const text = last.blocks.findLast(({ block }) => block.cachePoint === undefined)?.block.text;
  return text !== undefined && text !== text.trimEnd()
    ? modelRefuses("messages: final assistant content cannot end with trailing whitespace")
    : undefined;
}
