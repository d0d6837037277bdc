import { AditError, Secret, type CompatibleCall, type CompatibleEndpoint } from "@adit/bedrock";
import { expect, test } from "vitest";
import { CallerSignal } from "../../http/request/caller-signal.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { callForeign } from "./compatible-target.ts";

const target = {
  path: "config",
  model: "thinker",
  apiKey: new Secret("key"),
  baseUrl: "https://models.example/v1",
  overrideParams: {},
} as unknown as Target;

/** The limits of time with which the host is asked. */
async function limitsOf(stream: boolean, idleTimeoutMs?: number): Promise<CompatibleCall["limits"]> {
  const calls: CompatibleCall[] = [];
  const ask = (call: CompatibleCall): Promise<never> => {
    calls.push(call);
    return Promise.reject(new AditError("upstream_unreachable", "It is away."));
  };
  const way = {
    anotherRemains: false,
    goesOnAt: [],
    mayGoOn: undefined,
    beforeRetry: undefined,
    onAttempt: () => {},
    signal: new CallerSignal(),
    forwardHeaders: {},
    tap: undefined,
    format: "chat",
    stream,
    endpoint: { send: ask, stream: ask } as unknown as CompatibleEndpoint,
  } as const;
  await expect(callForeign({ ...target, idleTimeoutMs }, { messages: [] }, way)).rejects.toThrow(/away/);
  return calls[0]?.limits;
}

test("a model that thinks for long before its first event is waited for, as one of AWS's is", async () => {
  expect(await limitsOf(true)).toEqual({ firstByteMs: 3_600_000 });
  expect(await limitsOf(true, 5_000)).toEqual({ firstByteMs: 3_600_000, idleMs: 5_000 });
  expect(await limitsOf(false, 5_000)).toBeUndefined();
});
