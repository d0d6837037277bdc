/** The options of the functions, by their own names. `null` is absent. */
import type { RetryPolicy, TimeLimits } from "../client.ts";
import type { GuardrailConfiguration, ServiceTier } from "../converse/request.ts";
import type { Environment } from "../auth/endpoints.ts";
import type { EmbeddingInputType, EmbeddingTruncation } from "../embedding/embedding.ts";
import type { JsonObject } from "../json.ts";
import type { OrUndefined } from "../known-options.ts";
import type { CredentialOptions } from "../own-credentials.ts";
import type { ToolInput } from "./tools.ts";

type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Rest}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Rest>}`
  : Name;

/** The same options, their names in snake_case. */
export type SnakeCased<Options> = { [Name in keyof Options & string as SnakeCase<Name>]?: Options[Name] | undefined };

/**
 * What every function takes. A credential is taken whole from the first place that names one: these options, `providerOptions`, the key
 * that `putKey` keeps, AWS's default chain. Half a pair is an error.
 */
export interface ConnectionOptions extends CredentialOptions {
  /** Ends the call. */
  signal?: AbortSignal;
  /** Default: two more tries, and three seconds of waiting in all. Members that are left out keep these defaults. */
  retry?: Partial<RetryPolicy>;
  /** Limits of time in milliseconds, any of them. */
  limits?: Partial<TimeLimits>;
  /** AWS's standard variables. Default: `process.env`. Connections are shared by all calls of one environment. */
  environment?: Environment;
  /**
   * Any option again, under any of its names; also beneath a name of Bedrock's, such as `amazon_bedrock`. What stands outside goes before
   * what stands inside.
   */
  providerOptions?: Record<string, unknown>;
}

/** A guardrail of Amazon Bedrock. */
export interface GuardrailOption {
  /** Its id or ARN. */
  identifier: string;
  /** Its number, or `DRAFT`. */
  version: string;
  /** Whether the answer's `raw` tells what it found. Default: AWS's, which is no. */
  trace?: boolean | "enabled" | "disabled" | "enabled_full";
  /** Of a stream. */
  streamProcessingMode?: "sync" | "async";
}

/** How hard a model thinks. What the model does not know becomes the nearest it has, with a warning. */
export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** What `generateText` and `streamText` take, by its own names. */
export interface PlainTextOptions extends ConnectionOptions {
  /** Goes before the messages. */
  system?: string;
  /** 0 to 1; more is cut to 1, with a warning. */
  temperature?: number;
  /**
   * Default: none is sent. By Converse the model's own maximum holds then; by InvokeModel, as Llama goes by default, what AWS takes for the
   * family: Claude gets its maximum, Llama ends at 512.
   */
  maxTokens?: number;
  /** 0 to 1. */
  topP?: number;
  topK?: number;
  /** Where the model is to stop. */
  stop?: string | string[];
  /** What the model may call. The calls are the result's `toolCalls`; nothing is run. */
  tools?: readonly ToolInput[];
  /** Default: the model's to decide. */
  toolChoice?: "auto" | "none" | "required" | { type: "tool"; name: string };
  /** False: at most one call in an answer. */
  parallelToolCalls?: boolean;
  /** True: by Converse; false: by InvokeModel, with the family's native body. Default: see {@link chooseRoute}. */
  useConverse?: boolean;
  /** The model's own fields that Converse has no name for; they go as they are. */
  additionalModelRequestFields?: JsonObject;
  /** JSON Pointers into the model's own answer, for `raw`. */
  additionalModelResponseFieldPaths?: string[];
  /** True: cache marks behind the tools, the system prompt, and the message that `cacheMessages` names. */
  promptCache?: boolean;
  /** How long what is marked stays cached. Default: AWS's five minutes, and no `ttl` is sent. */
  promptCacheTtl?: "5m" | "1h";
  /** The message that gets a cache mark: true or -1 for the last, 0 for the first; system messages do not count. Default: none. */
  cacheMessages?: boolean | number;
  serviceTier?: ServiceTier | "auto";
  guardrail?: GuardrailOption;
  reasoningEffort?: ReasoningEffort;
  /** Tokens for thinking, for the models that take a number. */
  reasoningTokenBudget?: number;
  /** Flags of Anthropic's header `anthropic-beta`. */
  anthropicBeta?: string | string[];
  /** Pairs for AWS's log of invocations. */
  requestMetadata?: Record<string, string>;
  performanceConfig?: { latency: "standard" | "optimized" };
  /** False: images and files by https address are refused. Default true: they are fetched, inner addresses never. */
  fetchMedia?: boolean;
}

/** Other names of these options, ReqLLM's among them. Where both stand in one place, our own goes before. */
export interface OtherTextNames {
  systemPrompt?: string;
  maxOutputTokens?: number;
  maxCompletionTokens?: number;
  stopSequences?: string | string[];
  anthropicPromptCache?: boolean;
  anthropicPromptCacheTtl?: "5m" | "1h";
  anthropicCacheMessages?: boolean | number;
  /** Also with the members of Converse's. */
  guardrailConfig?: GuardrailOption | GuardrailConfiguration;
}

/** What `generateObject` takes, by its own names. */
export interface PlainObjectOptions extends PlainTextOptions {
  /** For the model: what the object is called. */
  schemaName?: string;
  /** For the model: what the object is. */
  schemaDescription?: string;
}

/** What `embed` takes, by its own names. What a model has no place for is a warning. */
export interface PlainEmbedOptions extends ConnectionOptions {
  /** Length of the vectors, for models that have a choice. */
  dimensions?: number;
  /** What the vectors are for, for Cohere and Nova. Default: the model's, which is documents to be searched. */
  inputType?: EmbeddingInputType;
  /** Which end of a text that is too long is cut off; `NONE`: it is refused. Default: the model's. */
  truncate?: EmbeddingTruncation;
  /** Titan's: vectors of length 1. */
  normalize?: boolean;
  /** Nova's `embeddingPurpose`. */
  embeddingPurpose?: string;
  /** Cohere's: tokens of a text beyond which it is cut. */
  maxTokens?: number;
  /** Calls to AWS that may be under way at once. Default 4. */
  concurrency?: number;
  /** False: images by https address are refused. Default true. */
  fetchMedia?: boolean;
}

export type EmbedOptions = OrUndefined<PlainEmbedOptions> & SnakeCased<PlainEmbedOptions>;
export type TextOptions = OrUndefined<PlainTextOptions & OtherTextNames> &
  SnakeCased<PlainTextOptions & OtherTextNames>;
export type ObjectOptions = OrUndefined<PlainObjectOptions & OtherTextNames> &
  SnakeCased<PlainObjectOptions & OtherTextNames>;
