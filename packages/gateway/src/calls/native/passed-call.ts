/** One call in Bedrock's own format: the body goes out as it is, and the answer comes back as it came. */
import {
  factsOfModel,
  parseModelArn,
  type AttemptRecord,
  type BedrockClient,
  type ModelAction,
  type ModelCall,
  type ModelFacts,
  type ReplyHeaders,
} from "@adit/bedrock";
import { withoutRefusedBetas, type RefusalPlace, type RefusedParts } from "@adit/bedrock/gateway";
import type { Reply } from "../../http/routes/route.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { Interpretation } from "../../routing/request/interpret.ts";
import { pathsOfRules } from "../../routing/config/params.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { callerAt, modelAt, namesGuardrail, routeBy } from "../targets/bedrock-target.ts";
import { signerOf, type SignerDependencies } from "../../routing/plan/signer.ts";
import type { Journey, TargetWay } from "../journey.ts";
import { bodyWithMetadata, headersWithMetadata } from "../targets/request-metadata.ts";
import { retryPolicyOf } from "../../routing/retry-policy.ts";
import { streamLimitsOf } from "../time-out.ts";

export interface PassDependencies extends SignerDependencies {
  client: BedrockClient;
  /** What models have refused whom before; undefined where that is not to be left out. */
  refused?: RefusedParts | undefined;
}

/** One request on its way. */
export interface PassedWay extends Journey {
  api: "converse" | "invoke";
  /** Of a model; undefined for an operation that names none. */
  action: ModelAction | undefined;
  body: Buffer;
  /** What went out last: guardrails and targets may have changed the body. */
  sent?: Buffer;
  contentType: string | undefined;
  accept: string | undefined;
  tenant: string;
}

/** What is sent to one target. */
export interface PassedCall extends ModelCall {
  body: Buffer;
  contentType: string | undefined;
  accept: string | undefined;
}

/** What every kind of answer tells. */
interface PassedReply {
  modelUsed: string;
  requestId: string;
  attempts: AttemptRecord[];
}

export interface PassedAnswer<Answered extends PassedReply> {
  target: Target;
  credential: string;
  route: RequestFacts["route"];
  dropped: readonly string[];
  reply: Answered;
}

/** Signs for the target and sends by `send`. Rejects with AditError. */
export async function passToTarget<Answered extends PassedReply>(
  way: PassedWay,
  { target, place }: { target: Target; place: TargetWay },
  deps: PassDependencies,
  send: (call: PassedCall) => Promise<Answered>,
): Promise<PassedAnswer<Answered>> {
  const { facts, api, contentType, accept } = way;
  const { standIn, credentials } = await signerOf(target, deps);
  const route = routeBy(standIn, api);
  facts.route = route;
  way.credentials = credentials;
  const mayHoldBetas = mayHaveMember(way.body, "anthropic_beta");
  const mayAsk = mayHoldBetas || !facts.isUnbilled;
  const asking = mayAsk && hidesModel(way, target) ? modelAt(target, { standIn, credentials }, deps) : undefined;
  // Flags are judged before they are sent; a price can wait: the call does not.
  const model = (mayHoldBetas ? await asking : undefined) ?? factsOfModel(target.model);
  const pricing = asking?.catch(() => {});
  const { body, dropped, given } = mayHoldBetas
    ? withoutRefusedBetas(
        way.body,
        api,
        model,
        refusedFlagsAt({ model, region: target.region, caller: callerAt(target, way.tenant) }, deps),
      )
    : { body: way.body, dropped: nothingDropped, given: nothingDropped };
  const passed = attributed(way, target, body);
  if (way.action !== undefined && hasGuardrail(way, passed)) facts.guardrailInCall = "untold";
  way.sent = passed.body;
  facts.requestBytes = passed.body.length;
  const reply = await send({
    model: target.model,
    region: target.region,
    credentials,
    body: passed.body,
    contentType,
    accept,
    signal: place.signal,
    headers: { ...place.forwardHeaders, ...passed.headers },
    baseUrl: standIn?.url ?? target.baseUrl,
    retry: retryPolicyOf(target.retry, place),
    onAttempt: place.onAttempt,
    tap: place.tap,
    ...(!target.autoProfile && { autoProfile: false }),
    limits: facts.stream === true ? streamLimitsOf(target) : undefined,
  });
  // Not before: what is told of a target that failed may come when the next one has been asked, and would be taken for its own.
  noteModel(way, await pricing);
  // AWS reads no flag in a header, and the body is not added to.
  const read = new Set(given);
  const unread = way.asked.anthropicBeta.filter((flag) => !read.has(flag));
  // The model stands in the path, which a target may name; the body is the caller's.
  const applied = `${target.path}.override_params.model`;
  const rules = pathsOfRules(target.paramRules, target.path).filter((rule) => rule !== applied);
  const left = [...rules, ...unread.map((flag) => `anthropic-beta.${flag}`), ...dropped, ...passed.dropped];
  // Read after the call: a chain's label says which of its links serves only once one has.
  return { target, credential: credentials.label, route, dropped: left, reply };
}

