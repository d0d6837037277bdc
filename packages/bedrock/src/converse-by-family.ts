/** Converse's conversation by InvokeModel: the request in the model family's own format, its answer as Converse's. */
import { thrownWithoutSecrets } from "./auth/withheld-secrets.ts";
import type { BedrockClient } from "./client.ts";
import type { InvokeReply, ModelCall, OpenStream } from "./client-calls.ts";
import { checkConverseRequest, typeFault } from "./converse/check-request.ts";
import type { ConverseRequest } from "./converse/request.ts";
import type { ConverseResponse } from "./converse/response.ts";
import type { ConverseStreamEvent } from "./converse/stream-events.ts";
import type { TranslationNotes } from "./dialects/translation/context.ts";
import { AditError } from "./errors/adit-error.ts";
import type { Family, NativeReplyContext } from "./families/family.ts";
import { familyOf } from "./families/family-of.ts";
import { countsFromHeaders } from "./converse/invocation-counts.ts";
import { invokeHeaders, servingFromHeaders } from "./converse/invoke-headers.ts";
import { parsedObject, type JsonObject } from "./json.ts";
import { withValuesAt } from "./json-text/json-span.ts";
import { isTooDeep } from "./json-text/value-depth.ts";
import type { ModelFacts } from "./models/model-facts.ts";
import type { AttemptRecord } from "./wire/attempts/attempts.ts";
import type { ConverseStreamSink } from "./wire/streams/converse-stream-reader.ts";

/** A request in the family's own format, ready to be sent. */
export interface NativeConversation {
  family: Family;
  model: ModelFacts;
  request: ConverseRequest;
  body: JsonObject;
  /** Of the guardrail, the tier and the like. */
  headers: Record<string, string>;
  /** Paths in the Converse request of what the family cannot carry. */
  dropped: string[];
  /** False: AWS does not stream it; call whole and stream the result. */
  streamable: boolean;
}

/** A whole answer. */
export interface NativeConversationReply {
  response: ConverseResponse;
  /** As the model wrote it. */
  answer: JsonObject;
  requestId: string;
  attempts: AttemptRecord[];
  modelUsed: string;
  /** The answer as JSON in Converse's form, in which numbers in a call's arguments keep the digits that the model wrote. */
  source: () => string;
}

/**
 * The request in the format of the model's family. Throws AditError `unsupported_parameter` for a model whose own format is not known, and for
 * what the family cannot carry.
 */
export function nativeConversation(request: ConverseRequest, model: ModelFacts, stream: boolean): NativeConversation {
  const family = familyOf(model);
  if (family === undefined) {
    throw new AditError("unsupported_parameter", `The format that ${model.id} takes under InvokeModel is not known.`, {
      param: "use_converse",
      remedy: "Leave use_converse out: Converse serves the model.",
    });
  }
  checkHeaders(request);
  const streamable = family.streams !== false;
  const { body, dropped } = nativeRequest(family, request, { model, stream: stream && streamable });
  return { family, model, request, body, headers: invokeHeaders(request), dropped, streamable };
}

