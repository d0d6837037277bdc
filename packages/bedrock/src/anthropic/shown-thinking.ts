/** What Claude shows of its thinking. */
import type { JsonObject } from "../json.ts";

/**
 * Adaptive thinking for the generations that take no other, where a caller spoke of a budget or of an effort alone. From Opus 4.7 on Claude
 * sends no word of what it thought unless a summary is asked for, where all before it send one unasked (Anthropic's notes on 4.7; seen on
 * Bedrock: theopenco/llmgateway#2593, zed-industries/zed#54217; asked for so in a recording of Sonnet 5). `rest`: what else the caller says of
 * thinking; a display of the caller's own stays.
 */
export function shownThinking(rest: JsonObject): JsonObject {
  return { ...rest, type: "adaptive", display: rest["display"] ?? "summarized" };
}
