import type { CancelSignal } from "./cancel-signal.ts";
import { randomUUID } from "node:crypto";
import type { CredentialSource } from "./auth/credentials.ts";
import { checkRegion, regionFromEnvironment, type Environment } from "./auth/endpoints.ts";
import { regionFromProfile } from "./auth/shared-config.ts";
import { prepareChat } from "./calls/chat-call.ts";
import { BedrockClient, type AttemptRecord, type OpenStream, type RetryPolicy, type TimeLimits } from "./client.ts";
import type { ModelCall } from "./client-calls.ts";
import { systemClock, type Clock } from "./clock.ts";
import { checkConverseRequest } from "./converse/check-request.ts";
import { withoutAnswerTypes } from "./converse/replayed-answer.ts";
import type { ConverseRequest } from "./converse/request.ts";
import type { ConverseResponse } from "./converse/response.ts";
import type { ConverseStreamEvent } from "./converse/stream-events.ts";
import type { ChatCompletion, ChatCompletionChunk } from "./dialects/openai-chat/chat-completion.ts";
import type { ChatRequest } from "./dialects/openai-chat/chat-request.ts";
import { checkChatRequest } from "./dialects/openai-chat/check-request.ts";
import type { ReplyContext } from "./dialects/openai-chat/reply-context.ts";
import { chatFromConverse } from "./dialects/openai-chat/response.ts";
import { ChatStreamWriter } from "./dialects/openai-chat/stream-writer.ts";
import type { TranslationNotes } from "./dialects/translation/context.ts";
import { streamEventsFromResponse } from "./dialects/translation/answers/stream-from-response.ts";
import { AditError } from "./errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import {
  aClock,
  aFunction,
  anObject,
  aSignal,
  aString,
  aTransport,
  needKnownOptions,
  withoutNulls,
  yesOrNo,
  type KnownOptions,
  type OrUndefined,
} from "./known-options.ts";
import { retryPolicyFrom, timeLimitsFrom } from "./call-limits.ts";
import { parseModelArn } from "./models/model-arn.ts";
import { bedrockModelId } from "./models/model-name.ts";
import { givenSource, ownCredentials, type AwsIdentity, type CredentialOptions } from "./own-credentials.ts";
import { chatFields, pathsInDialect } from "./calls/dialect-paths.ts";
import { nativeForStops, notesByFamily } from "./converse-by-family.ts";
import { openStream, wholeAnswer } from "./generate/send-call.ts";
import { streamItems } from "./stream-items.ts";
import { mediaLoader } from "./wire/media/media-loader.ts";
import { abortError } from "./wire/transport/transport-error.ts";
import { checkWritable } from "./json-text/writable.ts";
import { Transport } from "./wire/transport/transport.ts";

/** How a {@link Bedrock} is made. Without credentials, AWS's default chain gives them. */
export interface BedrockOptions extends CredentialOptions {
  /** Instead of the options for keys and role: a key pair as AWS's SDKs write it, or a credential source of your own. */
  credentials?: CredentialSource | AwsIdentity;
  /** AWS's standard variables. Default: `process.env`. */
  environment?: Environment;
  /** False: images and files by https address are refused. Default true: they are fetched, inner addresses never. */
  fetchMedia?: boolean;
  /** Sent where a request gives no limit of tokens. Default: none, and AWS reserves the model's own maximum. */
  defaultMaxTokens?: number;
  /** Default: two more tries, and three seconds of waiting in all. Members that are left out keep these defaults. */
  retry?: Partial<RetryPolicy>;
  /** Default: `wholeAnswerLimits` and `streamLimits`. */
  limits?: Partial<TimeLimits>;
  clock?: Clock;
  /** Connections that are shared with others: `close` leaves them open. Default: connections of its own. */
  transport?: Transport;
}

