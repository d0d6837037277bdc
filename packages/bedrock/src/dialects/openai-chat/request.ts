import { markLastBlock } from "../translation/cache-marks.ts";
import { settleShape } from "../translation/conversation-shape.ts";
import { converseFromDraft, type TranslatedRequest } from "../translation/converse-request.ts";
import type { RequestContext } from "../translation/context.ts";
import { newDraft } from "../translation/translation-draft.ts";
import type { ChatRequest } from "./chat-request.ts";
import { termsOf } from "./chat-terms.ts";
import { chatWishes, nameUnreadOfWishes } from "./chat-wishes.ts";
import { chatFields } from "./extra-fields.ts";
import { settleFunctions, speaksOfFunctions } from "./functions.ts";
import { translateMessages } from "./messages.ts";
import { translateTools } from "./tools.ts";

export { mediaUrlsOf } from "./media-urls.ts";

/**
 * A checked request of chat completions as a request of Converse, with notes for the reply's translator. The request is not changed.
 * What the caller wrote and AWS takes arrives as it is; what AWS would refuse is mended, or left out, and named in `notes.dropped`; what
 * would change the meaning is an AditError (`invalid_request` or `unsupported_parameter`) with the path of the field.
 */
export function converseFromChat(request: ChatRequest, context: RequestContext): TranslatedRequest {
  const draft = newDraft(request, chatWishes(request), termsOf(request), context);
  translateMessages(draft, request);
  settleShape(draft);
  markLastBlock(draft, request.cache_control);
  translateTools(draft, request);
  nameUnreadOfWishes(draft, request);
  settleFunctions(draft, request);
  const translated = converseFromDraft(draft, chatFields);
  if (speaksOfFunctions(request)) {
    translated.notes.callsFunctions = true;
  }
  return translated;
}
