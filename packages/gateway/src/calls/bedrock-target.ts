/** One target on Bedrock: translates the request for its model and calls Converse, whole or as a stream. */
import {
  prepareChat,
  streamEventsFromResponse,
  type BedrockClient,
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
import { retryPolicyOf } from "./retry-policy.ts";

/** A stand-in for AWS where the server has no credentials of its own: the emulator. */
export interface StandIn {
  url: string;
  credentials: CredentialSource;
}

/** What all targets of one request share. */
export interface ChatCall {
  request: ChatRequest;
  stream: boolean;
  loadMedia: (urls: readonly string[]) => Promise<ReadonlyMap<string, FetchedMedia>>;
  anthropicBeta: readonly string[];
  forwardHeaders: Record<string, string>;
  signal: AbortSignal;
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

/** Rejects with AditError. */
export async function callBedrock(
  target: Target,
  call: ChatCall,
  tools: BedrockTools,
  way: { standIn: StandIn | undefined; anotherRemains: boolean },
): Promise<BedrockAnswer> {
  const { standIn } = way;
  const credentials = standIn?.credentials ?? target.credentials;
  if (credentials === undefined) throw new TypeError("A target on Bedrock has a credential source.");
  const { model, region } = target;
  const prepared = await prepareChat(
    call.request,
    { model, region, credentials, ...(standIn !== undefined && { controlPlaneUrl: standIn.url }) },
    {
      client: tools.client,
      loadMedia: call.loadMedia,
      anthropicBeta: call.anthropicBeta,
      defaultMaxTokens: tools.defaultMaxTokens,
    },
  );
  const baseUrl = standIn?.url ?? target.baseUrl;
  const retry = retryPolicyOf(target.retry, way.anotherRemains);
  const converseCall: ConverseCall = {
    model,
    region,
    credentials,
    body: prepared.body,
    signal: call.signal,
    headers: call.forwardHeaders,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(retry !== undefined && { retry }),
  };
  const answer = {
    kind: "bedrock" as const,
    target,
    route: standIn === undefined ? ("converse" as const) : ("emulator" as const),
    credential: credentials.label,
    notes: prepared.notes,
  };
  if (call.stream && prepared.notes.streamable) {
    const stream = await tools.client.converseStream({ ...converseCall, limits: patientLimits });
    const { requestId, modelUsed, attempts } = stream;
    return { ...answer, requestId, modelUsed, transmissions: attempts.length, whole: undefined, stream };
  }
  const reply = await tools.client.converse(converseCall);
  const { requestId, modelUsed, attempts, response } = reply;
  return {
    ...answer,
    requestId,
    modelUsed,
    transmissions: attempts.length,
    whole: response,
    stream: call.stream ? toldAsStream(response) : undefined,
  };
}

/** A whole answer told as a stream, for families that AWS does not stream with tools. */
function toldAsStream(response: ConverseResponse): EventSource {
  return {
    pump: (sink: ConverseStreamSink) => {
      for (const event of streamEventsFromResponse(response)) sink.onEvent(event);
      sink.onReadEnd?.();
      return Promise.resolve();
    },
    pause: () => {},
    resume: () => {},
    abort: () => {},
  };
}
