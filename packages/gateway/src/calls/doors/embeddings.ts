/** `POST /v1/embeddings`: OpenAI's embeddings, by InvokeModel of the models that embed. */
import {
  checkEmbeddingsRequest,
  embeddingMediaUrlsOf,
  embeddingRequestFrom,
  embeddingsReply,
  isJsonObject,
  AditError,
  mediaAt,
  mediaLoader,
  openAiErrorBody,
  planEmbeddings,
  runEmbeddings,
  type CancelSignal,
  type EmbeddingPlan,
  type EmbeddingsRequest,
  type InvokedEmbedding,
  type InvokeReply,
  type JsonObject,
} from "@adit/bedrock";
import { countsFromHeaders } from "@adit/bedrock/gateway";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { Incoming, Reply, Route } from "../../http/routes/route.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { withParams } from "../../routing/config/params.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { nameAnswer } from "../answers/answer-headers.ts";
import { beginCall } from "../begin-call.ts";
import { modelAt, routeBy } from "../targets/bedrock-target.ts";
import { signerOf } from "../../routing/plan/signer.ts";
import { callForeign } from "../targets/compatible-target.ts";
import type { TargetHooks } from "../../guardrails/hook.ts";
import { throughGuardrails, type Checked, type GuardedWay } from "../targets/guarded-answer.ts";
import { followingSignal } from "../following-signal.ts";
import { refusalOf, travel, type Journey, type TargetWay } from "../journey.ts";
import type { ModelCallDependencies } from "../model-call.ts";
import { headersWithMetadata } from "../targets/request-metadata.ts";
import { retryPolicyOf } from "../../routing/retry-policy.ts";
import { requestIdHeader } from "./openai-route.ts";

/** Calls of one request that may be under way at once: Titan and Nova take one text each. */
const concurrency = 8;

export function embeddings(deps: ModelCallDependencies): Route {
  return {
    method: "POST",
    path: "/v1/embeddings",
    access: "key",
    errorBody: openAiErrorBody,
    requestIdHeader,
    handle: (incoming, reply, principal) => handle(incoming, reply, principal, deps),
  };
}

/** What a target answered with, and how it went. */
interface Embedded {
  kind: "embedded";
  body: object | Buffer;
  requestId: string;
  modelUsed: string;
  credential: string;
  usage: object | undefined;
  dropped: readonly string[];
}

async function handle(
  incoming: Incoming,
  reply: Reply,
  principal: CallerPrincipal,
  deps: ModelCallDependencies,
): Promise<void> {
  const { asked, facts } = await beginCall(incoming, reply, principal, {
    dialect: "openai-embeddings",
    routing: deps.routing,
    limits: deps.limits,
    now: deps.now,
  });
  facts.stream = false;
  const journey: GuardedWay = {
    incoming,
    reply,
    asked,
    facts,
    isOpen: false,
    credentials: undefined,
    principal,
    stream: false,
    guard: undefined,
    events: undefined,
  };
  const embed = (target: Target, way: TargetWay): Promise<Embedded> =>
    target.provider === "openai" ? embedElsewhere(journey, target, way, deps) : embedAtAws(journey, target, way, deps);
  const attempt = (target: Target, way: TargetWay): Promise<Embedded | Checked<Embedded>> =>
    target.hooks === undefined ? embed(target, way) : guarded(journey, { target, way, embed }, deps);
  try {
    const found = await travel(journey, deps, attempt, undefined);
    const done = found.kind === "checked" ? found.answer : found;
    facts.credential = done.credential;
    facts.modelUsed = done.modelUsed;
    if (done.requestId !== "") facts.upstreamRequestId = done.requestId;
    if (done.usage !== undefined) facts.usage = { ...done.usage };
    facts.dropped = [...asked.dropped, ...(facts.altered ?? []), ...done.dropped];
    if (facts.hold !== undefined) await facts.hold.settle();
    nameAnswer(incoming, reply, facts);
    if (found.kind === "checked") reply.send(found.status, found.body);
    else reply.send(200, done.body);
  } catch (error) {
    refusalOf(journey, error);
  }
}

interface Embedding {
  target: Target;
  way: TargetWay;
  embed: (target: Target, way: TargetWay) => Promise<Embedded>;
}

/** Through the guardrails of what is asked: an answer of numbers has nothing to judge. */
function guarded(
  journey: GuardedWay,
  { target, way, embed }: Embedding,
  deps: ModelCallDependencies,
): Promise<Embedded | Checked<Embedded>> {
  const hooks: TargetHooks = { before: target.hooks?.before ?? [], after: [] };
  const reach = (changed: Target): Promise<Embedded> => embed(changed, way);
  const textOf = ({ body }: Embedded): string => (Buffer.isBuffer(body) ? body.toString("utf8") : JSON.stringify(body));
  return throughGuardrails(journey, { target, hooks, place: way, reach, textOf }, deps);
}

async function embedElsewhere(
  { asked, facts }: Journey,
  target: Target,
  way: TargetWay,
  { endpoint }: ModelCallDependencies,
): Promise<Embedded> {
  facts.route = "openai";
  const answer = await callForeign(target, asked.body, { ...way, format: "embeddings", stream: false, endpoint });
  const { whole, requestId, modelUsed, credential, dropped } = answer;
  if (whole === undefined) throw new TypeError("A call that is no stream has a whole answer.");
  const { usage } = whole.answer;
  return {
    kind: "embedded",
    body: whole.body,
    requestId,
    modelUsed,
    credential,
    dropped: [...target.droppedParams, ...dropped],
    usage: isJsonObject(usage) ? usage : undefined,
  };
}

