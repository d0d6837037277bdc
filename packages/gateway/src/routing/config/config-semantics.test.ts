/** What configs mean, as Portkey documents it: fields, inheritance, strategies, retries. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { largestWeight } from "./config-schema.ts";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { RoutingDependencies } from "../dependencies.ts";
import type { Interpretation } from "../request/interpret.ts";
import type { Plan } from "../plan/plan.ts";
import { runPlan } from "../run-plan.ts";
import { interpretRequest, keyHolder, refusal, routingDependencies, theTarget } from "../testing/request.ts";

interface Asked {
  body?: JsonObject;
  headers?: Record<string, string>;
  metadata?: object;
  deps?: RoutingDependencies;
  caller?: CallerPrincipal;
}

function asked(config: unknown, { body = {}, headers = {}, metadata, deps, caller }: Asked = {}): Interpretation {
  return interpretRequest(
    body,
    {
      "x-portkey-config": JSON.stringify(config),
      ...(metadata !== undefined && { "x-portkey-metadata": JSON.stringify(metadata) }),
      ...headers,
    },
    deps,
    caller,
  );
}

function planned(config: unknown, about?: Asked): Plan {
  return asked(config, about).plan;
}

/** The paths that a walk calls, where the targets fail with these statuses; one that is not named answers. */
async function called(
  plan: Plan,
  failures: Record<string, number> = {},
  random = 0,
): Promise<{ paths: string[]; skipped: string[]; outcome: number }> {
  const paths: string[] = [];
  const skipped: string[] = [];
  const outcome = await runPlan(
    plan,
    (target) => {
      paths.push(target.path);
      const status = failures[target.path];
      return status === undefined
        ? Promise.resolve(200)
        : Promise.reject(new AditError("provider_error", "No.", { status }));
    },
    { random: () => random, onSkipped: (path) => skipped.push(path) },
  ).then(
    ({ result }) => result,
    (error: unknown) => (error as AditError).status,
  );
  return { paths, skipped, outcome };
}

const two = [{ aws_region: "us-east-1" }, { aws_region: "us-west-2" }];
const [first, second] = ["config.targets[0]", "config.targets[1]"] as const;

describe("fields", () => {
  test("camelCase everywhere, except in the user's own words", () => {
    const config = {
      strategy: { mode: "conditional", conditions: [{ query: { "params.maxTokens": 5 }, then: "a" }], default: "b" },
      targets: [{ name: "a", defaultParams: { topP: 1 }, dropParams: ["topK"] }, { name: "b" }],
    };
    const target = theTarget(planned(config, { body: { maxTokens: 5, topK: 2 } }));
    expect(target).toMatchObject({
      path: first,
      overrideParams: { topP: 1, topK: undefined },
      droppedParams: ["topK"],
    });
  });

  test("v1 configs of mode and options are refused with a word on how to write them", () => {
    const error = refusal(() => planned({ mode: "fallback", options: [{ provider: "openai" }] }));
    expect(error).toMatchObject({ code: "invalid_config", param: "config.mode" });
    expect(error.describe()).toContain("config.strategy.mode");
  });

  test("a config without provider or targets borrows them from the request", () => {
    const headers = { "x-portkey-provider": "bedrock", "x-portkey-aws-region": "eu-west-1" };
    expect(theTarget(planned({ retry: { attempts: 2 } }, { headers }))).toMatchObject({
      provider: "bedrock",
      region: "eu-west-1",
      retry: { attempts: 2 },
    });
  });

  test("passthrough: the provider is the request's own, in any strategy", () => {
    const config = { strategy: { mode: "fallback" }, targets: [{ passthrough: true }, {}] };
    expect(planned(config).kind).toBe("fallback");
    const both = { passthrough: true, provider: "bedrock" };
    expect(refusal(() => planned(both)).param).toBe("config.provider");
  });

  test("forward_headers of a target stand in the stead of the header's, and never let a secret through", () => {
    const headers = { "x-portkey-forward-headers": "x-a", "x-a": "1", "x-b": "2", authorization: "Bearer k" };
    const target = theTarget(planned({ forward_headers: ["X-B", "authorization"] }, { headers }));
    expect(target.forwardHeaders).toEqual({ "x-b": "2" });
    expect(theTarget(planned({}, { headers })).forwardHeaders).toBeUndefined();
  });
});

