/** Where the figures of a native call stand: headers of a whole reply, `amazon-bedrock-invocationMetrics` in the last chunk of a stream. All recorded. */
import type { Exchange } from "../generate/respond.ts";

/** Which cache figures the call tells: Nova always both, Claude both where the cache was used, the newest Claude its reads. */
function cacheFigures({ call, prompt }: Exchange): { read: boolean; write: boolean } {
  const used = prompt.read + prompt.write > 0;
  if (call.traits.family === "nova") return { read: true, write: true };
  if (call.traits.family !== "claude") return { read: false, write: false };
  return { read: used || call.traits.cacheFigures === "reads", write: used };
}

/** Headers of a whole reply; what a guardrail blocked has its latency alone. */
export function metricHeaders(exchange: Exchange): Record<string, string> {
  const { answer, prompt, latencyMs, isBlocked } = exchange;
  const latency = { "X-Amzn-Bedrock-Invocation-Latency": String(latencyMs) };
  if (isBlocked) return latency;
  const shows = cacheFigures(exchange);
  return {
    "X-Amzn-Bedrock-Input-Token-Count": String(prompt.input),
    "X-Amzn-Bedrock-Output-Token-Count": String(answer.outputTokens),
    ...(shows.read && { "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": String(prompt.read) }),
    ...(shows.write && { "X-Amzn-Bedrock-Cache-Write-Input-Token-Count": String(prompt.write) }),
    ...latency,
  };
}

/** What the last chunk of a stream carries; nothing where a guardrail blocked the call. */
export function invocationMetrics(exchange: Exchange): { "amazon-bedrock-invocationMetrics"?: object } {
  const { answer, call, prompt, latencyMs, firstByteMs, isBlocked } = exchange;
  if (isBlocked) return {};
  const showsCache =
    call.traits.family === "nova" || (call.traits.family === "claude" && prompt.read + prompt.write > 0);
  return {
    "amazon-bedrock-invocationMetrics": {
      inputTokenCount: prompt.input,
      outputTokenCount: answer.outputTokens,
      invocationLatency: latencyMs,
      firstByteLatency: firstByteMs,
      ...(showsCache && { cacheReadInputTokenCount: prompt.read, cacheWriteInputTokenCount: prompt.write }),
    },
  };
}
