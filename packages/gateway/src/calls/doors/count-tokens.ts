/**
 * `POST /v1/messages/count_tokens` and `/v1/responses/input_tokens`: by AWS's CountTokens where it counts for the model, else by bedrock-mantle
 * for Claude, else an estimate that is named as one.
 */
import {
  AditError,
  checkMessagesRequest,
  checkResponsesRequest,
  mantlePlace,
  mediaLoader,
  openAiErrorBody,
  prepareCountTokens,
  prepareResponsesCount,
  type CallTarget,
  type JsonObject,
  type MessagesRequest,
  type MessagesTools,
  type PreparedCount,
  type ResponsesRequest,
} from "@adit/bedrock";
import { countedTokensIn, learnCountRefusal, learnRefusal, type RefusedParts } from "@adit/bedrock/gateway";
import { tenantOf, type CallerPrincipal } from "../../access/principal.ts";
import type { ErrorBody, Incoming, Reply, Route } from "../../http/routes/route.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { ResponseTurns } from "../../responses/response-turns.ts";
import { withParams } from "../../routing/config/params.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { nameAnswer } from "../answers/answer-headers.ts";
import { beginCall, type BegunCall } from "../begin-call.ts";
import { callerAt, mostRefusals, routeBy } from "../targets/bedrock-target.ts";
import { signerOf } from "../../routing/plan/signer.ts";
import { refusalOf, travel, type Journey, type TargetWay } from "../journey.ts";
import { MantleCounts, type Counting } from "./mantle-count.ts";
import { anthropicErrorBody } from "../../http/reply/anthropic-errors.ts";
import { requestIdHeader } from "./openai-route.ts";
import { checkPrevious } from "./responses.ts";
import { ownPath, told } from "./turn-dialect.ts";
import type { ModelCallDependencies } from "../model-call.ts";
import { retryPolicyOf } from "../../routing/retry-policy.ts";

/** Says that AWS did not count. */
const estimateHeader = "x-adit-token-count";

/** In whose words it is asked and answered. */
interface CountDialect<Request> {
  name: RequestFacts["dialect"];
  path: string;
  errorBody: ErrorBody;
  requestIdHeader: string;
  /** True: the header `anthropic-version` is the dialect's own. */
  ownsAnthropicVersion?: true;
  check: (body: JsonObject) => Request;
  prepare: (request: Request, target: CallTarget, tools: MessagesTools) => Promise<PreparedCount>;
  answer: (inputTokens: number) => JsonObject;
}

const ofMessages: CountDialect<MessagesRequest> = {
  name: "anthropic-messages",
  path: "/v1/messages/count_tokens",
  errorBody: anthropicErrorBody,
  requestIdHeader: "request-id",
  ownsAnthropicVersion: true,
  check: checkMessagesRequest,
  prepare: prepareCountTokens,
  answer: (inputTokens) => ({ input_tokens: inputTokens }),
};

const ofResponses: CountDialect<ResponsesRequest> = {
  name: "openai-responses",
  path: "/v1/responses/input_tokens",
  errorBody: openAiErrorBody,
  requestIdHeader,
  check: (body) => checkResponsesRequest(checkPrevious(body)),
  prepare: prepareResponsesCount,
  answer: (inputTokens) => ({ object: "response.input_tokens", input_tokens: inputTokens }),
};

/** `refused`: what models have refused whom before, to be counted among it; kept for an hour. */
export function countTokens(deps: ModelCallDependencies, refused: RefusedParts): Route {
  return countRoute(ofMessages, { deps, refused, mantle: new MantleCounts(deps), turns: undefined });
}

/** As {@link countTokens}; a request may go on from what `turns` finds. */
export function countResponseTokens(deps: ModelCallDependencies, refused: RefusedParts, turns: ResponseTurns): Route {
  return countRoute(ofResponses, { deps, refused, mantle: new MantleCounts(deps), turns });
}

function countRoute<Request>(dialect: CountDialect<Request>, tools: CountTools): Route {
  return {
    method: "POST",
    path: dialect.path,
    access: "key",
    errorBody: dialect.errorBody,
    requestIdHeader: dialect.requestIdHeader,
    handle: (incoming, reply, principal) => handle({ incoming, reply, principal }, dialect, tools),
  };
}

interface CountTools {
  deps: ModelCallDependencies;
  refused: RefusedParts;
  mantle: MantleCounts;
  turns: ResponseTurns | undefined;
}

/** A count, and whether AWS made it. */
interface Count {
  inputTokens: number;
  isEstimate: boolean;
  dropped: readonly string[];
}

