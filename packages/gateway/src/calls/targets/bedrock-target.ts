/** One target on Bedrock: prepares the request for its model and calls it, whole or as a stream. */
import {
  factsOfTarget,
  nativeConversation,
  type BedrockClient,
  type CallTools,
  type CredentialSource,
  type InvokeReply,
  type ModelCall,
  type ModelFacts,
  type TranslationNotes,
} from "@adit/bedrock";
import {
  learnRefusal,
  nativeForStops,
  notesByFamily,
  pathsInDialect,
  withPathRenamed,
  type RefusedParts,
} from "@adit/bedrock/gateway";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { Target } from "../../routing/plan/plan.ts";
import type { Signer, StandIn } from "../../routing/plan/signer.ts";
import { send, type BedrockResult, type Sending } from "./bedrock-send.ts";
import type { CallDialect, DialectCall, NativeWhole } from "../call-dialect.ts";
import type { TargetWay } from "../journey.ts";
import { withRequestMetadata } from "./request-metadata.ts";
import { retryPolicyOf } from "../../routing/retry-policy.ts";
import { streamLimitsOf } from "../time-out.ts";

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
  result: ReadResult;
}

/** What came back, a whole native answer read. */
export type ReadResult =
  | Exclude<BedrockResult, { kind: "native" }>
  | { kind: "native"; reply: InvokeReply; whole: NativeWhole };

export type BedrockRoute = Extract<RequestFacts["route"], "converse" | "invoke" | "emulator">;

export interface BedrockTools {
  client: BedrockClient;
  defaultMaxTokens: number | undefined;
  /** What models have refused whom before, kept for an hour; undefined where refused parts are not to be left out. */
  refused?: RefusedParts | undefined;
}

/** What of a call is known before anything is sent. */
export interface PreparedFacts {
  route: BedrockRoute;
  dropped: readonly string[];
  structuredOutput: TranslationNotes["structuredOutput"];
  /** Id of the model behind what is called. */
  baseModel: string;
  /** True where AWS's own guardrail judges within the call. */
  hasGuardrail: boolean;
}

/** One call, with the request as it was checked for Bedrock. */
export interface BedrockCall<Request> extends Omit<TargetWay, "goesOnAt"> {
  request: Request;
  stream: boolean;
  loadMedia: CallTools["loadMedia"];
  /** Paths of the body whose values are others than the caller wrote, where it is written anew. */
  altered: readonly string[] | undefined;
  /** Gives the body's text, where nothing of it was changed. */
  source: (() => string) | undefined;
  anthropicBeta: readonly string[];
  tenant: string;
  /** False: the model's own format under InvokeModel is asked for. Undefined: as the model is best served. */
  useConverse: boolean | undefined;
  tools: BedrockTools;
  credentials: CredentialSource;
  standIn: StandIn | undefined;
  /** Told how the call will go, before anything is sent. */
  onPrepared: (facts: PreparedFacts) => void;
}

/** Parts that one call leaves out because the model has refused them just now: AWS names them one by one. Then its word stands. */
export const mostRefusals = 3;

/** Rejects with AditError. */
export async function callBedrock<Request>(
  target: Target,
  dialect: CallDialect<Request>,
  call: BedrockCall<Request>,
): Promise<BedrockAnswer<Request>> {
  const { refused } = call.tools;
  for (let refusals = 0; ; refusals += 1) {
    const preparing = prepare(target, dialect, call);
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    try {
      return await sendPrepared(target, dialect, call, prepared);
    } catch (error) {
      const { body, model } = prepared;
      const sent = { body, model, region: target.region, caller: callerAt(target, call.tenant) };
      const isLearned = refused !== undefined && learnRefusal(error, sent, refused);
      if (!isLearned || refusals === mostRefusals) throw error;
    }
  }
}

function prepare<Request>(
  target: Target,
  dialect: CallDialect<Request>,
  call: BedrockCall<Request>,
): DialectCall | Promise<DialectCall> {
  const { credentials, standIn, tools, useConverse } = call;
  const { model, region } = target;
  return dialect.prepare(
    call.request,
    { model, region, credentials, controlPlaneUrl: standIn?.url, useConverse },
    {
      client: tools.client,
      loadMedia: call.loadMedia,
      anthropicBeta: call.anthropicBeta,
      defaultMaxTokens: tools.defaultMaxTokens,
      source: call.source,
      refused: tools.refused,
      caller: callerAt(target, call.tenant),
    },
  );
}

/** The model that a target calls; AWS is asked for one behind an application inference profile, once. */
export function modelAt(
  { model, region }: Target,
  { standIn, credentials }: Signer,
  { client }: Pick<BedrockTools, "client">,
): Promise<ModelFacts> {
  return factsOfTarget({ model, region, credentials, controlPlaneUrl: standIn?.url }, { client });
}

