/** The gateway put together: settings in, a listening server out. */
import {
  AditError,
  BedrockClient,
  CompatibleEndpoint,
  regionFromEnvironment,
  regionFromProfile,
  sendStsOver,
  systemClock,
  Transport,
  type Clock,
  type SendSts,
} from "@adit/bedrock";
import { hookTerms, postOver, RefusedParts, type Post } from "@adit/bedrock/gateway";
import { Door } from "./access/door.ts";
import { StoredAnswers } from "./cache/stored-answers.ts";
import { sessionRoutes } from "./admin/session-routes.ts";
import { controlRoutes } from "./admin/control-routes.ts";
import type { StandIn } from "./routing/plan/signer.ts";
import { holdForCheck } from "./calls/bounds/check-hold.ts";
import { CallLimits } from "./calls/bounds/call-limits.ts";
import { chatCompletions, promptCompletions } from "./calls/doors/chat-completions.ts";
import { completions } from "./calls/doors/completions.ts";
import { countResponseTokens, countTokens } from "./calls/doors/count-tokens.ts";
import { embeddings } from "./calls/doors/embeddings.ts";
import { LeftStreams } from "./calls/answers/left-streams.ts";
import { messages } from "./calls/doors/messages.ts";
import type { ModelCallDependencies } from "./calls/model-call.ts";
import { modelRoutes } from "./calls/doors/models.ts";
import { responses } from "./calls/doors/responses.ts";
import { nativeRoutes } from "./calls/native/native-door.ts";
import { BackgroundChecks } from "./guardrails/background-checks.ts";
import { storedGuardrailsOf } from "./guardrails/saved/stored-guardrails.ts";
import { dashboardRoutes } from "./http/routes/dashboard-routes.ts";
import { connectorCallRoutes } from "./connectors/call-routes.ts";
import { docsRoutes } from "./http/routes/docs-routes.ts";
import { healthRoutes } from "./http/routes/health-routes.ts";
import { HopMark } from "./http/request/hop-mark.ts";
import { startListener, type ListenerOptions } from "./http/listener/listener.ts";
import type { Route } from "./http/routes/route.ts";
import type { Doorkeeper, FinishedRequest } from "./http/routes/run-route.ts";
import { Ledger } from "./ledger/ledger.ts";
import type { ReplayTools } from "./ledger/replay/replay.ts";
import { storedPromptsOf } from "./prompts/stored-prompts.ts";
import { RequestLog } from "./ledger/request-log/request-log.ts";
import { ResponseTurns } from "./responses/response-turns.ts";
import { Circuits } from "./routing/circuits.ts";
import { CredentialSources } from "./routing/plan/credential-sources.ts";
import type { RoutingDependencies } from "./routing/dependencies.ts";
import { storedConfigsOf } from "./routing/saved-configs/stored-configs.ts";
import { storedKeysOf } from "./routing/plan/stored-keys.ts";
import { SlowPatterns } from "./routing/slow-patterns.ts";
import { StickyDraws } from "./routing/plan/sticky-draws.ts";
import type { Settings } from "./settings.ts";
import { ownVersion } from "./own-place.ts";
import { Stored } from "./stored.ts";
import type { VirtualKey } from "./vault/virtual-key.ts";

export interface GatewayOptions {
  settings: Settings;
  /** Starts what stands in for AWS where the server's own chain finds no credentials; absent: nothing does. */
  startStandIn?: () => Promise<StandIn>;
  log?: RequestLog;
  /** How often, in milliseconds, the store is told what limits have counted. Default: 1,000. */
  limitTickMs?: number;
}

export interface Gateway {
  url: string;
  port: number;
  /** Where calls go that name no region. */
  region: string;
  /** The admin key where it was made just now, and the file that holds it. */
  newKey: { key: string; file: string } | undefined;
  /** The stand-in once it is known whether one is needed; undefined where none is. */
  standIn: Promise<StandIn | undefined>;
  /** Resolves when the store is open; rejects where it never can be. Meanwhile what needs nothing stored is served. */
  opened: Promise<void>;
  /** Lets streams finish, within the settings' limit, and closes everything. */
  stop(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings } = options;
  const { environment } = settings;
  const clock = systemClock;
  const log = options.log ?? new RequestLog(settings.logLevel);
  const transport = new Transport({ clock, environment });
  const serverRegion = regionFromEnvironment(environment) ?? (await regionFromProfile(environment)) ?? "us-east-1";
  const sendSts = sendStsOver(transport);
  const sources = new CredentialSources({ environment, clock, sendSts, serverRegion });
  const server = { server: sources.server, serverRegion, sendSts, environment };
  const ledger = await openLedger(settings, clock, log);
  const stored = new Stored({
    settings,
    clock,
    post: postOver(transport, hookTerms),
    ...server,
    ledger,
    limitTickMs: options.limitTickMs,
    onFault: (error) => log.storeFault(error),
  });
  const door = await Door.open(settings, stored);
  const stopping = new AbortController();
  const kept = { ...storedNames(stored), ...newRouting(clock) };
  const routing: RoutingDependencies = { settings, sources, serverRegion, ...kept };
  const standIn = findStandIn(sources, options.startStandIn);
  const modelCalls = newModelCalls(routing, { stored, ledger, log, door, transport, clock, standIn });
  const leftStreams = new LeftStreams({ isWanted: (projectId) => ledger.drainsStreams(projectId) });
  const listener = await startListener({
    settings,
    routes: routesOf(modelCalls, { stored, ledger, log, sendSts, clock, stopping: stopping.signal }),
    door: doorWithRoom(door, ledger),
    hop: modelCalls.hop,
    goesOn: (request) => leftStreams.take(request),
    ...recording(ledger, log, leftStreams),
  });
  const opened = stored.open();
  // Whoever starts the gateway decides what its failing means; without it calls are served that need nothing stored.
  opened.catch(() => {});
  return {
    url: listener.url,
    port: listener.port,
    region: serverRegion,
    newKey: door.newKey,
    standIn: standIn ?? Promise.resolve(undefined),
    opened,
    stop: async () => {
      stopping.abort();
      leftStreams.stop();
      await listener.stop();
      await modelCalls.guardrails.background.settle();
      for (const part of [ledger, stored, transport]) await part.close();
      await log.flush();
    },
  };
}