describe("inheritance down the targets tree", () => {
  const rules = {
    retry: { attempts: 4 },
    cache: { mode: "simple", max_age: 60 },
    request_timeout: 900,
    idle_timeout: 800,
    strict_open_ai_compliance: false,
    forward_headers: ["x-a"],
    custom_host: "https://host.example/v1",
    drop_params: ["seed"],
  };
  const own = {
    retry: { attempts: 0 },
    cache: { mode: "semantic" },
    request_timeout: 5,
    idle_timeout: 6,
    strict_open_ai_compliance: true,
    forward_headers: ["x-b"],
    custom_host: "https://other.example",
    drop_params: ["user"],
  };
  const headers = { "x-a": "1", "x-b": "2" };
  const deps = routingDependencies({ ADIT_CUSTOM_HOSTS: "https://host.example,https://other.example" });

  test.each(Object.keys(rules))("%s is inherited whole, and only where the child has none", (name) => {
    const config = {
      ...rules,
      strategy: { mode: "fallback" },
      targets: [{}, { [name]: own[name as keyof typeof own] }, { strategy: { mode: "single" }, targets: [{}] }],
    };
    const pair = { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "secret" };
    const plan = planned(config, { body: { seed: 1, user: "u", ...pair }, headers, deps });
    if (plan.kind !== "fallback") throw new Error(plan.kind);
    const [parents, childs, deep] = plan.members.map((member) => seen(theTarget(member))[name as keyof typeof own]);
    expect(parents).toEqual(expectedOf(rules)[name as keyof typeof own]);
    expect(childs).toEqual(expectedOf(own)[name as keyof typeof own]);
    expect(deep).toEqual(parents);
  });

  function seen(target: ReturnType<typeof theTarget>): Record<keyof typeof rules, unknown> {
    return {
      retry: target.retry?.attempts,
      cache: target.cache?.mode,
      request_timeout: target.requestTimeoutMs,
      idle_timeout: target.idleTimeoutMs,
      strict_open_ai_compliance: target.strict,
      forward_headers: Object.keys(target.forwardHeaders ?? {}),
      custom_host: target.baseUrl,
      drop_params: target.droppedParams,
    };
  }

  function expectedOf(from: typeof rules | typeof own): Record<keyof typeof rules, unknown> {
    return { ...from, retry: from.retry.attempts, cache: from.cache.mode };
  }

  test("override_params and default_params are merged, the child's winning", () => {
    const config = {
      override_params: { temperature: 0.1, top_p: 0.2 },
      default_params: { max_tokens: 10, stop: "a" },
      strategy: { mode: "single" },
      targets: [{ override_params: { top_p: 0.9 }, default_params: { stop: "b" } }],
    };
    expect(theTarget(planned(config)).overrideParams).toEqual({
      temperature: 0.1,
      top_p: 0.9,
      max_tokens: 10,
      stop: "b",
    });
  });

  test("default_params, then override_params, then drop_params; what is taken out is named", () => {
    const config = {
      default_params: { max_tokens: 10, top_p: 0.1 },
      override_params: { top_p: 0.5, user: "x" },
      drop_params: ["user", "messages[*].name", "n"],
    };
    const body = { max_tokens: 5, n: 3, messages: [{ role: "user", content: "hi", name: "me" }] };
    expect(theTarget(planned(config, { body }))).toMatchObject({
      overrideParams: {
        top_p: 0.5,
        user: undefined,
        n: undefined,
        messages: [{ role: "user", content: "hi" }],
      },
      droppedParams: ["user", "messages[*].name", "n"],
    });
  });

  test("default_params name the model where neither the body nor an override does", () => {
    const config = { default_params: { model: "amazon.nova-pro-v1:0" } };
    expect(theTarget(planned(config, { body: { model: null } })).model).toBe("amazon.nova-pro-v1:0");
    expect(theTarget(planned(config)).model).toBe("amazon.nova-lite-v1:0");
  });
});

describe("single", () => {
  test("the first target", () => {
    expect(theTarget(planned({ strategy: { mode: "single" }, targets: two })).path).toBe(first);
  });
});

