import type { ServiceTier } from "../../converse/request.ts";
import type { PriceTier } from "./price-table.ts";

/** The price tier of a call: by what AWS says served it, else by what was asked for. AWS's `default` is `standard`. */
export function tierOfCall(call: { serviceTier?: ServiceTier; latency?: "standard" | "optimized" }): PriceTier {
  if (call.latency === "optimized") {
    return "latency-optimized";
  }
  return call.serviceTier === undefined || call.serviceTier === "default" ? "standard" : call.serviceTier;
}
