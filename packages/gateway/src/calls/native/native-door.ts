/**
 * Bedrock's own dialect: bodies and answers pass through byte for byte, with the caller's gateway key exchanged for the real credential. AWS's
 * SDKs and the clients of Claude come here by their endpoint alone.
 */
import { AditError, type BedrockClient, type InvokeReply, type JsonObject, type OpenPassedStream } from "@adit/bedrock";
import { exactNumbersAsText, parsedObject } from "@adit/bedrock/gateway";
import { tenantOf, type CallerPrincipal } from "../../access/principal.ts";
import type { TargetHooks } from "../../guardrails/hook.ts";
import type { GuardDependencies } from "../../guardrails/open-guard.ts";
import { checkReadable } from "../../http/request/json-body.ts";
import type { ByteWriter, ContentTap, Incoming, Reply, Route } from "../../http/routes/route.ts";
import { pairsOf, pairsOfBody } from "../../ledger/content/body-pairs.ts";
import { newFacts, noteFailure, type RequestFacts } from "../../ledger/record/request-facts.ts";
import { interpret, type Interpretation } from "../../routing/request/interpret.ts";
import { gatherParams, isFollowedUnread, paramsIn } from "../../routing/request/keywords-params.ts";
import type { RoutingDependencies } from "../../routing/dependencies.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { echoTrace, nameAnswer } from "../answers/answer-headers.ts";
import { gatherNoting, noteKeeping } from "../begin-call.ts";
import { frameGuardOf, passThroughGuardrails, type GuardedPass, type NativeAnswer } from "./guarded-native.ts";
import { metadataHeader } from "../targets/request-metadata.ts";
import { asAditError, refusalOf, travel, type JourneyDependencies, type TargetWay } from "../journey.ts";
import { nativeErrorBody, nativeErrorFrame, nativeErrorHeaders } from "./native-errors.ts";
import { nativeOperation, unservedOperation, type NativeOperation } from "./native-path.ts";
import {
  contentTypeOf,
  learnPassed,
  passHeaders,
  passToTarget,
  type PassDependencies,
  type PassedCall,
} from "./passed-call.ts";
import { noteTierAsked } from "./passed-tier.ts";
import { noteGuardrail, noteStream, noteWhole } from "./passed-usage.ts";

export interface NativeDoorDependencies extends JourneyDependencies, PassDependencies, GuardDependencies {
  routing: RoutingDependencies;
  hop: JourneyDependencies["hop"];
  now: () => number;
  client: BedrockClient;
}

/** At the root, where AWS's SDKs call by endpoint alone, and under `/bedrock`. */
const served = ["/model/*", "/guardrail/*", "/guardrail-checks/invoke"].flatMap((path) => [path, `/bedrock${path}`]);
/** Agents and knowledge bases are another service; Data Automation is called at `/`, by a header. */
const unserved: readonly [path: string, name: string][] = [
  ["/agents/*", "InvokeAgent"],
  ["/bedrock/agents/*", "InvokeAgent"],
  ["/", "Data Automation"],
  ["/bedrock", "Data Automation"],
];
/** What AWS's SDKs ask at the same address, and what is not served here: said in their own form, which is all that they show. */
const absent: readonly {
  name: string;
  remedy: string;
  methods: readonly ("GET" | "POST")[];
  paths: readonly string[];
}[] = [
  {
    name: "Asynchronous invocations are",
    remedy: "Call AWS for them with credentials of your own.",
    methods: ["GET", "POST"],
    paths: ["/async-invoke", "/async-invoke/*"],
  },
  {
    name: "Bedrock's control plane is",
    remedy: "GET /v1/models lists what can be called.",
    methods: ["GET"],
    paths: ["/foundation-models", "/foundation-models/*", "/inference-profiles", "/inference-profiles/*"],
  },
];

export function nativeRoutes(deps: NativeDoorDependencies): Route[] {
  const door = new NativeDoor(deps);
  const form = { errorBody: nativeErrorBody, errorHeaders: nativeErrorHeaders } as const;
  const base = { method: "POST", ...form } as const;
  return [
    ...served.map((path): Route => ({
      ...base,
      path,
      access: "key",
      takesSignatures: true,
      handle: (incoming, reply, principal) => door.handle(incoming, reply, principal),
    })),
    ...unserved.map(([path, name]): Route => ({
      ...base,
      path,
      access: "key",
      handle: () => Promise.reject(unservedOperation(name)),
    })),
    ...absent.flatMap(({ name, remedy, methods, paths }) =>
      paths
        .flatMap((path) => [path, `/bedrock${path}`])
        .flatMap((path) =>
          methods.map((method): Route => ({
            ...form,
            method,
            path,
            access: "open",
            handle: () => Promise.reject(new AditError("not_found", `${name} not served here.`, { remedy })),
          })),
        ),
    ),
  ];
}

