/** One call of a connector: by InvokeModel, on the way of every call. What else the control API asks of a model goes the same way. */
import {
  factsOfModel,
  factsOfTarget,
  isJsonObject,
  type CompatibleEndpoint,
  type InvokeReply,
  type JsonObject,
  type ModelFacts,
  type OpenChunkStream,
} from "@adit/bedrock";
import { exactNumbersAsText, parsedObject, wrappedInstruction } from "@adit/bedrock/gateway";
import { tenantOf, type CallerPrincipal, type Principal } from "../access/principal.ts";
import { echoTrace, nameAnswer } from "../calls/answers/answer-headers.ts";
import { signerOf } from "../routing/plan/signer.ts";
import { callForeign, type CompatibleAnswer } from "../calls/targets/compatible-target.ts";
import { travel, type JourneyDependencies, type TargetWay } from "../calls/journey.ts";
import {
  learnPassed,
  passToTarget,
  type PassDependencies,
  type PassedAnswer,
  type PassedCall,
  type PassedWay,
} from "../calls/native/passed-call.ts";
import { noteTierAsked } from "../calls/native/passed-tier.ts";
import { noteWhole } from "../calls/native/passed-usage.ts";
import { checkKeeping } from "../http/request/refuses-keeping.ts";
import type { Incoming, Reply } from "../http/routes/route.ts";
import { pairsOfBody } from "../ledger/content/body-pairs.ts";
import { newFacts } from "../ledger/record/request-facts.ts";
import { checkAllowed, hasRegionList } from "../routing/plan/allowed.ts";
import { forwardedHeaders, namesToForward } from "../routing/request/forwarded-headers.ts";
import { requestTimeout, type Interpretation } from "../routing/request/interpret.ts";
import { metadataAsText, metadataOf } from "../routing/request/metadata.ts";
import type { Target } from "../routing/plan/plan.ts";
import { readTrace } from "../http/request/trace.ts";

export interface InvokeDependencies extends JourneyDependencies, PassDependencies {}

/** What is called, and with what. */
export interface ConnectorCall {
  target: Target;
  /** Stands for the model where its profile does not tell: the connector's own word. */
  modelId: string | undefined;
  /** In the model's own format, or in Converse's. */
  body: string;
  /** `invoke` unless given. */
  api?: "converse" | "invoke";
  /** Of the body of a host that is not AWS. */
  format?: "openai-chat";
}

export interface ConnectorWay extends PassedWay {
  modelId: string | undefined;
  text: string;
  principal: Principal;
}

/** @throws AditError `forbidden` for what the caller's key, or the virtual key, does not allow. */
export function newWay(
  { incoming, reply, principal }: { incoming: Incoming; reply: Reply; principal: Principal },
  { target, modelId, body, api = "invoke", format }: ConnectorCall,
): ConnectorWay {
  const facts = newFacts("connector");
  incoming.facts = facts;
  const asked: Interpretation = {
    ...askedFor(incoming, principal, target),
    ...(format !== undefined && { ownFormat: format }),
    ...(api === "converse" && { ownFormat: api }),
  };
  facts.trace = asked.trace;
  facts.metadata = asked.metadata;
  facts.modelAsked = target.model;
  facts.requestBytes = Buffer.byteLength(body);
  incoming.tap?.about(pairsOfBody(parsedObject(exactNumbersAsText(body)) ?? {}));
  echoTrace(incoming, reply, facts);
  return {
    incoming,
    reply,
    asked,
    facts,
    isOpen: false,
    credentials: undefined,
    api,
    action: api,
    body: Buffer.alloc(0),
    contentType: undefined,
    accept: undefined,
    modelId,
    text: body,
    principal,
    tenant: tenantOf(principal),
  };
}

/** Calls the model whole. Rejects with AditError. */
export async function invokeWhole(way: ConnectorWay, deps: InvokeDependencies): Promise<InvokeReply> {
  way.facts.stream = false;
  const { facts, api } = way;
  const answer = await travelled(way, deps, (call) => deps.client.pass({ ...call, action: api }), undefined);
  noteWhole(facts, { action: api, request: way.text }, answer.reply);
  noteTierAsked(facts, way.text, { api });
  if (facts.hold !== undefined) await facts.hold.settle();
  return answer.reply;
}

