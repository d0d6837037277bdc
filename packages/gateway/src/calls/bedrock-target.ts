/** One target on Bedrock: translates the request for its model and calls Converse, whole or as a stream. */
import {
  prepareChat,
  streamEventsFromResponse,
  type BedrockClient,
  type CancelSignal,
  type ChatRequest,
  type ConverseCall,
  type ConverseResponse,
  type ConverseStreamSink,
  type CredentialSource,
  type FetchedMedia,
  type OpenStream,
  type TranslationNotes,
} from "@adit/bedrock";
import type { Target } from "../routing/plan.ts";
import { retryPolicyOf, type RetryPlace } from "./retry-policy.ts";

/** A stand-in for AWS where the server has no credentials of its own: the emulator. */
export interface StandIn {
  url: string;
  credentials: CredentialSource;
}

/** What all targets of one request share. */
export interface ChatCall {
  stream: boolean;
  loadMedia: (urls: ReadonlyMap<string, string>) => Promise<ReadonlyMap<string, FetchedMedia>>;
  anthropicBeta: readonly string[];
  forwardHeaders: Record<string, string>;
  signal: CancelSignal;
}

/** One target's call, with the request as it was checked for Bedrock. */
export interface BedrockCall extends ChatCall {
  request: ChatRequest;
}

/** How Bedrock answered: a whole answer, or a stream whose first frame has come. */
export interface BedrockAnswer {
  kind: "bedrock";
  target: Target;
  route: "converse" | "emulator";
  credential: string;
  requestId: string;
  modelUsed: string;
  transmissions: number;
  notes: TranslationNotes;
  whole: ConverseResponse | undefined;
  /** AWS's own bytes of the whole answer. */
  wholeBody: Buffer | undefined;
  stream: EventSource | undefined;
}

/** Where events come from: AWS's stream, or a whole answer that is told as one. */
export type EventSource = Pick<OpenStream, "pump" | "pause" | "resume" | "abort">;

/** The limit of a stream's first frame is the model's: how long the caller waits for a status line is decided elsewhere. */
const patientLimits = { firstByteMs: 3_600_000 } as const;

export interface BedrockTools {
  client: BedrockClient;
  defaultMaxTokens: number | undefined;
}

/** What is around one call. */
export interface BedrockPlace extends RetryPlace {
  standIn: StandIn | undefined;
  /** Told what the translation left out or changed, before anything is sent. */
  onTranslated: (notes: TranslationNotes) => void;
}

/** Rejects with AditError. */
export async function callBedrock(
  target: Target,
  call: BedrockCall,
  tools: BedrockTools,
  place: BedrockPlace,
): Promise<BedrockAnswer> {
  const { standIn } = place;
  const credentials = standIn?.credentials ?? target.credentials;
  if (credentials === undefined) throw new TypeError("A target on Bedrock has a credential source.");
  const { model, region } = target;
  const { body, notes } = await prepareChat(
    call.request,
    { model, region, credentials, controlPlaneUrl: standIn?.url },
    {
      client: tools.client,
      loadMedia: call.loadMedia,
      anthropicBeta: call.anthropicBeta,
      defaultMaxTokens: tools.defaultMaxTokens,
    },
  );
  place.onTranslated(notes);
  const isStreamed = call.stream && notes.streamable;
  const { requestId, modelUsed, attempts, whole, wholeBody, stream } = await send(tools.client, isStreamed, {
    model,
    region,
    credentials,
    body,
    signal: call.signal,
    headers: call.forwardHeaders,
    baseUrl: standIn?.url ?? target.baseUrl,
    retry: retryPolicyOf(target.retry, place),
    onAttempt: place.onAttempt,
    limits: isStreamed ? patientLimits : undefined,
  });
  return {
    kind: "bedrock",
    target,
    route: routeBy(standIn),
    // Read after the call: a chain's label says which of its links serves only once one has.
    credential: credentials.label,
    requestId,
    modelUsed,
    transmissions: attempts.length,
    notes,
    whole,
    wholeBody,
    stream: call.stream && whole !== undefined ? toldAsStream(whole, wholeBody) : stream,
  };
}

/** The route of a call to Bedrock, or to what stands in for it. */
export function routeBy(standIn: StandIn | undefined): BedrockAnswer["route"] {
  return standIn === undefined ? "converse" : "emulator";
}

type Sent = Pick<OpenStream, "requestId" | "modelUsed" | "attempts"> &
  Pick<BedrockAnswer, "whole" | "wholeBody" | "stream">;

/** Streamed, or whole. */
async function send(client: BedrockClient, isStreamed: boolean, call: ConverseCall): Promise<Sent> {
  if (isStreamed) {
    const stream = await client.converseStream(call);
    const { requestId, modelUsed, attempts } = stream;
    return { requestId, modelUsed, attempts, whole: undefined, wholeBody: undefined, stream };
  }
  const { response, body, requestId, modelUsed, attempts } = await client.converse(call);
  return { requestId, modelUsed, attempts, whole: response, wholeBody: body, stream: undefined };
}

/** A whole answer told as a stream, for families that AWS does not stream with tools. */
function toldAsStream(response: ConverseResponse, body: Buffer | undefined): EventSource {
  const source = body && ((): string => body.toString());
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
