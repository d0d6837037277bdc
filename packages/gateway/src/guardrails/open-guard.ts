/** Finds the guardrails of a target and makes them ready for one call: before anything is sent, what they may not do is refused. */
import { AditError, checkRegion, factsOfTarget, type BedrockClient, type PriceTable } from "@adit/bedrock";
import type { Post } from "@adit/bedrock/gateway";
import { projectOf, type CallerPrincipal } from "../access/principal.ts";
import { signerOf, type SignerDependencies } from "../routing/plan/signer.ts";
import type { HopMark } from "../http/request/hop-mark.ts";
import type { Incoming } from "../http/routes/route.ts";
import type { RequestFacts } from "../ledger/record/request-facts.ts";
import { checkCredentialAllowed } from "../routing/plan/allowed.ts";
import type { RoutingDependencies } from "../routing/dependencies.ts";
import { sessionFor } from "../routing/plan/attributed-call.ts";
import { metadataOf } from "../routing/request/metadata.ts";
import type { Target } from "../routing/plan/plan.ts";
import type { BackgroundChecks } from "./background-checks.ts";
import { CallGuard, type GuardedRequest } from "./call-guard.ts";
import { checkToolsOf, type CheckHold, type CheckSigner, type CheckSpending } from "./check-tools.ts";
import type { BedrockOptions } from "./check.ts";
import { findHooks } from "./find-hooks.ts";
import type { Hook, TargetHooks } from "./hook.ts";
import type { GuardrailUse } from "./guardrail-use.ts";
import type { GuardrailFact, GuardrailFeedbackFact, HookFacts } from "./hook-result.ts";
import { checkCalledHost } from "./called-host.ts";

export interface GuardDependencies extends SignerDependencies {
  routing: RoutingDependencies;
  client: BedrockClient;
  hop: HopMark;
  now: () => number;
  guardrails: GuardrailSupport;
}

/** What guardrails need of the gateway that is no one else's. */
export interface GuardrailSupport {
  post: Post;
  background: BackgroundChecks;
  /** Reserves with the limits of a check's own virtual key; undefined where none concerns it. Rejects with AditError where there is no room. */
  hold: (
    virtualKeyId: string,
    spending: CheckSpending,
    prices: PriceTable | undefined,
  ) => Promise<CheckHold | undefined> | undefined;
  /** Told what those found that nobody waits for. */
  onAsyncFacts: (request: { id: string; traceId: string }, facts: HookFacts) => void;
  /** Told what comes after the call's record has been written; `prices`: the call's own. */
  onLate: (callId: string, late: LateGuardrails, prices: PriceTable | undefined) => void;
  /** Told of work that nobody waits for, and that will tell by `onLate` what it cost; it never rejects. */
  onOwed: (callId: string, work: Promise<void>, prices: PriceTable | undefined) => void;
}

/** What guardrails found, said and used after the call's end. */
export interface LateGuardrails {
  guardrails?: readonly GuardrailFact[];
  feedback?: readonly GuardrailFeedbackFact[];
  use?: GuardrailUse;
}

export interface GuardedCall {
  target: Target;
  hooks: TargetHooks;
  request: GuardedRequest;
  principal: CallerPrincipal;
  incoming: Incoming;
  facts: RequestFacts;
}

/** Rejects with AditError: `not_stored`, `custom_host_not_allowed`, `forbidden`. */
export async function openGuard(call: GuardedCall, deps: GuardDependencies): Promise<CallGuard> {
  const { hooks, request, incoming, facts, principal } = call;
  const found = await findHooks(hooks, principal, deps.routing.findGuardrail);
  for (const hook of [...found.before, ...found.after]) await checkReach(hook, call, deps);
  const tools = checkToolsOf({
    client: deps.client,
    post: deps.guardrails.post,
    fetchMedia: deps.routing.settings.fetchMedia,
    hop: { [deps.hop.header]: deps.hop.next(incoming.headers) },
    signer: (options) => signerFor(options, call, deps),
    modelBehind: () => modelBehind(call.target, deps),
    onUsed: (use) => {
      facts.hold?.guardrails.add(use);
      if (facts.isSettled) deps.guardrails.onLate(incoming.id, { use }, facts.prices);
      else (facts.guardrailUse ??= []).push(use);
    },
  });
  const note = ({ checks, feedback }: HookFacts): void => {
    (facts.guardrails ??= []).push(...checks);
    if (feedback !== undefined) (facts.guardrailFeedback ??= []).push(feedback);
  };
  return new CallGuard({
    hooks: found,
    request,
    tools,
    now: deps.now,
    onFacts: note,
    onAsyncFacts: (found) => {
      deps.guardrails.onAsyncFacts({ id: incoming.id, traceId: incoming.traceId }, found);
      if (facts.isSettled) deps.guardrails.onLate(incoming.id, lateOf(found), facts.prices);
      else note(found);
    },
    onPending: (work, hook) => {
      // What costs nothing makes no request of a call that sends nothing, as where the cache answers.
      if (hook.checks.some(({ ready }) => ready.bills !== undefined)) {
        facts.hold?.guardrails.waitFor(work);
        deps.guardrails.onOwed(incoming.id, work, facts.prices);
      }
      deps.guardrails.background.add(work);
    },
  });
}

