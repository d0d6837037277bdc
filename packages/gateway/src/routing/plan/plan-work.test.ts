/** What making a plan may cost all others who wait meanwhile: rules, targets and a long body multiply one another. */
import type { JsonObject } from "@adit/bedrock";
import { expect, test } from "vitest";
import { targetsIn, type Plan } from "./plan.ts";
import { StickyDraws } from "./sticky-draws.ts";
import { interpret } from "../request/interpret.ts";
import { interpretRequest, refusal, requestInput, routingDependencies } from "../testing/request.ts";

const messages = (count: number) => Array.from({ length: count }, () => ({ role: "user", content: "hi", name: "x" }));
const targets = (count: number): JsonObject[] => Array.from({ length: count }, () => ({}));
const headers = (config: JsonObject) => ({ "x-adit-config": JSON.stringify(config) });

function dropping(targetCount: number, ruleCount: number) {
  return headers({
    strategy: { mode: "fallback" },
    targets: targets(targetCount),
    drop_params: Array.from({ length: ruleCount }, (_, index) => `messages[*].none${index}`),
  });
}

test("paths that go over a long list for each of many targets are refused, and soon", () => {
  const beganAt = performance.now();
  const error = refusal(() => interpretRequest({ messages: messages(10_000) }, dropping(100, 100)));
  expect(error).toMatchObject({ code: "invalid_config", status: 400, param: "config.targets[5]" });
  expect(performance.now() - beganAt).toBeLessThan(30_000);
});

test("long conversations pass where a few targets have a few paths", () => {
  const { plan } = interpretRequest({ messages: messages(10_000) }, dropping(10, 5));
  expect(plan.kind === "fallback" && plan.members.length).toBe(10);
});

test("a conversation of 2,000 messages may lose something of each for each of thirty targets", () => {
  const long = Array.from({ length: 2_000 }, () => ({
    role: "assistant",
    name: "x",
    reasoning_content: "so",
    content: [
      { type: "text", text: "hi" },
      { type: "text", text: "there", cache_control: { type: "ephemeral" } },
    ],
  }));
  const rules = ["messages[*].name", "messages[*].reasoning_content", "messages[*].content[*].cache_control"];
  const config = { strategy: { mode: "fallback" }, targets: targets(30), drop_params: rules };
  const { plan } = interpretRequest({ messages: long }, headers(config));
  expect(targetsIn(plan).map(({ droppedParams }) => droppedParams)).toEqual(targets(30).map(() => rules));
});

test("the members of what is copied count too", () => {
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, 1]));
  const asked = { additionalModelRequestFields: { ...wide, thinking: { type: "enabled" } } };
  const config = (count: number): JsonObject => ({
    strategy: { mode: "fallback" },
    targets: Array.from({ length: count }, () => ({ override_params: { reasoning_effort: "low" } })),
  });
  expect(interpretRequest(asked, headers(config(10))).plan.kind).toBe("fallback");
  expect(refusal(() => interpretRequest(asked, headers(config(100))))).toMatchObject({
    code: "invalid_config",
    param: expect.stringMatching(/^config\.targets\[\d+\]$/),
  });
});

test("so do those beside an effort, under the name that its dialect reads", () => {
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, 1]));
  const planned = (rules: string, count: number) => {
    const config = {
      strategy: { mode: "fallback" },
      targets: Array.from({ length: count }, () => ({ [rules]: { reasoning_effort: "low" } })),
    };
    return interpret({ ...requestInput({ output_config: wide }, headers(config)), path: "/v1/messages" });
  };
  for (const rules of ["override_params", "default_params"]) {
    expect(planned(rules, 10)).toMatchObject({ plan: { kind: "fallback" } });
    expect(refusal(() => planned(rules, 100))).toMatchObject({
      code: "invalid_config",
      param: expect.stringMatching(/^config\.targets\[\d+\]$/),
    });
  }
});

test("members that no rule is about are not copied", () => {
  const beganAt = performance.now();
  const wide = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`m${index}`, 1]));
  const targets = Array.from({ length: 100 }, () => ({ override_params: { reasoning_effort: "low" } }));
  const { plan } = interpretRequest({ ...wide, thinking: {} }, headers({ strategy: { mode: "fallback" }, targets }));
  expect(plan.kind === "fallback" && plan.members.length).toBe(100);
  // It took 25 s.
  expect(performance.now() - beganAt).toBeLessThan(10_000);
});

test("conditions of each fallback model ask its own name, without a copy of a wide body", () => {
  const beganAt = performance.now();
  const wide = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`m${index}`, 1]));
  const conditions = [{ query: { "params.model": { $regex: "pro" }, "params.m5": 1 }, then: "pro" }];
  const choice = {
    strategy: { mode: "conditional", conditions, default: "other" },
    targets: [
      { name: "pro", request_timeout: 1 },
      { name: "other", request_timeout: 2 },
    ],
  };
  const models = Array.from(
    { length: 100 },
    (_, index) => `us.amazon.nova-${index % 2 === 0 ? "pro" : "lite"}-v${index}`,
  );
  const config = { strategy: { mode: "fallback" }, targets: [choice, choice, choice, choice] };
  const { plan } = interpretRequest({ ...wide, fallback_models: models }, headers(config));
  const chosen = targetsIn(plan).map(({ model, requestTimeoutMs }) => [model.includes("pro"), requestTimeoutMs]);
  expect(chosen).toHaveLength(404);
  expect(chosen.every(([isPro, timeout]) => timeout === (isPro === true ? 1 : 2))).toBe(true);
  // It took 70 s.
  expect(performance.now() - beganAt).toBeLessThan(15_000);
});