describe("fallback", () => {
  const config = { strategy: { mode: "fallback" }, targets: two };

  test.each([400, 401, 403, 408, 429, 500, 502, 503])("without a list goes on at %d", async (status) => {
    expect(await called(planned(config), { [first]: status })).toMatchObject({ paths: [first, second], outcome: 200 });
  });

  test("with on_status_codes goes on at those alone", async () => {
    const listed = planned({ ...config, strategy: { mode: "fallback", on_status_codes: [429, 246, 446] } });
    expect((await called(listed, { [first]: 429 })).paths).toEqual([first, second]);
    expect((await called(listed, { [first]: 446 })).paths).toEqual([first, second]);
    expect(await called(listed, { [first]: 500 })).toMatchObject({ paths: [first], outcome: 500 });
  });

  test("the final response is that of the last attempt", async () => {
    expect((await called(planned(config), { [first]: 429, [second]: 503 })).outcome).toBe(503);
  });
});

describe("loadbalance", () => {
  test("the default weight is 1, 0 is never drawn, and there is no failover by itself", async () => {
    const plan = planned({ strategy: { mode: "loadbalance" }, targets: [{}, { weight: 0 }, { weight: 2 }] });
    expect((await called(plan, {}, 0.33)).paths).toEqual(["config.targets[0]"]);
    expect((await called(plan, {}, 0.34)).paths).toEqual(["config.targets[2]"]);
    expect(await called(plan, { "config.targets[2]": 500 }, 0.9)).toMatchObject({ outcome: 500 });
  });

  test("no target with a weight is a 400", () => {
    expect(refusal(() => planned({ strategy: { mode: "loadbalance" }, targets: [{ weight: 0 }] })).code).toBe(
      "no_target",
    );
  });

  test("weights as large as may be are still drawn by their shares", async () => {
    const weight = largestWeight;
    const plan = planned({ strategy: { mode: "loadbalance" }, targets: [{ weight }, { weight: weight / 3 }] });
    expect((await called(plan, {}, 0.7499)).paths).toEqual([first]);
    expect((await called(plan, {}, 0.7501)).paths).toEqual([second]);
    const error = refusal(() => planned({ strategy: { mode: "loadbalance" }, targets: [{ weight: 1e300 }] }));
    expect(error.param).toBe("config.targets[0].weight");
  });
});

describe("sticky", () => {
  const sticky = { enabled: true, hash_fields: ["metadata.user", "params.model", "headers.x-team"], ttl: 60 };
  const config = { strategy: { mode: "loadbalance", sticky }, targets: two };
  let now = 0;
  const deps = routingDependencies({}, () => now);
  const drawOf = (user: string, about: Asked = {}): number | undefined => {
    const plan = planned(config, { metadata: { user }, headers: { "x-team": "blue" }, deps, ...about });
    return plan.kind === "loadbalance" ? plan.sticky?.draw() : undefined;
  };

  test("requests with the same fields are drawn alike for the ttl, whatever else they say", () => {
    const draw = drawOf("a");
    expect(draw).toBeTypeOf("number");
    expect(drawOf("a", { body: { temperature: 1 } })).toBe(draw);
    now += 59_000;
    expect(drawOf("a")).toBe(draw);
    now += 2_000;
    expect(drawOf("a")).not.toBe(draw);
  });

  test("other fields, and another gateway key, are drawn otherwise", () => {
    const headers = { "x-team": "red" };
    const [one, other] = ["gk_one", "gk_other"].map((id) => drawOf("a", { caller: keyHolder(id) }));
    const draws = [drawOf("a"), drawOf("b"), drawOf("a", { headers }), one, other];
    expect(new Set(draws).size).toBe(5);
  });

  test("a request that lacks one of the fields is drawn as any other", () => {
    expect(drawOf("a", { headers: {} })).toBeUndefined();
    const byUser = {
      strategy: { mode: "loadbalance", sticky: { hash_fields: ["params.user"] } },
      targets: two,
    };
    const stickyFor = (user: string | null): boolean => {
      const plan = planned(byUser, { body: { user }, deps });
      return plan.kind === "loadbalance" && plan.sticky !== undefined;
    };
    expect([stickyFor("a"), stickyFor(null)]).toEqual([true, false]);
  });

  test.each([{ enabled: false, hash_fields: ["metadata.user"] }, { enabled: true }])("%j is not sticky", (rule) => {
    const plan = planned(
      { strategy: { mode: "loadbalance", sticky: rule }, targets: two },
      { metadata: { user: "a" } },
    );
    expect(plan).toMatchObject({ kind: "loadbalance", sticky: undefined });
  });

  test("the default ttl is 300 seconds, as in Portkey's code", () => {
    const usual = { strategy: { mode: "loadbalance", sticky: { hash_fields: ["metadata.user"] } }, targets: two };
    const draw = (): number | undefined => {
      const plan = planned(usual, { metadata: { user: "z" }, deps });
      return plan.kind === "loadbalance" ? plan.sticky?.draw() : undefined;
    };
    const kept = draw();
    now += 299_999;
    expect(draw()).toBe(kept);
    now += 2;
    expect(draw()).not.toBe(kept);
  });

  test("the walk goes by the draw", async () => {
    const plan = planned(config, { metadata: { user: "a" }, headers: { "x-team": "blue" }, deps });
    const one = await called(plan, {}, 0);
    expect(await called(plan, {}, 0.999)).toEqual(one);
  });

  test("fields that are none of metadata, params, headers are refused", () => {
    const odd = { strategy: { mode: "loadbalance", sticky: { hash_fields: ["user"] } }, targets: two };
    expect(refusal(() => planned(odd)).param).toBe("config.strategy.sticky.hash_fields[0]");
  });

  test.each([
    ["sticky", "fallback", { sticky }],
    ["sticky", "loadbalance", { sticky: { enabled: true } }],
    ["on_status_codes", "loadbalance", { on_status_codes: [429] }],
    ["on_status_codes", "single", { on_status_codes: [429] }],
    ["default", "fallback", { default: "second" }],
  ])("%s that has nothing to do under %s is named", (name, mode, rules) => {
    const targets = mode === "single" ? two.slice(0, 1) : two;
    expect(asked({ strategy: { mode, ...rules }, targets }).dropped).toEqual([`config.strategy.${name}`]);
    const off = { strategy: { mode: "loadbalance", sticky: { enabled: false } }, targets: two };
    expect(asked(off).dropped).toEqual([]);
  });
});

