/** A provider's own figures of usage, in whichever dialect it told them, as AWS bills them: for budgets and the ledger alike. Pure. */
import type { BillableUsage, UsageRoute } from "@adit/bedrock";
import { compactionsIn } from "@adit/bedrock/gateway";
import type { CallUnits } from "../record/call-record.ts";

/** What was used, and in whose words it was told. */
export interface ToldUsage {
  usage: BillableUsage;
  route: UsageRoute;
}

type Figures = Readonly<Record<string, unknown>>;

/** Counts of what is not paid by the token, beside Bedrock's own names. */
const pieceNames = ["images", "seconds", "queries", "guardrailUnits"] as const;

/** No call uses more tokens; what it cost would outgrow the 64 bits that databases give a sum. */
const mostUnits = 100_000_000;
/** Nor more of pieces, of which each costs what thousands of tokens do: some hundred calls would outgrow them. */
const mostPieces = 100_000;

/**
 * Bedrock's own usage, OpenAI's of either API, or Anthropic's, told apart by their names. Undefined where no figures were told. Numbers
 * stay as they were told: whether they are counts is found where they are priced. One that no call reaches is none, as from a host that
 * is not AWS.
 */
export function toldUsage(told: object | undefined, route: string | undefined): ToldUsage | undefined {
  const read = readUsage(told, route);
  return read === undefined || !isAbsurd(read.usage) ? read : { ...read, usage: withoutAbsurd(read.usage) };
}

/** Figures stand in the usage, in its `guardrailUnits`, and in the entries of its `cacheDetails`. */
const deepestFigure = 3;

interface Bound {
  depth: number;
  most: number;
}

const outermost: Bound = { depth: deepestFigure, most: mostUnits };

/** Of what stands under a name: within pieces all are pieces. */
function boundBelow({ depth, most }: Bound, name: string): Bound {
  return { depth: depth - 1, most: pieceNames.some((piece) => piece === name) ? mostPieces : most };
}

function isAbsurd(value: unknown, bound = outermost): boolean {
  if (typeof value === "number") return value > bound.most;
  if (typeof value !== "object" || value === null || bound.depth === 0) return false;
  for (const name in value) if (isAbsurd((value as Figures)[name], boundBelow(bound, name))) return true;
  return false;
}

function withoutAbsurd<Value>(value: Value, bound = outermost): Value {
  if (typeof value === "number" && value > bound.most) return Number.NaN as Value;
  if (typeof value !== "object" || value === null || bound.depth === 0) return value;
  if (Array.isArray(value)) {
    return value.map((each: unknown, index) => withoutAbsurd(each, boundBelow(bound, String(index)))) as Value;
  }
  const members = Object.entries(value as Figures).map(([name, each]) => [
    name,
    withoutAbsurd(each, boundBelow(bound, name)),
  ]);
  return Object.fromEntries(members) as Value;
}

function readUsage(told: object | undefined, route: string | undefined): ToldUsage | undefined {
  if (told === undefined) return undefined;
  const figures = told as Figures;
  if ("prompt_tokens" in figures) {
    return { usage: ofOpenAi(figures, { input: "prompt_tokens", output: "completion_tokens" }), route: "openai" };
  }
  if ("input_tokens" in figures) {
    // OpenAI's Responses tells the total, Anthropic never does.
    const isOpenAi = "total_tokens" in figures || "input_tokens_details" in figures;
    return isOpenAi
      ? { usage: ofOpenAi(figures, { input: "input_tokens", output: "output_tokens" }), route: "openai" }
      : { usage: ofAnthropic(figures), route: "anthropic" };
  }
  const isTold = "inputTokens" in figures || "outputTokens" in figures || pieceNames.some((name) => name in figures);
  return isTold ? { usage: ofAws(told), route: route === "invoke" ? "invoke" : "converse" } : undefined;
}

/** The usage of what writes nothing, such as embeddings and guardrails: nobody tells its output, and of pieces no tokens. */
export function withoutOutput({ usage, route }: ToldUsage): ToldUsage {
  const isOfPieces = pieceNames.some((name) => (usage[name] ?? 0) !== 0);
  return { usage: { outputTokens: 0, ...(isOfPieces && { inputTokens: 0 }), ...usage }, route };
}