async function modelBehind(target: Target, deps: GuardDependencies): Promise<string | undefined> {
  const { standIn, credentials } = await signerOf(target, deps);
  const place = { model: target.model, region: target.region, credentials, controlPlaneUrl: standIn?.url };
  return (await factsOfTarget(place, deps)).behind;
}

function lateOf({ checks, feedback }: HookFacts): LateGuardrails {
  return { guardrails: checks, ...(feedback !== undefined && { feedback: [feedback] }) };
}

/** Hosts, virtual keys and regions that checks would call by: a fault of the config's is no fault of the text's, and is told at once. */
async function checkReach(hook: Hook, call: GuardedCall, deps: GuardDependencies): Promise<void> {
  for (const { id, ready } of hook.checks) {
    if (ready.host !== undefined) checkCalledHost(ready.host, `${hook.id}: ${id}`, deps.routing.settings.customHosts);
    if (ready.region !== undefined) checkRegion(ready.region, "config");
    if (ready.virtualKey !== undefined || ready.region !== undefined) await calledTarget(ready, call, deps);
  }
}

type Called = Partial<Pick<BedrockOptions, "virtualKey" | "region">>;

/** The target of a check's own call to Bedrock: the caller's, or a virtual key's that the caller may use. */
async function calledTarget(
  { virtualKey: slug, region }: Called,
  { target, principal, incoming }: GuardedCall,
  { routing }: GuardDependencies,
): Promise<Target> {
  if (slug === undefined) return allowed(region === undefined ? target : { ...target, region }, principal);
  const key = await routing.storedKeys.find(projectOf(principal), slug);
  if (key === undefined || key.credential.kind === "openai_compatible") {
    throw new AditError(
      "not_stored",
      `No virtual key of Bedrock's is stored as "${slug.slice(0, 64)}" for a guardrail.`,
      {
        param: "config",
        remedy: "Name a virtual key of the gateway key's own project.",
      },
    );
  }
  const { attribution } = key;
  const session =
    attribution && sessionFor(attribution, { principal, metadata: metadataOf(incoming.headers, principal) });
  const called: Target = {
    ...target,
    provider: "bedrock",
    region: region ?? key.region ?? (target.region === "" ? routing.serverRegion : target.region),
    credentials: routing.storedKeys.source(key, undefined, session),
    virtualKey: key,
    requestMetadata: undefined,
    credentialFrom: "virtual_key",
    isServerChain: key.credential.kind === "server_chain",
    baseUrl: key.endpoint,
  };
  return allowed(called, principal);
}

function allowed(target: Target, principal: CallerPrincipal): Target {
  checkCredentialAllowed(target, principal);
  return target;
}

async function signerFor(options: BedrockOptions, call: GuardedCall, deps: GuardDependencies): Promise<CheckSigner> {
  const target = await calledTarget(options, call, deps);
  if (target.credentials === undefined) {
    throw new Error("The target is not on Bedrock: the check needs a virtualKey to call Bedrock by.");
  }
  const { standIn, credentials } = await signerOf(target, deps);
  return {
    credentials,
    region: target.region,
    baseUrl: standIn?.url ?? target.baseUrl,
    isBilled: standIn === undefined,
    hold: holdOf(target, call, deps),
  };
}

/** The limits of the target's own virtual key count its checks with the call. */
function holdOf(
  { virtualKey, region }: Target,
  { target, principal, facts }: GuardedCall,
  { guardrails }: GuardDependencies,
): CheckSigner["hold"] {
  if (virtualKey === undefined || virtualKey.id === target.virtualKey?.id) return undefined;
  const isPatient = principal.kind === "admin_key";
  return async (shown) => guardrails.hold(virtualKey.id, { region, shown, isPatient }, facts.prices);
}