interface CallSurroundings {
  stored: Stored;
  ledger: Ledger;
  log: RequestLog;
  door: Door;
  transport: Transport;
  clock: Clock;
  standIn: Promise<StandIn | undefined> | undefined;
}

function newModelCalls(
  routing: RoutingDependencies,
  { stored, ledger, log, door, transport, clock, standIn }: CallSurroundings,
): ModelCallDependencies {
  const { settings } = routing;
  const { environment } = settings;
  const client = new BedrockClient({ environment, clock, transport, autoProfile: settings.autoProfile });
  return {
    routing,
    client,
    endpoint: new CompatibleEndpoint({ transport, clock, environment }),
    answers: new StoredAnswers(settings.cacheBytes),
    defaultMaxTokens: settings.defaultMaxTokens,
    hop: new HopMark(),
    limits: new CallLimits({
      limits: () => stored.limits,
      opening: () => stored.firstOpening(),
      prices: ledger.prices.current,
      defaultMaxTokens: settings.defaultMaxTokens,
      client,
      standIn: () => standIn,
      findGuardrail: routing.findGuardrail,
    }),
    standIn: (virtualKey) => standIn && standInFor(virtualKey, standIn, stored),
    random: Math.random,
    now: () => clock.now(),
    checkCaller: (incoming) => door.stillCalls(incoming),
    firstByteMs: settings.firstByteMs,
    guardrails: guardrailSupport({ stored, log, ledger }, postOver(transport, hookTerms)),
  };
}

function openLedger({ dataDir, traceExport }: Settings, clock: Clock, log: RequestLog): Promise<Ledger> {
  return Ledger.open({ dataDir, traceExport, now: () => clock.now(), onFault: (error) => log.storeFault(error) });
}

/** Calls are taken only where they can be recorded. */
function doorWithRoom(door: Door, ledger: Ledger): Doorkeeper {
  return {
    caller: (incoming, takesSignatures) => {
      ledger.checkRoom();
      return door.caller(incoming, takesSignatures);
    },
    principal: (incoming) => door.principal(incoming),
    again: (incoming, principal) => door.again(incoming, principal),
  };
}

function recording(
  ledger: Ledger,
  log: RequestLog,
  leftStreams: LeftStreams,
): Pick<ListenerOptions, "beforeEnd" | "beforeLeaving" | "onDone" | "tapContent"> {
  return {
    tapContent: (incoming, principal) => ledger.tapOf(incoming, principal),
    beforeEnd: (incoming, reply) => ledger.settle(incoming, reply),
    beforeLeaving: () => ledger.write(),
    onDone: (finished) => {
      leftStreams.forget(finished.incoming);
      // Whoever left before the end is recorded now.
      ledger.finish(finished.incoming, finished.reply);
      logDone(log, finished);
    },
  };
}

function guardrailSupport(
  { stored, log, ledger }: Pick<CallSurroundings, "stored" | "log" | "ledger">,
  post: Post,
): ModelCallDependencies["guardrails"] {
  return {
    post,
    hold: (virtualKeyId, spending, prices = ledger.prices.current()) =>
      stored.limits && holdForCheck(virtualKeyId, spending, { limits: stored.limits, prices }),
    background: new BackgroundChecks(),
    onAsyncFacts: (request, found) => log.guardrail(request, found),
    onLate: (callId, late, prices) => ledger.addLate(callId, late, prices),
    onOwed: (callId, work, prices) => ledger.owe(callId, work, prices),
  };
}

function logDone(log: RequestLog, { incoming, reply, error }: FinishedRequest): void {
  if (error !== undefined && !AditError.isInstance(error)) log.fault(incoming, error);
  log.finished(incoming, reply, error);
}

/** Every route, in no order that matters. */
interface RouteParts {
  stored: Stored;
  ledger: Ledger;
  log: RequestLog;
  stopping: AbortSignal;
  sendSts: SendSts;
  clock: Clock;
}

