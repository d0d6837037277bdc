/** The most that one call can use at a target, by the request as that target gets it. */
import {
  AditError,
  dearestCost,
  type JsonObject,
  type PossiblePlace,
  type PriceTable,
  type PriceTier,
} from "@adit/bedrock";
import { alteredIn, parsedObject } from "@adit/bedrock/gateway";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { Incoming } from "../../http/routes/route.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { tiersAsked } from "../../ledger/cost/tier-asked.ts";
import { boundOf } from "../../limits/charge/bound.ts";
import { sum } from "../../limits/charge/charge-sums.ts";
import type { LimitCharge } from "../../limits/limit.ts";
import type { Interpretation } from "../../routing/request/interpret.ts";
import { withParams } from "../../routing/config/params.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { sizeOfCall, type SizedCall, type SizeTools } from "./call-size.ts";
import { answeredSize, askedSize, asksForGuardrail, inCallBound, type JudgedCall } from "./guardrail-bound.ts";
import { nativeOperation } from "../native/native-path.ts";

/** A request's body, read for its bound. */
export interface CallContent extends SizedCall {
  /** The services that may be had. */
  tiers: readonly PriceTier[];
  /** Where it may be asked for too. */
  headers: CallerHeaders;
}

export interface BoundTools extends SizeTools {
  prices: PriceTable;
}

/** How a connector's body is read, or that of a credential's test. */
const readAs = {
  invoke: { dialect: "connector", kind: "native" },
  converse: { dialect: "bedrock", kind: "dialect" },
  "openai-chat": { dialect: "openai-chat", kind: "dialect" },
} as const;

/** `text` is the body as the caller sent it, or as a connector made it. @throws AditError `invalid_request` for one that nobody can reckon with. */
export function contentOf(
  { path, headers }: Pick<Incoming, "path" | "headers">,
  { body, anthropicBeta: betas, ownFormat }: Pick<Interpretation, "body" | "anthropicBeta" | "ownFormat">,
  dialect: RequestFacts["dialect"],
  text: Buffer | string,
): CallContent {
  if (dialect === "connector") return readContent({ ...readAs[ownFormat ?? "invoke"], text }, headers);
  if (dialect !== "bedrock") {
    return { dialect, kind: "dialect", body, text, betas, tiers: tiersIn(body, headers), headers };
  }
  checkReckonable(text);
  const operation = nativeOperation(path);
  if (operation.kind === "runtime") return readContent({ dialect, kind: "guardrail", text }, headers);
  const kind = operation.action.startsWith("converse") ? "dialect" : "native";
  return readContent({ dialect, kind, text }, headers);
}

export function boundAt(content: CallContent, target: Target, tools: BoundTools): LimitCharge {
  const { prices, foundationModel } = tools;
  if (content.kind === "guardrail") return guardrailBound(content, target, prices);
  const sent = contentAt(content, target);
  const size = sizeOfCall(sent, target, tools);
  const places = sent.tiers.map((tier) => placeOf(target, { foundationModel, tier }));
  const bound = boundOf(size, places, prices);
  if (target.provider !== "bedrock") return { ...bound, costNano: undefined };
  if (!hasGuardrailInCall(content, target)) return bound;
  const judged = { asked: askedSize(sent), answered: answeredSize(bound.outputTokens) };
  return sum(bound, inCallBound(judged, target.region, prices));
}

/** True where AWS judges within the call. */
export function hasGuardrailInCall({ body, dialect, headers }: CallContent, { overrideParams }: Target): boolean {
  if (asksForGuardrail(body) || asksForGuardrail(overrideParams)) return true;
  return dialect === "bedrock" && headers.raw("x-amzn-bedrock-guardrailidentifier") !== undefined;
}

/** What the guardrails of a call may be shown at a target. */
export function judgedAt(content: CallContent, target: Target, tools: BoundTools): JudgedCall {
  const sent = contentAt(content, target);
  const place = placeOf(target, { foundationModel: tools.foundationModel, tier: "standard" });
  const { outputTokens } = boundOf(sizeOfCall(sent, target, tools), [place], tools.prices);
  return { asked: askedSize(sent), answered: answeredSize(outputTokens) };
}

/** Where a call to the target may be priced. */
function placeOf(
  { model, region, autoProfile }: Pick<Target, "model" | "region" | "autoProfile">,
  { foundationModel, tier }: { foundationModel: string | undefined; tier: PriceTier },
): PossiblePlace {
  return { model, region, tier, mayStandIn: autoProfile, ...(foundationModel !== undefined && { foundationModel }) };
}

/** With the target's own parameters; those change the model, and how much it may write. The native door's body is the caller's. */
export function contentAt(content: CallContent, { overrideParams }: Target): CallContent {
  const isChanged = Object.keys(overrideParams).some((name) => name !== "model");
  if (!isChanged || content.dialect === "bedrock" || content.dialect === "connector") return content;
  const body = withParams(content.body, overrideParams);
  return { ...content, body, text: JSON.stringify(body), tiers: tiersIn(body, content.headers) };
}

function readContent(
  { dialect, kind, text }: Pick<CallContent, "dialect" | "kind" | "text">,
  headers: CallerHeaders,
): CallContent {
  // What is no object of JSON is AWS's to refuse.
  const body = parsedObject(text.toString()) ?? {};
  // AWS reads no flag of Anthropic's in a header.
  return { dialect, kind, body, text, betas: [], tiers: tiersIn(body, headers), headers };
}

/**
 * Bedrock's own dialect passes unread: what is no object of JSON here, as in UTF-16, or names a member twice, may be another request to AWS
 * than the one that is reckoned with.
 */
function checkReckonable(text: Buffer | string): void {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return;
  const body = parsedObject(bytes.toString());
  const altered = body && alteredIn(bytes, body);
  if (body !== undefined && altered?.hasTwins !== true) return;
  const fault = altered === undefined ? "is no JSON object" : twinsOf(altered);
  throw new AditError("invalid_request", `The body ${fault}, and there is a limit that has to reckon with it.`, {
    remedy: "Send one JSON object in UTF-8, of at most 500 levels, that names each member once.",
  });
}

/** What is wrong with JSON whose names could not be told: where it nests too deeply, none is known to come twice. */
function twinsOf({ paths }: NonNullable<ReturnType<typeof alteredIn>>): string {
  return paths.length === 0 ? "nests too deeply" : "names a member twice";
}

function tiersIn(body: JsonObject, headers: CallerHeaders): readonly PriceTier[] {
  return tiersAsked(body, (name) => headers.raw(name));
}

/** Guardrails count a unit for each thousand characters of each block, by each policy. */
const charactersOfUnit = 1_000;

function guardrailBound({ body, text }: CallContent, { region }: Target, prices: PriceTable): LimitCharge {
  const blocks = Array.isArray(body["content"]) ? body["content"].length : 1;
  const most = Math.ceil(Buffer.byteLength(text) / charactersOfUnit) + blocks;
  const names = new Set(prices.guardrails.flatMap(({ units }) => [...units.keys()]));
  const guardrailUnits = Object.fromEntries([...names].map((name) => [name, most]));
  const cost = dearestCost({ guardrailUnits }, [{ model: "", region }], prices);
  // Without any price it is not free: it is not known.
  return { tokens: 0, costNano: cost.known && names.size > 0 ? cost.total : undefined };
}
