/** A provider's own figures of usage, in whichever dialect it told them, as AWS bills them. Pure. */
import type { BillableUsage } from "@adit/bedrock";

type Figures = Readonly<Record<string, unknown>>;

/**
 * Converse's figures stay as they are. OpenAI's input holds what was read from the cache: it is taken out, so that each token counts once.
 * Anthropic's stand apart. Undefined where no figures were told.
 */
export function billableUsage(told: object | undefined): BillableUsage | undefined {
  if (told === undefined) return undefined;
  const figures = told as Figures;
  if ("prompt_tokens" in figures) return ofOpenAi(figures, { input: "prompt_tokens", output: "completion_tokens" });
  if ("input_tokens_details" in figures) return ofOpenAi(figures, { input: "input_tokens", output: "output_tokens" });
  if ("input_tokens" in figures) return ofAnthropic(figures);
  return ofAws(told);
}

/** What AWS tells needs no reading; another host may write anything there. */
function ofAws(told: BillableUsage): BillableUsage {
  const { cacheDetails } = told;
  const isList = Array.isArray(cacheDetails) && cacheDetails.every((detail) => typeof detail === "object" && detail);
  return cacheDetails === undefined || isList ? told : { ...told, cacheDetails: [] };
}

function ofOpenAi(figures: Figures, names: { input: string; output: string }): BillableUsage {
  const input = countIn(figures, names.input);
  const cached = countIn(figures[`${names.input}_details`], "cached_tokens") ?? 0;
  return given({
    // What is less than nothing stays so, and is found out.
    inputTokens: input === undefined || input < 0 ? input : Math.max(0, input - cached),
    outputTokens: countIn(figures, names.output),
    cacheReadInputTokens: cached === 0 ? undefined : cached,
  });
}

function ofAnthropic(figures: Figures): BillableUsage {
  const writes = figures["cache_creation"];
  const details = (["5m", "1h"] as const).flatMap((ttl) => {
    const inputTokens = countIn(writes, `ephemeral_${ttl}_input_tokens`);
    return inputTokens === undefined ? [] : { ttl, inputTokens };
  });
  return {
    ...given({
      inputTokens: countIn(figures, "input_tokens"),
      outputTokens: countIn(figures, "output_tokens"),
      cacheReadInputTokens: countIn(figures, "cache_read_input_tokens"),
      cacheWriteInputTokens: countIn(figures, "cache_creation_input_tokens"),
    }),
    ...(details.length > 0 && { cacheDetails: details }),
  };
}

/** A number as it was told: whether it is a count is found where it is priced. */
function countIn(value: unknown, name: string): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const count = (value as Figures)[name];
  return typeof count === "number" ? count : undefined;
}

function given(counts: Record<string, number | undefined>): BillableUsage {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}