/** Calls the model for a stream; `open` gives the caller its status line where the first chunk takes long. Rejects with AditError. */
export async function invokeStream(
  way: ConnectorWay,
  deps: InvokeDependencies,
  open: () => void,
): Promise<OpenChunkStream> {
  way.facts.stream = true;
  const answer = await travelled(way, deps, (call) => deps.client.invokeStream(call), open);
  // Should it break, what it cost is estimated by its media.
  way.facts.requestBody = parsedObject(way.body.toString("utf8"));
  return answer.reply;
}

/** Calls a host that speaks OpenAI's format: counted and recorded as every call. Rejects with AditError. */
export async function askForeign(
  way: ConnectorWay,
  body: JsonObject,
  deps: InvokeDependencies & { endpoint: CompatibleEndpoint },
): Promise<void> {
  const { facts } = way;
  facts.stream = false;
  await reserve(way, deps);
  const attempt = (target: Target, place: TargetWay): Promise<CompatibleAnswer> =>
    callForeign(target, body, { ...place, format: "chat", stream: false, endpoint: deps.endpoint });
  const { whole, route, credential, transmissions } = await travel(way, deps, attempt, undefined);
  facts.route = route;
  facts.credential = credential;
  facts.modelUsed = facts.modelAsked;
  facts.attempts = transmissions;
  if (isJsonObject(whole?.answer["usage"])) facts.usage = whole.answer["usage"];
  if (facts.hold !== undefined) await facts.hold.settle();
}

async function reserve(
  { incoming, principal, asked, text, facts }: ConnectorWay,
  deps: InvokeDependencies,
): Promise<void> {
  const reserving = deps.limits.begin(incoming, principal, asked, text);
  if (reserving === undefined) return;
  await reserving;
  facts.limitsMs = deps.now() - incoming.receivedAt;
}

async function travelled<Answered extends InvokeReply | OpenChunkStream>(
  way: ConnectorWay,
  deps: InvokeDependencies,
  send: (call: PassedCall) => Promise<Answered>,
  open: (() => void) | undefined,
): Promise<PassedAnswer<Answered>> {
  const { asked, facts, incoming, reply } = way;
  await reserve(way, deps);
  const attempt = async (target: Target, place: TargetWay): Promise<PassedAnswer<Answered>> => {
    const dropped = await writeBody(way, target, deps);
    const answer = await passToTarget(way, { target, place }, deps, send);
    return { ...answer, dropped: [...answer.dropped, ...dropped] };
  };
  const answer = await travel(way, deps, attempt, open);
  learnPassed(answer, facts, asked);
  nameAnswer(incoming, reply, facts);
  return answer;
}

/** Puts Mistral's template around a plain prompt, by the family of the model that really answers. Gives what was changed. */
async function writeBody(way: ConnectorWay, target: Target, deps: InvokeDependencies): Promise<string[]> {
  const model = await modelFacts(way, target, deps);
  if (model.provider !== "") way.facts.baseModel = model.behind ?? model.baseId;
  const wrapped = way.api === "invoke" ? wrappedInstruction(way.text, model) : undefined;
  way.body = Buffer.from(wrapped ?? way.text);
  return wrapped === undefined ? [] : ["prompt"];
}

async function modelFacts({ modelId }: ConnectorWay, target: Target, deps: InvokeDependencies): Promise<ModelFacts> {
  const { standIn, credentials } = await signerOf(target, deps);
  const facts = await factsOfTarget(
    { model: target.model, region: target.region, credentials, controlPlaneUrl: standIn?.url },
    { client: deps.client },
  );
  return facts.family === "unknown" && modelId !== undefined ? factsOfModel(modelId) : facts;
}

/** A person who tries a connector has no gateway key whose rules would count: those of the virtual key do. */
const noKey: CallerPrincipal = { kind: "admin_key", isGatewayKey: () => false };

/** A request without a plan of its own: the connector is the plan. */
function askedFor({ headers, traceId }: Incoming, principal: Principal, target: Target): Interpretation {
  const caller = principal.kind === "person" ? noKey : principal;
  checkKeeping(headers);
  checkAllowed(target, caller);
  return {
    body: {},
    plan: hasRegionList(target.virtualKey, caller) ? { ...target, autoProfile: false } : target,
    strict: false,
    metadata: principal.kind === "person" ? {} : metadataAsText(metadataOf(headers, principal)),
    trace: readTrace(headers, () => traceId),
    anthropicBeta: [],
    anthropicVersion: undefined,
    forwardHeaders: forwardedHeaders(headers, namesToForward(headers)),
    requestTimeoutMs: requestTimeout(headers),
    useConverse: undefined,
    modelAsWritten: target.model,
    dropped: [],
  };
}
