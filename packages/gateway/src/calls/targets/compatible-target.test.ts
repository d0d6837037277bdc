import { AditError, Secret, type CompatibleCall, type CompatibleEndpoint } from "@adit/bedrock";
import { expect, test } from "vitest";
import { CallerSignal } from "../../http/request/caller-signal.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { callForeign, type CompatibleTargetCall } from "./compatible-target.ts";

const target = {
  path: "config",
  model: "thinker",
  apiKey: new Secret("key"),
  baseUrl: "https://models.example/v1",
  overrideParams: {},
} as unknown as Target;

/** With which the host is asked, which is away. */
async function askedWith(
  changes: Partial<Target>,
  way: Pick<CompatibleTargetCall, "stream"> & Partial<CompatibleTargetCall>,
): Promise<CompatibleCall | undefined> {
  const calls: CompatibleCall[] = [];
  const ask = (call: CompatibleCall): Promise<never> => {
    calls.push(call);
    return Promise.reject(new AditError("upstream_unreachable", "It is away."));
  };
  const call: CompatibleTargetCall = {
    anotherRemains: false,
    goesOnAt: [],
    mayGoOn: undefined,
    beforeRetry: undefined,
    onAttempt: () => {},
    signal: new CallerSignal(),
    forwardHeaders: {},
    tap: undefined,
    format: "chat",
    endpoint: { send: ask, stream: ask } as unknown as CompatibleEndpoint,
    ...way,
  };
  await expect(callForeign({ ...target, ...changes }, { messages: [] }, call)).rejects.toThrow(/away/);
  return calls[0];
}

async function limitsOf(stream: boolean, idleTimeoutMs?: number): Promise<CompatibleCall["limits"]> {
  return (await askedWith({ idleTimeoutMs }, { stream }))?.limits;
}

test("a model that thinks for long before its first event is waited for, as one of AWS's is", async () => {
  expect(await limitsOf(true)).toEqual({ firstByteMs: 3_600_000 });
  expect(await limitsOf(true, 5_000)).toEqual({ firstByteMs: 3_600_000, idleMs: 5_000 });
  expect(await limitsOf(false, 5_000)).toBeUndefined();
});

test("a stored key is asked for again before each further try, as the limits are", async () => {
  let isOn = true;
  const off = new AditError("virtual_key_inactive", "It is switched off.");
  const apiKey = (): Promise<Secret> => (isOn ? Promise.resolve(new Secret("key")) : Promise.reject(off));
  const noRoom = new AditError("rate_limited", "There is no room.");
  const asked = await askedWith({ apiKey }, { stream: false, beforeRetry: () => Promise.resolve(noRoom) });
  const failure = new AditError("provider_error", "It failed.");
  expect(await asked?.retry?.beforeRetry?.(failure)).toBe(noRoom);
  isOn = false;
  await expect(asked?.retry?.beforeRetry?.(failure)).rejects.toBe(off);
});