test("thousands of parameters are not merged for each of hundreds of targets", () => {
  const config = (parameters: number) => ({
    strategy: { mode: "fallback" },
    override_params: Object.fromEntries(Array.from({ length: parameters }, (_, index) => [`k${index}`, 1])),
    targets: Array.from({ length: 100 }, () => ({ override_params: { z: 1 } })),
  });
  expect(interpretRequest({}, headers(config(300))).plan.kind).toBe("fallback");
  expect(refusal(() => interpretRequest({}, headers(config(3_000))))).toMatchObject({
    code: "invalid_config",
    param: "config.targets[15]",
  });
});

test("thousands of names for credentials are not held against the models of hundreds of targets", () => {
  const credentials = { bedrock: { aws_access_key_id: "AKIA1", aws_secret_access_key: "secret" } };
  const available_models = Array.from({ length: 100 }, (_, index) => `us.a*b*c*${index}`);
  const asked = {
    customer_credentials: Array.from({ length: 100 }, () => ({ credentials, available_models })),
    aws_access_key_id: "AKIA2",
    aws_secret_access_key: "secret",
  };
  const config = (count: number) => headers({ strategy: { mode: "fallback" }, targets: targets(count) });
  expect(interpretRequest(asked, config(20)).plan.kind).toBe("fallback");
  expect(refusal(() => interpretRequest(asked, config(100)))).toMatchObject({
    code: "invalid_config",
    param: "config.targets[24]",
  });
});

test("thousands of fields are not looked through for a credential for each of hundreds of targets", () => {
  const fields = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`k${index}`, "1"]));
  const bedrock = { ...fields, aws_access_key_id: "AKIA1", aws_secret_access_key: "secret" };
  const config = (count: number) => headers({ strategy: { mode: "fallback" }, targets: targets(count) });
  expect(interpretRequest({ customer_credentials: { bedrock } }, config(10)).plan.kind).toBe("fallback");
  for (const body of [
    { customer_credentials: { bedrock } },
    { credential_override: { "amazon.nova-lite-v1:0": { bedrock } } },
    Object.fromEntries(Object.entries(bedrock).map(([name, value]) => [name.replace(/^k/, "aws_k"), value])),
  ]) {
    expect(refusal(() => interpretRequest(body, config(100)))).toMatchObject({
      code: "invalid_config",
      param: "config.targets[24]",
    });
  }
});

test("a config hands no thousands of fields down", () => {
  const fields = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`aws_k${index}`, "1"]));
  const config = { ...fields, strategy: { mode: "fallback" }, targets: targets(100) };
  expect(refusal(() => interpretRequest({}, headers(config)))).toMatchObject({
    code: "invalid_config",
    param: "config",
  });
});

const sticky = { mode: "loadbalance", sticky: { hash_fields: ["params.messages"] } };

test("of a whole conversation that draws alike no more is kept than of a name", () => {
  const keys: string[] = [];
  class Seen extends StickyDraws {
    override draw(key: string, seconds: number): number {
      keys.push(key);
      return super.draw(key, seconds);
    }
  }
  const deps = { ...routingDependencies(), stickyDraws: new Seen(() => 0) };
  const drawn = (asked: JsonObject): number | undefined => {
    const { plan } = interpretRequest(asked, headers({ strategy: sticky, targets: targets(2) }), deps);
    return stickyOf(plan)?.draw();
  };
  const long = { messages: messages(20_000) };
  expect(drawn(long)).toBe(drawn(long));
  expect(drawn({ messages: messages(20_001) })).not.toBe(drawn(long));
  expect(Math.max(...keys.map(({ length }) => length))).toBeLessThan(100);
  expect(new Set(keys).size).toBe(2);
});

test("a conversation that is read for the draws of many strategies is refused where that takes too long", () => {
  const config = (count: number): JsonObject => ({
    strategy: { mode: "fallback" },
    targets: Array.from({ length: count }, () => ({ strategy: sticky, targets: targets(2) })),
  });
  const long = { messages: [{ role: "user", content: "x".repeat(8_000_000) }] };
  expect(interpretRequest(long, headers(config(3))).plan.kind).toBe("fallback");
  expect(refusal(() => interpretRequest(long, headers(config(50))))).toMatchObject({
    code: "invalid_config",
    param: "config.targets[9].strategy.sticky.hash_fields",
  });
});

function stickyOf(plan: Plan) {
  return plan.kind === "loadbalance" ? plan.sticky : undefined;
}
