import { describe, expect, test } from "vitest";
import type { JsonObject } from "@adit/bedrock";
import type { Target } from "../plan/plan.ts";
import { targetsIn } from "../plan/plan.ts";
import { interpretRequest, refusal, signerOf } from "../testing/request.ts";
import { readConfig } from "./config.ts";
import type { ConfigNode } from "./config-schema.ts";

const pair = { aws_access_key_id: "AKIAROOT", aws_secret_access_key: "root-secret" };
const otherPair = { aws_access_key_id: "AKIATARGET", aws_secret_access_key: "target-secret" };

function targetsOf(config: JsonObject): Target[] {
  const headers = { "x-adit-config": JSON.stringify(config) };
  return targetsIn(interpretRequest({}, headers, { ADIT_CUSTOM_HOSTS: "https://api.openai.com" }).plan);
}

async function signersOf(config: JsonObject): Promise<string[]> {
  return Promise.all(targetsOf(config).map(async (target) => `${await signerOf(target)} ${target.region}`));
}

const fallback = (targets: JsonObject[]): JsonObject => ({ strategy: { mode: "fallback" }, targets });

describe("what a node with targets says of who signs, and where, holds for the targets under it", () => {
  test("a credential and its region, at the root and in the middle", async () => {
    const root = { ...pair, aws_region: "eu-west-1", ...fallback([{}, { name: "second" }]) };
    expect(await signersOf(root)).toEqual(["AKIAROOT eu-west-1", "AKIAROOT eu-west-1"]);
    const middle = fallback([{ ...pair, ...fallback([{}]) }, {}]);
    expect(await signersOf(middle)).toEqual(["AKIAROOT us-east-1", "server us-east-1"]);
    const conditional = {
      ...pair,
      strategy: { mode: "conditional", conditions: [{ query: { "metadata.a": "b" }, then: "a" }], default: "c" },
      targets: [{ name: "a" }, { name: "c", ...fallback([{}]) }],
    };
    expect(await signersOf(conditional)).toEqual(["AKIAROOT us-east-1"]);
  });

  test("a region alone", async () => {
    expect(await signersOf({ aws_region: "eu-west-1", ...fallback([{}, { aws_region: "us-west-2" }]) })).toEqual([
      "server eu-west-1",
      "server us-west-2",
    ]);
  });

  test("a target's own goes before, whole: credentials are never mixed", async () => {
    const root = { ...pair, aws_session_token: "root-token", aws_region: "eu-west-1", ...fallback([otherPair, {}]) };
    expect(await signersOf(root)).toEqual(["AKIATARGET eu-west-1", "AKIAROOT eu-west-1"]);
    const half = { ...pair, ...fallback([{ aws_access_key_id: "AKIAHALF" }]) };
    expect(refusal(() => targetsOf(half)).code).toBe("incomplete_credentials");
  });

  test("half a pair is refused, as in a target: the server's own does not sign in its stead", () => {
    expect(refusal(() => targetsOf({ aws_access_key_id: "AKIAHALF", ...fallback([{}]) })).param).toBe(
      "aws_secret_access_key",
    );
    expect(refusal(() => targetsOf({ aws_auth_type: "apiKey", ...fallback([{}]) })).code).toBe(
      "incomplete_credentials",
    );
  });

  test("a provider with its key; that key is not another provider's", async () => {
    const root = {
      provider: "openai",
      api_key: "sk-root",
      ...fallback([{}, { api_key: "sk-own" }, { provider: "bedrock" }]),
    };
    const targets = targetsOf(root);
    expect(targets.map(({ provider }) => provider)).toEqual(["openai", "openai", "bedrock"]);
    const keys = targets.map(({ apiKey }) => (typeof apiKey === "object" ? apiKey.reveal() : apiKey));
    expect(keys).toEqual(["sk-root", "sk-own", undefined]);
    expect(await signersOf({ provider: "bedrock", ...pair, ...fallback([{ provider: "aws_bedrock" }]) })).toEqual([
      "AKIAROOT us-east-1",
    ]);
    expect(refusal(() => targetsOf({ provider: "elsewhere", ...fallback([{}]) })).code).toBe("unknown_provider");
  });

  /** Of each target, what it comes to. */
  const nodesOf = (config: JsonObject): ConfigNode[] => readConfig(config).root.targets ?? [];

  test("a virtual key; another one, and any other credential of a target, goes before it", () => {
    const given = [
      {},
      { provider: "bedrock" },
      { virtual_key: "own" },
      { provider: "@own" },
      { override_params: { model: "@own/us.amazon.nova-lite-v1:0" } },
      { ...otherPair },
      { aws_session_token: "token" },
      { provider: "openai" },
      { passthrough: true },
    ];
    expect(nodesOf({ virtual_key: "root", ...fallback(given) }).map((node) => node.virtual_key)).toEqual([
      "root",
      "root",
      "own",
      "own",
      undefined,
      undefined,
      "root",
      undefined,
      undefined,
    ]);
    expect(nodesOf({ provider: "@root/any", ...fallback([{}]) })).toEqual([{ virtual_key: "root" }]);
  });

  test("a virtual key stands in the place of a credential above it, and is named where the config is read", () => {
    expect(nodesOf({ ...pair, ...fallback([{ virtual_key: "own" }]) })).toEqual([{ virtual_key: "own" }]);
    expect(nodesOf({ ...pair, ...fallback([{ passthrough: true }]) })).toEqual([{ passthrough: true }]);
  });

  test("nodes above which nothing is said stay as they are", () => {
    const targets = [{ virtual_key: "own", weight: 2 }, { aws_region: "us-west-2" }];
    expect(nodesOf({ retry: { attempts: 1 }, ...fallback(targets) })).toEqual(targets);
  });
});
