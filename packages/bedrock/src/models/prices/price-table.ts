/**
 * What Bedrock charges, as data. Amounts are whole nano-dollars: per million tokens for tokens, apiece for everything else.
 * What a row does not price is unknown, never 0; a price of 0 is one that a source calls free.
 */

/** Priced per million. */
export const tokenUnits = ["input", "output", "cacheRead", "cacheWrite5m", "cacheWrite1h"] as const;
/** Priced apiece: images made or read, seconds of video or audio, queries of ranking models, and searches of the web that a host makes for a call. */
export const pieceUnits = ["image", "second", "query"] as const;

export type TokenUnit = (typeof tokenUnits)[number];
export type PieceUnit = (typeof pieceUnits)[number];
export type PricedUnit = TokenUnit | PieceUnit;

/**
 * How a call is served. `standard` is AWS's service tier `default`; `latency-optimized` stands for `performanceConfig.latency`,
 * `batch` for jobs. `reserved` is paid by the month, so a row for it is the operator's own.
 */
export const priceTiers = ["standard", "priority", "flex", "reserved", "batch", "latency-optimized"] as const;
export type PriceTier = (typeof priceTiers)[number];

/** Prices under conditions. Of the rows of a model that fit a call the one with the most conditions holds, whole. */
export interface PriceRow extends Readonly<Partial<Record<PricedUnit, number>>> {
  readonly tier: PriceTier;
  /** Regions that the call is sent to. Absent: every region that no other row names. */
  readonly regions?: readonly string[];
  /**
   * Geographies of inference profiles, such as `eu` and `global`. Absent: calls without a profile, and those by profiles that no other row
   * names.
   */
  readonly profiles?: readonly string[];
  /** The row holds for a request whose whole input, cache included, is longer. */
  readonly aboveInputTokens?: number;
}

export interface ModelPrices {
  readonly rows: readonly PriceRow[];
  /** Keys of the table's `sources` that agree on these prices. With only one, no second source confirms them. */
  readonly sources?: readonly string[];
  /** What another source says, and why it was not taken. */
  readonly disputed?: string;
}

/**
 * Prices of the units that guardrails are counted in, such as `contentPolicyUnits`; those of the row that names the region, else of the one
 * without regions.
 */
export interface GuardrailRow {
  readonly regions?: readonly string[];
  readonly units: ReadonlyMap<string, number>;
}

/** How an answer is fetched: by Converse, a native body, or AWS's endpoints that speak OpenAI's and Anthropic's formats. */
export const usageRoutes = ["converse", "invoke", "openai", "anthropic"] as const;
export type UsageRoute = (typeof usageRoutes)[number];

/** Models whose replies count what was read from or written to the cache within `inputTokens` too, against AWS's documents. */
export interface UsageQuirk {
  /** Beginnings of base ids. */
  readonly stems: readonly string[];
  readonly routes: readonly UsageRoute[];
  readonly inputIncludesCache: true;
  /** True where only streams count so: whole replies follow AWS's documents. */
  readonly streamsOnly?: true | undefined;
  readonly why: string;
}

/** A whole table. It is replaced as one object: a reader never sees half of an update. */
export interface PriceTable {
  /** Name of this state of the data: kept beside every cost that was worked out from it. */
  readonly version: string;
  /** The day that the prices are of, `YYYY-MM-DD`. */
  readonly date: string;
  readonly sources: Readonly<Record<string, string>>;
  /** By base id; where an operator prices one, by profile id or ARN too. */
  readonly models: ReadonlyMap<string, ModelPrices>;
  readonly guardrails: readonly GuardrailRow[];
  readonly quirks: readonly UsageQuirk[];
}
