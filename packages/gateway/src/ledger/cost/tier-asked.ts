/** The service that a request asks for, and what an answer in OpenAI's or Anthropic's format says of it. Pure. */
import { isJsonObject, tierOfCall, type JsonObject, type JsonValue, type PriceTier } from "@adit/bedrock";

const tiers = ["priority", "flex", "reserved"] as const;
type Tier = (typeof tiers)[number];

export type HeaderReader = (name: string) => string | undefined;

const standard: readonly PriceTier[] = ["standard"];

/** By the body, in any dialect, and by headers of InvokeModel. What names no tier of AWS's asks for none. */
export function tierAsked(body: JsonObject, header?: HeaderReader): PriceTier {
  const [, asked = "standard"] = tiersAsked(body, header);
  return asked;
}

/**
 * All that may be served: `standard`, where AWS has no other for the model, and what is asked for in whichever of its places; `header` reads
 * those of InvokeModel. Beside a word that asks for nothing, such as `auto`, another place counts.
 */
export function tiersAsked(body: JsonObject, header?: HeaderReader): readonly PriceTier[] {
  const { service_tier: snake, serviceTier: camel, performance_config: slow, performanceConfig: fast } = body;
  const inHeader = header?.("x-amzn-bedrock-service-tier");
  const latency = header?.("x-amzn-bedrock-performanceconfig-latency");
  const places = [snake, camel, inHeader, fast, slow, latency];
  if (places.every((place) => place === undefined)) return standard;
  const isOptimized = [latencyIn(fast), latencyIn(slow), latency].includes("optimized");
  const named = tiers.filter((tier) => [snake, camel, inHeader].some((place) => tierIn(place) === tier));
  return [
    ...standard,
    ...(isOptimized ? [tierOfCall({ latency: "optimized" })] : []),
    ...named.map((serviceTier) => tierOfCall({ serviceTier })),
  ];
}

function tierIn(place: JsonValue | undefined): Tier | undefined {
  const name = isJsonObject(place) ? place["type"] : place;
  return tiers.find((tier) => tier === name);
}

function latencyIn(place: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(place) ? place["latency"] : undefined;
}

/**
 * By what an answer in OpenAI's or Anthropic's format says served it; undefined where that says nothing, such as `auto`: then what was
 * asked for counts.
 */
export function tierTold(name: JsonValue | undefined): PriceTier | undefined {
  if (name === "default" || name === "standard") return "standard";
  return tiers.find((tier) => tier === name);
}
