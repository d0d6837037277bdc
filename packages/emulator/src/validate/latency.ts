/** Latency-optimized inference, which few models have. */
import { splitGeography } from "../model-list/geography.ts";
import { invalid, type Refusal } from "./refusal.ts";

/** AWS's page of latency-optimized inference; Nova Micro is recorded. */
const optimized = /^amazon\.nova-|^anthropic\.claude-3-5-|^meta\.llama3-1-(70|405)b/;

/** Reported in these words of Nova Pro by its bare id, of Claude Opus 4.6, Gemma 3 and Titan Embeddings. An ARN that does not tell its model passes. */
export function latencyRefusal(
  latency: unknown,
  { modelId, baseId, region }: { modelId: string; baseId: string; region: string },
): Refusal | undefined {
  if (latency !== "optimized") return undefined;
  if (modelId.startsWith("arn:") && !/:(foundation-model|inference-profile)\//.test(modelId)) return undefined;
  const isProfile = splitGeography(modelId.slice(modelId.lastIndexOf("/") + 1)).geography !== undefined;
  return isProfile && optimized.test(baseId)
    ? undefined
    : invalid(`Latency performance configuration is not supported for ${baseId} in ${region}`);
}
