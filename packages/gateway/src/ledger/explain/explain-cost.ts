/** Why a call was dear: rules over what its record says of tokens and prices. Pure. */
import { dollarsOf, factsOfModel } from "@adit/bedrock";
import type { Rule } from "./cause.ts";

/** Two cents: what a call of a large model costs. */
const dearNano = 20_000_000n;
/** From so many tokens on a prompt's beginning is worth to be cached. */
const longInput = 4_096;

/** By the names of what is missing: prices by their unit, counts behind `usage`. */
function remedyOf(missing: readonly string[]): string {
  const counts = missing.filter((name) => name === "usage" || name.startsWith("usage."));
  if (counts.length > 0) {
    return "The provider did not tell what was used, or not as a count: no price would help. See its bill.";
  }
  const whose = missing.every((name) => name.startsWith("guardrail.")) ? "guardrails'" : "model's";
  return `Give the ${whose} prices with PUT /v1/prices.`;
}

export const costRules: readonly Rule[] = [
  (record) =>
    record.cost.totalNano === undefined
      ? {
          id: "cost-unknown",
          about: "cost",
          cause: "What the call cost is not known: a price or a count is missing.",
          evidence: [...record.cost.missing],
          remedy: remedyOf(record.cost.missing),
          paste: undefined,
        }
      : undefined,
  (record) =>
    record.cost.isEstimate
      ? {
          id: "cost-estimated",
          about: "cost",
          cause: "The answer ended before the provider told what was used: the cost is an estimate.",
          evidence: [`error: ${record.error ?? "none"}`],
          remedy: "Hold it against AWS's bill; it is flagged in all figures.",
          paste: undefined,
        }
      : undefined,
  (record) => {
    const { input = 0, cacheRead = 0, cacheWrite = 0 } = record.units;
    const canCache = record.model !== undefined && factsOfModel(record.model).can.cache.length > 0;
    if (!record.isSuccess || input < longInput || cacheRead + cacheWrite > 0 || !canCache) return undefined;
    return {
      id: "not-cached",
      about: "cost",
      cause: "A long prompt was read at the full price: nothing of it was cached.",
      evidence: [`tokens of input: ${input}`, "tokens read from the cache: 0"],
      remedy: "Mark the end of what stays the same by a cache point: a cache read costs about a tenth.",
      paste: undefined,
    };
  },
  (record) => {
    const { cacheRead = 0, cacheWrite = 0 } = record.units;
    if (cacheWrite < longInput || cacheRead >= cacheWrite) return undefined;
    return {
      id: "cache-written-not-read",
      about: "cost",
      cause: "More was written to the cache than was read from it, and writing costs more than reading does.",
      evidence: [`tokens written: ${cacheWrite}`, `tokens read: ${cacheRead}`],
      remedy:
        "Keep what stands before the cache point the same byte for byte, ask again within its life, and keep one conversation at one region and account.",
      paste: undefined,
    };
  },
  (record) =>
    record.tier === "priority" || record.tier === "latency-optimized"
      ? {
          id: "dear-tier",
          about: "cost",
          cause: `The call was served at the tier ${record.tier}, which costs more than the standard one.`,
          evidence: [`tier: ${record.tier}`],
          remedy: "Leave the tier out where time does not matter; flex costs less than standard.",
          paste: undefined,
        }
      : undefined,
  (record) => {
    const { totalNano, partsNano } = record.cost;
    if (totalNano === undefined || BigInt(totalNano) < dearNano) return undefined;
    const output = BigInt(partsNano["output"] ?? 0);
    const isOutput = output * 2n >= BigInt(totalNano);
    return {
      id: isOutput ? "dear-output" : "dear-input",
      about: "cost",
      cause: isOutput
        ? "Most of the cost is what the model wrote: tokens of output cost several times those of input."
        : "Most of the cost is what the model read.",
      evidence: [
        `dollars: ${dollarsOf(BigInt(totalNano))}`,
        ...Object.entries(partsNano).map(([name, nano]) => `of which ${name}: ${dollarsOf(BigInt(nano))}`),
        `tokens of input: ${record.units.input ?? "unknown"}`,
        `tokens of output: ${record.units.output ?? "unknown"}`,
      ],
      remedy: isOutput
        ? "Ask for a shorter answer, bound it by max_tokens, give thinking a smaller budget, or take a smaller model."
        : "Shorten the conversation, cache its beginning, or take a smaller model.",
      paste: undefined,
    };
  },
];
