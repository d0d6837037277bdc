import type { ConverseResponse } from "../../converse/response.ts";
import { citedText } from "../translation/answers/answer-blocks.ts";
import { isMalformed, malformedOutput } from "../translation/answers/malformed-output.ts";
import { noteUnknownMembers } from "../translation/answers/reply-dropped.ts";
import { streamEventsFromResponse } from "../translation/answers/stream-from-response.ts";
import type { ResponsesReplyContext } from "./reply-context.ts";
import type { ResponseObject } from "./response-object.ts";
import { ResponsesStreamWriter } from "./stream-writer.ts";

/**
 * A Converse answer as OpenAI's response: the last state of the stream that would have brought it. What it cannot show is added to
 * `notes.dropped`. Throws AditError `malformed_model_output` where AWS could not read the output.
 */
export function responseFromConverse(response: ConverseResponse, context: ResponsesReplyContext): ResponseObject {
  if (isMalformed(response.stopReason)) {
    const text = response.output.message.content.map((block) => block.text ?? citedText(block)).join("");
    throw malformedOutput(response.stopReason, text === "" ? "It held no text." : `The text so far: ${text}`);
  }
  const writer = new ResponsesStreamWriter(asWhole(context), undefined);
  for (const event of streamEventsFromResponse(response, context.source)) {
    writer.onEvent(event);
  }
  writer.end();
  noteUnknownMembers(context.notes, response);
  return writer.response as ResponseObject;
}

/** What some models count twice in their streams, they count once in a whole answer. */
function asWhole(context: ResponsesReplyContext): ResponsesReplyContext {
  const { countsCacheTwice, ...notes } = context.notes;
  return countsCacheTwice === undefined ? context : { ...context, notes };
}