/**
 * Whose calls to a target these are, where it is learned from refusals: each tenant's own, and each stored credential's, since what AWS takes
 * differs from account to account.
 */
export function callerAt({ virtualKey, credentialFrom }: Target, tenant: string): string {
  return `${tenant} ${virtualKey?.id ?? credentialFrom}`;
}

async function sendPrepared<Request>(
  target: Target,
  dialect: CallDialect<Request>,
  call: BedrockCall<Request>,
  given: DialectCall,
): Promise<BedrockAnswer<Request>> {
  const { credentials, standIn, tools } = call;
  const own = target.requestMetadata;
  const prepared = own === undefined ? given : withRequestMetadata(given, own);
  const sending = sendingOf(prepared, dialect, call);
  const notes = withAltered(notesOf(prepared, sending), prepared, call);
  const route = routeBy(standIn, sending.kind === "converse" ? "converse" : "invoke");
  const baseModel = prepared.model.behind ?? prepared.model.baseId;
  call.onPrepared({
    route,
    dropped: notes.dropped,
    structuredOutput: notes.structuredOutput,
    baseModel,
    hasGuardrail: hasGuardrail(prepared),
  });
  const isStreamed = call.stream && notes.streamable;
  const upstream: ModelCall = {
    model: target.model,
    region: target.region,
    credentials,
    signal: call.signal,
    headers: call.forwardHeaders,
    baseUrl: standIn?.url ?? target.baseUrl,
    retry: retryPolicyOf(target.retry, call),
    onAttempt: call.onAttempt,
    tap: call.tap,
    autoProfile: target.autoProfile ? undefined : false,
    limits: isStreamed ? streamLimitsOf(target) : undefined,
  };
  const sent = await send(tools.client, upstream, sending, { asksForStream: call.stream, isStreamed });
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
    result: readResult(sent.result, dialect),
  };
}

function hasGuardrail(prepared: DialectCall): boolean {
  return prepared.kind === "converse" ? prepared.body.guardrailConfig !== undefined : namesGuardrail(prepared.headers);
}

/** By the header of InvokeModel. */
export function namesGuardrail(headers: Readonly<Record<string, string>>): boolean {
  return headers["x-amzn-bedrock-guardrailidentifier"] !== undefined;
}

/** A native answer that holds no answer is a failure of this target, after which the plan may go on. */
function readResult<Request>(result: BedrockResult, { native }: CallDialect<Request>): ReadResult {
  if (result.kind !== "native") return result;
  if (native === undefined) throw new TypeError("A native answer is of a dialect that a family speaks.");
  return { kind: "native", reply: result.reply, whole: native.whole(result.reply) };
}

/** The route of a call to Bedrock, or to what stands in for it. */
export function routeBy(standIn: StandIn | undefined, route: BedrockRoute): BedrockRoute {
  return standIn === undefined ? route : "emulator";
}

const noNames: ReadonlyMap<string, string> = new Map();

/**
 * How the prepared request goes out: as it is, or by Converse, or in the format of the model's family, where that is asked for or alone can
 * carry it.
 */
function sendingOf<Request>(
  prepared: DialectCall,
  dialect: CallDialect<Request>,
  { request, useConverse, stream }: BedrockCall<Request>,
): Sending {
  if (prepared.kind === "native") return { kind: "native", body: prepared.body, headers: prepared.headers };
  const { body, model } = prepared;
  if (useConverse === true) return { kind: "converse", body };
  const inDialect = pathsInDialect(dialect.fields, dialect.messagesOf?.(request) ?? [], body.messages ?? []);
  try {
    const conversation =
      useConverse === false ? nativeConversation(body, model, stream) : nativeForStops(body, model, stream);
    return conversation === undefined ? { kind: "converse", body } : { kind: "family", conversation, inDialect };
  } catch (error) {
    throw withPathRenamed(error, inDialect);
  }
}

/** What the caller's own text carries is as the caller wrote it. */
function withAltered<Request>(
  notes: TranslationNotes,
  prepared: DialectCall,
  { altered, source }: BedrockCall<Request>,
): TranslationNotes {
  if (altered === undefined || (prepared.kind === "native" && source !== undefined)) return notes;
  return { ...notes, dropped: [...new Set([...notes.dropped, ...altered])] };
}

/** A native body was translated from nothing: there is nothing to undo in its answer. */
function notesOf(prepared: DialectCall, sending: Sending): TranslationNotes {
  if (prepared.kind === "native") {
    return { dropped: [...prepared.dropped], toolNames: noNames, streamable: true };
  }
  if (sending.kind !== "family") return prepared.notes;
  return notesByFamily(prepared.notes, sending.conversation, sending.inDialect);
}
