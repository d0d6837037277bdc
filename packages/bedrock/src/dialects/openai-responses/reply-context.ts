import type { ReplyFacts } from "../translation/context.ts";
import type { ResponsesRequest } from "./responses-request.ts";

/** What the translators of a reply need. The id is `resp_` + AWS's request id. */
export interface ResponsesReplyContext extends ReplyFacts {
  /** The checked request, since an answer repeats many of its fields, and calls tools by the names that it gave them. */
  request: ResponsesRequest;
  /** What the ids of items hold; undefined: the answer's own. */
  itemsId?: string | undefined;
}
