import { describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { Secret } from "../secret.ts";
import type { AwsKeys } from "./credentials.ts";
import { RefreshingSource } from "./refreshing-source.ts";
import { HeldClock } from "./testing/held-clock.ts";
import { rejectionOf } from "./testing/refusal.ts";

const hour = 3_600_000;

/** A source whose n-th credentials are called `key-n`, and what its tests steer it with. */
function rig(lifetimeMs: number | "endless" = hour) {
  const clock = new HeldClock();
  const state: { loads: number; failWith?: AditError; gate?: Promise<void>; lifetimeMs: number | "endless" } = {
    loads: 0,
    lifetimeMs,
  };
  const source = new RefreshingSource({
    label: "test",
    clock,
    load: async (): Promise<AwsKeys> => {
      state.loads += 1;
      const accessKeyId = `key-${state.loads}`;
      await state.gate;
      if (state.failWith !== undefined) {
        throw state.failWith;
      }
      const expiry = state.lifetimeMs === "endless" ? {} : { expiresAt: clock.now() + state.lifetimeMs };
      return { kind: "keys", accessKeyId, secretAccessKey: new Secret("s"), ...expiry };
    },
  });
  const idOf = async (signal?: AbortSignal): Promise<string> => ((await source.get(signal)) as AwsKeys).accessKeyId;
  return { clock, state, source, idOf };
}

describe("RefreshingSource (B26)", () => {
  it("fetches once under a burst, and again five minutes before the end", async () => {
    const { clock, state, idOf } = rig();
    const ids = await Promise.all(Array.from({ length: 200 }, () => idOf()));
    expect(new Set(ids)).toEqual(new Set(["key-1"]));
    clock.time += hour - 300_001;
    expect(await idOf()).toBe("key-1");
    clock.time += 1;
    await Promise.all([idOf(), idOf()]);
    expect(await Promise.all([idOf(), idOf()])).toEqual(["key-2", "key-2"]);
    expect(state.loads).toBe(2);
  });

  it("gives the held ones where the fetch takes more than a second, until their last minute", async () => {
    const { clock, state, idOf } = rig();
    await idOf();
    let open = (): void => {};
    state.gate = new Promise((resolve) => (open = resolve));
    clock.time += hour - 300_000;
    expect(await Promise.all([idOf(), idOf()])).toEqual(["key-1", "key-1"]);
    expect(await idOf()).toBe("key-1");
    expect(clock.slept).toEqual([1_000]);
    clock.time += 240_000;
    const waiting = idOf();
    open();
    expect(await waiting).toBe("key-2");
    expect(state.loads).toBe(2);
  });

  it("fails nobody by a fetch in the background", async () => {
    const { clock, state, idOf } = rig();
    await idOf();
    let open = (): void => {};
    state.gate = new Promise((resolve) => (open = resolve));
    clock.time += hour - 300_000;
    expect(await idOf()).toBe("key-1");
    clock.time += 300_000;
    state.failWith = new AditError("credentials_unavailable", "STS is away");
    open();
    await new Promise(setImmediate);
    expect((await rejectionOf(idOf())).message).toBe("STS is away");
    expect(state.loads).toBe(2);
  });

  it("remembers neither a failure nor a refusal for longer where the clock is set back", async () => {
    const { clock, state, source, idOf } = rig("endless");
    state.failWith = new AditError("credentials_unavailable", "The network is not there yet");
    await rejectionOf(idOf());
    delete state.failWith;
    clock.time -= 5 * hour;
    expect(await idOf()).toBe("key-2");
    source.invalidate();
    expect(await idOf()).toBe("key-3");
    clock.time -= 5 * hour;
    source.invalidate();
    expect(await idOf()).toBe("key-4");
  });

  it("keeps what has no expiry until AWS refuses it", async () => {
    const { clock, source, idOf } = rig("endless");
    expect(await idOf()).toBe("key-1");
    clock.time += 1_000 * hour;
    expect(await idOf()).toBe("key-1");
    source.invalidate();
    expect(await idOf()).toBe("key-2");
  });

  it("lives through a failing refresh while the held ones live, then says what failed", async () => {
    const { clock, state, idOf } = rig();
    await idOf();
    clock.time += hour - 200_000;
    state.failWith = new AditError("credentials_unavailable", "STS is away");
    expect(await idOf()).toBe("key-1");
    expect(await idOf()).toBe("key-1");
    expect(state.loads).toBe(2);
    clock.time += 200_000;
    expect((await rejectionOf(idOf())).message).toBe("STS is away");
    delete state.failWith;
    clock.time += 1_000;
    expect(await idOf()).toBe("key-4");
  });

  it("remembers a failure for a second, and gives each caller an error of its own", async () => {
    const { clock, state, idOf } = rig();
    state.failWith = new AditError("AccessDeniedException", "no", { remedy: "Ask.", aws: { type: "T", message: "m" } });
    const errors = await Promise.all([rejectionOf(idOf()), rejectionOf(idOf())]);
    errors.push(await rejectionOf(idOf()));
    expect(state.loads).toBe(1);
    expect(new Set(errors).size).toBe(3);
    for (const error of errors) {
      expect(error).toMatchObject({ code: "AccessDeniedException", remedy: "Ask.", aws: { type: "T" }, status: 403 });
    }
    delete state.failWith;
    clock.time += 1_000;
    expect(await idOf()).toBe("key-2");
  });

  it("lets a caller leave without ending the fetch for the others", async () => {
    const { state, idOf } = rig();
    let open = (): void => {};
    state.gate = new Promise((resolve) => {
      open = resolve;
    });
    const leaving = new AbortController();
    const left = idOf(leaving.signal);
    const stays = idOf(new AbortController().signal);
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await expect(idOf(leaving.signal)).rejects.toThrow("left");
    open();
    expect(await stays).toBe("key-1");
    expect(state.loads).toBe(1);
  });

  it("answers many refusals of the same credentials with one fetch", async () => {
    const { clock, state, source, idOf } = rig();
    await idOf();
    source.invalidate();
    expect(await idOf()).toBe("key-2");
    source.invalidate();
    source.invalidate();
    expect(await idOf()).toBe("key-2");
    clock.time += 1_000;
    source.invalidate();
    expect(await idOf()).toBe("key-3");
    expect(state.loads).toBe(3);
  });

  it.each([
    [120_000, 60_000],
    [20_000, 10_000],
    // Ended when they came, by a clock that is ahead: not a call each second.
    [-5_000, 60_000],
  ])("does not fetch at every request what comes with %i ms to live", async (lifetimeMs, heldMs) => {
    const { clock, idOf } = rig(lifetimeMs);
    await idOf();
    clock.time += heldMs - 1;
    expect(await idOf()).toBe("key-1");
    clock.time += 1;
    expect(await idOf()).toBe("key-2");
  });
});
