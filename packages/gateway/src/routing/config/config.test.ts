/** Inline configs (P26, P28). */
import { describe, expect, test } from "vitest";
import { parseConfig, readConfig } from "./config.ts";
import type { FindConfig } from "../dependencies.ts";
import { interpret, type Interpretation } from "../request/interpret.ts";
import {
  interpretRequest,
  principal,
  refusal,
  requestInput,
  routingDependencies,
  theTarget,
} from "../testing/request.ts";

const withConfig = (config: unknown, variables?: Record<string, string>): ReturnType<typeof interpretRequest> =>
  interpretRequest({}, { "x-portkey-config": JSON.stringify(config) }, variables);

describe("a config with a fault says where", () => {
  test.each<[string, unknown, string]>([
    ["a wrong mode", { strategy: { mode: "fastest" }, targets: [{}] }, "config.strategy.mode"],
    [
      "a weight that is text",
      { strategy: { mode: "loadbalance" }, targets: [{ weight: "1" }] },
      "config.targets[0].weight",
    ],
    ["no targets", { strategy: { mode: "fallback" } }, "config.targets"],
    ["targets without a strategy", { targets: [{}] }, "config.strategy"],
    [
      "a nested fault",
      { strategy: { mode: "fallback" }, targets: [{}, { retry: { attempts: -1 } }] },
      "config.targets[1].retry.attempts",
    ],
    ["conditions", { strategy: { mode: "single", conditions: [] }, targets: [{}] }, "config.strategy.conditions"],
    ["guardrails", { input_guardrails: ["main"] }, "config.input_guardrails[0]"],
    ["a name in two spellings", { customHost: "https://a.test", custom_host: "https://b.test" }, "config.custom_host"],
    [
      "an object in two spellings",
      { targets: [{ override_params: { seed: 1 }, overrideParams: { seed: 2 } }], strategy: { mode: "single" } },
      "config.targets[0].override_params",
    ],
    [
      "a rule in two spellings",
      { retry: { attempts: 1, onStatusCodes: [429], on_status_codes: [503] } },
      "config.retry.on_status_codes",
    ],
  ])("%s", (_name, config, path) => {
    const error = refusal(() => withConfig(config));
    expect(error.status).toBe(400);
    expect(error.param).toBe(path);
  });

  test("what two spellings say alike is said once", () => {
    const written = { overrideParams: { seed: 1 }, override_params: { seed: 1 }, custom_host: "a", "custom-host": "a" };
    expect(readConfig(written).root).toEqual({ override_params: { seed: 1 }, custom_host: "a" });
  });

  test("text that is no JSON object", () => {
    expect(refusal(() => parseConfig("{,}")).code).toBe("invalid_config");
    expect(refusal(() => parseConfig("[[[")).code).toBe("invalid_config");
  });
});

describe("a header that nests very deeply", () => {
  const deep = "[".repeat(30_000) + "]".repeat(30_000);

  test("is refused as a config and as metadata", () => {
    expect(refusal(() => parseConfig(`{"override_params":{"a":${deep}}}`)).code).toBe("invalid_config");
    const error = refusal(() => interpretRequest({}, { "x-portkey-metadata": `{"a":${deep}}` }));
    expect(error).toMatchObject({ status: 400, param: "metadata" });
  });
});

