/** `responses` of bedrock-runtime and bedrock-mantle. */
import { respond, type SharedState } from "../../generate/respond.ts";
import { malformedPlace } from "../../invoke/fault-words.ts";
import { schemaFaults } from "../../invoke/schema-faults.ts";
import { withoutNullMembers } from "../../invoke/without-nulls.ts";
import { jsonReply, type Reply } from "../../server/reply.ts";
import { callOf, firstRefusal } from "../../validate/call.ts";
import { mediaRules } from "../../validate/media-rules.ts";
import type { CompatibleCall } from "../chat.ts";
import { badRequest, errorReply, type CompatibleRefusal } from "../errors.ts";
import { sseEvent, sseReply } from "../sse.ts";
import { outputItems } from "./items.ts";
import { responsesRequest, type ResponsesBody } from "./read.ts";
import { responsesSchema } from "./schema.ts";
import { responseEvents } from "./stream.ts";
import { draftOf, responseOf } from "./write.ts";

export function answerResponses({ route, model, asker, body }: CompatibleCall, state: SharedState): Reply {
  const { surface, stream } = route;
  const [fault] = schemaFaults(body, responsesSchema);
  if (fault !== undefined) {
    const { words, param } = malformedPlace(fault);
    return errorReply(surface, badRequest(words, param));
  }
  // The schema was checked just above.
  const checked = withoutNullMembers(body, responsesSchema) as ResponsesBody;
  if (typeof checked.previous_response_id === "string")
    return errorReply(surface, noResponse(checked.previous_response_id));
  const reference = referenceIn(checked.input);
  if (reference !== undefined) return errorReply(surface, noItem(reference));
  const call = callOf(responsesRequest(checked), model, stream);
  const refusal = firstRefusal(call, mediaRules);
  if (refusal !== undefined) return errorReply(surface, refusal);
  const exchange = respond(call, asker, { body, state });
  if ("refusal" in exchange) return errorReply(surface, exchange.refusal);
  // The response repeats the request as it came, nulls included.
  const draft = draftOf(exchange, body as unknown as ResponsesBody, outputItems(exchange, checked.include ?? []));
  const { settle } = exchange;
  // Recorded: the stream ends with its last event, without OpenAI's `[DONE]`.
  return stream
    ? {
        ...sseReply(
          surface,
          responseEvents(draft).map((event) => sseEvent(event)),
        ),
        settle,
      }
    : { ...jsonReply(responseOf(draft)), settle };
}

/** The emulator keeps no responses. */
function noResponse(id: string) {
  return {
    ...badRequest(`Previous response with id '${id}' not found.`, "previous_response_id"),
    code: "previous_response_not_found",
  };
}

/** OpenAI's clients may leave out the type of a reference: its id is all that it has then. */
function referenceIn(input: ResponsesBody["input"]): string | undefined {
  if (typeof input === "string") return undefined;
  return input.find(({ type, role, id }) => type === "item_reference" || (id !== undefined && !(type ?? role)))?.id;
}

/** Nor their items: what is referred to would be missing from the conversation. In OpenAI's words. */
function noItem(id: string): CompatibleRefusal {
  const message = `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false.`;
  return { status: 404, errorType: "ResourceNotFoundException", message, param: "input" };
}