describe("what has no effect where it stands is named", () => {
  const target = { provider: "bedrock" };

  test("a weight without a draw", () => {
    const drawn = {
      strategy: { mode: "loadbalance" },
      targets: [
        { ...target, weight: 3 },
        { ...target, weight: 1 },
      ],
    };
    expect(asked(drawn).dropped).toEqual([]);
    expect(asked({ ...drawn, strategy: { mode: "fallback" }, weight: 2 }).dropped).toEqual([
      "config.targets[0].weight",
      "config.targets[1].weight",
      "config.weight",
    ]);
    expect(asked({ strategy: { mode: "fallback" }, targets: [{ ...drawn, weight: 2 }, target] }).dropped).toEqual([
      "config.targets[0].weight",
    ]);
  });

  test("statuses of answers, that no failure has", () => {
    const retry = { attempts: 2, on_status_codes: [204, 429] };
    const config = {
      strategy: { mode: "fallback", on_status_codes: [429, 200, 246, 446] },
      targets: [{ ...target, retry }, target],
    };
    expect(asked(config).dropped).toEqual([
      "config.strategy.on_status_codes[1]",
      "config.targets[0].retry.on_status_codes[0]",
    ]);
  });

  test("targets behind a single one, and a strategy beside no targets", () => {
    expect(asked({ strategy: { mode: "single" }, targets: [target, target, target] }).dropped).toEqual([
      "config.targets[1]",
      "config.targets[2]",
    ]);
    expect(asked({ ...target, strategy: { mode: "single", on_status_codes: [429] } }).dropped).toEqual([
      "config.strategy.on_status_codes",
    ]);
  });
});

