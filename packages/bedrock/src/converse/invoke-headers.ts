/** What of Converse's request and reply travels in headers under InvokeModel. Source: AWS's service model of bedrock-runtime. */
import { asciiJson } from "../json-text/ascii-json.ts";
import type { ConverseRequest, ServiceTier } from "./request.ts";
import type { ConverseResponse } from "./response.ts";

/** Converse writes the trace in lower case, InvokeModel in upper case. */
const traces: ReadonlyMap<string, string> = new Map([
  ["enabled", "ENABLED"],
  ["disabled", "DISABLED"],
  ["enabled_full", "ENABLED_FULL"],
]);

const latencyHeader = "x-amzn-bedrock-performanceconfig-latency";
const tierHeader = "x-amzn-bedrock-service-tier";

/** A word that is not known goes as it is, for AWS to judge: left out, it would be passed over in silence. */
function traceWord(trace: string): string {
  return traces.get(trace) ?? trace;
}

/** The headers, by lower-case name, that a request of Converse asks of InvokeModel and its stream, beside the native body. */
export function invokeHeaders(request: ConverseRequest): Record<string, string> {
  const { guardrailConfig, performanceConfig, serviceTier, requestMetadata } = request;
  return {
    ...(guardrailConfig !== undefined && {
      "x-amzn-bedrock-guardrailidentifier": guardrailConfig.guardrailIdentifier,
      "x-amzn-bedrock-guardrailversion": guardrailConfig.guardrailVersion,
    }),
    ...(guardrailConfig?.trace !== undefined && { "x-amzn-bedrock-trace": traceWord(guardrailConfig.trace) }),
    ...(performanceConfig !== undefined && { [latencyHeader]: performanceConfig.latency }),
    ...(serviceTier !== undefined && { [tierHeader]: serviceTier.type }),
    ...(requestMetadata !== undefined && { "x-amzn-bedrock-request-metadata": asciiJson(requestMetadata) }),
  };
}

/** What the headers of a reply say about how it was served, in the members of Converse's reply. */
export function servingFromHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Pick<ConverseResponse, "performanceConfig" | "serviceTier"> {
  const latency = headers[latencyHeader];
  const tier = headers[tierHeader];
  return {
    ...((latency === "standard" || latency === "optimized") && { performanceConfig: { latency } }),
    ...(typeof tier === "string" && { serviceTier: { type: tier as ServiceTier } }),
  };
}
