/** One translation to Converse as a caller makes it: checked, then translated. For tests of the request side. */
import type { ConverseRequest } from "../../../converse/request.ts";
import type { JsonObject } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import type { FetchedMedia, TranslationNotes } from "../../translation/context.ts";
import { checkMessagesRequest } from "../request/check-request.ts";
import { converseFromMessages } from "../request/request.ts";

export interface TranslateOptions {
  model?: string;
  media?: Record<string, FetchedMedia>;
  anthropicBeta?: string[];
}

/** Translates `body`; `model` and a user's message are filled in where the body has none. */
export function translateMessages(
  body: JsonObject,
  { model = "amazon.nova-lite-v1:0", media = {}, anthropicBeta = [] }: TranslateOptions = {},
): { request: ConverseRequest; notes: TranslationNotes; dropped: string[] } {
  const whole: JsonObject = { model, max_tokens: 100, messages: [{ role: "user", content: "Hello" }], ...body };
  const before = JSON.stringify(whole);
  const context = { model: factsOfModel(model), media: new Map(Object.entries(media)), anthropicBeta };
  const { request, notes } = converseFromMessages(checkMessagesRequest(whole), context);
  if (JSON.stringify(whole) !== before) {
    throw new Error("the translation changed the caller's request");
  }
  return { request, notes, dropped: notes.dropped };
}
