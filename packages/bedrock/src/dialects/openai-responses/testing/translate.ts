/** Requests and replies of Responses as a caller makes them: checked, then translated. */
import type { ConverseRequest } from "../../../converse/request.ts";
import { AditError } from "../../../errors/adit-error.ts";
import type { JsonObject } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import type { FetchedMedia, TranslationNotes } from "../../translation/context.ts";
import { checkResponsesRequest } from "../check-request.ts";
import type { ResponsesReplyContext } from "../reply-context.ts";
import { converseFromResponses } from "../request.ts";

export const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
export const nova2 = "us.amazon.nova-2-lite-v1:0";
export const titan = "amazon.titan-text-express-v1";
export const deepseek = "us.deepseek.r1-v1:0";

export interface Translated {
  request: ConverseRequest;
  notes: TranslationNotes;
  dropped: string[];
}

/** Translates `body`; `model` and a user's words are filled in where the body has none. */
export function translate(body: JsonObject, model = claude, media: Record<string, FetchedMedia> = {}): Translated {
  const whole: JsonObject = { model, input: "Hello", ...body };
  const before = JSON.stringify(whole);
  const context = { model: factsOfModel(model), media: new Map(Object.entries(media)), anthropicBeta: [] };
  const { request, notes } = converseFromResponses(checkResponsesRequest(whole), context);
  if (JSON.stringify(whole) !== before) {
    throw new Error("the translation changed the caller's request");
  }
  return { request, notes, dropped: notes.dropped };
}

/** The refusal of a body. */
export function refusal(body: JsonObject, model = claude): AditError {
  try {
    translate(body, model);
  } catch (error) {
    if (AditError.isInstance(error)) {
      return error;
    }
    throw error;
  }
  throw new Error("the body was not refused");
}

/** A reply's context, for a request that asks for little. */
export function replyContext(body: JsonObject = {}, notes: Partial<TranslationNotes> = {}): ResponsesReplyContext {
  return {
    id: "resp_11111111-2222-3333-4444-555555555555",
    created: 1_764_000_000,
    model: "bedrock/claude",
    request: checkResponsesRequest({ model: claude, input: "Hello", ...body }),
    notes: { dropped: [], toolNames: new Map(), streamable: true, ...notes },
  };
}
