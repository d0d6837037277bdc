/** What the pure translators of every dialect need to know besides the body, and what a request tells its reply. */
import type { ModelFacts } from "../../models/model-facts.ts";

/** Bytes that were fetched for an https address before translation, by that address. */
export interface FetchedMedia {
  /** Base64. */
  bytes: string;
  /** From the reply's header, lower case, without parameters. */
  contentType: string;
}

export interface RequestContext {
  model: ModelFacts;
  /** From the dialect's `mediaUrlsOf(request)`, fetched by the caller of the translator. */
  media: ReadonlyMap<string, FetchedMedia>;
  /** Flags of the header `anthropic-beta`. */
  anthropicBeta: readonly string[];
  /** Set by the operator; an absent limit of tokens stays absent without it. */
  defaultMaxTokens?: number | undefined;
  /** True where the model has refused the caller a turn that is reasoning alone: such are left out. */
  refusesReasoningTurns?: boolean | undefined;
  /** True where the model has refused the caller thinking without a signature: such is left out. */
  refusesUnsignedThinking?: boolean | undefined;
}

/** How a JSON schema was asked of the model. */
export type StructuredOutputMeans = "outputConfig" | "strict-tool" | "forced-tool" | "instruction";

/** What the reply's translator must undo or report. */
export interface TranslationNotes {
  /** Paths of what was left out or changed on purpose, for `x-adit-dropped`. */
  dropped: string[];
  /** Alias sent to AWS -> the caller's tool name. Only names that differ. */
  toolNames: ReadonlyMap<string, string>;
  structuredOutput?: StructuredOutputMeans;
  /** Name of the tool that carries the structured answer, when a tool does: its input is the answer's text. */
  answerTool?: string;
  /** True where this model's streams count cached tokens twice: within the input, and beside it. */
  countsCacheTwice?: true;
  /** True for a caller of OpenAI's older form, whose answers hold one call, without an id. */
  callsFunctions?: true;
  /** False: AWS refuses this request as a stream (tools on some families); call whole and stream the result. */
  streamable: boolean;
}

/** What a reply's translator needs in every dialect. */
export interface ReplyFacts {
  /** The answer's id in the caller's dialect, made of AWS's request id. */
  id: string;
  /** Seconds since 1970. */
  created: number;
  /** The model as the caller wrote it. */
  model: string;
  notes: TranslationNotes;
  /** The text of AWS's whole answer, from which numbers are taken that a double cannot hold. Asked for where the answer calls a tool. */
  source?: (() => string) | undefined;
}