/** What AWS tells needs no reading; another host may write anything there. */
function ofAws(told: BillableUsage): BillableUsage {
  const { cacheDetails, guardrailUnits } = told;
  const isList = Array.isArray(cacheDetails) && cacheDetails.every((detail) => typeof detail === "object" && detail);
  const details = cacheDetails === undefined || isList ? told : { ...told, cacheDetails: [] };
  const isWritten = guardrailUnits === undefined || (typeof guardrailUnits === "object" && guardrailUnits !== null);
  return isWritten ? details : { ...details, guardrailUnits: {} };
}

/** OpenAI counts what was cached within the input: it is taken out, so that each token counts once. */
function ofOpenAi(figures: Figures, names: { input: string; output: string }): BillableUsage {
  const input = countIn(figures, names.input);
  const output = countIn(figures, names.output);
  const details = figures[`${names.input}_details`];
  const read = countIn(details, "cached_tokens");
  const written = countIn(details, "cache_write_tokens");
  return given({
    // What is less than nothing stays so, and is found out.
    inputTokens: input === undefined || input < 0 ? input : Math.max(0, input - (read ?? 0) - (written ?? 0)),
    outputTokens: withReasoningBeside({ input, output, total: countIn(figures, "total_tokens") }, [read, written]),
    cacheReadInputTokens: read,
    cacheWriteInputTokens: written,
    queries: countIn(figures, "queries"),
  });
}

/**
 * OpenAI counts reasoning within the output; xAI's and Gemini's servers of its format count it in the total alone, and bill it as output.
 * `cached`: some count what was cached in the total alone, which is no output.
 */
function withReasoningBeside(
  {
    input = -1,
    output,
    total = 0,
  }: { input: number | undefined; output: number | undefined; total: number | undefined },
  [read = 0, written = 0]: readonly (number | undefined)[],
): number | undefined {
  if (output === undefined || output < 0 || input < 0) return output;
  const beside = total - input - output;
  return [read, written, read + written].includes(beside) ? output : output + Math.max(0, beside);
}

/** Anthropic counts what was cached apart, and what a compaction took among the `iterations` alone. */
function ofAnthropic(figures: Figures): BillableUsage {
  const parts: readonly Figures[] = [figures, ...compactionsIn(figures["iterations"])];
  const all = (name: string): number | undefined => sumOf(parts.map((part) => countIn(part, name)));
  const details = (["5m", "1h"] as const).flatMap((ttl) => {
    const name = `ephemeral_${ttl}_input_tokens`;
    const inputTokens = sumOf(parts.map((part) => countIn(part["cache_creation"], name)));
    return inputTokens === undefined ? [] : { ttl, inputTokens };
  });
  return {
    ...given({
      // Without its own the answer has not told them.
      inputTokens: countIn(figures, "input_tokens") === undefined ? undefined : all("input_tokens"),
      outputTokens: countIn(figures, "output_tokens") === undefined ? undefined : all("output_tokens"),
      cacheReadInputTokens: all("cache_read_input_tokens"),
      cacheWriteInputTokens: all("cache_creation_input_tokens"),
      queries: countIn(figures["server_tool_use"], "web_search_requests"),
    }),
    ...(details.length > 0 && { cacheDetails: details }),
  };
}

/** Of those that were told; undefined where none was. What is less than nothing stays so. */
function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  const told = counts.filter((count) => count !== undefined);
  return told.length === 0 ? undefined : (told.find((count) => count < 0) ?? told.reduce((sum, count) => sum + count));
}

function countIn(value: unknown, name: string): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const count = (value as Figures)[name];
  return typeof count === "number" ? count : undefined;
}

function given(counts: Record<string, number | undefined>): BillableUsage {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}

export const noUnits: CallUnits = {
  input: undefined,
  output: undefined,
  cacheRead: undefined,
  cacheWrite: undefined,
  total: undefined,
};
