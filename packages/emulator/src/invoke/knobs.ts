/** What a caller of InvokeModel asks for by headers: guardrail, trace, latency, tier, metadata. Source: AWS's service model (2026-08-07). */
import type { GuardrailConfiguration } from "@adit/bedrock";
import { missingGuardrail, noSuchGuardrail } from "../guardrail/findings.ts";
import { constraintFault } from "../validate/constraints.ts";
import { isRecord } from "../validate/read-shape.ts";
import { invalid, type Refusal } from "../validate/refusal.ts";
import { guardrailIdentifier, guardrailVersion } from "../validate/request-shapes.ts";
import { oneOf, structure, text } from "../validate/shape.ts";
import type { NativeBody } from "./native-family.ts";

type Headers = Readonly<Record<string, string>>;

const headerNames: Readonly<Record<string, string>> = {
  guardrailIdentifier: "x-amzn-bedrock-guardrailidentifier",
  guardrailVersion: "x-amzn-bedrock-guardrailversion",
  performanceConfigLatency: "x-amzn-bedrock-performanceconfig-latency",
  requestMetadata: "x-amzn-bedrock-request-metadata",
  serviceTier: "x-amzn-bedrock-service-tier",
  trace: "x-amzn-bedrock-trace",
};

/** The members of InvokeModelRequest that are headers, named as in the service model. */
const shape = structure({
  guardrailIdentifier,
  guardrailVersion,
  performanceConfigLatency: oneOf("standard", "optimized"),
  requestMetadata: text({ max: 8500 }),
  serviceTier: oneOf("priority", "default", "flex", "reserved"),
  trace: oneOf("ENABLED", "DISABLED", "ENABLED_FULL"),
});

/** What the headers ask for. */
export interface Knobs {
  guardrailConfig?: GuardrailConfiguration;
  latency?: string;
  /** Headers of the answer. */
  echoed: Record<string, string>;
}

/** Reads the headers, or says what is wrong with them in AWS's words. */
export function knobsFrom(headers: Headers, body: NativeBody): Knobs | { refusal: Refusal } {
  const given: Record<string, string> = {};
  for (const [member, name] of Object.entries(headerNames)) {
    const value = headers[name];
    if (value !== undefined && value !== "") given[member] = value;
  }
  const refusal = constraintFault(given, shape) ?? metadataFault(given) ?? guardrailFault(given, headers, body);
  if (refusal !== undefined) return { refusal };
  const { guardrailIdentifier: id, guardrailVersion: version, trace = "DISABLED" } = given;
  const { performanceConfigLatency: latency, serviceTier: tier } = given;
  return {
    ...(id !== undefined &&
      version !== undefined && {
        guardrailConfig: {
          guardrailIdentifier: id,
          guardrailVersion: version,
          // Converse's names are the same in lower case.
          trace: trace.toLowerCase() as NonNullable<GuardrailConfiguration["trace"]>,
        },
      }),
    ...(latency !== undefined && { latency }),
    echoed: {
      ...(latency !== undefined && { "X-Amzn-Bedrock-PerformanceConfig-Latency": latency }),
      ...(tier !== undefined && { "X-Amzn-Bedrock-Service-Tier": tier }),
    },
  };
}

function metadataFault({ requestMetadata }: Record<string, string>): Refusal | undefined {
  if (requestMetadata === undefined) return undefined;
  try {
    if (isRecord(JSON.parse(requestMetadata))) return undefined;
  } catch {
    // Told below: what is no JSON is no object either.
  }
  return invalid(
    "The format of the value at requestMetadata is invalid. Provide a json object for the field and try again.",
  );
}

/** Rules in the service model's text: a version beside the identifier, JSON as content type, no config in the body without a guardrail. */
function guardrailFault(given: Record<string, string>, headers: Headers, body: NativeBody): Refusal | undefined {
  const { guardrailIdentifier: id, guardrailVersion: version } = given;
  if (id === undefined && version === undefined)
    return body[guardrailBodyKey] === undefined
      ? undefined
      : invalid(`${guardrailBodyKey} is only allowed in the body when a guardrail identifier is provided.`);
  const missing = id === undefined ? "guardrailIdentifier" : version === undefined ? "guardrailVersion" : undefined;
  if (missing !== undefined)
    return invalid(
      `1 validation error detected: Value null at '${missing}' failed to satisfy constraint: Member must not be null`,
    );
  if (id === missingGuardrail) return invalid(noSuchGuardrail);
  // Recorded: boto sends none, which is taken.
  const contentType = headers["content-type"] ?? "application/json";
  return contentType.startsWith("application/json")
    ? undefined
    : invalid("The content type must be application/json when a guardrail is used.");
}

/** The member of a native body that is Bedrock's and not the model's. */
export const guardrailBodyKey = "amazon-bedrock-guardrailConfig";
