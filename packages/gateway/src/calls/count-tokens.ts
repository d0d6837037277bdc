/** `POST /v1/messages/count_tokens`: by AWS's CountTokens where it counts for the model, else an estimate that is named as one. */
import {
  AditError,
  checkMessagesRequest,
  estimateInputTokens,
  isJsonObject,
  learnCountRefusal,
  mediaLoader,
  prepareCountTokens,
  type RefusedParts,
} from "@adit/bedrock";
import type { CallerPrincipal } from "../access/principal.ts";
import type { Incoming, Reply, Route } from "../http/route.ts";
import { withParams } from "../routing/params.ts";
import type { Target } from "../routing/plan.ts";
import { nameAnswer } from "./answer-headers.ts";
import { beginCall, type BegunCall } from "./begin-call.ts";
import { routeBy, signerOf } from "./bedrock-target.ts";
import { refusalOf, travel, type Journey, type TargetWay } from "./journey.ts";
import { anthropicErrorBody } from "./messages.ts";
import type { ModelCallDependencies } from "./model-call.ts";
import { retryPolicyOf } from "./retry-policy.ts";

/** Says that AWS did not count. */
const estimateHeader = "x-adit-token-count";

/** `refused`: models of which AWS has said that it does not count for them. */
export function countTokens(deps: ModelCallDependencies, refused: RefusedParts): Route {
  return {
    method: "POST",
    path: "/v1/messages/count_tokens",
    access: "key",
    errorBody: anthropicErrorBody,
    requestIdHeader: "request-id",
    handle: (incoming, reply, principal) => handle({ incoming, reply, principal }, deps, refused),
  };
}

/** A count, and whether AWS made it. */
interface Count {
  inputTokens: number;
  isEstimate: boolean;
  dropped: readonly string[];
}

async function handle(
  { incoming, reply, principal }: { incoming: Incoming; reply: Reply; principal: CallerPrincipal },
  deps: ModelCallDependencies,
  refused: RefusedParts,
): Promise<void> {
  const begun = await beginCall(incoming, reply, principal, {
    dialect: "anthropic-messages",
    routing: deps.routing,
    limits: undefined,
    now: deps.now,
    ownsAnthropicVersion: true,
  });
  const { asked, facts } = begun;
  facts.stream = false;
  facts.isUnbilled = true;
  const journey: Journey = { incoming, reply, asked, facts, isOpen: false, credentials: undefined };
  const attempt = (target: Target, way: TargetWay): Promise<Count> =>
    count({ ...begun, journey }, { target, way }, deps, refused);
  try {
    const { inputTokens, isEstimate, dropped } = await travel(journey, deps, attempt, undefined);
    facts.dropped = [...asked.dropped, ...dropped];
    nameAnswer(incoming, reply, facts);
    if (isEstimate) reply.header(estimateHeader, "estimate");
    reply.send(200, { input_tokens: inputTokens });
  } catch (error) {
    refusalOf(journey, error);
  }
}

async function count(
  { journey, asked, facts, source }: BegunCall & { journey: Journey },
  { target, way }: { target: Target; way: TargetWay },
  deps: ModelCallDependencies,
  refused: RefusedParts,
): Promise<Count> {
  if (target.provider !== "bedrock") {
    throw new AditError("unsupported_operation", `${target.path} is not on Bedrock: no tokens are counted there.`, {
      param: target.path,
    });
  }
  const { standIn, credentials } = await signerOf(target, deps);
  journey.credentials = credentials;
  facts.route = routeBy(standIn, "invoke");
  const { client, routing } = deps;
  const { model, region } = target;
  const request = checkMessagesRequest(withParams(asked.body, target.overrideParams));
  const place = { model, region, credentials, controlPlaneUrl: standIn?.url };
  const prepared = await prepareCountTokens(request, place, {
    client,
    loadMedia: mediaLoader({ enabled: routing.settings.fetchMedia, signal: way.signal }),
    anthropicBeta: asked.anthropicBeta,
    source: Object.keys(target.overrideParams).length === 0 ? source?.() : undefined,
    useConverse: asked.useConverse,
    refused,
  });
  if (prepared.kind === "estimate") {
    return { inputTokens: prepared.inputTokens, isEstimate: true, dropped: target.droppedParams };
  }
  const { countedAs, body } = prepared;
  const dropped = [...target.droppedParams, ...prepared.dropped];
  try {
    const reply = await client.pass({
      action: "count-tokens",
      model: countedAs,
      region,
      credentials,
      body: JSON.stringify(body),
      signal: way.signal,
      headers: way.forwardHeaders,
      baseUrl: standIn?.url ?? target.baseUrl,
      retry: retryPolicyOf(target.retry, way),
      onAttempt: way.onAttempt,
      tap: way.tap,
      autoProfile: false,
    });
    facts.credential = credentials.label;
    facts.modelUsed = countedAs;
    facts.upstreamRequestId = reply.requestId;
    return { inputTokens: inputTokensIn(reply.body), isEstimate: false, dropped };
  } catch (error) {
    if (!learnCountRefusal(error, { model: prepared.model, region }, refused)) throw error;
    return { inputTokens: estimateInputTokens(request), isEstimate: true, dropped };
  }
}

function inputTokensIn(body: Buffer): number {
  const answer: unknown = JSON.parse(body.toString("utf8"));
  const tokens = isJsonObject(answer) ? answer["inputTokens"] : undefined;
  if (typeof tokens !== "number") throw new AditError("empty_output", "AWS answered without a count of tokens.");
  return tokens;
}
