import { AditError } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { Circuit } from "./circuits.ts";
import type { Fallback, Plan, Target } from "./plan/plan.ts";
import { runPlan, targetOfError } from "./run-plan.ts";

function target(path: string): Target {
  return {
    kind: "target",
    path,
    provider: "bedrock",
    model: path,
    modelAsked: path,
    region: "us-east-1",
    credentials: undefined,
    virtualKey: undefined,
    requestMetadata: undefined,
    credentialFrom: "server",
    isServerChain: true,
    apiKey: undefined,
    apiKeyLabel: undefined,
    autoProfile: true,
    baseUrl: undefined,
    overrideParams: {},
    droppedParams: [],
    paramRules: { defaults: undefined, overrides: undefined, drops: undefined },
    forwardHeaders: undefined,
    retry: undefined,
    requestTimeoutMs: undefined,
    idleTimeoutMs: undefined,
    cache: undefined,
    hooks: undefined,
    strict: undefined,
    weight: 1,
  };
}

function fallback(members: Plan[], onStatusCodes?: number[]): Plan {
  return { kind: "fallback", path: "config", members, onStatusCodes };
}

const throttled = (): AditError => new AditError("ThrottlingException", "Too many requests.");
const denied = (): AditError => new AditError("AccessDeniedException", "No.");

/** Runs a plan whose targets fail as `failures` says; gives the paths tried, with whether another remained. */
async function run(
  plan: Plan,
  failures: Record<string, () => Error>,
  options: { random?: () => number; mayGoOn?: () => boolean } = {},
): Promise<{ tried: string[]; remaining: boolean[]; outcome: string }> {
  const tried: string[] = [];
  const remaining: boolean[] = [];
  try {
    const { target: used } = await runPlan(
      plan,
      (member, anotherRemains) => {
        tried.push(member.path);
        remaining.push(anotherRemains);
        const failure = failures[member.path];
        return failure === undefined ? Promise.resolve(member.path) : Promise.reject(failure());
      },
      { random: Math.random, ...options },
    );
    return { tried, remaining, outcome: `answer of ${used.path}` };
  } catch (error) {
    return { tried, remaining, outcome: AditError.isInstance(error) ? error.code : String(error) };
  }
}

describe("fallback", () => {
  const plan = fallback([target("a"), target("b"), target("c")]);

  test("goes on at any failure by default, also a 403", async () => {
    expect(await run(plan, { a: throttled, b: denied })).toMatchObject({
      tried: ["a", "b", "c"],
      outcome: "answer of c",
    });
  });

  test("says where another target remains, so that nobody waits to retry there", async () => {
    expect((await run(plan, { a: throttled, b: throttled, c: throttled })).remaining).toEqual([true, true, false]);
  });

  test("with on_status_codes goes on for those alone", async () => {
    const listed = fallback([target("a"), target("b")], [429]);
    expect((await run(listed, { a: throttled })).outcome).toBe("answer of b");
    expect(await run(listed, { a: denied })).toMatchObject({ tried: ["a"], outcome: "AccessDeniedException" });
  });

  test("ends with the last failure, which knows its target", async () => {
    const error = await runPlan(fallback([target("a"), target("b")]), () => Promise.reject(throttled()), {
      random: Math.random,
    }).catch((thrown: unknown) => thrown as AditError);
    expect(AditError.isInstance(error) ? targetOfError(error)?.path : undefined).toBe("b");
  });

  test("a caller that has left, and a fault of the gateway's own, stop it", async () => {
    expect((await run(plan, { a: () => new AditError("client_closed", "left") })).tried).toEqual(["a"]);
    expect((await run(plan, { a: () => new TypeError("bug") })).outcome).toContain("bug");
  });

  test("neither is a failure of the target to its circuit", async () => {
    const noted: number[] = [];
    const circuit: Circuit = { isOpen: () => false, note: (status) => void noted.push(status) };
    const watched: Plan = { ...fallback([target("a"), target("b")]), circuits: [circuit, circuit] } as Fallback;
    for (const code of ["client_closed", "shutting_down"] as const) {
      await run(watched, { a: () => new AditError(code, "It is over.") });
    }
    await run(watched, { a: () => new TypeError("bug") });
    expect(noted).toEqual([]);
    await run(watched, { a: throttled });
    expect(noted).toEqual([429, 200]);
  });

  test("once the caller has a status line no other target is tried", async () => {
    expect((await run(plan, { a: throttled }, { mayGoOn: () => false })).tried).toEqual(["a"]);
  });

  test("an inner fallback that is used up hands on to the outer", async () => {
    const nested = fallback([fallback([target("a"), target("b")]), target("c")]);
    expect(await run(nested, { a: throttled, b: throttled })).toMatchObject({
      tried: ["a", "b", "c"],
      remaining: [true, true, false],
    });
  });
});

describe("load balance", () => {
  const balance: Plan = {
    kind: "loadbalance",
    path: "config",
    members: [
      { weight: 1, plan: target("a") },
      { weight: 0, plan: target("never") },
      { weight: 3, plan: target("b") },
    ],
  };

  test.each([
    [0, "a"],
    [0.2499, "a"],
    [0.25, "b"],
    [0.9999999, "b"],
  ])("a draw of %d takes %s", async (draw, path) => {
    expect((await run(balance, {}, { random: () => draw })).tried).toEqual([path]);
  });

  test("does not fail over by itself", async () => {
    expect((await run(balance, { a: throttled }, { random: () => 0 })).outcome).toBe("ThrottlingException");
  });
});