describe("what is not stored yet is a clear 400", () => {
  test.each<[string, Record<string, string>, string]>([
    ["a saved config", { "x-portkey-config": "pc-production-1" }, "pc-production-1"],
    ["a virtual key", { "x-portkey-virtual-key": "my-key" }, "my-key"],
    ["an @slug provider", { "x-portkey-provider": "@bedrock-prod" }, "bedrock-prod"],
    ["a virtual key in a config", { "x-portkey-config": '{"virtual_key":"vk-in-config"}' }, "vk-in-config"],
  ])("%s", async (_name, headers, shown) => {
    await expect(interpret(requestInput({}, headers))).rejects.toMatchObject({
      code: "not_stored",
      message: expect.stringContaining(shown) as string,
    });
  });

  test("where one is stored, its slug becomes it, for the caller that asks", async () => {
    const asked: unknown[] = [];
    const findConfig: FindConfig = (slug, caller) => {
      asked.push(slug, caller);
      return Promise.resolve({ ...readConfig({ aws_region: "eu-west-1", retri: {} }), id: "pc-1 version 2" });
    };
    const deps = { ...routingDependencies(), findConfig };
    const { plan, dropped } = await interpret(requestInput({}, { "x-portkey-config": " pc-1 " }, deps));
    expect(theTarget(plan).region).toBe("eu-west-1");
    expect(dropped).toEqual(["config.retri"]);
    expect(asked).toEqual(["pc-1", principal]);
  });

  test("an @slug in the model", () => {
    expect(refusal(() => interpretRequest({ model: "@prod/us.amazon.nova-lite-v1:0" })).code).toBe("not_stored");
  });

  test("an unknown provider names the known ones (P02)", () => {
    const error = refusal(() => interpretRequest({}, { "x-portkey-provider": "vertex-ai" }));
    expect(error.code).toBe("unknown_provider");
    expect(error.describe()).toContain("bedrock");
  });
});

describe("the tree", () => {
  test("fallback from OpenAI to Bedrock (P28)", () => {
    const { plan } = withConfig(
      {
        strategy: { mode: "fallback", on_status_codes: [429] },
        targets: [
          {
            provider: "openai",
            api_key: "sk-canary",
            custom_host: "https://openai.example/v1",
            override_params: { model: "gpt-x" },
          },
          { provider: "bedrock", override_params: { model: "us.amazon.nova-lite-v1:0" } },
        ],
      },
      { ADIT_CUSTOM_HOSTS: "https://openai.example" },
    );
    if (plan.kind !== "fallback") throw new Error(plan.kind);
    const [first, second] = plan.members.map(theTarget);
    expect(plan.onStatusCodes).toEqual([429]);
    expect(first).toMatchObject({
      provider: "openai",
      model: "gpt-x",
      path: "config.targets[0]",
      baseUrl: "https://openai.example/v1",
    });
    expect(second).toMatchObject({ provider: "bedrock", model: "us.amazon.nova-lite-v1:0", path: "config.targets[1]" });
    expect(JSON.stringify(plan)).not.toContain("sk-canary");
  });

  test("parameters are merged downwards, the child's winning; the rest counts where the child has none", () => {
    const { plan } = withConfig({
      strategy: { mode: "fallback" },
      retry: { attempts: 4 },
      request_timeout: 900,
      override_params: { temperature: 0.1, top_p: 0.2 },
      targets: [
        { override_params: { top_p: 0.9 }, retry: { attempts: 0 } },
        { strategy: { mode: "loadbalance" }, targets: [{ weight: 2 }, { weight: 0, request_timeout: 5 }] },
      ],
    });
    if (plan.kind !== "fallback") throw new Error(plan.kind);
    const [first, balance] = plan.members;
    expect(first).toMatchObject({
      overrideParams: { temperature: 0.1, top_p: 0.9 },
      retry: { attempts: 0 },
      requestTimeoutMs: 900,
    });
    if (balance?.kind !== "loadbalance") throw new Error("no balance");
    expect(balance.members.map((member) => member.plan.path)).toEqual([
      "config.targets[1].targets[0]",
      "config.targets[1].targets[1]",
    ]);
    expect(balance.members[1]?.plan).toMatchObject({ requestTimeoutMs: 5, retry: { attempts: 4 } });
  });

  test("camelCase keys mean the same, and the words of override_params keep their spelling", () => {
    const target = theTarget(
      withConfig({
        requestTimeout: 7,
        overrideParams: { additionalModelRequestFields: { topK: 1 } },
        strictOpenAiCompliance: false,
      }).plan,
    );
    expect(target).toMatchObject({
      requestTimeoutMs: 7,
      strict: false,
      overrideParams: { additionalModelRequestFields: { topK: 1 } },
    });
  });

  test("both spellings of Retry-After's switch", () => {
    for (const name of ["use_retry_after_header", "use_retry_after_headers"])
      expect(theTarget(withConfig({ retry: { attempts: 1, [name]: true } }).plan).retry?.useRetryAfterHeader).toBe(
        true,
      );
  });

  test("the semantic cache is not served: its mode is named as dropped, and the simple one serves", () => {
    expect(withConfig({ cache: { mode: "simple" } }).dropped).toEqual([]);
    expect(withConfig({ cache: { mode: "semantic" } }).dropped).toEqual(["config.cache.mode"]);
  });

  test("fallback_models make a fallback over whole configs (Keywords AI)", () => {
    const { plan, body } = interpretRequest({ fallback_models: ["bedrock/amazon.nova-pro-v1:0"] });
    if (plan.kind !== "fallback") throw new Error(plan.kind);
    expect(plan.members.map((member) => theTarget(member).model)).toEqual([
      "amazon.nova-lite-v1:0",
      "amazon.nova-pro-v1:0",
    ]);
    expect(body).not.toHaveProperty("fallback_models");
  });

  test("fallback_models are named where the config has every target call a model of its own: none of them would be called", () => {
    const pinned = { override_params: { model: "us.amazon.nova-micro-v1:0" }, retry: { attempts: 0 } };
    const models = ["us.amazon.nova-lite-v1:0", "us.amazon.nova-pro-v1:0"];
    const asked = (config: object, fallbackModels: string[]): Interpretation =>
      interpretRequest({ fallback_models: fallbackModels }, { "x-adit-config": JSON.stringify(config) });
    const one = asked(pinned, models);
    expect([one.plan.kind, one.dropped]).toEqual(["target", ["fallback_models[0]", "fallback_models[1]"]]);
    const tree = { strategy: { mode: "fallback" }, targets: [pinned, pinned] };
    const several = asked(tree, models);
    expect([several.plan.path, several.dropped]).toEqual(["config", ["fallback_models[0]", "fallback_models[1]"]]);
    // What is called again by the caller's own wish is called again.
    const again = asked(pinned, ["us.amazon.nova-micro-v1:0"]);
    expect([again.plan.path, again.dropped]).toEqual(["fallback_models", []]);
    const partly = asked({ strategy: { mode: "fallback" }, targets: [pinned, {}] }, models);
    expect([partly.plan.path, partly.dropped]).toEqual(["fallback_models", []]);
  });
});

