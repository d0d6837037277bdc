/** The queries of Portkey's conditional router. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { compileQuery, QueryFault, type AskedFacts } from "./query.ts";

const facts: AskedFacts = {
  metadata: { plan: "paid", n: "12abc", count: 7, "a.b": "flat", nested: { deep: "yes" }, empty: "" },
  params: {
    model: "us.amazon.nova-lite-v1:0",
    max_tokens: 1000,
    stream: false,
    stop: null,
    messages: [{ role: "user", content: "Good morning" }],
    extra: { a: { b: [1, 2] } },
  },
  model: undefined,
  pathname: "/v1/chat/completions",
  patience: { steps: 1_000_000 },
};

function fits(query: JsonObject): boolean {
  return compileQuery(query)(facts);
}

describe("operators", () => {
  test.each<[string, JsonObject, boolean]>([
    ["a bare value is $eq", { "metadata.plan": "paid" }, true],
    ["$eq", { "metadata.plan": { $eq: "free" } }, false],
    ["$eq of false", { "params.stream": false }, true],
    ["$eq of null", { "params.stop": null }, true],
    ['$eq compares as it is: 7 is not "7"', { "metadata.count": "7" }, false],
    ["$ne", { "metadata.plan": { $ne: "free" } }, true],
    ["$ne of what is absent", { "metadata.none": { $ne: "free" } }, true],
    ["$gt", { "params.max_tokens": { $gt: 999 } }, true],
    ["$gt of the same", { "params.max_tokens": { $gt: 1000 } }, false],
    ["$gte", { "params.max_tokens": { $gte: 1000 } }, true],
    ["$lt", { "params.max_tokens": { $lt: 1000 } }, false],
    ["$lte", { "params.max_tokens": { $lte: 1000 } }, true],
    ["numbers are read as parseFloat reads them, on both sides", { "metadata.n": { $gt: "11.5kg" } }, true],
    ["what is absent is no number", { "metadata.none": { $lt: 5 } }, false],
    ["$in", { "metadata.plan": { $in: ["free", "paid"] } }, true],
    ["$in of what is absent", { "metadata.none": { $in: ["free"] } }, false],
    ["$nin", { "metadata.plan": { $nin: ["free"] } }, true],
    ["$nin of what is absent", { "metadata.none": { $nin: ["free"] } }, true],
    ["$regex", { "params.model": { $regex: "nova-(lite|pro)" } }, true],
    ["$regex of a number", { "params.max_tokens": { $regex: "^10+$" } }, true],
    ["$regex of what is absent", { "metadata.none": { $regex: "undefined" } }, false],
    ["$not of an operator", { "params.model": { $not: { $regex: "^gpt" } } }, true],
    ["$not of a query", { $not: { "metadata.plan": "paid" } }, false],
    ["$and", { $and: [{ "metadata.plan": "paid" }, { "params.max_tokens": { $gt: 5000 } }] }, false],
    ["$or", { $or: [{ "metadata.plan": "free" }, { "params.max_tokens": { $gt: 500 } }] }, true],
    ["several operators all hold", { "params.max_tokens": { $gt: 1, $lt: 500 } }, false],
    ["several keys all hold", { "metadata.plan": "paid", "params.stream": true }, false],
    ["what stands beside $or counts", { $or: [{ "metadata.plan": "paid" }], "params.stream": true }, false],
    ["what stands beside $regex counts", { "metadata.plan": { $regex: "paid", $ne: "paid" } }, false],
    ["queries in queries", { $and: [{ $or: [{ $not: { "metadata.plan": "x" } }, { "metadata.plan": "y" }] }] }, true],
  ])("%s", (_name, query, expected) => {
    expect(fits(query)).toBe(expected);
  });
});

describe("keys", () => {
  test.each<[string, JsonObject, boolean]>([
    ["url.pathname", { "url.pathname": "/v1/chat/completions" }, true],
    ["params.a.b, deeper than Portkey goes", { "params.extra.a.b[1]": 2 }, true],
    ["an index as a name", { "params.messages.0.role": "user" }, true],
    ["metadata's names with dots", { "metadata.a.b": "flat" }, true],
    ["metadata in metadata", { "metadata.nested.deep": "yes" }, true],
    ["an empty text is there", { "metadata.empty": "" }, true],
    ["what every object inherits is not there", { "metadata.constructor": { $regex: "." } }, false],
    ["nor is its prototype", { "params.__proto__.toString": { $ne: null, $regex: "." } }, false],
  ])("%s", (_name, query, expected) => {
    expect(fits(query)).toBe(expected);
  });
});

describe("faults say where", () => {
  const deep = (levels: number): JsonObject => (levels === 0 ? { "params.a": 1 } : { $not: deep(levels - 1) });
  test.each<[string, JsonObject, (string | number)[], string]>([
    ["an unknown operator", { "metadata.a": { $gtt: 1 } }, ["metadata.a", "$gtt"], 'Did you mean "$gt"?'],
    ["an unknown logical operator", { $nor: [] }, ["$nor"], 'Did you mean "$or"?'],
    ["an unknown place", { "param.a": 1 }, ["param.a"], 'Did you mean "params"?'],
    ["another part of the URL", { "url.host": 1 }, ["url.host"], "must be url.pathname"],
    ["no name", { "params.": 1 }, ["params."], "must name a value"],
    ["all elements", { "params.a[*]": 1 }, ["params.a[*]"], "must name a value"],
    ["an object without operators", { "params.a": { b: 1 } }, ["params.a", "b"], "is none of $eq"],
    ["a list without an operator", { "params.a": [1] }, ["params.a"], "must be a string"],
    ["$and of no list", { $and: {} }, ["$and"], "must be an array of queries"],
    ["$or of an empty list", { $or: [] }, ["$or"], "must be an array of queries"],
    ["$or of something else", { $or: [{ "params.a": 1 }, 5] }, ["$or", 1], "must be a query"],
    ["$in of no list", { "params.a": { $in: "x" } }, ["params.a", "$in"], "must be an array"],
    ["$in of objects", { "params.a": { $in: [1, {}] } }, ["params.a", "$in", 1], "must be a string"],
    ["$gt of no number", { "params.a": { $gt: "many" } }, ["params.a", "$gt"], "must be a number"],
    ["a pattern that looks ahead", { "params.a": { $regex: "(?=a)" } }, ["params.a", "$regex"], "looks ahead"],
    ["an empty query", {}, [], "is empty"],
    [
      "an operator's name that objects inherit",
      { "params.a": { toString: 1 } },
      ["params.a", "toString"],
      "is none of",
    ],
    ["queries that nest too deeply", deep(30), Array.from({ length: 21 }, () => "$not"), "nests more than 20"],
    [
      "too many of them",
      { $or: Array.from({ length: 1_001 }, () => ({ "params.a": 1 })) },
      ["$or", 999, "params.a"],
      "is one of more than 1000",
    ],
  ])("%s", (_name, query, path, words) => {
    const thrown = (() => {
      try {
        return compileQuery(query);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(QueryFault);
    expect((thrown as QueryFault).message).toContain(words);
    expect((thrown as QueryFault).path).toEqual(path);
  });
});

test("a text of millions of digits is a large number to a thousand tests, and soon", () => {
  const beganAt = performance.now();
  const query = compileQuery({ $or: Array.from({ length: 450 }, () => ({ "params.user": { $lt: 5 } })) });
  const params = { ...facts.params, user: "1".repeat(20_000_000) };
  expect(query({ ...facts, params })).toBe(false);
  expect(compileQuery({ "params.user": { $gt: 1e300 } })({ ...facts, params })).toBe(true);
  // It took 20 s.
  expect(performance.now() - beganAt).toBeLessThan(10_000);
});