describe("conditional", () => {
  const config = {
    strategy: {
      mode: "conditional",
      conditions: [
        { query: { "metadata.plan": { $eq: "paid" } }, then: "good" },
        { query: { "params.max_tokens": { $gt: 100 } }, then: "cheap" },
        { query: { "url.pathname": { $regex: "/messages$" } }, then: "good" },
      ],
      default: "usual",
    },
    targets: [{ name: "usual" }, { name: "good" }, { name: "cheap" }, { name: "good" }],
  };

  test("the first condition that fits names the target; of two with one name the first is taken", () => {
    const about = { metadata: { plan: "paid" }, body: { max_tokens: 500 } };
    expect(theTarget(planned(config, about)).path).toBe("config.targets[1]");
    expect(theTarget(planned(config, { body: { max_tokens: 500 } })).path).toBe("config.targets[2]");
  });

  test("the default where none fits", () => {
    expect(theTarget(planned(config)).path).toBe("config.targets[0]");
  });

  test("metadata is read from the header only", () => {
    expect(theTarget(planned(config, { body: { metadata: { plan: "paid" } } })).path).toBe("config.targets[0]");
  });

  test("no match and no default is a 400 in Portkey's words", () => {
    const { default: _default, ...strategy } = config.strategy;
    const error = refusal(() => planned({ ...config, strategy }));
    expect(error).toMatchObject({ status: 400, code: "no_target" });
    expect(error.message).toContain("Query router did not resolve to any valid target");
  });

  test("an unknown operator is a 400 that says where, and what was meant", () => {
    const odd = { ...config, strategy: { ...config.strategy, conditions: [{ query: { "metadata.a": { $equals: 1 } }, then: "good" }] } }; // prettier-ignore
    const error = refusal(() => planned(odd));
    expect(error).toMatchObject({ status: 400, param: "config.strategy.conditions[0].query.metadata.a.$equals" });
  });

  test("a name that no target has is a 400 that says where, and what was meant", () => {
    const odd = { ...config, strategy: { ...config.strategy, default: "usaul" } };
    const error = refusal(() => planned(odd));
    expect(error.param).toBe("config.strategy.default");
    expect(error.message).toContain('Did you mean "usual"?');
  });

  test("targets that are not taken are not asked for: one that is not stored does no harm", () => {
    const targets = [{ name: "usual" }, { name: "good", virtual_key: "vk" }, { name: "cheap" }];
    expect(theTarget(planned({ ...config, targets })).path).toBe("config.targets[0]");
    expect(refusal(() => planned({ ...config, targets }, { metadata: { plan: "paid" } })).code).toBe("not_stored");
  });

  test("a fallback model is asked for by its own name", () => {
    const byModel = {
      strategy: {
        mode: "conditional",
        conditions: [{ query: { "params.model": { $regex: "pro" } }, then: "pro" }],
        default: "rest",
      },
      targets: [{ name: "pro" }, { name: "rest" }],
    };
    const plan = planned(byModel, { body: { fallback_models: ["amazon.nova-pro-v1:0"] } });
    if (plan.kind !== "fallback") throw new Error(plan.kind);
    expect(plan.members.map((member) => member.path)).toEqual(["config.targets[1]", "fallback_models[0].targets[0]"]);
  });

  test("conditions need their mode, and the mode its conditions", () => {
    const conditions = config.strategy.conditions;
    expect(refusal(() => planned({ strategy: { mode: "fallback", conditions }, targets: config.targets })).param).toBe(
      "config.strategy.conditions",
    );
    expect(refusal(() => planned({ strategy: { mode: "conditional" }, targets: two })).param).toBe(
      "config.strategy.conditions",
    );
  });

  describe("below another strategy, without a match and a default", () => {
    const paidOnly = {
      strategy: { mode: "conditional", conditions: [{ query: { "metadata.plan": "paid" }, then: "good" }] },
      targets: [{ name: "good" }],
    };

    test("a fallback passes it over, wherever it stands, and names it", async () => {
      const behind = asked({ strategy: { mode: "fallback" }, targets: [{}, paidOnly] });
      expect(await called(behind.plan, { [first]: 429 })).toMatchObject({ paths: [first], outcome: 429 });
      expect(behind.dropped).toEqual([second]);
      const before = asked({ strategy: { mode: "fallback", on_status_codes: [429] }, targets: [paidOnly, {}] });
      expect(await called(before.plan)).toMatchObject({ paths: [second], outcome: 200 });
      expect(before.dropped).toEqual([first]);
      const fits = { metadata: { plan: "paid" } };
      const paid = asked({ strategy: { mode: "fallback" }, targets: [paidOnly, {}] }, fits);
      expect(await called(paid.plan)).toMatchObject({ paths: ["config.targets[0].targets[0]"] });
      expect(paid.dropped).toEqual([]);
    });

    test("a load balance does not draw it", async () => {
      const strategy = { mode: "loadbalance", cb_config: { failure_threshold: 1 } };
      const weighed = asked({ strategy, targets: [{ ...paidOnly, weight: 9 }, {}, { ...paidOnly, weight: 0 }] });
      expect(await called(weighed.plan, {}, 0.1)).toMatchObject({ paths: [second], outcome: 200 });
      expect(weighed.dropped).toEqual([first, "config.targets[2]"]);
    });

    test("where nothing else is left, it is a 400", () => {
      const single = { strategy: { mode: "single" }, targets: [paidOnly] };
      const error = refusal(() => planned({ strategy: { mode: "fallback" }, targets: [single, paidOnly] }));
      expect(error).toMatchObject({ code: "no_target", param: "config.targets[0].targets[0].strategy.default" });
      const targets = [paidOnly, { weight: 0 }];
      expect(refusal(() => planned({ strategy: { mode: "loadbalance" }, targets })).code).toBe("no_target");
    });
  });
});

