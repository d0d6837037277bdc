import { AditError, factsOfModel, type PreparedCount } from "@adit/bedrock";
import { expect, it } from "vitest";
import { newFacts } from "../../ledger/record/request-facts.ts";
import { MantleCounts, type Counting } from "./mantle-count.ts";

const prepared: PreparedCount = {
  model: factsOfModel("us.anthropic.claude-opus-4-8"),
  native: JSON.stringify({ messages: [{ role: "user", content: "Hello" }], max_tokens: 1 }),
  dropped: [],
  ask: undefined,
  estimate: () => 9,
};

function counting(region: string): Counting {
  const credentials: Counting["signer"]["credentials"] = {
    label: "test",
    get: () => Promise.reject(new Error("not signed here")),
    invalidate: () => {},
  };
  return {
    target: { model: "us.anthropic.claude-opus-4-8", region, baseUrl: undefined },
    way: { signal: new AbortController().signal, forwardHeaders: {}, onAttempt: () => {}, tap: undefined },
    facts: newFacts("anthropic-messages"),
    signer: { standIn: undefined, credentials },
  };
}

it("a region whose endpoint is not reached is left alone for five minutes, others are not", async () => {
  const asked: string[] = [];
  let now = 0;
  const counts = new MantleCounts({
    endpoint: {
      send: (call) => {
        asked.push("region" in call ? call.region : "");
        return Promise.reject(new AditError("upstream_unreachable", "No such host."));
      },
    },
    routing: { settings: { environment: {} } },
    now: () => now,
  });
  const count = (region: string) => counts.count(counting(region), prepared);
  expect(await count("sa-east-1")).toBeUndefined();
  now = 299_999;
  await count("sa-east-1");
  await count("eu-west-1");
  expect(asked).toEqual(["sa-east-1", "eu-west-1"]);
  now = 300_000;
  await count("sa-east-1");
  expect(asked).toEqual(["sa-east-1", "eu-west-1", "sa-east-1"]);
});

it("a host of the caller's own that is not reached says nothing of AWS's", async () => {
  const asked: (string | undefined)[] = [];
  const counts = new MantleCounts({
    endpoint: {
      send: (call) => {
        asked.push("endpointUrl" in call ? call.endpointUrl : undefined);
        return Promise.reject(new AditError("upstream_unreachable", "No such host."));
      },
    },
    routing: { settings: { environment: {} } },
    now: () => 0,
  });
  const own = counting("us-east-1");
  own.signer.standIn = { url: "https://dead.example", credentials: own.signer.credentials };
  for (const one of [own, own, counting("us-east-1")]) await counts.count(one, prepared);
  expect(asked).toEqual(["https://dead.example", undefined]);
});
