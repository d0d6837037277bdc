/**
 * Bedrock's own dialect: bodies and answers pass through byte for byte, with the caller's gateway key exchanged for the real credential. AWS's
 * SDKs and the clients of Claude come here by their endpoint alone.
 */
import {
  AditError,
  countsFromHeaders,
  countsFromMetrics,
  factsOfModel,
  factsOfTarget,
  isJsonObject,
  usageFrom,
  withoutRefusedBetas,
  type BedrockClient,
  type ConverseResponse,
  type InvokeReply,
  type JsonObject,
  type ModelCall,
  type ModelFacts,
  type OpenPassedStream,
  type ReplyHeaders,
  type RuntimeCall,
} from "@adit/bedrock";
import type { CallerPrincipal } from "../access/principal.ts";
import type { ByteWriter, Incoming, Reply, Route } from "../http/route.ts";
import { newFacts, type RequestFacts } from "../ledger/request-facts.ts";
import { interpret, type Interpretation } from "../routing/interpret.ts";
import type { RoutingDependencies } from "../routing/dependencies.ts";
import { pathsOfRules } from "../routing/params.ts";
import type { Target } from "../routing/plan.ts";
import { echoTrace, nameAnswer } from "./answer-headers.ts";
import { routeBy, signerOf, type Signer, type SignerDependencies } from "./bedrock-target.ts";
import { asAditError, refusalOf, travel, type Journey, type JourneyDependencies, type TargetWay } from "./journey.ts";
import { nativeErrorBody, nativeErrorFrame, nativeErrorHeaders } from "./native-errors.ts";
import { nativeOperation, unservedOperation, type NativeOperation } from "./native-path.ts";
import { retryPolicyOf } from "./retry-policy.ts";
import { streamLimitsOf } from "./time-out.ts";

export interface NativeDoorDependencies extends JourneyDependencies, SignerDependencies {
  routing: RoutingDependencies;
  client: BedrockClient;
}

/** At the root, where AWS's SDKs call by endpoint alone, and under `/bedrock`. */
const served = ["/model/*", "/guardrail/*", "/guardrail-checks/invoke"].flatMap((path) => [path, `/bedrock${path}`]);
/** Agents and knowledge bases are another service; Data Automation is called at `/`, by a header. */
const unserved: readonly [path: string, name: string][] = [
  ["/agents/*", "InvokeAgent"],
  ["/bedrock/agents/*", "InvokeAgent"],
  ["/", "Data Automation"],
];

export function nativeRoutes(deps: NativeDoorDependencies): Route[] {
  const door = new NativeDoor(deps);
  const base = { method: "POST", errorBody: nativeErrorBody, errorHeaders: nativeErrorHeaders } as const;
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
  ];
}

/** One request on its way. */
interface Way extends Journey {
  operation: NativeOperation;
  body: Buffer;
  /** Where the stream goes, once it is open. */
  bytes: ByteWriter | undefined;
}