/** One request as it was read. */
type Asking = Pick<Way, "incoming" | "operation" | "body" | "facts" | "principal">;

/** One request on its way. */
interface Way extends GuardedPass {
  operation: NativeOperation;
  /** Where the stream goes, once it is open. */
  bytes: ByteWriter | undefined;
}

type Answer = NativeAnswer;

const streamType = "application/vnd.amazon.eventstream";

class NativeDoor {
  readonly #deps: NativeDoorDependencies;

  constructor(deps: NativeDoorDependencies) {
    this.#deps = deps;
  }

  async handle(incoming: Incoming, reply: Reply, principal: CallerPrincipal): Promise<void> {
    const facts = newFacts("bedrock");
    incoming.facts = facts;
    const operation = nativeOperation(incoming.path);
    const body = await incoming.readBody("any");
    checkReadable(body);
    const sinceArrival = (): number => this.#deps.now() - incoming.receivedAt;
    facts.readMs = sinceArrival();
    const asked = await this.#interpret({ incoming, operation, body, facts, principal });
    facts.planMs = sinceArrival();
    facts.trace = asked.trace;
    facts.metadata = asked.metadata;
    facts.modelAsked = operation.kind === "model" ? asked.modelAsWritten : undefined;
    facts.stream = operation.kind === "model" && operation.isStream;
    facts.requestBytes = body.length;
    echoTrace(incoming, reply, facts);
    // CountTokens costs nothing, and counts nowhere.
    facts.isUnbilled = operation.kind === "model" && operation.action === "count-tokens";
    const reserving = facts.isUnbilled ? undefined : this.#deps.limits.begin(incoming, principal, asked, body);
    if (reserving !== undefined) {
      await reserving;
      facts.limitsMs = sinceArrival();
    }
    const way: Way = {
      incoming,
      reply,
      asked,
      facts,
      isOpen: false,
      credentials: undefined,
      operation,
      api: apiOf(operation),
      action: operation.kind === "model" ? operation.action : undefined,
      body,
      contentType: incoming.headers.raw("content-type"),
      accept: incoming.headers.raw("accept"),
      principal,
      tenant: tenantOf(principal),
      guard: undefined,
      bytes: undefined,
    };
    try {
      await this.#answer(way);
    } catch (error) {
      const refusal = refusalOf(way, error);
      way.bytes?.write(nativeErrorFrame(refusal));
      way.bytes?.end();
    }
  }

  /** By the headers alone: the body is AWS's. */
  async #interpret({ incoming, operation, body, facts, principal }: Asking): Promise<Interpretation> {
    const { headers, tap } = incoming;
    const { routing } = this.#deps;
    // An operation without a model goes by the credential and region alone.
    const known = { model: operation.kind === "model" ? operation.model : operation.path };
    const { maxJsonDepth } = routing.settings;
    const gathered = gatherNoting(facts, () => gatherParams(known, headers, maxJsonDepth, isFollowedUnread));
    if (gathered !== undefined) noteKeeping(facts, gathered.body);
    if (tap !== undefined) noteKept(tap, incoming, { facts, body, inHeaders: gathered?.inHeaders });
    const asked = await interpret({
      headers,
      body: gathered?.body ?? known,
      readBody: () => parsedObject(body.toString("utf8")),
      principal,
      path: incoming.path,
      ...(operation.kind === "runtime" && { calledPath: operation.path, calledRegion: operation.region }),
      isOnBedrockAlone: true,
      deps: routing,
      newTraceId: () => incoming.traceId,
    });
    for (const name of gathered?.dropped ?? []) asked.dropped.push(name);
    return asked;
  }

  async #answer(way: Way): Promise<void> {
    const { facts, incoming, reply, asked, operation } = way;
    const open = (): void => {
      way.bytes = reply.openBytes(streamType);
    };
    const attempt = (target: Target, place: TargetWay): Promise<Answer> => {
      way.guard = undefined;
      return target.hooks === undefined || !isGuarded(operation)
        ? this.#attempt(way, target, place)
        : this.#guarded(way, { target, hooks: target.hooks }, place);
    };
    const answer = await travel(way, this.#deps, attempt, facts.stream === true ? open : undefined);
    learnPassed(answer, facts, asked);
    if (!("pump" in answer.reply)) {
      // One that was judged has told what it used before that: a second time it would count twice.
      if (answer.checked === undefined) noteAnswer(way, answer.reply);
      if (facts.hold !== undefined) await facts.hold.settle();
    }
    nameAnswer(incoming, reply, facts);
    passHeaders(answer.reply.headers, reply);
    if ("pump" in answer.reply) {
      await sendStream(way, answer.reply, this.#deps.now);
      return;
    }
    const { status, body } = answer.checked ?? { status: 200, body: answer.reply.body };
    reply.send(status, body, contentTypeOf(answer.reply.headers));
  }

  #guarded(way: Way, { target, hooks }: { target: Target; hooks: TargetHooks }, place: TargetWay): Promise<Answer> {
    const { facts, asked } = way;
    // What it used is known before it is judged: it was billed, whatever becomes of it.
    const send = async (): Promise<Answer> => {
      const answer = await this.#attempt(way, target, place);
      learnPassed(answer, facts, asked);
      if (!("pump" in answer.reply)) noteAnswer(way, answer.reply);
      return answer;
    };
    return passThroughGuardrails(way, { target, hooks, place, send }, this.#deps);
  }

  async #attempt(way: Way, target: Target, place: TargetWay): Promise<Answer> {
    const { operation } = way;
    if (target.provider !== "bedrock") {
      throw new AditError(
        "invalid_request",
        `${target.path} is not on Bedrock, and this path speaks Bedrock's own format.`,
        {
          param: target.path,
        },
      );
    }
    return passToTarget(way, { target, place }, this.#deps, (call) =>
      operation.kind === "model"
        ? this.#callModel(call, operation)
        : this.#deps.client.passRuntime({ path: operation.path, ...call }),
    );
  }

  #callModel(
    call: PassedCall,
    { action, isStream }: NativeOperation & { kind: "model" },
  ): Promise<InvokeReply | OpenPassedStream> {
    const { client } = this.#deps;
    return isStream ? client.passStream({ action, ...call }) : client.pass({ action, ...call });
  }
}