test("retry_params are named where the config says of every target how often it is tried", () => {
  const asked = (config: object, params: object = { num_retries: 3, retry_after: 1 }): string[] =>
    interpretRequest({ retry_params: { ...params } }, { "x-adit-config": JSON.stringify(config) }).dropped;
  const retry = { attempts: 1 };
  expect(asked({ retry })).toEqual(["retry_params"]);
  expect(asked({ retry }, { retry_enabled: false })).toEqual(["retry_params"]);
  expect(asked({ strategy: { mode: "fallback" }, targets: [{ retry }, {}] })).toEqual([]);
  expect(asked({})).toEqual([]);
  expect(asked({ retry: { attempts: 0 } }, { retry_enabled: false })).toEqual([]);
});

describe("a model that the config alone names", () => {
  test("is the model asked for, and stands in the body", () => {
    const headers = { "x-portkey-config": '{"override_params":{"model":"us.amazon.nova-lite-v1:0"}}' };
    const asked = interpretRequest({ model: null }, headers);
    expect(asked.modelAsWritten).toBe("us.amazon.nova-lite-v1:0");
    expect(asked.body["model"]).toBe("us.amazon.nova-lite-v1:0");
  });

  test("must stand in every target", () => {
    const config = { strategy: { mode: "fallback" }, targets: [{ override_params: { model: "m" } }, {}] };
    const error = refusal(() => interpretRequest({ model: null }, { "x-portkey-config": JSON.stringify(config) }));
    expect(error.param).toBe("model");
  });
});

