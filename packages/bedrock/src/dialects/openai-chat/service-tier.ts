import type { ServiceTier } from "../../converse/request.ts";

/** `service_tier` of the reply: AWS's name; for a strict caller only where OpenAI has it too (`reserved` is AWS's alone). */
export function chatServiceTier(tier: { type: ServiceTier } | undefined, strict: boolean): string | undefined {
  return strict && tier?.type === "reserved" ? undefined : tier?.type;
}
