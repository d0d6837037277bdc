/** What a caller wants besides the conversation and its tools, free of any dialect's spelling. Undefined: nothing was said. */
import type { JsonObject } from "../../json.ts";

export interface Wishes {
  /** The limit of the answer's tokens, reasoning included. */
  maxTokens: number | undefined;
  /** Every field in which the caller said it. */
  maxTokensPaths: readonly string[];
  temperature: number | undefined;
  topP: number | undefined;
  topK: number | undefined;
  stops: readonly string[] | undefined;
  /** Anthropic's own. */
  thinking: ThinkingWish | undefined;
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`. */
  effort: string | undefined;
  /** False: to Claude it says how much to write, and does not ask to think. */
  effortAsksToThink: boolean;
  /** Where the caller asks to read a summary of the thinking, such as `reasoning.summary`. */
  summaryPath: string | undefined;
  toolChoice: ToolChoiceWish | undefined;
  /** False: one call in an answer at most. */
  parallelToolCalls: boolean | undefined;
  format: FormatWish | undefined;
  /** Anthropic's beta flags in the body. */
  betas: readonly string[] | undefined;
  anthropicVersion: string | undefined;
  metadata: JsonObject | undefined;
  user: string | undefined;
}

/** Its `type` is `enabled`, `adaptive` or `disabled`; what else a caller wrote among additional fields is AWS's to judge. */
export type ThinkingWish = JsonObject;

/** `allowed`: of the tools only these, by the caller's names; called freely, or `required`. */
export type ToolChoiceWish =
  | { kind: "auto" | "any" | "none" }
  | { kind: "tool"; name: string }
  | { kind: "allowed"; names: readonly string[]; isRequired: boolean };

/** An answer in JSON: of a schema, or any object where `schema` is undefined. */
export interface FormatWish {
  schema: JsonObject | undefined;
  name: string | undefined;
  description: string | undefined;
  strict: boolean | undefined;
}

/** Wishes of a caller who has none: a dialect fills in what its body says. */
export function noWishes(): Wishes {
  return {
    maxTokens: undefined,
    maxTokensPaths: noPaths,
    temperature: undefined,
    topP: undefined,
    topK: undefined,
    stops: undefined,
    thinking: undefined,
    effort: undefined,
    effortAsksToThink: true,
    summaryPath: undefined,
    toolChoice: undefined,
    parallelToolCalls: undefined,
    format: undefined,
    betas: undefined,
    anthropicVersion: undefined,
    metadata: undefined,
    user: undefined,
  };
}

const noPaths: readonly string[] = [];

/** What a dialect calls the fields of its wishes, for `dropped` and for errors. One constant of each dialect. */
export interface DialectTerms {
  /** The list of the conversation, such as `messages` or `input`. */
  messages: string;
  temperature: string;
  topP: string;
  topK: string;
  stops: string;
  thinking: string;
  effort: string;
  toolChoice: string;
  /** Where the choice lists the allowed tools. */
  allowedTools: string;
  parallelToolCalls: string;
  /** What asks for a form of the answer. */
  format: string;
  /** Where the format has its schema. */
  formatSchema: string;
  /** Where the format says whether its schema is strict. */
  formatStrict: string;
  metadata: string;
  user: string;
  /** Every name of a tool in the body: those offered, and those called in the conversation. */
  toolNamesIn(body: JsonObject): Set<string>;
}
