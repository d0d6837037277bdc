/** How a model behaves under Converse: what it takes, what it refuses, how it streams. */
import type { ModelRow } from "./catalogue.ts";
import { claudeTraits } from "./claude-traits.ts";

export type Family =
  | "claude"
  | "nova"
  | "titan"
  | "llama"
  | "mistral-text"
  | "mistral"
  | "command"
  | "command-r"
  | "jamba"
  | "jurassic"
  | "deepseek-r1"
  | "deepseek"
  | "gpt-oss"
  | "qwen"
  | "gemma"
  | "minimax"
  | "kimi"
  | "glm"
  | "nemotron"
  | "palmyra"
  | "gpt"
  | "other";

export type ToolChoiceName = "auto" | "any" | "tool";
export type MediaKind = "image" | "document" | "video" | "audio";
export type CachePlace = "tools" | "system" | "messages";

export interface Traits {
  family: Family;
  system: boolean;
  tools: boolean;
  toolsInStream: boolean;
  /** Choices that the model takes. */
  toolChoice: readonly ToolChoiceName[];
  /** Media taken in messages. */
  media: readonly MediaKind[];
  /** Media taken inside toolResult; undefined: not known, all pass. */
  toolResultMedia: readonly MediaKind[] | undefined;
  /** Media may be given as a place in S3. */
  s3: boolean;
  cache: readonly CachePlace[];
  cacheOneHour: boolean;
  /** Fewest tokens of a prefix that the cache keeps. */
  cacheMinimum: number;
  outputConfig: boolean;
  strictTools: boolean;
  /** A conversation may end with the assistant. */
  prefill: boolean;
  /** A conversation may begin with the assistant. */
  assistantFirst: boolean;
  /** Neighbouring messages of one role are taken as one turn; false: refused. */
  mergesRoles: boolean;
  /** Converse takes stop sequences; reported as refused for the open families, of whom InvokeModel takes them. */
  stops: boolean;
  toolResultStatus: boolean;
  textBesideToolUse: boolean;
  textBesideToolResult: boolean;
  thinking: "none" | "budget" | "budget-or-adaptive" | "adaptive";
  /** Claude's thinking cannot be turned off. */
  alwaysThinks: boolean;
  /** Schemas of tools must be of draft 2020-12 (Claude; Opus 4.8 is reported as the first). */
  currentSchemas: boolean;
  /** Claude can be made to call a tool. */
  forcedTools: boolean;
  /** `output_config.effort` is taken (Claude). */
  effort: boolean;
  /** False: temperature, topP and top_k are refused. */
  sampling: boolean;
  /** True: temperature and topP exclude each other. */
  samplingExclusive: boolean;
  /** Reasons without being asked; `asked`: by its own field; `none`: never. */
  reasoning: "always" | "asked" | "none";
  /** Cache figures in `usage`: never, only where a cache point stands, only reads, or always. */
  cacheFigures: "never" | "used" | "reads" | "always";
  /** Replies carry `type: "tool_use"` on toolUse blocks. */
  toolUseType: boolean;
  maxOutputTokens: number | undefined;
}

const base: Traits = {
  family: "other",
  system: true,
  tools: true,
  toolsInStream: true,
  toolChoice: ["auto", "any", "tool"],
  media: ["image", "document"],
  toolResultMedia: undefined,
  s3: false,
  cache: [],
  cacheOneHour: false,
  cacheMinimum: 1024,
  outputConfig: true,
  strictTools: true,
  prefill: true,
  assistantFirst: false,
  mergesRoles: false,
  stops: true,
  toolResultStatus: true,
  textBesideToolUse: true,
  textBesideToolResult: true,
  thinking: "none",
  alwaysThinks: false,
  currentSchemas: false,
  forcedTools: true,
  effort: false,
  sampling: true,
  samplingExclusive: false,
  reasoning: "none",
  cacheFigures: "never",
  toolUseType: false,
  maxOutputTokens: undefined,
};

const closed = { outputConfig: false, strictTools: false } as const;
const textOnly = { tools: false, toolsInStream: false, toolChoice: [], media: ["document"], ...closed } as const;

/**
 * Rules by family; the id's stem finds the row, the first that fits wins. Sources: AWS's table of features by model, langchain-aws (tool choice,
 * streaming with tools), pydantic-ai (media in tool results, structured output), recorded traffic, which wins over both. What no source knows passes.
 */
