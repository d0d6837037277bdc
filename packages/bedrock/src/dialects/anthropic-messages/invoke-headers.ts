import { asciiJson } from "../../ascii-json.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { invalidRequest } from "../translation/request-fault.ts";
import { isGiven, leaveOut, type NativeDraft } from "./native-draft.ts";

/** Names of Bedrock's tiers; Anthropic's own two ask for what its API alone has. */
const bedrockTiers: ReadonlySet<string> = new Set(["priority", "default", "flex", "reserved"]);

/**
 * What Converse takes in its body, and InvokeModel in headers: taken out of the body here. Anthropic's `service_tier` is one of them where
 * it names a tier of Bedrock's; `auto` and `standard_only` are left out by name.
 */
export function invokeHeadersOf(draft: NativeDraft): Record<string, string> {
  const headers: Record<string, string> = {};
  addGuardrail(headers, takeObject(draft, "guardrailConfig", "guardrail_config"));
  const latency = takeObject(draft, "performanceConfig", "performance_config")?.value["latency"];
  if (typeof latency === "string") {
    headers["x-amzn-bedrock-performanceconfig-latency"] = latency;
  }
  const metadata = takeObject(draft, "requestMetadata", "request_metadata");
  if (metadata !== undefined) {
    headers["x-amzn-bedrock-request-metadata"] = asciiJson(metadata.value);
  }
  addServiceTier(headers, draft);
  return headers;
}

interface Taken {
  field: string;
  value: JsonObject;
}

function takeObject(draft: NativeDraft, ...names: readonly string[]): Taken | undefined {
  let taken: Taken | undefined;
  for (const field of names) {
    const value = draft.request[field];
    if (value !== undefined) {
      draft.edits.remove([field]);
    }
    if (isJsonObject(value)) {
      taken ??= { field, value };
    }
  }
  return taken;
}

function addGuardrail(headers: Record<string, string>, guardrail: Taken | undefined): void {
  if (guardrail === undefined) {
    return;
  }
  const { field, value } = guardrail;
  const identifier = value["guardrailIdentifier"] ?? value["guardrail_identifier"];
  const version = value["guardrailVersion"] ?? value["guardrail_version"];
  if (typeof identifier !== "string" || typeof version !== "string") {
    throw invalidRequest(field, `${field} needs guardrailIdentifier and guardrailVersion, both strings`);
  }
  headers["x-amzn-bedrock-guardrailidentifier"] = identifier;
  headers["x-amzn-bedrock-guardrailversion"] = version;
  const { trace } = value;
  if (typeof trace === "string") {
    // Upper case here, lower case under Converse.
    headers["x-amzn-bedrock-trace"] = trace.toUpperCase();
  }
}

function addServiceTier(headers: Record<string, string>, draft: NativeDraft): void {
  const { service_tier: tier } = draft.request;
  if (typeof tier === "string" && bedrockTiers.has(tier)) {
    draft.edits.remove(["service_tier"]);
    headers["x-amzn-bedrock-service-tier"] = tier;
  } else if (isGiven(tier)) {
    leaveOut(draft, ["service_tier"]);
  }
}