function routesOf(modelCalls: ModelCallDependencies, parts: RouteParts): Route[] {
  const { stored, ledger, stopping, sendSts, clock } = parts;
  const { routing, client } = modelCalls;
  const { settings, serverRegion } = routing;
  const calls = callRoutes(modelCalls, parts);
  return [
    ...calls,
    ...sessionRoutes(stored, settings.maxJsonDepth),
    ...controlRoutes({
      ready: () => stored.ready(),
      stopping,
      prices: ledger.prices.current,
      metricsText: () => ledger.metricsText(),
      // That a store is away is reported by whatever asks it next.
      drain: () => ledger.drain(),
      searchContent: (search, page, signal) => ledger.contentSearch.find(search, page, signal),
      keepGiven: (incoming, record, content) => ledger.keepGiven(incoming, record, content),
      checkRoom: () => ledger.checkRoom(),
      replay: replayTools(calls, ledger, clock),
      maxJsonDepth: settings.maxJsonDepth,
      isTls: settings.tls !== undefined,
      version: ownVersion(),
      client,
      calls: modelCalls,
      clock,
      sendSts,
      serverRegion,
      environment: settings.environment,
      connections: modelCalls,
      routing,
    }),
    ...healthRoutes(() => {
      // Where no call is taken, none should be sent here.
      ledger.checkRoom();
      return stored.isReachable();
    }),
    ...docsRoutes(),
    ...dashboardRoutes(),
  ];
}

/** The routes that call models. */
function callRoutes(calls: ModelCallDependencies, { stored, ledger, log, clock }: RouteParts): Route[] {
  const { leaveOutRefused, maxBodyBytes } = calls.routing.settings;
  const refused = new RefusedParts(clock);
  const modelCalls = { refused: leaveOutRefused ? refused : undefined, ...calls };
  const turns = new ResponseTurns({
    store: async () => (await stored.ready()).store,
    mayStore: async (incoming, principal) => {
      // Until then nobody knows what a project keeps: to a call of the first moment nothing would seem to be kept.
      await stored.ready();
      return ledger.mayStore(incoming, principal);
    },
    maySeal: async (incoming, principal) => {
      // Nobody has asked for it: without a store the answer is given all the same, and nothing may be sealed.
      await Promise.resolve(stored.ready()).catch(() => {});
      return ledger.maySeal(incoming, principal);
    },
    mostBytes: maxBodyBytes,
    onFault: (error) => log.storeFault(error),
  });
  return [
    chatCompletions(modelCalls),
    promptCompletions(modelCalls),
    completions(modelCalls),
    responses(modelCalls, turns),
    messages(modelCalls),
    countTokens(modelCalls, refused),
    countResponseTokens(modelCalls, refused, turns),
    embeddings(modelCalls),
    ...nativeRoutes(modelCalls),
    ...modelRoutes({ ...modelCalls, prices: ledger.prices.current }),
    ...connectorCallRoutes({ ...modelCalls, stored }),
  ];
}

function replayTools(calls: readonly Route[], ledger: Ledger, clock: Clock): ReplayTools {
  return {
    routes: () => calls,
    tapOf: (incoming, principal) => ledger.tapOf(incoming, principal),
    finish: (incoming, reply) => ledger.finish(incoming, reply),
    now: () => clock.now(),
  };
}

/** What requests may name in place of sending it. */
function storedNames(
  stored: Stored,
): Pick<RoutingDependencies, "storedKeys" | "findConfig" | "findGuardrail" | "prompts"> {
  return {
    storedKeys: storedKeysOf(stored),
    findConfig: storedConfigsOf(stored),
    findGuardrail: storedGuardrailsOf(stored),
    prompts: storedPromptsOf(stored),
  };
}

/** What routing keeps while the gateway runs. */
function newRouting(clock: Clock): Pick<RoutingDependencies, "circuits" | "slowPatterns" | "stickyDraws"> {
  // Draws are made of the time of day, so that several gateways draw alike.
  const stickyDraws = new StickyDraws(() => clock.now());
  return { circuits: new Circuits(), slowPatterns: new SlowPatterns(), stickyDraws };
}

/** Only where the server's own chain finds nothing at all: credentials that are there and fail are for the operator to mend. */
function findStandIn(
  sources: CredentialSources,
  start: (() => Promise<StandIn>) | undefined,
): Promise<StandIn | undefined> | undefined {
  if (start === undefined) return undefined;
  const standIn = sources.server.get().then(
    () => undefined,
    (error: unknown) => (AditError.isInstance(error) && error.code === "no_credentials" ? start() : undefined),
  );
  // Whoever needs it waits for it. Its failure must not bring down those who do not.
  standIn.catch(() => {});
  return standIn;
}

/** A virtual key that stands for the server's own chain serves no longer than it would with AWS. */
async function standInFor(
  virtualKey: VirtualKey | undefined,
  standIn: Promise<StandIn | undefined>,
  stored: Stored,
): Promise<StandIn | undefined> {
  const found = await standIn;
  if (found === undefined || virtualKey === undefined) return found;
  const { virtualKeySources } = await stored.ready();
  await virtualKeySources.checkServes(virtualKey);
  return found;
}