async function handle<Request>(
  { incoming, reply, principal }: { incoming: Incoming; reply: Reply; principal: CallerPrincipal },
  dialect: CountDialect<Request>,
  tools: CountTools,
): Promise<void> {
  const { deps, turns } = tools;
  const begun = await beginCall(incoming, reply, principal, {
    dialect: dialect.name,
    routing: deps.routing,
    limits: undefined,
    now: deps.now,
    ownsAnthropicVersion: dialect.ownsAnthropicVersion,
    isOnBedrockAlone: true,
    turns,
  });
  const { asked, facts, turn } = begun;
  facts.stream = false;
  facts.isUnbilled = true;
  const journey: Journey = { incoming, reply, asked, facts, isOpen: false, credentials: undefined };
  const attempt = (target: Target, way: TargetWay): Promise<Count> =>
    count({ journey, ...begun }, { target, way, caller: callerAt(target, tenantOf(principal)) }, dialect, tools).catch(
      (error: unknown) => {
        throw turn === undefined ? error : told(error, turn);
      },
    );
  try {
    const { inputTokens, isEstimate, dropped } = await travel(journey, deps, attempt, undefined);
    facts.dropped = [...asked.dropped, ...dropped.map((path) => (turn === undefined ? path : ownPath(path, turn)))];
    nameAnswer(incoming, reply, facts);
    if (isEstimate) reply.header(estimateHeader, "estimate");
    reply.send(200, dialect.answer(inputTokens));
  } catch (error) {
    refusalOf(journey, error);
  }
}

interface RouteCounting extends Counting {
  target: Target;
  way: TargetWay;
  caller: string;
  tools: CountTools;
}

async function count<Request>(
  { journey, asked, facts, source }: BegunCall & { journey: Journey },
  { target, way, caller }: { target: Target; way: TargetWay; caller: string },
  dialect: CountDialect<Request>,
  tools: CountTools,
): Promise<Count> {
  if (target.provider !== "bedrock") {
    throw new AditError("unsupported_operation", `${target.path} is not on Bedrock: no tokens are counted there.`, {
      param: target.path,
    });
  }
  const signer = await signerOf(target, tools.deps);
  const { standIn, credentials } = signer;
  journey.credentials = credentials;
  facts.route = routeBy(standIn, "invoke");
  const { deps, refused } = tools;
  const { client, routing } = deps;
  const { model, region } = target;
  const request = dialect.check(withParams(asked.body, target.overrideParams));
  const place = { model, region, credentials, controlPlaneUrl: standIn?.url };
  const prepare = (): Promise<PreparedCount> =>
    dialect.prepare(request, place, {
      client,
      loadMedia: mediaLoader({ enabled: routing.settings.fetchMedia, signal: way.signal }),
      anthropicBeta: asked.anthropicBeta,
      source: Object.keys(target.overrideParams).length === 0 ? source : undefined,
      useConverse: asked.useConverse,
      refused,
      caller,
    });
  const counting: RouteCounting = { target, way, caller, facts, signer, tools };
  const { inputTokens, prepared } = await countedByAws(counting, prepare);
  return {
    inputTokens: inputTokens ?? prepared.estimate(),
    isEstimate: inputTokens === undefined,
    dropped: [...target.droppedParams, ...prepared.dropped],
  };
}

/** By CountTokens, else by bedrock-mantle; undefined where neither counts for the model. */
async function countedByAws(
  counting: RouteCounting,
  prepare: () => Promise<PreparedCount>,
): Promise<{ inputTokens: number | undefined; prepared: PreparedCount }> {
  const { target, caller, tools } = counting;
  const { deps, refused, mantle } = tools;
  for (let refusals = 0; ; refusals += 1) {
    const prepared = await prepare();
    // bedrock-runtime does not know it.
    if (mantlePlace(target.model) !== undefined) {
      return { inputTokens: await mantle.count(counting, prepared), prepared };
    }
    try {
      const inputTokens = (await countedByRuntime(counting, prepared)) ?? (await mantle.count(counting, prepared));
      return { inputTokens, prepared };
    } catch (error) {
      const { native, model } = prepared;
      const sent = native === undefined ? undefined : { body: native, model, region: target.region, caller };
      const isLearned =
        sent !== undefined && deps.routing.settings.leaveOutRefused && learnRefusal(error, sent, refused);
      if (!isLearned || refusals === mostRefusals) throw error;
    }
  }
}

async function countedByRuntime(
  { target, way, caller, facts, signer: { standIn, credentials }, tools: { deps, refused } }: RouteCounting,
  prepared: PreparedCount,
): Promise<number | undefined> {
  const { ask, model } = prepared;
  if (ask === undefined) return undefined;
  const { countedAs, body } = ask;
  const { region } = target;
  try {
    const reply = await deps.client.pass({
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
    return countedTokensIn(reply.body);
  } catch (error) {
    if (!learnCountRefusal(error, { model, region, caller }, refused)) throw error;
    return undefined;
  }
}
