/** The dry run says what a walk would do. The second way of computing is the walk itself. */
import { AditError, errorRow, isErrorCode, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { dryRun, type DryRun } from "./dry-run.ts";
import type { Plan } from "./plan/plan.ts";
import { firstChances } from "./plan/plan-outlook.ts";
import { runPlan } from "./run-plan.ts";
import { interpretRequest, principal, routingDependencies } from "./testing/request.ts";

const deps = routingDependencies({ ADIT_CUSTOM_HOSTS: "https://host.example" });

function run(config: unknown, request: JsonObject = { body: { model: "amazon.nova-lite-v1:0" } }): Promise<DryRun> {
  return dryRun({ config, request } as JsonObject, principal, deps);
}

const nested = {
  strategy: { mode: "fallback", on_status_codes: [429, 503] },
  targets: [
    {
      strategy: { mode: "loadbalance" },
      targets: [
        { weight: 3, retry: { attempts: 2, on_status_codes: [429] } },
        {
          weight: 1,
          strategy: { mode: "fallback" },
          targets: [{ aws_region: "eu-west-1" }, { aws_region: "eu-west-2" }],
        },
        { weight: 0 },
      ],
    },
    {
      strategy: { mode: "loadbalance" },
      targets: [{ aws_region: "us-west-2" }, { aws_region: "ap-south-1", weight: 3 }],
    },
  ],
};

describe("the plan as data", () => {
  test("a target: where it goes, by whose credential, under which rules", async () => {
    const { plan, first } = await run({
      aws_access_key_id: "AKIACANARY",
      aws_secret_access_key: "canary-secret",
      aws_region: "eu-west-1",
      custom_host: "https://host.example/canary-path",
      override_params: { temperature: "canary-value" },
      drop_params: ["seed"],
      retry: { attempts: 2, on_status_codes: [429] },
      request_timeout: 5,
      idle_timeout: 6,
      cache: { mode: "simple", max_age: 60 },
    });
    expect(plan).toEqual({
      kind: "target",
      path: "config",
      provider: "bedrock",
      model: "amazon.nova-lite-v1:0",
      region: "eu-west-1",
      credential: "request config (config)",
      host: "https://host.example",
      params: ["config.override_params.temperature", "config.drop_params[0]"],
      dropped: [],
      retry: { attempts: 2, on_status_codes: [429], use_retry_after_header: false },
      request_timeout: 5,
      idle_timeout: 6,
      cache: { mode: "simple", max_age: 60 },
    });
    expect(first).toEqual([{ target: "config", share: 1 }]);
  });

  test("strategies: in which order, by what weights", async () => {
    const { plan, first } = await run(nested);
    expect(plan).toMatchObject({
      kind: "fallback",
      on_status_codes: [429, 503],
      members: [
        {
          kind: "loadbalance",
          members: [
            { weight: 3, share: 0.75 },
            { weight: 1, share: 0.25, plan: { kind: "fallback" } },
            { weight: 0, share: 0 },
          ],
        },
        { kind: "loadbalance", members: [{ share: 0.25 }, { share: 0.75 }] },
      ],
    });
    expect(first).toEqual([
      { target: "config.targets[0].targets[0]", share: 0.75 },
      { target: "config.targets[0].targets[1].targets[0]", share: 0.25 },
    ]);
  });

  test("a condition's target alone, by the request's metadata, body and path", async () => {
    const config = {
      strategy: {
        mode: "conditional",
        conditions: [
          { query: { "metadata.team": "Z\u00fcrich" }, then: "b" },
          { query: { "url.pathname": "/v1/messages" }, then: "c" },
        ],
        default: "a",
      },
      targets: [{ name: "a" }, { name: "b" }, { name: "c" }],
    };
    const body = { model: "m" };
    expect((await run(config)).plan.path).toBe("config.targets[0]");
    expect((await run(config, { body, metadata: { team: "Z\u00fcrich" } })).plan.path).toBe("config.targets[1]");
    expect((await run(config, { body, path: "/v1/messages" })).plan.path).toBe("config.targets[2]");
  });

  test("a sticky draw is known beforehand, and asking leaves no trace", async () => {
    const sticky = { hash_fields: ["metadata.user"] };
    const config = { strategy: { mode: "loadbalance", sticky }, targets: [{}, {}] };
    const request = { body: { model: "m" }, headers: { "X-Portkey-Metadata": '{"user":"u"}' } };
    const one = await run(config, request);
    expect(one.plan).toMatchObject({ sticky: one.first[0]?.target });
    expect(one.first).toHaveLength(1);
    expect(one.first[0]?.share).toBe(1);
    expect(await run(config, request)).toEqual(one);
  });

  test("what is left out is named, with what it may have been meant for", async () => {
    const result = await run({ cache: { mode: "semantic" }, override_parms: {}, retry: { attempts: 1, zzzzzz: 1 } });
    expect(result.dropped).toEqual(["config.cache.mode", "config.override_parms", "config.retry.zzzzzz"]);
    expect(result.warnings).toEqual([
      {
        path: "config.override_parms",
        message: 'config.override_parms is no name of a config. Did you mean "override_params"?',
      },
      { path: "config.retry.zzzzzz", message: "config.retry.zzzzzz is no name of a config." },
    ]);
  });
});

describe("each failure of each target leads where the walk goes", () => {
  const codes: Readonly<Record<string, string>> = {
    throttled: "ThrottlingException",
    server_error: "InternalServerException",
    unavailable: "ServiceUnavailableException",
    unreachable: "upstream_unreachable",
    timeout: "request_timeout",
    model_timeout: "ModelTimeoutException",
    bad_request: "ValidationException",
    unauthorized: "api_key_expired",
    forbidden: "AccessDeniedException",
    not_found: "ResourceNotFoundException",
  };

  /** A plan and all that is in it. */
  function partsOf(plan: Plan): Plan[] {
    const members = plan.kind === "target" ? [] : plan.kind === "fallback" ? plan.members : plan.members.map((member) => member.plan); // prettier-ignore
    return [plan, ...members.flatMap(partsOf)];
  }

  /** All walks that a draw can lead to, as lists of paths: one target fails with one error, those before it with a throttle. */
  async function callsAfter(plan: Plan, target: string, error: AditError): Promise<Set<string>> {
    const next = new Set<string>();
    for (let draw = 0; draw < 64; draw += 1) {
      const walked: string[] = [];
      let state = draw;
      // Six draws, each at one of eight places.
      const random = (): number => {
        const place = (state % 8) / 8 + 0.001;
        state = Math.floor(state / 8);
        return place;
      };
      await runPlan(
        plan,
        ({ path }) => {
          walked.push(path);
          const isPast = walked.includes(target) && path !== target;
          const failure = path === target ? error : new AditError("ThrottlingException", "Wait.");
          return isPast ? Promise.resolve() : Promise.reject(failure);
        },
        { random },
      ).catch(() => undefined);
      const at = walked.indexOf(target);
      const after = walked[at + 1];
      if (at !== -1 && after !== undefined) next.add(after);
    }
    return next;
  }

  test.each([
    ["a tree of all strategies", nested],
    ["one target", {}],
    ["a fallback", { strategy: { mode: "fallback" }, targets: [{}, {}, {}] }],
  ])("%s", async (_name, config) => {
    const headers = { "x-portkey-config": JSON.stringify(config) };
    const { plan } = interpretRequest({}, headers, deps);
    const { failures } = await run(config);
    expect(failures.length % 10).toBe(0);
    // What weighs 0 is never called, so no walk can tell what would follow.
    const walkable = failures.filter(({ target }) => target !== "config.targets[0].targets[2]");
    for (const { target, failure, status, next } of walkable) {
      const code = codes[failure] ?? "";
      if (!isErrorCode(code)) throw new Error(failure);
      expect(status).toBe(errorRow(code).status);
      const expected = await callsAfter(plan, target, new AditError(code, "No."));
      const entered = next === null ? undefined : partsOf(plan).find((part) => part.path === next);
      const firsts = entered === undefined ? [] : firstChances(entered);
      expect(new Set(firsts.map((chance) => chance.target.path)), `${target} ${failure}`).toEqual(expected);
    }
  });

  test("tries at the same target come first: by its retry, by default at the last target alone", async () => {
    const { failures } = await run({ strategy: { mode: "fallback" }, targets: [{ retry: { attempts: 3 } }, {}, {}] });
    const retries = (target: number, failure: string): number | undefined =>
      failures.find((row) => row.target === `config.targets[${target}]` && row.failure === failure)?.retries;
    expect([0, 1, 2].map((target) => retries(target, "throttled"))).toEqual([3, 0, 2]);
    expect([0, 1, 2].map((target) => retries(target, "bad_request"))).toEqual([0, 0, 0]);
  });
});

test("the largest plan is told quickly, however it nests", async () => {
  const nested = (depth: number): object =>
    depth === 0 ? {} : { strategy: { mode: "fallback" }, targets: [{}, {}, {}, {}, {}, nested(depth - 1)] };
  const begun = process.cpuUsage().user;
  const { failures } = await run(nested(90));
  expect(failures).toHaveLength(451 * 10);
  // It takes 0.1 s; what looks for each target in the whole tree takes minutes.
  expect(process.cpuUsage().user - begun).toBeLessThan(10_000_000);
});

describe("faults are those of a call", () => {
  test.each<[string, JsonObject, string, string]>([
    ["a config's", { config: { retry: { attempts: -1 } } }, "invalid_config", "config.retry.attempts"],
    ["no config", {}, "invalid_request", "config"],
    ["a slug that nothing is saved under", { config: "pc-none" }, "not_stored", "config"],
    ["no model", { config: {} }, "invalid_request", "model"],
    ["a name that is none", { config: {}, requests: {} }, "invalid_request", ""],
    [
      "a header that is no text",
      { config: {}, request: { headers: { a: 1 } } },
      "invalid_request",
      "request.headers.a",
    ],
  ])("%s", async (_name, input, code, param) => {
    const error: unknown = await dryRun(input, principal, deps).catch((thrown: unknown) => thrown);
    if (!AditError.isInstance(error)) throw new TypeError("It is no refusal.");
    expect([error.code, error.param ?? ""]).toEqual([code, param]);
  });
});
