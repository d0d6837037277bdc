/** What families of models speak under InvokeModel, seen from Converse. One file a family; all of it is pure: no I/O, no clock, no environment. */
import type { ExactInputs } from "../converse/exact-inputs.ts";
import type { ConverseRequest } from "../converse/request.ts";
import type { ConverseResponse } from "../converse/response.ts";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import type { JsonObject } from "../json.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import type { InvocationCounts } from "../converse/invocation-counts.ts";

/** The native format of one family. */
export interface Family {
  /** False: AWS streams no model of it, and a stream is told from a whole answer. */
  readonly streams?: false;
  /** The most tokens that a body may ask for, where that is less than Converse lets the model write. */
  mostTokens?(model: ModelFacts): number;
  /**
   * A request of Converse as the family's native body. What the family cannot carry and what only hints is named in `dropped`; what would
   * change the meaning is an AditError (`unsupported_parameter` or `invalid_request`) with its path in the Converse request.
   */
  request(request: ConverseRequest, context: NativeRequestContext): NativeRequest;
  /** A whole native answer as Converse's. Throws AditError `empty_output` where it holds none. */
  response(answer: JsonObject, context: NativeReplyContext): ConverseResponse;
  /** A reader of one stream, which gives `emit` Converse's events in their order. */
  stream(emit: (event: ConverseStreamEvent) => void, context: NativeReplyContext): NativeStream;
  /**
   * The JSON texts of the arguments of calls, from the text of the native answer, by the index of the block in `response`: of those alone that
   * reading as JSON changes a number of. A family without it has no tools, or tells arguments so that no number is at risk.
   */
  exactInputs?(answer: string): ExactInputs;
}

export interface NativeRequestContext {
  model: ModelFacts;
  /** True for InvokeModelWithResponseStream: some families have a flag in the body for it. */
  stream: boolean;
}

/** A body for InvokeModel. */
export interface NativeRequest {
  body: JsonObject;
  /** Paths in the Converse request of what was left out or changed on purpose. */
  dropped: string[];
}

export interface NativeReplyContext {
  model: ModelFacts;
  /** The request that is answered: some families speak otherwise where tools were offered. */
  request: ConverseRequest;
  /** What the headers of a whole answer tell; nothing for a stream. */
  counts: InvocationCounts;
}

/** A stream being read. */
export interface NativeStream {
  /** Takes the JSON of one chunk. What it does not know is left, and its key added to `unfamiliar`. */
  chunk(chunk: JsonObject): void;
  /** No chunk follows: gives what is due, `messageStop` and `metadata` the last. Throws AditError `truncated_stream` where the model had not ended. */
  end(): void;
  /** Keys of chunks that this version does not know, for the log. */
  readonly unfamiliar: ReadonlySet<string>;
}
