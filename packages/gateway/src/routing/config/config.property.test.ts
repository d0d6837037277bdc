/** Any config that validates gives a plan whose walk ends, having called no target twice. */
import { AditError } from "@adit/bedrock";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dryRun } from "../dry-run.ts";
import { outlooksOf } from "../plan/plan-outlook.ts";
import { runPlan } from "../run-plan.ts";
import { interpretRequest, principal, routingDependencies } from "../testing/request.ts";

const statuses = [400, 401, 403, 404, 408, 429, 446, 500, 502, 503];

const rules = fc.record(
  {
    name: fc.constantFrom("a", "b", "c"),
    weight: fc.oneof(fc.constantFrom(0, 1, 1_000_000_000), fc.double({ min: 0, max: 10, noNaN: true })),
    retry: fc.record({ attempts: fc.nat({ max: 20 }) }),
    request_timeout: fc.integer({ min: 1, max: 10_000 }),
    override_params: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
    default_params: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
    drop_params: fc.subarray(["seed", "messages[*].name", "model", "stream"]),
    aws_region: fc.constantFrom("us-east-1", "eu-west-1"),
  },
  { requiredKeys: [] },
);

const circuit = fc.record({ failure_threshold: fc.integer({ min: 1, max: 2 }) });
const query = fc.constantFrom(
  { "metadata.plan": "paid" },
  { $or: [{ "params.model": { $regex: "(a+)+$" } }, { "url.pathname": "/v1/chat/completions" }] },
  { $not: { "params.max_tokens": { $gt: 5 } } },
);

const { node } = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    rules,
    fc.tuple(rules, fc.array(tie("node"), { minLength: 1, maxLength: 4 }), fc.option(circuit), fc.subarray(statuses)).chain(
      ([own, targets, cb_config, on_status_codes]) =>
        fc.constantFrom(
          { ...own, strategy: { mode: "fallback", ...(on_status_codes.length > 3 && { on_status_codes }), cb_config }, targets },
          { ...own, strategy: { mode: "loadbalance", cb_config, sticky: { hash_fields: ["metadata.plan"] } }, targets },
          { ...own, strategy: { mode: "single" }, targets },
        ),
    ),
    fc.tuple(rules, fc.array(tie("node"), { minLength: 1, maxLength: 3 }), query, fc.boolean()).map(([own, targets, asked, hasDefault]) => ({
      ...own,
      strategy: { mode: "conditional", conditions: [{ query: asked, then: "t0" }], ...(hasDefault && { default: "t0" }) },
      targets: targets.map((target, index) => ({ ...target, name: `t${index}` })),
    })),
  ),
})); // prettier-ignore

const failures = fc.array(fc.option(fc.constantFrom(...statuses), { freq: 6 }), { minLength: 1, maxLength: 6 });

/** Undefined for a 400, said before anything is called: a draw without weights, conditions that do not fit. */
async function orRefused<T>(run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (AditError.isInstance(error) && error.status === 400) return undefined;
    throw error;
  }
}

test("the walk ends with an answer or with a target's own failure", async () => {
  let walked = 0;
  await fc.assert(
    fc.asyncProperty(node, failures, fc.double({ min: 0, max: 0.999_999, noNaN: true }), async (config, outcomes, draw) => {
      const deps = routingDependencies();
      const headers = { "x-adit-config": JSON.stringify(config), "x-adit-metadata": '{"plan":"paid"}' };
      for (let round = 0; round < 3; round += 1) {
        const body = { messages: [{ role: "user", name: "n" }], seed: 1 };
        const plan = await orRefused(() => interpretRequest(body, headers, deps).plan);
        if (plan === undefined) return;
        const paths = outlooksOf(plan).map(({ target }) => target.path);
        const calls: string[] = [];
        const outcome = await runPlan(
          plan,
          ({ path }) => {
            calls.push(path);
            const status = outcomes[calls.length % outcomes.length] ?? undefined;
            return status === undefined ? Promise.resolve(path) : Promise.reject(new AditError("provider_error", path, { status }));
          },
          { random: () => draw },
        ).catch((error: unknown) => error);
        expect(calls.length).toBeGreaterThan(0);
        expect(new Set(calls).size).toBe(calls.length);
        const last = calls.at(-1);
        expect(AditError.isInstance(outcome) ? outcome.message : (outcome as { result: string }).result).toBe(last);
        expect(paths).toEqual(expect.arrayContaining(calls));
        walked += 1;
      }
    }),
    { numRuns: 300 },
  ); // prettier-ignore
  expect(walked).toBeGreaterThan(300);
});

test("the dry run of any such config ends too, and its chances add up", async () => {
  let said = 0;
  await fc.assert(
    fc.asyncProperty(node, async (config) => {
      const input = { config, request: { body: { model: "m" }, metadata: { plan: "paid" } } } as never;
      const result = await orRefused(() => dryRun(input, principal, routingDependencies()));
      if (result === undefined) return;
      expect(result.first.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
      const plan = JSON.stringify(result.plan);
      for (const { next } of result.failures) expect(next === null || plan.includes(`"path":"${next}"`)).toBe(true);
      said += 1;
    }),
    { numRuns: 200 },
  );
  expect(said).toBeGreaterThan(80);
});