interface Answer {
  target: Target;
  credential: string;
  route: RequestFacts["route"];
  dropped: readonly string[];
  reply: InvokeReply | OpenPassedStream;
}

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
    const asked = await interpret({
      headers: incoming.headers,
      // An operation without a model goes by the credential and region alone.
      body: { model: operation.kind === "model" ? operation.model : operation.path },
      principal,
      path: incoming.path,
      deps: this.#deps.routing,
      newTraceId: () => incoming.traceId,
    });
    facts.trace = asked.trace;
    facts.metadata = asked.metadata;
    facts.modelAsked = operation.kind === "model" ? asked.modelAsWritten : undefined;
    facts.stream = operation.kind === "model" && operation.isStream;
    echoTrace(incoming, reply, facts);
    const way: Way = {
      incoming,
      reply,
      asked,
      facts,
      isOpen: false,
      credentials: undefined,
      operation,
      body,
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

  async #answer(way: Way): Promise<void> {
    const { facts, incoming, reply, asked } = way;
    const open = (): void => {
      way.bytes = reply.openBytes(streamType);
    };
    const attempt = (target: Target, place: TargetWay): Promise<Answer> => this.#attempt(way, target, place);
    const answer = await travel(way, this.#deps, attempt, facts.stream === true ? open : undefined);
    learn(answer, facts, asked);
    nameAnswer(incoming, reply, facts);
    passHeaders(answer.reply.headers, reply);
    if ("pump" in answer.reply) {
      await sendStream(way, answer.reply);
      return;
    }
    noteWhole(way, answer.reply);
    reply.send(200, answer.reply.body, contentTypeOf(answer.reply.headers));
  }

  async #attempt(way: Way, target: Target, place: TargetWay): Promise<Answer> {
    const { facts, operation, incoming } = way;
    if (target.provider !== "bedrock") {
      throw new AditError(
        "invalid_request",
        `${target.path} is not on Bedrock, and this path speaks Bedrock's own format.`,
        {
          param: target.path,
        },
      );
    }
    const { standIn, credentials } = await signerOf(target, this.#deps);
    const route = routeBy(standIn, routeOf(operation));
    facts.route = route;
    way.credentials = credentials;
    const model = await this.#modelOf(way.body, target, { standIn, credentials });
    const { body, dropped, given } = withoutRefusedBetas(way.body, routeOf(operation), model);
    const call: RuntimeCall & { body: Buffer; contentType: string | undefined; accept: string | undefined } = {
      region: target.region,
      credentials,
      body,
      contentType: incoming.headers.raw("content-type"),
      accept: incoming.headers.raw("accept"),
      signal: place.signal,
      headers: { ...place.forwardHeaders, ...incoming.headers.startingWith("x-amzn-bedrock-") },
      baseUrl: standIn?.url ?? target.baseUrl,
      retry: retryPolicyOf(target.retry, place),
      onAttempt: place.onAttempt,
      ...(!target.autoProfile && { autoProfile: false }),
      limits: facts.stream === true ? streamLimitsOf(target) : undefined,
    };
    const reply =
      operation.kind === "model"
        ? await this.#callModel({ ...call, model: target.model }, operation)
        : await this.#deps.client.passRuntime({ ...call, path: operation.path });
    // AWS reads no flag in a header, and the body is not added to.
    const unread = way.asked.anthropicBeta.filter((flag) => !given.includes(flag));
    // The model stands in the path, which a target may name; the body is the caller's.
    const applied = `${target.path}.override_params.model`;
    const rules = pathsOfRules(target.paramRules, target.path).filter((rule) => rule !== applied);
    // Read after the call: a chain's label says which of its links serves only once one has.
    const left = [...rules, ...unread.map((flag) => `anthropic-beta.${flag}`), ...dropped];
    return { target, credential: credentials.label, route, dropped: left, reply };
  }

  /** Only where flags are to be judged is AWS asked what stands behind an application profile: everything else passes as it is. */
  #modelOf(
    body: Buffer,
    { model, region }: Target,
    { standIn, credentials }: Signer,
  ): ModelFacts | Promise<ModelFacts> {
    if (!body.includes('"anthropic_beta"')) return factsOfModel(model);
    return factsOfTarget({ model, region, credentials, controlPlaneUrl: standIn?.url }, this.#deps);
  }

  #callModel(
    call: ModelCall & { body: Buffer },
    { action, isStream }: NativeOperation & { kind: "model" },
  ): Promise<InvokeReply | OpenPassedStream> {
    const { client } = this.#deps;
    return isStream ? client.passStream({ ...call, action }) : client.pass({ ...call, action });
  }
}

function routeOf(operation: NativeOperation): "converse" | "invoke" {
  return operation.kind === "model" && operation.action.startsWith("converse") ? "converse" : "invoke";
}

function learn(
  { target, credential, route, dropped, reply }: Answer,
  facts: RequestFacts,
  asked: Interpretation,
): void {
  facts.route = route;
  facts.region = target.region;
  facts.credential = credential;
  facts.modelUsed = reply.modelUsed === "" ? undefined : reply.modelUsed;
  facts.attempts = reply.attempts.length;
  if (reply.requestId !== "") facts.upstreamRequestId = reply.requestId;
  facts.dropped = [...asked.dropped, ...dropped];
}

/** AWS's own headers are the caller's: SDKs read the request's id and the counts of tokens there. */
function passHeaders(headers: ReplyHeaders, reply: Reply): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("x-amzn-") && typeof value === "string") reply.header(name, value);
  }
}

function contentTypeOf(headers: ReplyHeaders): string {
  const type = headers["content-type"];
  return typeof type === "string" ? type : "application/json";
}

/** Passes the frames on. What breaks between two frames ends in an exception frame; in a frame, by breaking the connection. */
async function sendStream(way: Way, stream: OpenPassedStream): Promise<void> {
  const bytes = way.bytes ?? way.reply.openBytes(streamType);
  bytes.onDrain(() => stream.resume());
  try {
    await stream.pump({
      onBytes: (chunk) => bytes.write(chunk),
      onReadEnd: () => {
        if (!bytes.flush()) stream.pause();
      },
    });
    way.facts.streamError = stream.watch.failure?.code;
  } catch (error) {
    const failure = asAditError(error);
    way.facts.streamError = failure.code;
    if (stream.isInsideFrame) throw failure;
    bytes.write(nativeErrorFrame(failure));
  } finally {
    noteStream(way.facts, stream);
  }
  bytes.end();
}

function noteStream(facts: RequestFacts, { watch }: OpenPassedStream): void {
  if (watch.messageStop !== undefined) facts.stopReason = watch.messageStop.stopReason;
  const last = watch.lastChunks().map((chunk) => parsed(chunk));
  facts.usage = watch.metadata?.usage ?? usageFrom(countsFromMetrics(last.at(-1) ?? {}) ?? {});
}

/** What the log needs to know of a whole answer: Converse's figures stand in it, InvokeModel's in its headers. */
function noteWhole({ facts, operation }: Way, { body, headers }: InvokeReply): void {
  if (operation.kind !== "model") return;
  if (operation.action !== "converse") {
    facts.usage = usageFrom(countsFromHeaders(headers));
    return;
  }
  const response = parsed(body.toString("utf8")) as Partial<ConverseResponse> | undefined;
  facts.stopReason = response?.stopReason;
  facts.usage = response?.usage;
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // AWS's answer is passed on as it is, whatever it is.
    return undefined;
  }
}
