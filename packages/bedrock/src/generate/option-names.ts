/** The names under which options are known: ours, ReqLLM's, and those of OpenAI, Anthropic and AWS that people type from habit. */

/**
 * By our own name: every name of the option in lower case without `_` and `-`, best first. ReqLLM's generic names go before its
 * `anthropic_` ones.
 */
const aliases = {
  signal: ["signal", "abortsignal"],
  retry: ["retry"],
  limits: ["limits"],
  environment: ["environment"],
  fetchMedia: ["fetchmedia"],
  system: ["system", "systemprompt"],
  temperature: ["temperature"],
  maxTokens: ["maxtokens", "maxcompletiontokens", "maxoutputtokens"],
  topP: ["topp"],
  topK: ["topk"],
  stop: ["stop", "stopsequences"],
  tools: ["tools"],
  toolChoice: ["toolchoice"],
  parallelToolCalls: ["paralleltoolcalls"],
  useConverse: ["useconverse"],
  additionalModelRequestFields: ["additionalmodelrequestfields"],
  additionalModelResponseFieldPaths: ["additionalmodelresponsefieldpaths"],
  promptCache: ["promptcache", "anthropicpromptcache"],
  promptCacheTtl: ["promptcachettl", "anthropicpromptcachettl"],
  cacheMessages: ["cachemessages", "anthropiccachemessages"],
  serviceTier: ["servicetier"],
  guardrail: ["guardrail", "guardrailconfig"],
  reasoningEffort: ["reasoningeffort"],
  reasoningTokenBudget: ["reasoningtokenbudget"],
  anthropicBeta: ["anthropicbeta"],
  requestMetadata: ["requestmetadata"],
  performanceConfig: ["performanceconfig"],
  schemaName: ["schemaname"],
  schemaDescription: ["schemadescription"],
  dimensions: ["dimensions", "outputdimension", "outputdimensions", "outputdimensionality"],
  inputType: ["inputtype"],
  truncate: ["truncate"],
  normalize: ["normalize"],
  embeddingPurpose: ["embeddingpurpose"],
  concurrency: ["concurrency"],
} as const satisfies Record<string, readonly string[]>;

/** Our own name of an option. */
export type OptionName = keyof typeof aliases;

/** An alias that was found: lower `rank` is better. */
export interface OptionAlias {
  name: OptionName;
  rank: number;
}

const byAlias: ReadonlyMap<string, OptionAlias> = new Map(
  Object.entries(aliases).flatMap(([name, known]) =>
    known.map((alias, rank): [string, OptionAlias] => [alias, { name: name as OptionName, rank }]),
  ),
);

/** The option that a name in camelCase, snake_case or any other case means; undefined for no option. */
export function optionNamed(text: string): OptionAlias | undefined {
  return byAlias.get(text.toLowerCase().replaceAll(/[-_]/g, ""));
}

/** The options that every function takes. */
export const connectionOptions: readonly OptionName[] = ["signal", "retry", "limits", "environment"];

/** The options of a function that answers in text. */
export const textOptions: readonly OptionName[] = [
  ...connectionOptions,
  "fetchMedia",
  "system",
  "temperature",
  "maxTokens",
  "topP",
  "topK",
  "stop",
  "tools",
  "toolChoice",
  "parallelToolCalls",
  "useConverse",
  "additionalModelRequestFields",
  "additionalModelResponseFieldPaths",
  "promptCache",
  "promptCacheTtl",
  "cacheMessages",
  "serviceTier",
  "guardrail",
  "reasoningEffort",
  "reasoningTokenBudget",
  "anthropicBeta",
  "requestMetadata",
  "performanceConfig",
];
