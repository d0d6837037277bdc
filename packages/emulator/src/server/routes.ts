import { compatibleOperations, compatibleRoute, type CompatibleRoute } from "../compatible/routes.ts";
import type { ArrivedRequest } from "./arrived-request.ts";

/** What a request asks for. */
export type Route =
  | { service: "runtime"; operation: RuntimeOperation; modelId: string }
  | { service: "guardrail"; operation: GuardrailOperation; identifier: string; version: string }
  | CompatibleRoute
  | { service: "control"; operation: ControlOperation; id: string }
  | { service: "sts"; operation: string; form: URLSearchParams }
  | { service: "metadata"; operation: "InstanceMetadata" | "ContainerCredentials" };

export type RuntimeOperation =
  | "Converse"
  | "ConverseStream"
  | "InvokeModel"
  | "InvokeModelWithResponseStream"
  | "CountTokens";

export type GuardrailOperation = "ApplyGuardrail" | "InvokeGuardrailChecks";

export type ControlOperation =
  | "ListFoundationModels"
  | "GetFoundationModel"
  | "ListInferenceProfiles"
  | "GetInferenceProfile";

const runtimeOperations: Readonly<Record<string, RuntimeOperation>> = {
  converse: "Converse",
  "converse-stream": "ConverseStream",
  invoke: "InvokeModel",
  "invoke-with-response-stream": "InvokeModelWithResponseStream",
  "count-tokens": "CountTokens",
};

const controlNames = {
  "foundation-models": ["ListFoundationModels", "GetFoundationModel"],
  "inference-profiles": ["ListInferenceProfiles", "GetInferenceProfile"],
} as const;

/** All that a fault may be for. */
export const operationNames: readonly string[] = [
  ...Object.values(runtimeOperations),
  "ApplyGuardrail",
  "InvokeGuardrailChecks",
  ...Object.values(controlNames).flat(),
  "AssumeRole",
  "AssumeRoleWithWebIdentity",
  "GetCallerIdentity",
  "InstanceMetadata",
  "ContainerCredentials",
  ...compatibleOperations,
];

/**
 * The route of a request; undefined where AWS knows none. The model id is one percent-encoded segment: an ARN whose slashes are not
 * encoded fits no route.
 */
export function routeOf(request: ArrivedRequest): Route | undefined {
  const { method, path } = request;
  const segments = path.slice(1).split("/");
  if (method === "POST" && path === "/") {
    return stsRoute(request);
  }
  const compatible = compatibleRoute(request);
  if (compatible !== undefined) {
    return compatible;
  }
  if (segments[0] === "latest") {
    return { service: "metadata", operation: "InstanceMetadata" };
  }
  if (method === "GET" && /^\/v[12]\/credentials(\/|$)/.test(path)) {
    return { service: "metadata", operation: "ContainerCredentials" };
  }
  if (method !== "POST") {
    return method === "GET" ? controlRoute(segments) : undefined;
  }
  return segments[0] === "model" ? modelRoute(segments) : guardrailRoute(segments);
}

function modelRoute(segments: readonly string[]): Route | undefined {
  const [, id, name = ""] = segments;
  const operation = Object.hasOwn(runtimeOperations, name) ? runtimeOperations[name] : undefined;
  const modelId = decoded(id);
  return operation !== undefined && modelId && segments.length === 3
    ? { service: "runtime", operation, modelId }
    : undefined;
}

function guardrailRoute(segments: readonly string[]): Route | undefined {
  const [first, second, third, fourth, fifth] = segments;
  if (first === "guardrail-checks" && second === "invoke" && segments.length === 2) {
    return { service: "guardrail", operation: "InvokeGuardrailChecks", identifier: "", version: "" };
  }
  const [identifier, version] = [decoded(second), decoded(fourth)];
  const isApply = first === "guardrail" && third === "version" && fifth === "apply" && segments.length === 5;
  return isApply && identifier && version
    ? { service: "guardrail", operation: "ApplyGuardrail", identifier, version }
    : undefined;
}

function controlRoute(segments: readonly string[]): Route | undefined {
  const [collection, segment] = segments;
  if (segments.length > 2 || (collection !== "foundation-models" && collection !== "inference-profiles")) {
    return undefined;
  }
  const [list, get] = controlNames[collection];
  if (segment === undefined || segment === "") {
    return { service: "control", operation: list, id: "" };
  }
  const id = decoded(segment);
  return id === undefined ? undefined : { service: "control", operation: get, id };
}

/** Longer than the longest form of STS: a token, policies and tags. */
const longestForm = 256 * 1024;

function stsRoute(request: ArrivedRequest): Route | undefined {
  if (request.body.length > longestForm) {
    return undefined;
  }
  const form = new URLSearchParams(request.body.toString("utf8"));
  const operation = form.get("Action");
  return operation === null || operation === "" ? undefined : { service: "sts", operation, form };
}

function decoded(segment: string | undefined): string | undefined {
  try {
    return decodeURIComponent(segment ?? "");
  } catch {
    return undefined;
  }
}
