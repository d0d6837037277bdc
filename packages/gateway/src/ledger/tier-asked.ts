/** The service that a request asks for, and what an answer in OpenAI's or Anthropic's format says of it. Pure. */
import { isJsonObject, tierOfCall, type JsonObject, type JsonValue, type PriceTier } from "@adit/bedrock";

const tiers = ["priority", "flex", "reserved"] as const;

/** By the body, in any dialect; `header` reads where InvokeModel asks for it. What names no tier of AWS's asks for none. */
export function tierAsked(body: JsonObject, header?: (name: string) => string | undefined): PriceTier {
  const asked = body["service_tier"] ?? body["serviceTier"] ?? header?.("x-amzn-bedrock-service-tier");
  const performance = body["performanceConfig"] ?? body["performance_config"];
  if (asked === undefined && performance === undefined && header === undefined) return "standard";
  const name: JsonValue | undefined = isJsonObject(asked) ? asked["type"] : asked;
  const latency = isJsonObject(performance)
    ? performance["latency"]
    : header?.("x-amzn-bedrock-performanceconfig-latency");
  const serviceTier = tiers.find((tier) => tier === name);
  return tierOfCall({
    ...(serviceTier !== undefined && { serviceTier }),
    ...(latency === "optimized" && { latency }),
  });
}

/**
 * By what an answer in OpenAI's or Anthropic's format says served it; undefined where that says nothing, such as `auto`: then what was
 * asked for counts.
 */
export function tierTold(name: JsonValue | undefined): PriceTier | undefined {
  if (name === "default" || name === "standard") return "standard";
  return tiers.find((tier) => tier === name);
}
