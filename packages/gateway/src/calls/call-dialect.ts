/** What a dialect at the door is to a call: how its body is read, translated and answered. One object a dialect, without state. */
import type {
  AditError,
  AnswerFormat,
  CallTarget,
  CallTools,
  ChunkSink,
  ConverseResponse,
  DialectStreamWriter,
  InvokeReply,
  JsonObject,
  JsonValue,
  ModelFacts,
  PreparedCall,
  TokenUsage,
  TranslationNotes,
} from "@adit/bedrock";
import type { DialectFields, DialectMessage } from "@adit/bedrock/gateway";
import type { EndPlace } from "../guardrails/stream/stream-guard.ts";
import type { ErrorBody } from "../http/routes/route.ts";
import type { RequestFacts } from "../ledger/record/request-facts.ts";
import type { Interpretation } from "../routing/request/interpret.ts";

/** A request as one target gets it. */
export type DialectCall = PreparedConverse | PreparedNative;

/** By Converse, or by the model family's own format where that is asked for. */
export interface PreparedConverse extends PreparedCall {
  kind: "converse";
}

/** In the model's own format, which is the caller's too: it passes through. */
export interface PreparedNative {
  kind: "native";
  body: string;
  /** InvokeModel's own, such as the guardrail's. */
  headers: Record<string, string>;
  model: ModelFacts;
  /** Paths of what was left out. */
  dropped: readonly string[];
}

/** What the answer's translation needs to know of its call. */
export interface AnswerContext<Request> {
  /** As it was checked for the target that answers. */
  request: Request;
  /** AWS's id of the request, or the gateway's where AWS gave none. */
  requestId: string;
  /** The gateway's id of the request, for errors in a stream. */
  gatewayId: string;
  /** Seconds since 1970. */
  created: number;
  /** The model as the caller wrote it. */
  model: string;
  /** OpenAI's fields alone. */
  strict: boolean;
  notes: TranslationNotes;
  /** The text of AWS's whole answer, for numbers that a double cannot hold. */
  source: (() => string) | undefined;
  /** What the ids of a response's items hold; undefined: the response's own. */
  itemsId?: string | undefined;
}

/** Writes a native stream's chunks as the dialect's stream. */
export type NativeWriter = Pick<
  DialectStreamWriter,
  "end" | "fail" | "stopReason" | "usage" | "outputBytes" | "firstTokenSeen"
> &
  Pick<ChunkSink, "onChunk"> & {
    /** What the start told, for a stream that broke; a format that tells nothing there has none. */
    readonly usageAtStart?: TokenUsage | undefined;
    /** As of a whole answer. */
    readonly trace?: JsonValue | undefined;
    /** Types of chunks that this version does not know; they were passed on. */
    readonly unfamiliar: ReadonlySet<string>;
  };

/** A whole native answer as the caller gets it, and what it tells. */
export interface NativeWhole {
  body: Buffer | object;
  stopReason: string | undefined;
  usage: TokenUsage | undefined;
  /** What a guardrail in the call found and used, as Converse's `trace` has it. */
  trace?: JsonValue | undefined;
}

/** How native answers come back, for a dialect that is a model family's own. */
export interface NativeAnswers<Request> {
  /** Throws AditError for an answer that is none. */
  whole(reply: InvokeReply): NativeWhole;
  writer(context: AnswerContext<Request>, write: (text: string) => void): NativeWriter;
}

export interface DialectTools extends CallTools {
  /**
   * Gives the body as the caller sent it, where nothing of it was changed: numbers that a double cannot hold keep their digits then. Asked
   * for by what writes that text on alone: of a large body it is as dear as reading it.
   */
  source: (() => string) | undefined;
}

export interface CallDialect<Request> {
  readonly name: RequestFacts["dialect"];
  readonly errorBody: ErrorBody;
  /** The format under which other targets, and AWS's own compatible endpoints, take this dialect's body as it is; undefined: none does. */
  readonly format: AnswerFormat | undefined;
  /** True: the header `anthropic-version` is the dialect's own. */
  readonly ownsAnthropicVersion?: boolean;
  /** Headers that such an endpoint is sent with the body. */
  formatHeaders?(asked: Interpretation): Record<string, string>;
  /** Throws AditError with the path of the field at fault. */
  check(body: JsonObject): Request;
  /** At once where nothing must be asked for. Throws, or rejects with, AditError. */
  prepare(request: Request, target: CallTarget, tools: DialectTools): DialectCall | Promise<DialectCall>;
  whole(response: ConverseResponse, context: AnswerContext<Request>): object | string;
  writer(context: AnswerContext<Request>, write: (text: string) => void): DialectStreamWriter;
  /** The event that keeps a silent stream alive; undefined: a comment does. */
  readonly keepAlive?: string;
  /** An error as what ends a stream. */
  errorEvent(error: AditError, withVendorFields: boolean, requestId: string, place?: EndPlace): string;
  readonly native?: NativeAnswers<Request>;
  /** Its names of Converse's fields, for what a family's own format cannot carry. */
  readonly fields: DialectFields;
  /** Its messages, where it has a list of them as Converse has. */
  messagesOf?(request: Request): readonly DialectMessage[];
}

/** What the library has prepared for Converse. */
export function byConverse(prepared: PreparedCall | Promise<PreparedCall>): DialectCall | Promise<DialectCall> {
  return prepared instanceof Promise ? prepared.then(asConverse) : asConverse(prepared);
}

function asConverse({ body, notes, model }: PreparedCall): PreparedConverse {
  return { kind: "converse", body, notes, model };
}
