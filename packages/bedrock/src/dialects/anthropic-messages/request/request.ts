import { isJsonObject } from "../../../json.ts";
import { converseFromDraft, type TranslatedRequest } from "../../translation/converse-request.ts";
import { markLastBlock } from "../../translation/cache-marks.ts";
import type { RequestContext } from "../../translation/context.ts";
import { settleShape } from "../../translation/conversation-shape.ts";
import { fieldTable } from "../../translation/fields/extra-fields.ts";
import { unsupported } from "../../translation/fields/request-fault.ts";
import { drop, newDraft, type TranslationDraft } from "../../translation/translation-draft.ts";
import { nameUnread } from "../../translation/fields/unread-fields.ts";
import { translateConversation } from "./conversation.ts";
import type { MessagesRequest } from "../messages-request.ts";
import { messagesTerms } from "./messages-terms.ts";
import { messagesWishes } from "./messages-wishes.ts";
import { translateTools } from "./request-tools.ts";

/**
 * A checked request of the Messages API as a request of Converse, with notes for the reply's translator: for every family but Claude, and
 * for Claude where Converse is asked for. The request is not changed. What the caller wrote and AWS takes arrives as it is; what AWS would
 * refuse is mended, or left out, and named in `notes.dropped`; what would change the meaning is an AditError with the path of the field.
 */
export function converseFromMessages(request: MessagesRequest, context: RequestContext): TranslatedRequest {
  if (isJsonObject(request["compaction"])) {
    throw unsupported(
      "compaction",
      "compaction is not supported: Converse writes no summaries. Ask for one in a message",
    );
  }
  if (request.max_tokens === 0) {
    throw unsupported("max_tokens", "max_tokens of 0 is not supported: Converse fills no cache without an answer");
  }
  const draft = newDraft(request, messagesWishes(request), messagesTerms, context);
  translateConversation(draft, request);
  settleShape(draft);
  markLastBlock(draft, request.cache_control);
  translateTools(draft, request);
  nameUnreadOfWishes(draft, request);
  return converseFromDraft(draft, messagesFields);
}

const messagesFields = fieldTable(
  [
    "model",
    "messages",
    "stream",
    "system",
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "output_format",
    "metadata",
    "anthropic_beta",
    "betas",
    "cache_control",
    "anthropic_version",
    "container",
    "mcp_servers",
  ],
  [],
);

const ofChoice: ReadonlySet<string> = new Set(["type", "name", "disable_parallel_tool_use"]);
const ofOutput: ReadonlySet<string> = new Set(["effort", "format"]);
const ofFormat: ReadonlySet<string> = new Set(["type", "schema"]);

/** Names what stands beside the wishes and says nothing to anyone here. */
function nameUnreadOfWishes(draft: TranslationDraft, request: MessagesRequest): void {
  const { output_config: output, output_format: format, thinking, tool_choice: choice } = request;
  if (isJsonObject(choice)) {
    nameUnread(draft, choice, ofChoice, "tool_choice");
  }
  if (isJsonObject(output)) {
    nameUnread(draft, output, ofOutput, "output_config");
    if (isJsonObject(output["format"])) {
      nameUnread(draft, output["format"], ofFormat, "output_config.format");
    }
  }
  if (isJsonObject(format)) {
    if (isJsonObject(output?.["format"])) {
      drop(draft, "output_format");
    } else {
      nameUnread(draft, format, ofFormat, "output_format");
    }
  }
  if (isJsonObject(thinking) && draft.wishes.thinking === undefined) {
    drop(draft, "thinking");
  }
}
