/** Reads a request as the gateway's own matter: the plan of targets, the trace, what is stripped. Nothing is sent here. */
import { AditError, type JsonObject } from "@adit/bedrock";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { flagIn } from "../../http/request/header-flag.ts";
import { checkKeeping } from "../../http/request/refuses-keeping.ts";
import type { PromptedCall } from "../../prompts/prompted-call.ts";
import { checkAllowed } from "../plan/allowed.ts";
import type { IdentifiedConfig, RoutingDependencies } from "../dependencies.ts";
import { forwardedHeaders, namesToForward } from "./forwarded-headers.ts";
import { leftOutByConfig, makePlan } from "../plan/make-plan.ts";
import { metadataAsText, metadataOf, metadataWithUser } from "./metadata.ts";
import { planOnBedrock } from "../plan/plan-on-bedrock.ts";
import type { Plan } from "../plan/plan.ts";
import { configOfRequest } from "./request-config.ts";
import { namedVirtualKeys, noVirtualKeys, type VirtualKeysBySlug } from "./named-keys.ts";
import { takeRequestFields, type RequestFields } from "./request-fields.ts";
import { noModel } from "../plan/target-plan.ts";
import { readTrace, type Trace } from "../../http/request/trace.ts";

export interface InterpretInput {
  headers: CallerHeaders;
  body: JsonObject;
  /** What conditions ask besides: where the caller's own body passes unread, `body` is made by the door. Read when one asks. */
  readBody?: (() => JsonObject | undefined) | undefined;
  principal: CallerPrincipal;
  /** The path of the request's URL. */
  path: string;
  /** What is called, if it is no model. */
  calledPath?: string | undefined;
  /** Where that lives, if it is named by an ARN. */
  calledRegion?: string | undefined;
  deps: RoutingDependencies;
  /** The header `anthropic-version` is the dialect's own: any version is right. */
  ownsAnthropicVersion?: boolean;
  /** True: the dialect is spoken on Bedrock alone, and members of a fallback that lead elsewhere are passed over. */
  isOnBedrockAlone?: boolean;
  /** The id of the trace where the caller names none. */
  newTraceId: () => string;
  /** Set where the call names a stored prompt: the body is made of it. */
  prompted?: PromptedCall | undefined;
}

export interface Interpretation {
  /** The body without credentials and the gateway's own fields. */
  body: JsonObject;
  plan: Plan;
  /** OpenAI's fields alone in the reply. */
  strict: boolean;
  metadata: Record<string, string>;
  trace: Trace;
  /** Flags of the headers `anthropic-beta`, with and without a vendor's prefix. */
  anthropicBeta: readonly string[];
  /** The header `anthropic-version`: it counts where the body says none. */
  anthropicVersion: string | undefined;
  /** Headers that `forward-headers` lists and that may travel. */
  forwardHeaders: Record<string, string>;
  requestTimeoutMs: number | undefined;
  /** False: the model's own format under InvokeModel is asked for, by `use_converse` in the body or its header; the body's wins. */
  useConverse: boolean | undefined;
  /** The model as the caller wrote it: what the reply names. */
  modelAsWritten: string;
  /** Paths of the config, and headers, that were left out. */
  dropped: string[];
  /** Of what no door was asked for: the format of what the gateway wrote itself. The model's own where it is absent. */
  ownFormat?: "converse" | "openai-chat";
}

/**
 * At once where nothing stored is named. Throws, or rejects with, AditError of status 400: a config with a fault, half a credential, a host that is not allowed, nothing stored
 * under a slug, a model that is no string.
 */
export function interpret(input: InterpretInput): Interpretation | Promise<Interpretation> {
  const { prompted } = input;
  const named = configOfRequest(input.headers, input.principal, input.deps.findConfig);
  const config = prompted === undefined ? named : withPrompts(named, prompted);
  return config instanceof Promise
    ? config.then((found) => interpretWithKeys(found, input))
    : interpretWithKeys(config, input);
}

async function withPrompts(
  named: IdentifiedConfig | Promise<IdentifiedConfig>,
  prompted: PromptedCall,
): Promise<IdentifiedConfig> {
  return prompted.intoConfig(await named);
}

function interpretWithKeys(config: IdentifiedConfig, input: InterpretInput): Interpretation | Promise<Interpretation> {
  const { headers, principal, deps } = input;
  const fields = takeRequestFields(input.body);
  const parts = { model: modelIn(fields), fields, headers, principal };
  const virtualKeys = namedVirtualKeys(config.root, parts, deps.storedKeys);
  return virtualKeys instanceof Promise
    ? virtualKeys.then((found) => interpretBy(config, input, { fields, virtualKeys: found }))
    : interpretBy(config, input, { fields, virtualKeys });
}

