import { describe, expect, test } from "vitest";
import { CallerHeaders } from "../http/request/caller-headers.ts";
import { cacheWish } from "./cache-wish.ts";

const dayMs = 86_400_000;
const wish = (headers: Record<string, string>, rule?: Parameters<typeof cacheWish>[0]) =>
  cacheWish(rule, new CallerHeaders(headers));

describe("what a request asks of the cache", () => {
  test("nothing without a rule or the header of before configs", () => {
    expect(wish({})).toBeUndefined();
    expect(wish({ "x-portkey-cache-namespace": "a", "x-portkey-cache-force-refresh": "true" })).toBeUndefined();
  });

  test.each([
    [{ mode: "simple" as const }, 7 * dayMs],
    [{ mode: "simple" as const, max_age: 60 }, 60_000],
    [{ mode: "semantic" as const, max_age: 90 * 86_400 + 1 }, 90 * dayMs],
  ])("max_age is in seconds, seven days by default and ninety at most: %j", (rule, expected) => {
    expect(wish({}, rule)?.maxAgeMs).toBe(expected);
  });

  test.each([
    [{ "x-portkey-cache": "simple" }, 7 * dayMs],
    [{ "x-portkey-cache": "simple", "x-portkey-cache-ttl": "30" }, 30_000],
    [{ "x-portkey-cache": "simple", "cache-control": "no-transform, max-age=90" }, 90_000],
    [{ "x-portkey-cache": "simple", "x-portkey-cache-ttl": "0" }, 0],
    [{ "x-portkey-cache": "simple", "cache-control": "max-age=0" }, 0],
    [{ "x-portkey-cache": "simple", "x-portkey-cache-ttl": "-1" }, 7 * dayMs],
  ])("the headers of before configs: %j", (headers, expected) => {
    expect(wish(headers)?.maxAgeMs).toBe(expected);
  });

  test("nothing where nothing of the call is to be kept, as Portkey has it", () => {
    const rule = { mode: "simple" as const };
    expect(wish({ "x-portkey-debug": "false" }, rule)).toBeUndefined();
    expect(wish({ "x-adit-debug": "False", "x-portkey-cache": "simple" })).toBeUndefined();
    expect(wish({ "x-portkey-debug": "true" }, rule)).toBeDefined();
    // Refused further on: until then nothing is kept.
    expect(wish({ "x-portkey-debug": "no" }, rule)).toBeUndefined();
  });

  test("the namespace takes the metadata's place", () => {
    const rule = { mode: "simple" as const };
    const metadata = { "x-portkey-metadata": '{"user":"1"}' };
    const namespace = { "x-portkey-cache-namespace": "n" };
    const partitions = [{}, metadata, namespace, { ...metadata, ...namespace }].map(
      (headers) => wish(headers, rule)?.partition,
    );
    expect(new Set(partitions).size).toBe(3);
    expect(partitions[2]).toBe(partitions[3]);
  });

  test("a switch that is none is refused by name", () => {
    expect(() => wish({ "x-adit-cache-force-refresh": "yes" }, { mode: "simple" })).toThrow(/cache-force-refresh/);
    expect(() => wish({ "x-portkey-cache-force-refresh": "maybe" })).toThrow(/cache-force-refresh/);
  });
});
