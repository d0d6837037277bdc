/** Logs that a caller brings of what did not pass through the gateway, in Portkey's shape: made to records like all others. Pure. */
import {
  AditError,
  factsOfModel,
  isJsonObject,
  parseModelName,
  type JsonObject,
  type PriceTable,
  type PriceTier,
} from "@adit/bedrock";
import { holdsManyValues, parsedObject, usageIn, webSearchesIn, withWebSearches } from "@adit/bedrock/gateway";
import type { Principal } from "../access/principal.ts";
import { pricedCall, tierOf } from "./cost/call-cost.ts";
import { tiersAsked, tierTold } from "./cost/tier-asked.ts";
import type { CallRecord, CallTimings } from "./record/call-record.ts";
import { callerPairs, callerText, checkPairs, mostPairs } from "../caller-text.ts";
import { pairsOfBody } from "./content/body-pairs.ts";
import type { GivenContent } from "./content/content-keeper.ts";
import { figuresOf } from "./record/figures.ts";
import { newFacts } from "./record/request-facts.ts";

/** Of Portkey's `POST /logs`; names of the metadata in either spelling. */
export interface GivenLog {
  request?:
    | { url?: string | undefined; method?: string | undefined; provider?: string | undefined; body?: unknown }
    | undefined;
  response?: { status?: number | undefined; response_time?: number | undefined; body?: unknown } | undefined;
  metadata?: Record<string, unknown> | undefined;
}

export interface Giver {
  principal: Principal;
  projectId: string;
  /** When it came, in milliseconds since 1970. */
  at: number;
  /** Of a call at this time: its id says it. */
  newId: (at: number) => string;
  prices: PriceTable;
}

/** Names of the metadata that say where in the trace the log stands. */
const placeNames = ["traceId", "spanId", "spanName", "parentSpanId"] as const;
type PlaceName = (typeof placeNames)[number];

/** What nobody tells of a call that did not pass through the gateway. */
const unknown = {
  client: undefined,
  error: undefined,
  awsError: undefined,
  reason: undefined,
  param: undefined,
  stopReason: undefined,
  route: undefined,
  region: undefined,
  credential: undefined,
  config: undefined,
  target: undefined,
  awsRequestId: undefined,
  circuitsOpen: undefined,
  cache: undefined,
  cacheLookups: undefined,
  limitFlags: undefined,
  dropped: undefined,
  structuredOutput: undefined,
  prompt: undefined,
  guardrails: undefined,
  guardrailFeedback: undefined,
} as const;

const noTimings: CallTimings = {
  auth: 0,
  read: undefined,
  plan: undefined,
  limits: undefined,
  queue: undefined,
  firstByte: undefined,
  firstToken: undefined,
  total: 0,
  upstream: undefined,
  settle: undefined,
};

/** More pairs in all no request brings: each is a row, and two more of the sums, in one transaction for which all that write wait. */
const mostPairsAtOnce = 200 * mostPairs;

/** @throws AditError `invalid_request` */
export function checkPairsOfAll(logs: readonly GivenLog[]): void {
  const count = logs.reduce((sum, { metadata = {} }) => sum + Object.keys(metadata).length, 0);
  if (count <= mostPairsAtOnce) return;
  throw new AditError(
    "invalid_request",
    `metadata: the logs have ${count} members in all, and ${mostPairsAtOnce} are the most of one request.`,
    { param: "metadata", remedy: "Send the logs in several requests." },
  );
}

export function recordOfGiven(given: GivenLog, { principal, projectId, at, newId, prices }: Giver): CallRecord {
  const { request = {}, response = {}, metadata = {} } = given;
  const total = Math.round(response.response_time ?? 0);
  const id = newId(at - total);
  const status = response.status ?? 200;
  const [asked, answered] = [bodyOf(request.body), bodyOf(response.body)];
  const modelAsked = textIn(answered, "model") ?? textIn(asked, "model");
  const model = modelAsked === undefined ? undefined : parseModelName(modelAsked).id;
  const facts = newFacts("bedrock");
  const usage = usageTold(answered);
  Object.assign(facts, { modelAsked, modelUsed: model, usage, requestBody: asked, tier: tierIn(answered) });
  // A model has answered: what it used has been billed, told here or not.
  if (model !== undefined && status < 400) facts.firstByteMs = total;
  const priced = pricedCall(facts, prices);
  return {
    ...unknown,
    form: 1,
    id,
    at: at - total,
    projectId,
    keyId: principal.kind === "gateway_key" ? principal.key.id : undefined,
    keyKind: principal.kind,
    traceId: placeIn(metadata, "traceId") ?? id.slice("req_".length),
    spanId: placeIn(metadata, "spanId"),
    spanName: placeIn(metadata, "spanName"),
    parentSpanId: placeIn(metadata, "parentSpanId"),
    metadata: pairsOf(metadata),
    method: callerText(request.method) ?? "POST",
    path: pathOf(request.url),
    dialect: "external",
    stream: false,
    status,
    isSuccess: status < 400,
    modelAsked,
    modelUsed: model,
    model: model === undefined ? undefined : factsOfModel(model).baseId,
    provider: callerText(request.provider),
    tier: tierOf(facts),
    attempts: [],
    timings: { ...noTimings, total },
    usage: figuresOf(facts.usage),
    usageRoute: priced.told?.route,
    units: priced.units,
    cost: priced.cost,
  };
}

/** Its bodies, as texts. */
export function contentOfGiven({ request, response }: GivenLog): GivenContent {
  const { body } = request ?? {};
  return { asked: textOf(body), answered: textOf(response?.body), pairs: pairsOfBody(bodyOf(body)) };
}

function textOf(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** Without its query, which may hold what is secret. */
function pathOf(url = ""): string {
  return callerText(url.split(/[?#]/)[0] ?? "");
}

/** JSON, or its text. */
function bodyOf(body: unknown): JsonObject {
  if (typeof body === "string") return holdsManyValues(body) ? {} : (parsedObject(body) ?? {});
  return membersIn(body) ?? {};
}

function membersIn(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** With Nova's searches, which stand in the answer that Converse gives. */
function usageTold(answered: JsonObject): JsonObject | undefined {
  const content = membersIn(membersIn(answered["output"])?.["message"])?.["content"];
  return withWebSearches(usageIn(answered), webSearchesIn(content));
}

/** What the answer says served it, in whichever place; undefined where it does not say. */
function tierIn(answered: JsonObject): PriceTier | undefined {
  const [, special] = tiersAsked(answered);
  return special ?? tierTold(answered["service_tier"] ?? membersIn(answered["serviceTier"])?.["type"]);
}

function textIn(members: Record<string, unknown>, name: string): string | undefined {
  const value = members[name];
  return typeof value === "string" && value !== "" ? callerText(value) : undefined;
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function placeIn(metadata: Record<string, unknown>, name: PlaceName): string | undefined {
  return textIn(metadata, snake(name)) ?? textIn(metadata, name);
}

function pairsOf(metadata: Record<string, unknown>): Record<string, string> | undefined {
  const places = new Set<string>(placeNames.flatMap((name) => [name, snake(name)]));
  const pairs = Object.entries(metadata).filter(([name]) => !places.has(name));
  if (pairs.length === 0) return undefined;
  checkPairs(pairs.length);
  const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  return callerPairs(Object.fromEntries(pairs.map(([name, value]) => [name, asText(value)])));
}