const families: readonly [RegExp, Partial<Traits> & { family: Family }][] = [
  [
    /^amazon\.nova-2-/,
    {
      family: "nova",
      ...novaTraits(),
      media: ["image", "document", "video"],
      reasoning: "asked",
      cacheFigures: "used",
    },
  ],
  [/^amazon\.nova-micro/, { family: "nova", ...novaTraits(), media: [] }],
  [/^amazon\.nova-/, { family: "nova", ...novaTraits() }],
  [/^amazon\.titan-/, { family: "titan", ...textOnly, system: false }],
  [/^meta\.llama3-2-(11|90)b/, { family: "llama", ...llamaTraits(), media: ["image", "document"] }],
  [/^meta\.llama3-[13]-|^meta\.llama3-2-(?![13]b)/, { family: "llama", ...llamaTraits() }],
  [
    /^meta\.llama[45]/,
    { family: "llama", ...llamaTraits(), media: ["image", "document"], toolResultMedia: ["image", "document"] },
  ],
  [/^meta\./, { family: "llama", ...textOnly }],
  [/^mistral\.(mistral-7b|mixtral)/, { family: "mistral-text", ...textOnly, system: false }],
  [/^mistral\.mistral-(large|small)-24/, { family: "mistral", ...mistralTraits(), ...closed, media: ["document"] }],
  [/^mistral\.pixtral/, { family: "mistral", ...mistralTraits(), ...closed, toolResultMedia: ["document"] }],
  [/^mistral\.devstral/, { family: "mistral", toolResultStatus: true, ...closed, media: ["document"] }],
  [/^mistral\.voxtral/, { family: "mistral", media: ["audio", "document"] }],
  [/^mistral\.magistral/, { family: "mistral", reasoning: "always" }],
  [/^mistral\./, { family: "mistral" }],
  [/^cohere\.command-r/, { family: "command-r", ...closed, media: ["document"] }],
  [/^cohere\./, { family: "command", ...textOnly, system: false }],
  [/^ai21\.jamba/, { family: "jamba", ...closed, media: ["document"] }],
  [/^ai21\./, { family: "jurassic", ...textOnly, system: false }],
  [/^deepseek\.r1/, { family: "deepseek-r1", ...textOnly, reasoning: "always" }],
  [
    /^deepseek\./,
    { family: "deepseek", stops: false, media: ["document"], toolChoice: ["auto", "any", "tool"], reasoning: "asked" },
  ],
  [/^openai\.gpt-(?!oss)/, { family: "gpt", reasoning: "asked" }],
  [/^openai\./, { family: "gpt-oss", stops: false, media: ["document"], reasoning: "always" }],
  [/^qwen\..*-vl-/, { family: "qwen", stops: false, assistantFirst: true, toolResultMedia: [], reasoning: "asked" }],
  [
    /^qwen\./,
    {
      family: "qwen",
      stops: false,
      assistantFirst: true,
      media: ["document"],
      toolResultMedia: [],
      reasoning: "asked",
    },
  ],
  [/^google\./, { family: "gemma", stops: false }],
  [/^minimax\./, { family: "minimax", media: ["document"], reasoning: "always" }],
  [
    /^moonshot(ai)?\..*thinking/,
    { family: "kimi", assistantFirst: true, media: ["document"], toolResultMedia: [], reasoning: "always" },
  ],
  [/^moonshot(ai)?\./, { family: "kimi", assistantFirst: true, toolResultMedia: [], reasoning: "asked" }],
  [/^zai\./, { family: "glm", stops: false, assistantFirst: true, media: ["document"], reasoning: "asked" }],
  [/^nvidia\.nemotron-.*-12b/, { family: "nemotron", stops: false }],
  [/^nvidia\./, { family: "nemotron", stops: false, media: ["document"], reasoning: "asked" }],
  [/^writer\.palmyra-vision/, { family: "palmyra", ...writerTraits(), media: ["image", "document"] }],
  [/^writer\./, { family: "palmyra", ...writerTraits() }],
];

/** The traits of a base id, listed or not. */
export function traitsOf(baseId: string, row: ModelRow | undefined): Traits {
  const own = baseId.startsWith("anthropic.")
    ? claudeTraits(baseId)
    : families.find(([stem]) => stem.test(baseId))?.[1];
  return { ...base, ...own, maxOutputTokens: row?.maxOutputTokens };
}

function novaTraits(): Partial<Traits> {
  return {
    media: ["image", "document", "video"],
    toolResultMedia: ["image", "document"],
    s3: true,
    cache: ["system", "messages"],
    cacheMinimum: 1024,
    mergesRoles: true,
    cacheFigures: "used",
    ...closed,
  };
}

function llamaTraits(): Partial<Traits> {
  return {
    toolsInStream: false,
    toolChoice: ["auto"],
    media: ["document"],
    textBesideToolUse: false,
    textBesideToolResult: false,
    ...closed,
  };
}

function mistralTraits(): Partial<Traits> {
  return { toolsInStream: false, toolChoice: ["auto", "any"], textBesideToolResult: false };
}

function writerTraits(): Partial<Traits> {
  return { toolsInStream: false, media: ["document"], toolResultStatus: false, textBesideToolResult: false, ...closed };
}