/** How a call went. Names, never secrets. */
export interface CallFacts {
  /** AWS's id of the request. */
  requestId: string;
  region: string;
  /** Name and source of the credential. */
  credential: string;
  /** The model named, or the profile that stood in for it. */
  modelUsed: string;
  /** Every transmission to AWS. */
  attempts: readonly AttemptRecord[];
  /** Paths of what was left out of the request because Bedrock cannot do it. */
  dropped: readonly string[];
}

/** Of one call. */
export interface CallOptions {
  signal?: CancelSignal | undefined;
  /** True: OpenAI's fields alone. False adds `content_blocks`, Bedrock's stop reasons and more. Default true. */
  strict?: boolean | undefined;
  /** Called as soon as AWS has accepted the call, with the facts about it. */
  onCall?: ((facts: CallFacts) => void) | undefined;
}

const knownOptions: KnownOptions<keyof BedrockOptions> = {
  region: aString,
  apiKey: true,
  accessKeyId: true,
  secretAccessKey: true,
  sessionToken: true,
  roleArn: true,
  externalId: true,
  credentials: true,
  environment: anObject,
  fetchMedia: yesOrNo,
  defaultMaxTokens: {
    words: "a whole number of at least 1",
    fits: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 2_147_483_647,
  },
  retry: anObject,
  limits: anObject,
  clock: aClock,
  transport: aTransport,
};
const knownCallOptions: KnownOptions<keyof CallOptions> = { signal: aSignal, strict: yesOrNo, onCall: aFunction };

/** A Converse request with its model, as AWS's SDK writes it. */
export type ConverseInput = ConverseRequest & {
  /** Id, profile id or ARN; `bedrock/ID` and the like mean the same. */
  modelId: string;
};

/** A place and a credential, decided for one call. */
interface Place {
  model: string;
  region: string;
  credentials: CredentialSource;
}

/**
 * Bedrock from TypeScript: OpenAI's chat completions and AWS's Converse, over one signed, retried, honest connection.
 * All methods reject with {@link AditError}, whose `code`, `status`, `retryable` and `remedy` say what happened and what to do.
 *
 * @example
 * const bedrock = new Bedrock({ region: "us-east-1" });
 * const answer = await bedrock.chat({ model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Good morning" }] });
 */
export class Bedrock {
  /** One call to AWS at a time, for what this face does not cover. */
  readonly client: BedrockClient;
  readonly #options: BedrockOptions;
  readonly #retry: RetryPolicy | undefined;
  readonly #limits: Partial<TimeLimits> | undefined;
  readonly #environment: Environment;
  readonly #clock: Clock;
  readonly #credentials: CredentialSource;
  #region: Promise<string> | undefined;

