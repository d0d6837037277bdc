/** `chat/completions` of bedrock-runtime and bedrock-mantle. */
import { respond, type Asker, type SharedState } from "../generate/respond.ts";
import { chatRequest } from "../openai-chat/read.ts";
import { chatSchema } from "../openai-chat/schema.ts";
import { chatChunks, chatReply, chatUsage, type ChatHabits } from "../openai-chat/write.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import { malformedPlace } from "../invoke/fault-words.ts";
import { schemaFaults } from "../invoke/schema-faults.ts";
import type { ResolvedModel } from "../model-list/resolve-model.ts";
import { jsonReply, type Reply } from "../server/reply.ts";
import { callOf, firstRefusal } from "../validate/call.ts";
import { mediaRules } from "../validate/media-rules.ts";
import { isRecord } from "../validate/read-shape.ts";
import { badRequest, errorReply } from "./errors.ts";
import type { CompatibleRoute } from "./routes.ts";
import { sseEvent, sseReply } from "./sse.ts";

/** Recorded on bedrock-mantle. */
const habits: ChatHabits = { reasoning: "member", serviceTier: "default" };

export interface CompatibleCall {
  route: CompatibleRoute;
  model: ResolvedModel;
  asker: Asker;
  body: NativeBody;
}

/** Reported (aws-samples/sample-apj-sup-sa#231): GPT from 5.6 on, while 5.4 and 5.5 take either name. */
function takesNewLimitAlone({ baseId }: ResolvedModel): boolean {
  return /^openai\.gpt-(5\.6|[6-9])/.test(baseId);
}

export function answerChat({ route, model, asker, body }: CompatibleCall, state: SharedState): Reply {
  const { surface, stream } = route;
  const [fault] = schemaFaults(body, chatSchema);
  if (fault !== undefined) {
    const { words, param } = malformedPlace(fault);
    return errorReply(surface, badRequest(words, param));
  }
  if (takesNewLimitAlone(model) && (body["max_tokens"] ?? null) !== null)
    return errorReply(
      surface,
      badRequest(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "max_tokens",
      ),
    );
  const call = callOf(chatRequest(body), model, stream);
  const refusal = firstRefusal(call, mediaRules);
  if (refusal !== undefined) return errorReply(surface, refusal);
  const exchange = respond(call, asker, { body, state });
  if ("refusal" in exchange) return errorReply(surface, exchange.refusal);
  const { settle } = exchange;
  if (!stream) return { ...jsonReply(chatReply(exchange, habits)), settle };
  const chunks = chatChunks(exchange, habits);
  const options = body["stream_options"];
  const wantsUsage = isRecord(options) && options["include_usage"] === true;
  const usage = { ...chunks[0], choices: [], usage: chatUsage(exchange) };
  const events = [...chunks, ...(wantsUsage ? [usage] : [])].map((chunk) => sseEvent(chunk));
  return { ...sseReply(surface, [...events, sseEvent("[DONE]")]), settle };
}
