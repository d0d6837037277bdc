/** How much an account may ask of a model in a region: the first quota that matches a call holds for it. */
export interface Quota {
  /** Twelve digits. Default: any account, each with buckets of its own. */
  account?: string;
  /** Default: any region, each with buckets of its own. */
  region?: string;
  /** Model id as it is called; `*` stands for any letters. Default: any, each with buckets of its own. */
  model?: string;
  /** Calls that a minute allows; no limit if absent. */
  requestsPerMinute?: number;
  /** Tokens that a minute allows; no limit if absent. */
  tokensPerMinute?: number;
}