describe("nesting", () => {
  test("conditional, loadbalance, fallback: the path says the way", async () => {
    const config = {
      strategy: { mode: "conditional", conditions: [{ query: { "metadata.a": "1" }, then: "x" }], default: "y" },
      targets: [
        { name: "y" },
        {
          name: "x",
          strategy: { mode: "loadbalance" },
          targets: [{ weight: 0 }, { strategy: { mode: "fallback" }, targets: two }],
        },
      ],
    };
    const plan = planned(config, { metadata: { a: "1" } });
    const paths = ["config.targets[1].targets[1].targets[0]", "config.targets[1].targets[1].targets[1]"];
    expect((await called(plan, { [paths[0] ?? ""]: 500 })).paths).toEqual(paths);
  });

  test("more than 100 targets is a 400; 1,000 where a condition takes one of them", () => {
    const many = (count: number): object[] => Array.from({ length: count }, (_, index) => ({ name: `t${index}` }));
    const conditional = {
      mode: "conditional",
      conditions: [{ query: { "metadata.a": 1 }, then: "t999" }],
      default: "t5",
    };
    expect(theTarget(planned({ strategy: conditional, targets: many(1_000) })).path).toBe("config.targets[5]");
    expect(refusal(() => planned({ strategy: conditional, targets: many(1_001) })).param).toBe("config.targets");
    expect(refusal(() => planned({ strategy: { mode: "fallback" }, targets: many(101) })).param).toBe("config.targets");
  });
});

