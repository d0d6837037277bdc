/** One target on Bedrock: prepares the request for its model and calls it, whole or as a stream. */
import {
  streamEventsFromResponse,
  type BedrockClient,
  type CallTools,
  type ConverseRequest,
  type ConverseResponse,
  type ConverseStreamSink,
  type CredentialSource,
  type InvokeReply,
  type ModelCall,
  type OpenChunkStream,
  type OpenStream,
  type TranslationNotes,
} from "@adit/bedrock";
import type { RequestFacts } from "../ledger/request-facts.ts";
import type { Target } from "../routing/plan.ts";
import type { CallDialect, DialectCall, PreparedNative } from "./call-dialect.ts";
import type { TargetWay } from "./journey.ts";
import { retryPolicyOf } from "./retry-policy.ts";

/** A stand-in for AWS where the server has no credentials of its own: the emulator. */
export interface StandIn {
  url: string;
  credentials: CredentialSource;
}

/** Where events come from: AWS's stream, or a whole answer that is told as one. */
export type EventSource = Pick<OpenStream, "pump" | "pause" | "resume" | "abort">;

/** What came back: for Converse, its answer or events; for a native call, the model's own. */
export type BedrockResult =
  | { kind: "whole"; response: ConverseResponse }
  | { kind: "stream"; source: EventSource }
  | { kind: "native"; reply: InvokeReply }
  | { kind: "native-stream"; stream: OpenChunkStream };

/** How Bedrock answered: a whole answer, or a stream whose first frame has come. */
export interface BedrockAnswer<Request> {
  kind: "bedrock";
  request: Request;
  target: Target;
  route: BedrockRoute;
  credential: string;
  requestId: string;
  modelUsed: string;
  transmissions: number;
  notes: TranslationNotes;
  /** AWS's own text of the whole answer. */
  source: (() => string) | undefined;
  result: BedrockResult;
}

export type BedrockRoute = Extract<RequestFacts["route"], "converse" | "invoke" | "emulator">;

/** The limit of a stream's first frame is the model's: how long the caller waits for a status line is decided elsewhere. */
const patientLimits = { firstByteMs: 3_600_000 } as const;

export interface BedrockTools {
  client: BedrockClient;
  defaultMaxTokens: number | undefined;
}

/** What of a call is known before anything is sent. */
export interface PreparedFacts {
  route: BedrockRoute;
  dropped: readonly string[];
  structuredOutput: TranslationNotes["structuredOutput"];
}

/** One call, with the request as it was checked for Bedrock. */
export interface BedrockCall<Request> extends TargetWay {
  request: Request;
  stream: boolean;
  loadMedia: CallTools["loadMedia"];
  anthropicBeta: readonly string[];
  /** False: the model's own format under InvokeModel is asked for. Undefined: as the model is best served. */
  useConverse: boolean | undefined;
  tools: BedrockTools;
  standIn: StandIn | undefined;
  /** Told how the call will go, before anything is sent. */
  onPrepared: (facts: PreparedFacts) => void;
}

/** Rejects with AditError. */
export async function callBedrock<Request>(
  target: Target,
  dialect: CallDialect<Request>,
  call: BedrockCall<Request>,
): Promise<BedrockAnswer<Request>> {
  const { standIn, tools } = call;
  const credentials = standIn?.credentials ?? target.credentials;
  if (credentials === undefined) throw new TypeError("A target on Bedrock has a credential source.");
  const { model, region } = target;
  const prepared = await dialect.prepare(
    call.request,
    { model, region, credentials, controlPlaneUrl: standIn?.url, useConverse: call.useConverse },
    {
      client: tools.client,
      loadMedia: call.loadMedia,
      anthropicBeta: call.anthropicBeta,
      defaultMaxTokens: tools.defaultMaxTokens,
    },
  );
  const notes = notesOf(prepared);
  const route = routeBy(standIn, prepared.kind === "converse" ? "converse" : "invoke");
  call.onPrepared({ route, dropped: notes.dropped, structuredOutput: notes.structuredOutput });
  const isStreamed = call.stream && notes.streamable;
  const upstream: ModelCall = {
    model,
    region,
    credentials,
    signal: call.signal,
    headers: call.forwardHeaders,
    baseUrl: standIn?.url ?? target.baseUrl,
    retry: retryPolicyOf(target.retry, call),
    onAttempt: call.onAttempt,
    limits: isStreamed ? patientLimits : undefined,
  };
  const sent =
    prepared.kind === "native"
      ? await sendNative(tools.client, { ...upstream, body: prepared.body }, isStreamed)
      : await sendConverse(tools.client, { ...upstream, body: prepared.body }, call.stream, isStreamed);
  return {
    kind: "bedrock",
    request: call.request,
    target,
    route,
    // Read after the call: a chain's label says which of its links serves only once one has.
    credential: credentials.label,
    requestId: sent.requestId,
    modelUsed: sent.modelUsed,
    transmissions: sent.transmissions,
    notes,
    source: sent.source,
    result: sent.result,
  };
}

/** The route of a call to Bedrock, or to what stands in for it. */
export function routeBy(standIn: StandIn | undefined, route: BedrockRoute): BedrockRoute {
  return standIn === undefined ? route : "emulator";
}

const noNames: ReadonlyMap<string, string> = new Map();

/** A native body was translated from nothing: there is nothing to undo in its answer. */
function notesOf(prepared: DialectCall): TranslationNotes {
  return prepared.kind === "converse"
    ? prepared.notes
    : { dropped: [...prepared.dropped], toolNames: noNames, streamable: true };
}

interface Sent {
  requestId: string;
  modelUsed: string;
  transmissions: number;
  source: (() => string) | undefined;
  result: BedrockResult;
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

async function sendConverse(
  client: BedrockClient,
  call: ModelCall & { body: ConverseRequest },
  asksForStream: boolean,
  isStreamed: boolean,
): Promise<Sent> {
  if (isStreamed) {
    const source = await client.converseStream(call);
    return sentBy(source, undefined, { kind: "stream", source });
  }
  const reply = await client.converse(call);
  const { response } = reply;
  const source = (): string => reply.body.toString();
  const result: BedrockResult = asksForStream
    ? { kind: "stream", source: toldAsStream(response, source) }
    : { kind: "whole", response };
  return sentBy(reply, source, result);
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
