import type { ConverseStreamEvent } from "../../../converse/stream-events.ts";
import { AditError } from "../../../errors/adit-error.ts";
import type { ResponsesReplyContext } from "../reply-context.ts";
import { ResponsesStreamWriter } from "../stream-writer.ts";

/** The text of the stream that these events become; a failure at the end is written as the gateway writes it. */
export function streamOf(events: readonly ConverseStreamEvent[], context: ResponsesReplyContext): string {
  let sse = "";
  const writer = new ResponsesStreamWriter(context, (text) => (sse += text));
  for (const event of events) {
    writer.onEvent(event);
  }
  try {
    writer.end();
  } catch (error) {
    if (!AditError.isInstance(error)) {
      throw error;
    }
    writer.fail(error);
  }
  return sse;
}
