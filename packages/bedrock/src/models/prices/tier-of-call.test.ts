import { expect, it } from "vitest";
import { tierOfCall } from "./tier-of-call.ts";

it("is AWS's service tier, whose default is standard; optimised latency has prices of its own", () => {
  expect(tierOfCall({})).toBe("standard");
  expect(tierOfCall({ serviceTier: "default", latency: "standard" })).toBe("standard");
  expect(tierOfCall({ serviceTier: "flex" })).toBe("flex");
  expect(tierOfCall({ serviceTier: "reserved" })).toBe("reserved");
  expect(tierOfCall({ latency: "optimized" })).toBe("latency-optimized");
});