/** A header is text: what has another type there would be passed over in silence, or sent as other words. Converse is told it as it is, and refuses it. */
function checkHeaders({ guardrailConfig, performanceConfig, serviceTier, requestMetadata }: ConverseRequest): void {
  const carried: ConverseRequest = {
    ...(guardrailConfig !== undefined && { guardrailConfig }),
    ...(performanceConfig !== undefined && { performanceConfig }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(requestMetadata !== undefined && { requestMetadata }),
  };
  if (typeFault(carried) !== undefined) checkConverseRequest(carried);
}

/** True for stop sequences that AWS refuses under Converse alone. */
export function hasRefusedStops({ inferenceConfig }: ConverseRequest, { can }: ModelFacts): boolean {
  return inferenceConfig?.stopSequences !== undefined && !can.stopSequences;
}

/**
 * The conversation in its family's own format, where Converse refuses its stop sequences. Undefined where Converse takes them, and where that
 * format cannot carry the rest, such as a document: AWS says then what it refuses under Converse.
 */
export function nativeForStops(
  request: ConverseRequest,
  model: ModelFacts,
  stream: boolean,
): NativeConversation | undefined {
  if (!hasRefusedStops(request, model)) return undefined;
  try {
    return nativeConversation(request, model, stream);
  } catch (error) {
    if (AditError.isInstance(error)) return undefined;
    throw error;
  }
}

/** The notes of a request that goes in its family's own format; `inDialect` has the paths of what that cannot carry in the caller's words. */
export function notesByFamily(
  notes: TranslationNotes,
  { dropped, streamable }: NativeConversation,
  inDialect: (path: string) => string,
): TranslationNotes {
  // InvokeModel streams with tools where Converse does not.
  return { ...notes, dropped: [...new Set([...notes.dropped, ...dropped.map(inDialect)])], streamable };
}

function nativeRequest(
  family: Family,
  request: ConverseRequest,
  context: Parameters<Family["request"]>[1],
): ReturnType<Family["request"]> {
  try {
    return family.request(request, context);
  } catch (error) {
    // Under Converse AWS itself judges blocks in its own shape. Here nobody has: where one is malformed, the check says so.
    if (!AditError.isInstance(error)) checkConverseRequest(request);
    throw error;
  }
}

/** Calls InvokeModel and gives its answer as Converse's. Rejects with AditError. */
export async function invokeConversation(
  client: BedrockClient,
  call: ModelCall,
  conversation: NativeConversation,
): Promise<NativeConversationReply> {
  const { body } = conversation;
  const reply = await client.invoke({ ...call, body, headers: { ...call.headers, ...conversation.headers } });
  try {
    return answerOf(reply, conversation);
  } catch (error) {
    throw await thrownWithoutSecrets(error, call.credentials);
  }
}

function answerOf(reply: InvokeReply, conversation: NativeConversation): NativeConversationReply {
  const { family } = conversation;
  const text = reply.body.toString("utf8");
  const answer = answerIn(text);
  const context = contextOf(conversation, countsFromHeaders(reply.headers));
  const response = { ...family.response(answer, context), ...servingFromHeaders(reply.headers) };
  if (isTooDeep(response, text.length)) {
    throw new AditError("empty_output", "AWS answered 200 with an output that nests too deeply to be written again.");
  }
  return {
    response,
    answer,
    requestId: reply.requestId,
    attempts: reply.attempts,
    modelUsed: reply.modelUsed,
    source: () => converseText(response, family, text),
  };
}

/** A native stream told as Converse's events. */
export interface ConversationStream extends OpenStream {
  /** Keys of chunks that this version does not know, as far as the stream has been read. */
  readonly unfamiliar: ReadonlySet<string>;
}

/** Calls InvokeModelWithResponseStream; its chunks come as Converse's events. Rejects with AditError. */
export async function invokeConversationStream(
  client: BedrockClient,
  call: ModelCall,
  conversation: NativeConversation,
): Promise<ConversationStream> {
  const { family, body } = conversation;
  const stream = await client.invokeStream({ ...call, body, headers: { ...call.headers, ...conversation.headers } });
  const serving = servingFromHeaders(stream.headers);
  const unfamiliar = new Set<string>();
  return {
    ...stream,
    unfamiliar,
    pump: async (sink: ConverseStreamSink) => {
      // Converse tells in its last event what stands in the headers here.
      const give = (event: ConverseStreamEvent): void =>
        sink.onEvent(event.type === "metadata" ? { ...event, ...serving } : event);
      const reader = family.stream(give, contextOf(conversation, {}));
      try {
        await stream.pump({
          onChunk: (json) => {
            const chunk = chunkIn(json);
            if (chunk !== undefined) reader.chunk(chunk);
          },
          onReadEnd: () => sink.onReadEnd?.(),
        });
        reader.end();
        sink.onReadEnd?.();
      } finally {
        for (const key of reader.unfamiliar) unfamiliar.add(key);
      }
    },
  };
}

function converseText(response: ConverseResponse, family: Family, answer: string): string {
  const { content } = response.output.message;
  const calls = [...(family.exactInputs?.(answer) ?? [])].filter(([index]) => content[index]?.toolUse !== undefined);
  const values = calls.map(([index, json]) => ({ path: [...toContent, index, "toolUse", "input"], json }));
  return withValuesAt(JSON.stringify(response), values);
}

const toContent = ["output", "message", "content"] as const;

function contextOf(conversation: NativeConversation, counts: NativeReplyContext["counts"]): NativeReplyContext {
  const { model, request } = conversation;
  return { model, request, counts };
}

/** A native answer. Throws AditError `empty_output` where the text is no JSON object: without its words, in which who is not AWS may repeat the request's secrets. */
export function answerIn(text: string): JsonObject {
  const answer = parsedObject(text);
  if (answer === undefined) {
    throw new AditError(
      "empty_output",
      `AWS answered 200 without an output: its ${text.length} characters are no JSON object.`,
    );
  }
  return answer;
}

/**
 * Undefined for what says nothing: no text, and Writer's last, which is `[DONE]`. Throws AditError `corrupt_stream` for what is no object:
 * what it held is lost.
 */
function chunkIn(json: string): JsonObject | undefined {
  const chunk = parsedObject(json);
  if (chunk === undefined && !["", "[DONE]"].includes(json.trim())) {
    throw new AditError("corrupt_stream", "A chunk of AWS's stream is not a JSON object.");
  }
  return chunk;
}
