/** What is known of a model. Data with sources; what is not known is `undefined`, and AWS decides. */

/**
 * What models speak under InvokeModel and how they behave under Converse. `unknown` are also the models that hold no conversation: embeddings,
 * images, video, speech, ranking.
 */
export type ModelFamily =
  | "anthropic"
  | "nova"
  | "titan"
  | "cohere-command"
  | "cohere-command-r"
  | "llama"
  | "mistral-text"
  | "mistral"
  | "jamba"
  | "jurassic"
  | "deepseek"
  | "gpt-oss"
  | "qwen"
  | "minimax"
  | "moonshot"
  | "zai"
  | "nvidia"
  | "gemma"
  | "writer"
  | "gpt"
  | "unknown";

/** How Claude models take the request for thinking. */
export type ThinkingStyle = "none" | "budget" | "budget-or-adaptive" | "adaptive";

export interface ModelFacts {
  /** The id as the caller or the plan named it, which is the one that is sent. */
  id: string;
  /** The id without a geography's prefix and without the parts of an ARN: the key of the model data. For an opaque ARN, the ARN itself. */
  baseId: string;
  /**
   * Of an opaque ARN: the model or profile behind it, with its geography, as far as that is known. The call is priced as a call of that
   * one.
   */
  behind?: string;
  family: ModelFamily;
  /** Provider part of the base id, such as `anthropic`; empty for an opaque ARN. */
  provider: string;
  /** False when the id is well formed but not in the data: every fact below is then the family's. */
  known: boolean;
  contextTokens?: number;
  maxOutputTokens?: number;
  can: {
    system: boolean;
    tools: boolean;
    /** False: ConverseStream with tools is refused by AWS, answer from a whole call. */
    toolsInStream: boolean;
    toolChoice: readonly ("auto" | "any" | "tool")[];
    images: boolean;
    documents: boolean;
    video: boolean;
    audio: boolean;
    /** Where cache points may stand; none: AWS refuses them. */
    cache: readonly ("tools" | "system" | "messages")[];
    cacheOneHour: boolean;
    /** `outputConfig.textFormat` is taken. */
    outputConfig: boolean;
    /** `toolSpec.strict` is taken. */
    strictTools: boolean;
    /** A last message of role assistant is taken. False only where that is known to be refused. */
    prefill: boolean;
    /** `toolResult.status` is taken. */
    toolResultStatus: boolean;
    /** Media that may stand inside `toolResult.content`. */
    toolResultMedia: readonly ("image" | "document" | "video")[];
    /** Text beside toolUse or toolResult in one turn is taken. */
    textBesideTools: boolean;
    /** toolResult blocks may share the user turn with other blocks. */
    toolResultShared: boolean;
    /** Tool results prefer `json` (Mistral) to `text`. */
    toolResultJson: boolean;
    s3Sources: boolean;
    /** Messages of role system are taken in the middle of a conversation (Claude from Opus 4.8 on, through InvokeModel). */
    systemMessages: boolean;
    /** `inferenceConfig.stopSequences` is taken by Converse; false: by InvokeModel alone ("This model doesn't support the stopSequences field"). */
    stopSequences: boolean;
    /** Stop sequences of white space alone are taken. */
    blankStops: boolean;
    /** A history that begins with the assistant is taken; else AWS says "A conversation must start with a user message". */
    assistantFirst: boolean;
    /** White space at the end of a last message of the assistant is taken; Claude: "final assistant content cannot end with trailing whitespace". */
    trailingSpace: boolean;
    /** A turn of the assistant may end with reasoning; Claude: "The final block in an assistant message cannot be `thinking`". */
    reasoningLast: boolean;
    /** `cachePoint.ttl` is taken, be it the usual five minutes; Nova: "This model doesn't support the ttl field". */
    cacheTtl: boolean;
  };
  /** True: the family's older body under InvokeModel, one `prompt` for the whole conversation (Claude before 3, DeepSeek R1). */
  promptBody: boolean;
  thinking: ThinkingStyle;
  /** True: a wish for no thinking is refused (Claude). */
  alwaysThinks: boolean;
  /**
   * True: thinking that is sent back is held against the system prompt, the tools and the messages before it; where one of them has changed since, it
   * is refused ("The block is bound to a different conversation").
   */
  bindsThinking: boolean;
  /** Where `reasoning_effort` goes. */
  effort:
    | "none"
    | "claude"
    | "reasoning_effort"
    | "reasoning_config"
    | "nova-reasoningConfig"
    | "reasoning.effort"
    | "reasoning.effort-always";
  /** True: reasons without a switch for it. Of a model that is not known: it may. */
  reasonsUnasked: boolean;
  /**
   * Which reasoning of earlier turns is taken back. `signed`: what Claude signed or sealed ("Invalid signature" otherwise). `sealed`: what GPT sealed
   * ("This model doesn't support the reasoningContent.reasoningText.text field": UKGovernmentBEIS/inspect_ai#5217). `plain`: what neither
   * of them signed or sealed (recorded with Nova 2). `any`: AWS decides.
   */
  reasoningBack: "any" | "plain" | "signed" | "sealed";
  /**
   * Ids of tools' calls. `any`: what Converse lets through, each once in a turn. `plain`: no dots and colons, which Kimi's ids hold
   * (archestra-ai/archestra#6423), and each once in a conversation (Claude). `nine-letters`: "Tool call id was a but must be a-z, A-Z, 0-9, with
   * a length of 9" (anomalyco/opencode#48843), or AWS's own (recorded).
   */
  toolIds: "any" | "plain" | "nine-letters";
  /** What a schema must keep to. `nova`: no references. `claude`: draft 2020-12, plain names of members, and few choices where it is strict. */
  schemas: "any" | "nova" | "claude";
  sampling: {
    /** False: temperature, top_p and top_k are refused (the newest Claude). */
    accepted: boolean;
    /** True: temperature and topP exclude each other. */
    exclusive: boolean;
    /** Where top_k goes under `additionalModelRequestFields`; undefined: not taken. */
    topKPath: readonly string[] | undefined;
    /** Least and most of OpenAI's penalties on repetition, which go under their own names; absent: not taken. */
    penalties?: { least: number; most: number };
  };
  /** Beta flags of Anthropic that Bedrock takes for this model; undefined: not known, all are sent. */
  betas?: readonly string[];
  /** Geographies whose profiles hold this model, such as `us`, `eu`, `global`. */
  geographies: readonly string[];
  /** True: on-demand calls with the bare id are refused. */
  profileOnly: boolean;
  /** Regions where the model is offered, as far as the data says. */
  regions: readonly string[];
  lifecycle: "active" | "legacy" | "retired" | "unknown";
}