const quote = 0x22;

/** Without reading the body. Quotes are the most frequent of its bytes: what begins with one is looked for a hundred times as long. */
export function mayHaveMember(body: Buffer, name: string): boolean {
  const rest = `${name}"`;
  for (let at = body.indexOf(rest); at !== -1; at = body.indexOf(rest, at + 1)) {
    if (body[at - 1] === quote) return true;
  }
  return false;
}

/** True where AWS's own guardrail judges within the call. */
function hasGuardrail({ api }: PassedWay, { body, headers }: AttributedBody): boolean {
  return api === "converse" ? mayHaveMember(body, "guardrailConfig") : namesGuardrail(headers);
}

/** True where AWS alone can tell which model answers. */
function hidesModel({ action }: PassedWay, { model }: Target): boolean {
  return (
    action !== undefined &&
    model.startsWith("arn:") &&
    parseModelArn(model)?.resourceType === "application-inference-profile"
  );
}

function noteModel({ facts }: PassedWay, model: ModelFacts | void): void {
  if (model !== undefined && model.provider !== "") facts.baseModel ??= model.behind ?? model.baseId;
}

function refusedFlagsAt(
  place: RefusalPlace,
  { refused }: PassDependencies,
): ((flags: ReadonlySet<string>) => ReadonlySet<string>) | undefined {
  return refused && ((flags) => refused.flagsOf(place, flags));
}

interface AttributedBody {
  body: Buffer;
  /** InvokeModel's own. */
  headers: Record<string, string>;
  dropped: readonly string[];
}

const nothingDropped: readonly string[] = [];

/** With the `requestMetadata` of the target's virtual key where its operation has one; else as it came. */
function attributed({ incoming, api, action }: PassedWay, { requestMetadata }: Target, body: Buffer): AttributedBody {
  const headers = incoming.headers.startingWith("x-amzn-bedrock-");
  if (requestMetadata === undefined || action === undefined || action === "count-tokens") {
    return { body, headers, dropped: nothingDropped };
  }
  return api === "converse"
    ? { headers, ...bodyWithMetadata(body, requestMetadata) }
    : { body, ...headersWithMetadata(headers, requestMetadata) };
}

export function learnPassed(
  { target, credential, route, dropped, reply }: PassedAnswer<PassedReply>,
  facts: RequestFacts,
  asked: Pick<Interpretation, "dropped">,
): void {
  facts.route = route;
  facts.region = target.region;
  facts.credential = credential;
  facts.modelUsed = reply.modelUsed === "" ? undefined : reply.modelUsed;
  facts.attempts = Math.max(facts.attempts ?? 0, reply.attempts.length);
  if (reply.requestId !== "") facts.upstreamRequestId = reply.requestId;
  facts.dropped = [...asked.dropped, ...dropped];
}

/** AWS's own headers are the caller's: SDKs read the request's id and the counts of tokens there. */
export function passHeaders(headers: ReplyHeaders, reply: Reply): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("x-amzn-") && typeof value === "string") reply.header(name, value);
  }
}

export function contentTypeOf(headers: ReplyHeaders): string {
  const type = headers["content-type"];
  return typeof type === "string" ? type : "application/json";
}