describe("headers", () => {
  test.each([
    "x-portkey-strict-open-ai-compliance",
    "x-portkey-strict-open-a-i-compliance",
    "x-obiguard-strict-openai-compliance",
    "x-portkey-strict-openaicompliance",
  ])("%s switches strictness (P12, O15)", (name) => {
    expect(interpretRequest({}, { [name]: "false" }).strict).toBe(false);
    expect(interpretRequest({}, { [name]: "true" }).strict).toBe(true);
  });

  test("absent is strict", () => {
    expect(interpretRequest({}).strict).toBe(true);
  });

  test("x-adit- goes before x-portkey- before x-obiguard-", () => {
    const headers = {
      "x-obiguard-aws-region": "eu-west-3",
      "x-portkey-aws-region": "eu-west-2",
      "x-adit-aws-region": "eu-west-1",
    };
    expect(theTarget(interpretRequest({}, headers).plan).region).toBe("eu-west-1");
  });

  test("traceparent is the trace where the vendors' headers say none (P27)", () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    expect(interpretRequest({}, { traceparent }).trace).toEqual({
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      parentSpanId: "00f067aa0ba902b7",
      isSampledByCaller: true,
    });
    expect(
      interpretRequest({}, { traceparent, "x-portkey-trace-id": "mine", "x-portkey-span-id": "s" }).trace,
    ).toMatchObject({ traceId: "mine", spanId: "s" });
    expect(interpretRequest({}, { traceparent: "nonsense" }).trace.traceId).toBe("new-trace");
  });

  test("metadata is read, and its faults are 400s (P25)", () => {
    expect(interpretRequest({}, { "x-portkey-metadata": '{"_user":"u1","n":5}' }).metadata).toEqual({
      _user: "u1",
      n: "5",
    });
    for (const bad of ["{", "[]", '"x"'])
      expect(refusal(() => interpretRequest({}, { "x-portkey-metadata": bad })).param).toBe("metadata");
  });

  test("what may not travel upstream does not, however it is listed", () => {
    const headers = {
      "x-portkey-forward-headers":
        "authorization, Host,x-team, x-amz-date, x-forwarded-for,connection,x-portkey-api-key,cookie",
      authorization: "Bearer k",
      host: "h",
      "x-team": "blue",
      "x-amz-date": "now",
      "x-forwarded-for": "1.1.1.1",
      connection: "close",
      cookie: "c",
    };
    expect(interpretRequest({}, headers).forwardHeaders).toEqual({ "x-team": "blue" });
  });

  test.each(["0", "-1", "1.5", "soon"])("request-timeout %j is refused", (value) => {
    expect(refusal(() => interpretRequest({}, { "x-portkey-request-timeout": value })).param).toBe("request-timeout");
  });
});

describe("the body", () => {
  test.each<[unknown, string]>([
    [{ customer_credentials: "x" }, "customer_credentials"],
    [{ customer_credentials: { bedrock: "x" } }, "customer_credentials.bedrock"],
    [{ customer_credentials: [{ weight: -1, credentials: {} }] }, "customer_credentials[0].weight"],
    [{ credential_override: [] }, "credential_override"],
    [{ fallback_models: [1] }, "fallback_models[0]"],
    [{ model: 5 }, "model"],
    [{ model: "  " }, "model"],
  ])("%j names its path", (body, param) => {
    expect(refusal(() => interpretRequest(body as never)).param).toBe(param);
  });

  test("a key named __proto__ stays a plain key", () => {
    const body = JSON.parse('{"__proto__": {"polluted": true}}') as never;
    expect(Object.hasOwn(interpretRequest(body).body, "polluted")).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

test("of thousands of unknown names the first are told with what they may have been meant for", () => {
  const names = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`retri${index}`, 1]));
  const { unknown } = readConfig({ weigth: 1, ...names, targts: [] });
  expect(unknown).toHaveLength(3_002);
  expect(unknown[0]).toMatchObject({ path: "config.weigth", near: "weight" });
  expect(unknown.at(-1)).toEqual({ path: "config.targts", near: undefined });
});
