/** One way to read a family's answers, whole and streamed: a whole answer is read like a stream of one chunk. */
import type { ConverseRequest } from "../converse/request.ts";
import type { ConverseResponse } from "../converse/response.ts";
import { modelErrorIn } from "../converse/model-error.ts";
import { losesNumbers } from "../json-text/exact-numbers.ts";
import { parsedObject, type JsonObject } from "../json.ts";
import { BlockList, type AnswerBlocks } from "./answer-blocks.ts";
import { AnswerStream, type AnswerReader } from "./answer-stream.ts";
import { converseReply } from "./converse-reply.ts";
import type { Family, NativeReplyContext } from "./family.ts";
import { billedUsage } from "../converse/invocation-counts.ts";
import { emptyOutput } from "./native-errors.ts";

export interface AnswerFormat {
  /** The member that the content stands in. */
  content: string;
  /** The other members that answers and chunks may have. */
  others: readonly string[];
  /** `request` is the one that is answered. */
  open(blocks: AnswerBlocks, request: ConverseRequest): AnswerReader;
}

/** The two ways back of a family that answers in this format. */
export function repliesIn(format: AnswerFormat): Pick<Family, "response" | "stream"> {
  const names = [format.content, ...format.others];
  return {
    response: (answer, context) => wholeReply(format, answer, context),
    stream: (emit, context) => new AnswerStream(emit, names, (blocks) => format.open(blocks, context.request)),
  };
}

/** For a family whose answers may hold calls of tools. */
export function exactInputsBy(format: AnswerFormat): NonNullable<Family["exactInputs"]> {
  return (answer) => {
    const blocks = new BlockList();
    format.open(blocks, {}).read(JSON.parse(answer) as JsonObject);
    // What the limit of tokens cut off is no JSON, and stands wrapped in the answer.
    const exact = [...blocks.inputs].filter(([, text]) => losesNumbers(text) && parsedObject(text) !== undefined);
    return new Map(exact);
  };
}

function wholeReply(format: AnswerFormat, answer: JsonObject, context: NativeReplyContext): ConverseResponse {
  const error = modelErrorIn(answer, "ModelErrorException");
  if (error !== undefined) {
    throw error;
  }
  const content = answer[format.content];
  if (content === undefined || content === null || (Array.isArray(content) && content.length === 0)) {
    throw emptyOutput(answer, format.content);
  }
  const blocks = new BlockList();
  const reader = format.open(blocks, context.request);
  const { stopReason, counts = {} } = reader.read(answer);
  reader.end?.();
  const usage = billedUsage(context.counts, counts);
  return converseReply(answer, { content: blocks.finished(), stopReason, usage }, context);
}
