/** Why a call was dear: rules over what its record says of tokens and prices. Pure. */
import type { CallRecord } from "../record/call-record.ts";
import { dollarsOf, factsOfModel } from "@adit/bedrock";
import { unreadVersion } from "../cost/unread-prices.ts";
import type { Rule } from "./cause.ts";

/** Two cents: what a call of a large model costs. */
const dearNano = 20_000_000n;
/** From so many tokens on a prompt's beginning is worth to be cached. */
const longInput = 4_096;

/** By the names of what is missing: prices by their unit, counts behind `usage`. */
function remedyOf({ missing, prices }: CallRecord["cost"]): string {
  const counts = missing.filter((name) => name === "usage" || name.startsWith("usage."));
  if (counts.length > 0 && counts.every((name) => name === "usage.guardrailUnits")) {
    return 'AWS did not tell what a guardrail used: one in the call tells by its trace ("trace": "enabled" on guardrailConfig).';
  }
  if (counts.length > 0) {
    return "The provider did not tell what was used, or not as a count: no price would help. See its bill.";
  }
  if (prices === unreadVersion) {
    return "The gateway had not read its prices when the call ended, for its database was away: reckon by the tokens.";
  }
  const whose = missing.every((name) => name.startsWith("guardrail.")) ? "guardrails'" : "model's";
  return `Give the ${whose} prices with PUT /v1/prices.`;
}

/** Of answers that another came in the place of: each read the prompt anew. */
function thrownAwayInput({ attempts }: CallRecord): number {
  return attempts.reduce((sum, { unwanted }) => sum + (unwanted?.units.input ?? 0), 0);
}

export const costRules: readonly Rule[] = [
  (record) =>
    record.cost.totalNano === undefined
      ? {
          id: "cost-unknown",
          about: "cost",
          cause: "What the call cost is not known: a price or a count is missing.",
          evidence: [...record.cost.missing],
          remedy: remedyOf(record.cost),
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
    const { cacheRead = 0, cacheWrite = 0 } = record.units;
    const input = (record.units.input ?? 0) - thrownAwayInput(record);
    const canCache = record.model !== undefined && factsOfModel(record.model).can.cache.length > 0;
    if (!record.isSuccess || input < longInput || cacheRead + cacheWrite > 0 || !canCache) return undefined;
    return {
      id: "not-cached",
      about: "cost",
      cause: "A long prompt was read at the full price: nothing of it was cached.",
      evidence: [`tokens of input: ${input}`, "tokens read from the cache: 0"],
      remedy:
        "Mark the end of what stays the same by a cache point: a cache read costs a fraction of that, with most models a tenth.",
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
    const thrownAway = record.attempts.filter(({ unwanted }) => unwanted !== undefined);
    if (thrownAway.length + (record.isSuccess ? 1 : 0) < 2) return undefined;
    return {
      id: "thrown-away",
      about: "cost",
      cause: "More than one answer was billed: guardrails had one thrown away, or another part of the request failed.",
      evidence: thrownAway.map(({ target, unwanted }) => {
        const nano = unwanted?.cost.totalNano;
        return `thrown away, of ${target}: ${nano === undefined ? "unknown" : dollarsOf(BigInt(nano))} dollars`;
      }),
      remedy:
        "See why the checks failed; take 446 and 246 out of on_status_codes where no other answer is to be paid for, or lower the attempts of retry.",
      paste: undefined,
    };
  },
  (record) => {
    const { totalNano, partsNano } = record.cost;
    const known = Object.values(partsNano).reduce((sum, nano) => sum + BigInt(nano), 0n);
    if (known < dearNano) return undefined;
    const most = dearestOf(partsNano, known);
    return {
      id: most,
      about: "cost",
      ...dearWords[most],
      evidence: [
        `dollars${totalNano === undefined ? " that are known" : ""}: ${dollarsOf(known)}`,
        ...Object.entries(partsNano).map(([name, nano]) => `of which ${name}: ${dollarsOf(BigInt(nano))}`),
        `tokens of input: ${record.units.input ?? "unknown"}`,
        `tokens of output: ${record.units.output ?? "unknown"}`,
      ],
      paste: undefined,
    };
  },
];

const dearWords = {
  "dear-output": {
    cause: "The largest part of the cost is what the model wrote: tokens of output cost several times those of input.",
    remedy:
      "Ask for a shorter answer, bound it by max_tokens, give thinking a smaller budget, or take a smaller model.",
  },
  "dear-guardrails": {
    cause: "The largest part of the cost is what Bedrock's guardrails judged.",
    remedy:
      "Have them judge less: the last message alone (scope), in the call what guardContent marks, and no policy that is not needed.",
  },
  "dear-searches": {
    cause: "The largest part of the cost is searches of the web that AWS made for the call: each is billed.",
    remedy: "Bound them by max_tool_calls, or leave the tool out where the model knows enough.",
  },
  "dear-input": {
    cause: "The largest part of the cost is what the model read.",
    remedy: "Shorten the conversation, cache its beginning, or take a smaller model.",
  },
};

function dearestOf(partsNano: Readonly<Record<string, string>>, total: bigint): keyof typeof dearWords {
  let guardrails = 0n;
  for (const [name, nano] of Object.entries(partsNano)) if (name.startsWith("guardrail.")) guardrails += BigInt(nano);
  const output = BigInt(partsNano["output"] ?? 0);
  const searches = BigInt(partsNano["query"] ?? 0);
  const shares = [
    ["dear-output", output],
    ["dear-input", total - output - guardrails - searches],
    ["dear-guardrails", guardrails],
    ["dear-searches", searches],
  ] as const;
  return shares.reduce((most, share) => (share[1] > most[1] ? share : most))[0];
}