  /**
   * Throws AditError: `invalid_request` for an unknown option or a value of the wrong type, and whatever is wrong with the credentials that
   * are named.
   */
  constructor(options: OrUndefined<BedrockOptions> = {}) {
    needKnownOptions(options, knownOptions, "new Bedrock");
    const given = withoutNulls<BedrockOptions>(options);
    this.#options = given;
    this.#retry = given.retry && retryPolicyFrom(given.retry, "retry");
    this.#limits = given.limits && timeLimitsFrom(given.limits, "limits");
    this.#environment = given.environment ?? process.env;
    this.#clock = given.clock ?? systemClock;
    const transport = given.transport ?? new Transport({ clock: this.#clock, environment: this.#environment });
    this.client = new BedrockClient({ clock: this.#clock, environment: this.#environment, transport });
    this.#credentials =
      given.credentials === undefined
        ? ownCredentials(given, {
            environment: this.#environment,
            clock: this.#clock,
            transport,
            region: () => this.#ownRegion(),
          })
        : givenSource(given.credentials, this.#clock);
  }

  /** A chat completion in OpenAI's format; with `stream: true`, its chunks as they come. */
  chat(request: ChatRequest & { stream: true }, options?: CallOptions): Promise<AsyncIterable<ChatCompletionChunk>>;
  chat(request: ChatRequest & { stream?: false | null }, options?: CallOptions): Promise<ChatCompletion>;
  chat(request: ChatRequest, options?: CallOptions): Promise<ChatCompletion | AsyncIterable<ChatCompletionChunk>>;
  async chat(
    request: ChatRequest,
    options: CallOptions = {},
  ): Promise<ChatCompletion | AsyncIterable<ChatCompletionChunk>> {
    needKnownOptions(options, knownCallOptions, "chat");
    const checked = checkChatRequest(asJsonObject(request));
    checkWritable(checked);
    if (options.signal?.aborted === true) {
      throw abortError(options.signal.reason);
    }
    const place = await this.#place(checked.model, "model");
    const prepared = await prepareChat(checked, place, {
      client: this.client,
      signal: options.signal ?? undefined,
      loadMedia: mediaLoader({
        enabled: this.#options.fetchMedia ?? true,
        ...(options.signal !== undefined && { signal: options.signal }),
      }),
      defaultMaxTokens: this.#options.defaultMaxTokens,
    });
    const { body } = prepared;
    const native = nativeForStops(body, prepared.model, checked.stream === true);
    const inDialect = pathsInDialect(chatFields, checked.messages, body.messages ?? []);
    const notes = native === undefined ? prepared.notes : notesByFamily(prepared.notes, native, inDialect);
    const context = (requestId: string, source?: () => string): ReplyContext => ({
      id: `chatcmpl-${requestId === "" ? randomUUID() : requestId}`,
      created: Math.floor(this.#clock.now() / 1000),
      model: checked.model,
      strict: options.strict ?? true,
      includeUsage: checked.stream_options?.include_usage === true,
      notes,
      source,
    });
    const call = { target: { client: this.client, ...this.#call(place, options) }, native, prepared };
    if (checked.stream === true && notes.streamable) {
      const stream = this.#told(await openStream(call), place, notes, options);
      return chunksOf(stream, context(stream.requestId));
    }
    const { response, source, ...went } = await wholeAnswer(call);
    this.#tell(place, { ...went, modelUsed: went.model }, notes, options);
    return checked.stream === true
      ? chunksOfWhole(response, context(went.requestId, source))
      : chatFromConverse(response, context(went.requestId, source));
  }

  /** Converse: AWS's own request and answer, every field of it. */
  async converse(input: ConverseInput, options: CallOptions = {}): Promise<ConverseResponse> {
    needKnownOptions(options, knownCallOptions, "converse");
    const { place, body } = await this.#converseCall(input);
    const reply = await this.client.converse({ ...this.#call(place, options), body });
    this.#tell(place, reply, undefined, options);
    return reply.response;
  }

  /**
   * ConverseStream: resolves once the first frame has come; the events follow as they arrive. The iteration throws AWS's exception where
   * one comes in the stream, and `truncated_stream` where it ends before its `messageStop` and `metadata`.
   */
  async converseStream(input: ConverseInput, options: CallOptions = {}): Promise<AsyncIterable<ConverseStreamEvent>> {
    needKnownOptions(options, knownCallOptions, "converseStream");
    const { place, body } = await this.#converseCall(input);
    const opened = await this.client.converseStream({ ...this.#call(place, options), body });
    const stream = this.#told(opened, place, undefined, options);
    return streamItems(stream, (emit: (event: ConverseStreamEvent) => void) => ({
      sink: {
        onEvent: emit,
        onTextDelta: (contentBlockIndex, escaped) =>
          emit({ type: "contentBlockDelta", contentBlockIndex, delta: { text: JSON.parse(`"${escaped}"`) as string } }),
      },
    }));
  }

  /** Closes the connections, unless they are shared: calls under way fail, and so do later ones. */
  async close(): Promise<void> {
    if (this.#options.transport === undefined) {
      await this.client.close();
    }
  }

  async #converseCall(input: ConverseInput): Promise<{ place: Place; body: ConverseRequest }> {
    const { modelId, ...rest } = asJsonObject(input);
    if (typeof modelId !== "string" || modelId.trim() === "") {
      throw new AditError("invalid_request", "modelId must be the name of a model.", { param: "modelId" });
    }
    const body = checkConverseRequest(withoutAnswerTypes(rest));
    checkWritable(body);
    return { place: await this.#place(modelId, "modelId"), body };
  }

  #told(stream: OpenStream, place: Place, notes: TranslationNotes | undefined, options: CallOptions): OpenStream {
    try {
      this.#tell(place, stream, notes, options);
    } catch (error) {
      // Nobody would read it.
      stream.abort();
      throw error;
    }
    return stream;
  }

  #call(place: Place, options: CallOptions): ModelCall {
    return {
      ...place,
      ...(options.signal !== undefined && { signal: options.signal }),
      retry: this.#retry,
      limits: this.#limits,
    };
  }

  #tell(
    place: Place,
    went: { requestId: string; modelUsed: string; attempts: readonly AttemptRecord[] },
    notes: TranslationNotes | undefined,
    options: CallOptions,
  ): void {
    options.onCall?.({
      requestId: went.requestId,
      region: place.region,
      credential: place.credentials.label,
      modelUsed: went.modelUsed,
      attempts: went.attempts,
      // The translation of the answer adds to its own list what it leaves out.
      dropped: [...(notes?.dropped ?? [])],
    });
  }

  async #place(modelName: string, param: string): Promise<Place> {
    const id = bedrockModelId(modelName, param);
    const ofArn = parseModelArn(id)?.region;
    const region = ofArn === undefined || ofArn === "" ? await this.#ownRegion() : checkRegion(ofArn);
    return { model: id, region, credentials: this.#credentials };
  }

  #ownRegion(): Promise<string> {
    this.#region ??= this.#findRegion();
    return this.#region;
  }

  async #findRegion(): Promise<string> {
    const { region } = this.#options;
    if (region !== undefined && region.trim() !== "") return checkRegion(region);
    return regionFromEnvironment(this.#environment) ?? (await regionFromProfile(this.#environment)) ?? "us-east-1";
  }
}

/** A typed request is a JSON object by its nature; a caller without types may have given anything. */
function asJsonObject(request: unknown): JsonObject {
  if (!isJsonObject(request)) {
    throw new AditError("invalid_request", "The request must be an object.", { param: "" });
  }
  return request;
}

/** The chunks of a stream, as the writer of the HTTP dialect makes them. */
function chunksOf(stream: OpenStream, context: ReplyContext): AsyncIterable<ChatCompletionChunk> {
  return streamItems(stream, (emit: (chunk: ChatCompletionChunk) => void) => {
    const writer = new ChatStreamWriter(context, (text) => chunksIn(text).forEach(emit));
    return {
      sink: {
        onTextDelta: (index, text) => writer.onTextDelta(index, text),
        onEvent: (event) => writer.onEvent(event),
      },
      finish: () => writer.end(),
      // Text that waited for a structured answer is given; the error's own event is not, for the iteration throws it.
      fail: (error) => {
        if (AditError.isInstance(error)) writer.fail(error);
      },
    };
  });
}

/** As a stream would have brought them; what ends it in an error is thrown after what came before. */
async function* chunksOfWhole(response: ConverseResponse, context: ReplyContext): AsyncGenerator<ChatCompletionChunk> {
  const chunks: ChatCompletionChunk[] = [];
  const writer = new ChatStreamWriter(context, (text) => chunks.push(...chunksIn(text)));
  for (const event of streamEventsFromResponse(response, context.source)) writer.onEvent(event);
  try {
    writer.end();
  } catch (error) {
    if (AditError.isInstance(error)) writer.fail(error);
    yield* chunks;
    throw error;
  }
  yield* chunks;
}

/** The chunks in what the writer wrote: `data: {...}` each, `[DONE]` left out. */
function chunksIn(text: string): ChatCompletionChunk[] {
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => JSON.parse(event.slice("data: ".length)) as ChatCompletionChunk);
}