async function embedAtAws(
  journey: Journey,
  target: Target,
  way: TargetWay,
  deps: ModelCallDependencies,
): Promise<Embedded> {
  const { asked, facts, incoming } = journey;
  const { standIn, credentials } = await signerOf(target, deps);
  journey.credentials = credentials;
  facts.route = routeBy(standIn, "invoke");
  const request = checkEmbeddingsRequest(withParams(asked.body, target.overrideParams));
  const model = await modelAt(target, { standIn, credentials }, deps);
  facts.baseModel = model.behind ?? model.baseId;
  const { plan, dropped } = await planFor(request, model, {
    enabled: deps.routing.settings.fetchMedia,
    signal: way.signal,
  });
  facts.hold?.splitInto(plan.calls.length);
  const parts = new Map(plan.calls.map((call, part) => [call.body, part]));
  const own = target.requestMetadata;
  const headers = own === undefined ? way.forwardHeaders : headersWithMetadata(way.forwardHeaders ?? {}, own).headers;
  const replies: InvokeReply[] = [];
  const answered: AnsweredCall[] = [];
  // One for all calls: whoever follows listens until the request ends.
  let either: CancelSignal | undefined;
  const invoke = async (body: JsonObject, signal: AbortSignal): Promise<InvokedEmbedding> => {
    either ??= followingSignal(way.signal, signal);
    let attempt = -1;
    const invoked = await deps.client.invoke({
      model: target.model,
      region: target.region,
      credentials,
      body,
      signal: either,
      headers,
      baseUrl: standIn?.url ?? target.baseUrl,
      retry: retryPolicyOf(target.retry, way),
      onAttempt: (made) => {
        way.onAttempt({ part: parts.get(body), ...made });
        attempt = (facts.tries?.length ?? 0) - 1;
      },
      tap: incoming.tap?.apart(),
      ...(!target.autoProfile && { autoProfile: false }),
    });
    replies.push(invoked);
    const counts = countsFromHeaders(invoked.headers);
    answered.push({ body, inputTokens: counts.inputTokens, attempt });
    return { body: objectIn(invoked.body), counts };
  };
  const answer = await runWhole(plan, invoke, () => throwAwayAnswered(facts, plan, answered));
  return {
    kind: "embedded",
    body: embeddingsReply(answer, { ...request, model: asked.modelAsWritten }),
    requestId: replies[0]?.requestId ?? "",
    modelUsed: replies[0]?.modelUsed ?? target.model,
    credential: credentials.label,
    usage: answer.usage,
    dropped: [...target.droppedParams, ...dropped],
  };
}

/** Runs the plan. Where it fails, all its calls have ended by then, those that are aborted too: what they can have cost is known. */
async function runWhole(
  plan: EmbeddingPlan,
  invoke: Parameters<typeof runEmbeddings>[1],
  onFailure: () => void,
): ReturnType<typeof runEmbeddings> {
  const begun: Promise<InvokedEmbedding>[] = [];
  try {
    return await runEmbeddings(
      plan,
      (body, signal) => {
        const invoking = invoke(body, signal);
        begun.push(invoking);
        return invoking;
      },
      { concurrency },
    );
  } catch (error) {
    await Promise.allSettled(begun);
    onFailure();
    throw error;
  }
}

/** One of the calls that a request is, which AWS has answered, and so bills. */
interface AnsweredCall {
  body: JsonObject;
  /** Absent where AWS did not tell. */
  inputTokens: number | undefined;
  /** Its place in `tries`. */
  attempt: number;
}

/** One failed, and so did the request: what the others used stays with it. */
function throwAwayAnswered(facts: RequestFacts, { calls }: EmbeddingPlan, answered: readonly AnsweredCall[]): void {
  if (answered.length === 0) return;
  const { route, modelUsed, baseModel, region, tier, overrideParams, firstByteMs } = facts;
  const images = new Map(calls.map((call) => [call.body, call.images]));
  const parts = answered.map(({ body, inputTokens, attempt }) => {
    const pieces = images.get(body) ?? 0;
    const usage = { inputTokens, ...(pieces > 0 && { images: pieces }) };
    return { usage, route, modelUsed, baseModel, region, tier, overrideParams, firstByteMs, attempt };
  });
  facts.unwanted = [...(facts.unwanted ?? []), ...parts];
  facts.hold?.noteAnswered(parts);
}

async function planFor(
  request: EmbeddingsRequest,
  model: Parameters<typeof planEmbeddings>[1],
  media: Parameters<typeof mediaLoader>[0],
): Promise<{ plan: ReturnType<typeof planEmbeddings>; dropped: string[] }> {
  const fetched = await mediaAt(embeddingMediaUrlsOf(request), { loadMedia: mediaLoader(media) });
  const { request: neutral, dropped } = embeddingRequestFrom(request, { media: fetched });
  const plan = planEmbeddings(neutral, model);
  return { plan, dropped: [...dropped, ...plan.dropped] };
}

function objectIn(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new AditError("empty_output", "AWS answered 200 with what is not JSON.", { cause });
  }
  if (!isJsonObject(value)) throw new AditError("empty_output", "AWS answered 200 without an object.");
  return value;
}
