/** The ways of one call to Bedrock: Converse, the model family's own format, or the caller's own native body; whole or as a stream. */
import {
  invokeConversation,
  invokeConversationStream,
  streamEventsFromResponse,
  type BedrockClient,
  type ConverseCall,
  type ConverseRequest,
  type ConverseResponse,
  type ConverseStreamSink,
  type InvokeReply,
  type ModelCall,
  type NativeConversation,
  type OpenChunkStream,
  type OpenStream,
} from "@adit/bedrock";
import type { PreparedNative } from "../call-dialect.ts";

/** What is sent. */
export type Sending =
  | { kind: "converse"; body: ConverseRequest }
  /** `inDialect`: paths of Converse's request as the caller knows them. */
  | { kind: "family"; conversation: NativeConversation; inDialect: (path: string) => string }
  | ({ kind: "native" } & Pick<PreparedNative, "body" | "headers">);

/** Where events come from: AWS's stream, or a whole answer that is told as one. */
export interface EventSource extends Pick<OpenStream, "pump" | "pause" | "resume" | "abort"> {
  /** Of a native stream: keys of chunks that this version does not know, as far as it has been read. */
  readonly unfamiliar?: ReadonlySet<string>;
}

/** What came back: for Converse, its answer or events; for a native call, the model's own. */
export type BedrockResult =
  | { kind: "whole"; response: ConverseResponse }
  | {
      kind: "stream";
      source: EventSource;
      /** The whole answer that is told as a stream. */
      told?: ConverseResponse;
    }
  | { kind: "native"; reply: InvokeReply }
  | { kind: "native-stream"; stream: OpenChunkStream };

interface Sent {
  requestId: string;
  modelUsed: string;
  transmissions: number;
  /** AWS's own text of the whole answer. */
  source: (() => string) | undefined;
  result: BedrockResult;
}

/** `asksForStream`: the caller wants a stream; `isStreamed`: AWS is asked for one. Rejects with AditError. */
export async function send(
  client: BedrockClient,
  call: ModelCall,
  sending: Sending,
  how: { asksForStream: boolean; isStreamed: boolean },
): Promise<Sent> {
  if (sending.kind === "native") {
    const headers = { ...call.headers, ...sending.headers };
    return sendNative(client, { body: sending.body, ...call, headers }, how.isStreamed);
  }
  return how.isStreamed
    ? sendConversationStream(client, call, sending)
    : sendConversation(client, call, sending, how.asksForStream);
}

async function sendNative(
  client: BedrockClient,
  call: ModelCall & { body: PreparedNative["body"] },
  isStreamed: boolean,
): Promise<Sent> {
  if (isStreamed) {
    const stream = await client.invokeStream(call);
    return sentBy(stream, undefined, { kind: "native-stream", stream });
  }
  const reply = await client.invoke(call);
  return sentBy(reply, undefined, { kind: "native", reply });
}

type Conversation = Exclude<Sending, { kind: "native" }>;

async function sendConversationStream(client: BedrockClient, call: ModelCall, sending: Conversation): Promise<Sent> {
  const source =
    sending.kind === "converse"
      ? await client.converseStream(converseCall(call, sending.body))
      : await invokeConversationStream(client, call, sending.conversation);
  return sentBy(source, undefined, { kind: "stream", source });
}

async function sendConversation(
  client: BedrockClient,
  call: ModelCall,
  sending: Conversation,
  asksForStream: boolean,
): Promise<Sent> {
  if (sending.kind === "family") {
    const reply = await invokeConversation(client, call, sending.conversation);
    return sentBy(reply, reply.source, resultOf(reply.response, reply.source, asksForStream));
  }
  const reply = await client.converse(converseCall(call, sending.body));
  const source = (): string => reply.body.toString();
  return sentBy(reply, source, resultOf(reply.response, source, asksForStream));
}

/** Member by member: on Node 20 a spread with a member after it costs more than the rest of the way to the client. */
function converseCall(call: ModelCall, body: ConverseRequest): ConverseCall {
  return {
    model: call.model,
    region: call.region,
    credentials: call.credentials,
    signal: call.signal,
    headers: call.headers,
    baseUrl: call.baseUrl,
    retry: call.retry,
    onAttempt: call.onAttempt,
    tap: call.tap,
    autoProfile: call.autoProfile,
    limits: call.limits,
    body,
  };
}

function resultOf(response: ConverseResponse, source: () => string, asksForStream: boolean): BedrockResult {
  return asksForStream
    ? { kind: "stream", source: toldAsStream(response, source), told: response }
    : { kind: "whole", response };
}

function sentBy(
  went: Pick<InvokeReply, "requestId" | "modelUsed" | "attempts">,
  source: Sent["source"],
  result: BedrockResult,
): Sent {
  const { requestId, modelUsed, attempts } = went;
  return { requestId, modelUsed, transmissions: attempts.length, source, result };
}

/** A whole answer told as a stream, for families that AWS does not stream with tools. */
function toldAsStream(response: ConverseResponse, source: () => string): EventSource {
  return {
    pump: (sink: ConverseStreamSink) => {
      for (const event of streamEventsFromResponse(response, source)) sink.onEvent(event);
      sink.onReadEnd?.();
      return Promise.resolve();
    },
    pause: () => {},
    resume: () => {},
    abort: () => {},
  };
}
