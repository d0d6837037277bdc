import { invokeHeaders } from "../../../converse/invoke-headers.ts";
import type { ConverseRequest, ServiceTier } from "../../../converse/request.ts";
import { isJsonObject } from "../../../json.ts";
import { converseMember, eitherSpelling } from "../../translation/fields/converse-fields.ts";
import { isGiven, leaveOut, type NativeDraft } from "./draft.ts";

/** Names of Bedrock's tiers; Anthropic's own two ask for what its API alone has. */
const bedrockTiers: ReadonlySet<string> = new Set(["priority", "default", "flex", "reserved"]);

/**
 * What Converse takes in its body, and InvokeModel in headers: taken out of the body here. Anthropic's `service_tier` is one of them where
 * it names a tier of Bedrock's; `standard_only` is left out by name.
 */
export function invokeHeadersOf(draft: NativeDraft): Record<string, string> {
  const members: ConverseRequest = {
    ...takenMember(draft, "guardrailConfig", "guardrail_config"),
    ...takenMember(draft, "performanceConfig", "performance_config"),
    ...takenMember(draft, "requestMetadata", "request_metadata"),
  };
  addStreamProcessing(draft, members);
  const type = takenTier(draft);
  return invokeHeaders({ ...members, ...(type !== undefined && { serviceTier: { type } }) });
}

/** How the guardrail reads a stream is the one thing of it that InvokeModel has in its body. */
function addStreamProcessing({ edits }: NativeDraft, { guardrailConfig }: ConverseRequest): void {
  const mode = guardrailConfig?.streamProcessingMode;
  if (mode !== undefined) {
    edits.set(
      ["amazon-bedrock-guardrailConfig", "streamProcessingMode"],
      JSON.stringify(`${mode}hronous`.toUpperCase()),
    );
  }
}

/** A member of Converse's, by either spelling; AWS judges what is in it. */
function takenMember({ request, edits }: NativeDraft, name: string, other: string): ConverseRequest {
  const value = eitherSpelling(request, name, other);
  for (const field of [name, other].filter((each) => request[each] !== undefined)) {
    edits.remove([field]);
  }
  const field = isJsonObject(request[name]) ? name : other;
  return isJsonObject(value) ? { [name]: converseMember(name, value, field) } : {};
}

function takenTier(draft: NativeDraft): ServiceTier | undefined {
  const { service_tier: tier } = draft.request;
  if (typeof tier === "string" && bedrockTiers.has(tier)) {
    draft.edits.remove(["service_tier"]);
    return tier as ServiceTier;
  }
  if (tier === "auto" || tier === null) {
    // What Bedrock does unasked; it knows no such name in the body.
    draft.edits.remove(["service_tier"]);
  } else if (isGiven(tier)) {
    leaveOut(draft, ["service_tier"]);
  }
  return undefined;
}
