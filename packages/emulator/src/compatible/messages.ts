/** Anthropic's Messages API on bedrock-mantle: the body of InvokeModel with the model in it, the version in a header. */
import { tokensOfPrompt } from "../generate/cache-memory.ts";
import { respond, type SharedState } from "../generate/respond.ts";
import { claudeMessages } from "../invoke/claude/messages.ts";
import { claudeChunks } from "../invoke/claude/stream.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import type { ResolvedModel } from "../model-list/resolve-model.ts";
import { jsonReply, type Reply } from "../server/reply.ts";
import { callOf, firstRefusal, type Call } from "../validate/call.ts";
import { withoutModelPrefix, type Refusal } from "../validate/refusal.ts";
import type { CompatibleCall } from "./chat.ts";
import { badRequest, errorReply } from "./errors.ts";
import { sseEvent, sseReply } from "./sse.ts";

type Headers = Readonly<Record<string, string>>;

export function answerMessages(call: CompatibleCall, headers: Headers, state: SharedState): Reply {
  const { route, asker, body } = call;
  const read = callFrom(call, headers, body);
  if ("refusal" in read) return errorReply(route.surface, read.refusal);
  const exchange = respond(read.call, asker, { body, state });
  if ("refusal" in exchange) return errorReply(route.surface, exchange.refusal);
  const { settle } = exchange;
  if (!route.stream) return { ...jsonReply({ ...claudeMessages.reply(exchange), model: asker.modelId }), settle };
  const events = claudeChunks(exchange).map((chunk) => sseEvent(chunk, typeOf(chunk)));
  return { ...sseReply(route.surface, events), settle };
}

export function answerMessageTokens(call: CompatibleCall, headers: Headers): Reply {
  // A count needs no limit; the rules of a call ask for one.
  const read = callFrom(call, headers, { max_tokens: 1, ...withoutThinking(call.body) });
  return "refusal" in read
    ? errorReply(call.route.surface, read.refusal)
    : jsonReply({ input_tokens: tokensOfPrompt(read.call) });
}

/** A budget of thinking is judged by a limit that a count has not. */
function withoutThinking({ thinking: _thinking, ...body }: NativeBody): NativeBody {
  return body;
}

function typeOf(chunk: object): string {
  return "type" in chunk && typeof chunk.type === "string" ? chunk.type : "message";
}

function callFrom(
  { model, route }: { model: ResolvedModel; route: CompatibleCall["route"] },
  headers: Headers,
  { model: _model, stream: _stream, ...body }: NativeBody,
): { call: Call } | { refusal: Refusal } {
  if (headers["anthropic-version"] === undefined)
    return { refusal: badRequest("anthropic-version: header is required") };
  const betas = (headers["anthropic-beta"] ?? "").split(",").map((flag) => flag.trim());
  const named = betas.filter((flag) => flag !== "");
  const read = claudeMessages.read(
    { ...body, anthropic_version: "bedrock-2023-05-31", ...(named.length > 0 && { anthropic_beta: named }) },
    model,
  );
  if ("refusal" in read) return read;
  const call = callOf(read.request, model, route.stream);
  const refusal = firstRefusal(call, claudeMessages.rules);
  return refusal === undefined ? { call } : { refusal: withoutModelPrefix(refusal) };
}