/** What a whole answer tells. */
function noteAnswer(way: Way, reply: InvokeReply): void {
  const { facts, operation, body: request } = way;
  if (operation.kind === "model") {
    noteWhole(facts, { action: operation.action, request }, reply);
    noteTier(way);
  } else noteGuardrail(facts, reply);
}

function noteTier({ facts, incoming, api, body, sent = body }: Way): void {
  noteTierAsked(facts, sent, { api, header: (name) => incoming.headers.raw(name) });
}

/** The body is AWS's to read, but for what its keeping goes by. */
function noteKept(
  tap: ContentTap,
  { headers }: Incoming,
  { facts, body, inHeaders = [] }: { facts: RequestFacts; body: Buffer; inHeaders: readonly JsonObject[] | undefined },
): void {
  const read = parsedObject(exactNumbersAsText(body.toString("utf8"))) ?? {};
  for (const fields of [read, ...paramsIn(read)]) noteKeeping(facts, fields);
  tap.about([
    ...[read, ...inHeaders].flatMap(pairsOfBody),
    ...pairsOf(parsedObject(headers.raw(metadataHeader) ?? "")),
  ]);
}

/** Where a model writes an answer. */
function isGuarded(operation: NativeOperation): boolean {
  return operation.kind === "model" && operation.action !== "count-tokens";
}

function apiOf(operation: NativeOperation): "converse" | "invoke" {
  return operation.kind === "model" && operation.action.startsWith("converse") ? "converse" : "invoke";
}

/** Passes the frames on. What breaks between two frames ends in an exception frame; in a frame, by breaking the connection. */
async function sendStream(way: Way, stream: OpenPassedStream, now: () => number): Promise<void> {
  const bytes = way.bytes ?? way.reply.openBytes(streamType, way.guard?.status);
  const guarded = frameGuardOf(way, (frame) => bytes.write(frame));
  bytes.onDrain(() => stream.resume());
  way.facts.upstream = stream;
  try {
    await stream.pump({
      onBytes: (chunk) => (guarded === undefined ? bytes.write(chunk) : guarded.take(chunk)),
      onReadEnd: () => {
        if (!bytes.flush()) stream.pause();
        if (way.facts.firstTokenMs === undefined && stream.watch.outputBytes > 0) {
          way.facts.firstTokenMs = now() - way.incoming.receivedAt;
        }
      },
    });
    await guarded?.settle();
    if (stream.watch.failure !== undefined) noteFailure(way.facts, stream.watch.failure);
  } catch (error) {
    const failure = asAditError(error);
    noteFailure(way.facts, failure);
    // Through guardrails whole frames go alone.
    if (guarded === undefined && stream.isInsideFrame()) throw failure;
    bytes.write(nativeErrorFrame(failure));
  } finally {
    noteStream(way.facts, stream);
    noteTier(way);
    // What it cost is estimated then: by its media, and at the tier that was asked for.
    if (way.facts.usage === undefined) way.facts.requestBody = parsedObject((way.sent ?? way.body).toString("utf8"));
  }
  if (way.facts.hold !== undefined) await way.facts.hold.settle();
  bytes.end();
}
