import type { ReplyFacts } from "../translation/context.ts";
import type { ResponsesRequest } from "./responses-request.ts";

/** What the translators of a reply need. The id is `resp_` + AWS's request id. */
export interface ResponsesReplyContext extends ReplyFacts {
  /** The checked request: an answer repeats much of it, and names tools as it does. */
  request: ResponsesRequest;
}
