/** The reply of Converse. Source: AWS's service model of bedrock-runtime (2026-08-07) and recorded traffic. */
import type { JsonValue } from "../json.ts";
import type { Message } from "./content.ts";
import type { ServiceTier } from "./request.ts";

/** Why the model stopped. AWS adds values; an unfamiliar one arrives as it is. */
export type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "guardrail_intervened"
  | "content_filtered"
  | "malformed_model_output"
  | "malformed_tool_use"
  | "model_context_window_exceeded"
  | (string & {});

/**
 * Token counts as AWS gives them. `inputTokens` excludes what was read from or written to the cache;
 * `totalTokens` = input + output + cache read + cache write (recorded: 13 + 5 + 1504 = 1522).
 */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  /** Cache writes by time to live. */
  cacheDetails?: { ttl: "5m" | "1h"; inputTokens: number }[];
}

export interface ConverseResponse {
  output: { message: Message };
  stopReason: StopReason;
  /** Converse always has it. Absent where an answer in a model's own format does not say it. */
  usage?: TokenUsage;
  metrics?: { latencyMs?: number };
  additionalModelResponseFields?: JsonValue;
  trace?: JsonValue;
  performanceConfig?: { latency: "standard" | "optimized" };
  serviceTier?: { type: ServiceTier };
}
