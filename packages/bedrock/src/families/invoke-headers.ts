/** What of Converse's request and reply travels in headers under InvokeModel. Source: AWS's service model of bedrock-runtime. */
import type { ConverseRequest, ServiceTier } from "../converse/request.ts";
import type { ConverseResponse } from "../converse/response.ts";

/** Converse writes the trace in lower case, InvokeModel in upper case. */
const traces = { enabled: "ENABLED", disabled: "DISABLED", enabled_full: "ENABLED_FULL" } as const;

const latencyHeader = "X-Amzn-Bedrock-PerformanceConfig-Latency";
const tierHeader = "X-Amzn-Bedrock-Service-Tier";

/** The headers that a request of Converse asks of InvokeModel and its stream, beside the native body. */
export function invokeHeaders(request: ConverseRequest): Record<string, string> {
  const { guardrailConfig, performanceConfig, serviceTier, requestMetadata } = request;
  return {
    ...(guardrailConfig !== undefined && {
      "X-Amzn-Bedrock-GuardrailIdentifier": guardrailConfig.guardrailIdentifier,
      "X-Amzn-Bedrock-GuardrailVersion": guardrailConfig.guardrailVersion,
    }),
    ...(guardrailConfig?.trace !== undefined && { "X-Amzn-Bedrock-Trace": traces[guardrailConfig.trace] }),
    ...(performanceConfig !== undefined && { [latencyHeader]: performanceConfig.latency }),
    ...(serviceTier !== undefined && { [tierHeader]: serviceTier.type }),
    ...(requestMetadata !== undefined && { "X-Amzn-Bedrock-Request-Metadata": asciiJson(requestMetadata) }),
  };
}

/** A header holds no character beyond ASCII; JSON can write any without. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What the headers of a reply say about how it was served, in the members of Converse's reply. */
export function servingFromHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Pick<ConverseResponse, "performanceConfig" | "serviceTier"> {
  const latency = headers[latencyHeader.toLowerCase()];
  const tier = headers[tierHeader.toLowerCase()];
  return {
    ...((latency === "standard" || latency === "optimized") && { performanceConfig: { latency } }),
    ...(typeof tier === "string" && { serviceTier: { type: tier as ServiceTier } }),
  };
}