/** What has been read and found before. */
interface Found {
  fields: RequestFields;
  virtualKeys: VirtualKeysBySlug;
}

/**
 * The same by a config and virtual keys that have been found.
 * @throws AditError of status 400, or 403 for what the caller's key does not allow.
 */
export function interpretBy(
  config: IdentifiedConfig,
  input: InterpretInput,
  { fields, virtualKeys }: Found = { fields: takeRequestFields(input.body), virtualKeys: noVirtualKeys },
): Interpretation {
  const { headers, principal, deps } = input;
  checkKeeping(headers);
  const model = modelIn(fields);
  const { calledRegion, path: pathname, readBody } = input;
  const parts = {
    model,
    fields,
    readBody,
    headers,
    principal,
    virtualKeys,
    pathname,
    calledRegion,
    configId: config.id,
  };
  const whole = makePlan(config.root, parts, deps);
  checkAllowed(whole, principal, { calledPath: input.calledPath, body: fields.body });
  const { plan, passedOver } = input.isOnBedrockAlone === true ? planOnBedrock(whole) : { plan: whole, passedOver: [] };
  const modelAsWritten = model ?? firstModel(plan);
  const anthropicVersion = readAnthropicVersion(headers);
  return {
    // Where the config alone names the model, the body gets it from there.
    body: model === undefined ? { ...fields.body, model: modelAsWritten } : fields.body,
    plan,
    strict: isStrict(headers),
    metadata: metadataWithUser(metadataAsText(metadataOf(headers, principal)), fields.body["user"]),
    trace: readTrace(headers, input.newTraceId),
    anthropicBeta: betaFlags(headers),
    anthropicVersion: isBedrocksVersion(anthropicVersion) ? anthropicVersion : undefined,
    forwardHeaders: forwardedHeaders(headers, namesToForward(headers)),
    requestTimeoutMs: requestTimeout(headers),
    useConverse: fields.useConverse ?? flagIn(headers, "use-converse"),
    modelAsWritten,
    dropped: [
      ...config.dropped,
      ...fields.dropped,
      ...leftOutByConfig(plan, fields),
      ...passedOver,
      ...(input.ownsAnthropicVersion === true ? [] : unservedHeaders(anthropicVersion)),
    ],
  };
}

function modelIn({ body }: RequestFields): string | undefined {
  const model = body["model"] ?? undefined;
  if (model !== undefined && (typeof model !== "string" || model.trim() === "")) throw noModel();
  return model;
}

function firstModel(plan: Plan): string {
  switch (plan.kind) {
    case "target":
      return plan.model;
    case "fallback":
      return plan.members[0] === undefined ? "" : firstModel(plan.members[0]);
    case "loadbalance":
      return plan.members[0] === undefined ? "" : firstModel(plan.members[0].plan);
  }
}

/** Headers that ask for what is not served, and whose answer is the same without it. */
function unservedHeaders(anthropicVersion: string | undefined): string[] {
  return anthropicVersion === undefined || isBedrocksVersion(anthropicVersion) ? [] : ["anthropic-version"];
}

function readAnthropicVersion(headers: CallerHeaders): string | undefined {
  return headers.get("anthropic-version") ?? headers.raw("anthropic-version");
}

/** Bedrock has versions of its own (`bedrock-2023-05-31`) and refuses the public API's date, which Anthropic's SDKs send. */
function isBedrocksVersion(version: string | undefined): version is string {
  return version?.startsWith("bedrock-") === true;
}

/** The four spellings that clients send, with a vendor's prefix; absent is strict. */
export const strictHeaders = [
  "strict-open-ai-compliance",
  "strict-open-a-i-compliance",
  "strict-openai-compliance",
  "strict-openaicompliance",
];

function isStrict(headers: CallerHeaders): boolean {
  for (const name of strictHeaders) {
    const value = headers.get(name);
    if (value !== undefined) return flagIn(headers, name) !== false;
  }
  return true;
}

function list(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

const noFlags: readonly string[] = [];

function betaFlags(headers: CallerHeaders): readonly string[] {
  const [plain, prefixed] = [headers.raw("anthropic-beta"), headers.get("anthropic-beta")];
  if (plain === undefined && prefixed === undefined) return noFlags;
  return [...new Set([...list(plain), ...list(prefixed)])];
}

/** @throws AditError `invalid_request` for what is no whole number of milliseconds. */
export function requestTimeout(headers: CallerHeaders): number | undefined {
  const text = headers.get("request-timeout");
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1) {
    throw new AditError("invalid_request", "request-timeout must be a whole number of milliseconds above 0.", {
      param: "request-timeout",
    });
  }
  return ms;
}