describe("circuit breaker", () => {
  const cb_config = { failure_threshold: 2, cooldown_interval: 30_000 };
  const now = { ms: 0 };
  const plan = (mode: string, deps: RoutingDependencies, more: Asked = {}): Plan =>
    planned({ strategy: { mode, cb_config }, targets: two }, { deps, ...more });

  test("a fallback passes a target over whose circuit is open, and says so, until its cooldown has ended", async () => {
    const deps = routingDependencies({}, () => now.ms);
    for (let index = 0; index < 2; index += 1) await called(plan("fallback", deps), { [first]: 500 });
    expect(await called(plan("fallback", deps))).toEqual({ paths: [second], skipped: [first], outcome: 200 });
    now.ms += 30_000;
    expect(await called(plan("fallback", deps))).toEqual({ paths: [first], skipped: [], outcome: 200 });
  });

  test("a load balance leaves the draw to the others", async () => {
    const deps = routingDependencies({}, () => now.ms);
    for (let index = 0; index < 2; index += 1) await called(plan("loadbalance", deps), { [first]: 500 }, 0);
    expect(await called(plan("loadbalance", deps), {}, 0)).toMatchObject({ paths: [second], skipped: [first] });
  });

  test("what would have been drawn to it goes to the others by their weights, and what was drawn to them stays", async () => {
    const deps = routingDependencies({}, () => now.ms);
    const targets = [2, 1, 3].map((weight) => ({ weight }));
    const balance = (): Plan => planned({ strategy: { mode: "loadbalance", cb_config }, targets }, { deps });
    const draws = Array.from({ length: 60 }, (_, index) => index / 60);
    const drawn = async (numbers: number[]): Promise<Record<string, number>> => {
      const counts: Record<string, number> = {};
      for (const number of numbers)
        for (const path of (await called(balance(), {}, number)).paths) counts[path] = (counts[path] ?? 0) + 1;
      return counts;
    };
    const third = "config.targets[2]";
    expect(await drawn(draws)).toEqual({ [first]: 20, [second]: 10, [third]: 30 });
    for (let index = 0; index < 2; index += 1) await called(balance(), { [first]: 500 }, 0);
    expect(await drawn(draws.slice(0, 20))).toEqual({ [second]: 5, [third]: 15 });
    expect(await drawn(draws.slice(20))).toEqual({ [second]: 10, [third]: 30 });
  });

  test("if all are open, the breaker is passed over", async () => {
    const deps = routingDependencies({}, () => now.ms);
    const failures = { [first]: 500, [second]: 503 };
    for (let index = 0; index < 2; index += 1) await called(plan("fallback", deps), failures);
    expect(await called(plan("fallback", deps))).toEqual({ paths: [first], skipped: [], outcome: 200 });
  });

  test("it is kept by caller, config and target", async () => {
    const deps = routingDependencies({}, () => now.ms);
    for (let index = 0; index < 2; index += 1) await called(plan("fallback", deps), { [first]: 500 });
    const other = planned({ strategy: { mode: "fallback", cb_config }, targets: two, name: "other" }, { deps });
    expect((await called(other)).paths).toEqual([first]);
    const stranger = plan("fallback", deps, { caller: keyHolder("gk_other") });
    expect((await called(stranger)).paths).toEqual([first]);
  });

  test("a caller that leaves is no failure of a target", async () => {
    const deps = routingDependencies({}, () => now.ms);
    for (let index = 0; index < 3; index += 1) {
      const left = Promise.reject(new AditError("client_closed", "left"));
      await runPlan(plan("fallback", deps), () => left, { random: () => 0 }).catch(() => undefined);
    }
    expect((await called(plan("fallback", deps))).paths).toEqual([first]);
  });

  test.each([
    ["conditional", { conditions: [{ query: { "metadata.a": 1 }, then: "a" }], default: "a" }, cb_config],
    ["single", {}, cb_config],
    ["fallback", {}, { minimum_requests: 5 }],
  ])("where it has nothing to do it is named: %s", (mode, more, rule) => {
    const config = { strategy: { mode, cb_config: rule, ...more }, targets: [{ name: "a" }] };
    expect(asked(config).dropped).toEqual(["config.strategy.cb_config"]);
  });

  test.each([
    [{ failure_threshold: 1, cooldown_interval: 29_999 }, "cooldown_interval"],
    [{ failure_threshold_percentage: 50, minimum_requests: 4 }, "minimum_requests"],
  ])("%j is below what Portkey takes", (rule, name) => {
    const config = { strategy: { mode: "fallback", cb_config: rule }, targets: two };
    expect(refusal(() => planned(config)).param).toBe(`config.strategy.cb_config.${name}`);
  });
});

describe("retry", () => {
  test("attempts, on_status_codes and both spellings of Retry-After's switch reach the target", () => {
    const retry = { attempts: 5, on_status_codes: [429, 446], use_retry_after_headers: true };
    expect(theTarget(planned({ retry })).retry).toEqual({
      attempts: 5,
      onStatusCodes: [429, 446],
      useRetryAfterHeader: true,
      waitMs: undefined,
    });
  });
});

describe("timeout", () => {
  test("request_timeout and the header's; who calls takes the header's first", () => {
    const { plan, requestTimeoutMs } = asked(
      { request_timeout: 900 },
      { headers: { "x-portkey-request-timeout": "100" } },
    );
    expect(theTarget(plan).requestTimeoutMs).toBe(900);
    expect(requestTimeoutMs).toBe(100);
  });

  test.each(["request_timeout", "idle_timeout"])("%s of no time is refused", (name) => {
    for (const value of [0, -1, 1.5, "5"])
      expect(refusal(() => planned({ [name]: value })).param).toBe(`config.${name}`);
  });
});

describe("slips of the pen", () => {
  test("a mode is told with what was meant", () => {
    const error = refusal(() => planned({ strategy: { mode: "load-balance" }, targets: two }));
    expect(error.param).toBe("config.strategy.mode");
    expect(error.message).toContain('Did you mean "loadbalance"?');
  });
});
