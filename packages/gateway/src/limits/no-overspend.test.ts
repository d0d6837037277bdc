/** Many calls at once against a small budget, on several gateways over one database: never exceeded, and no refusal false. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { onBothEngines } from "../store/testing/engines.ts";
import { until } from "../store/testing/until.ts";
import type { LimitRefusal } from "./limits.ts";
import { charge, granted, LimitRig, projectId, refused, subject, tickAnew } from "./testing/limit-rig.ts";
import { spend } from "./testing/spend.ts";
import { Spending, type Death, type SpendingEvent } from "./testing/spending.ts";

const program = resolve(import.meta.dirname, "../../dist/limits/testing/spender.js");

function startSpender(rig: LimitRig, who: string, rounds: number) {
  const args = [program, JSON.stringify(rig.location), who, projectId, String(rounds)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((settle) => child.on("close", (code) => settle(code)));
  const lines = (): string[] => said.split("\n").slice(0, -1);
  return {
    who,
    isReady: () => lines()[0] === "ready",
    begin: () => child.stdin.end("go\n"),
    heard: (what: SpendingEvent["what"]) => said.split(`"${what}"`).length - 1,
    /** Rounds are one gateway's. */
    events: () =>
      lines()
        .slice(1)
        .map((line) => JSON.parse(line) as SpendingEvent)
        .map((event) => Object.assign(event, { call: event.call + 1_000 * Number(event.who.split("#")[1]), who })),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
      return Number(process.hrtime.bigint());
    },
    ended,
  };
}

onBothEngines((house) => {
  let rig: LimitRig;
  beforeEach(async () => (rig = await LimitRig.start(house)));
  afterEach(() => rig.close());

  /** What the store has settled, and what gateways hold. */
  const inStore = async (): Promise<{ settled: number; held: number }> => {
    const window = await rig.store.read((db) => db.selectFrom("limitWindows").selectAll().executeTakeFirstOrThrow());
    const leases = await rig.store.read((db) => db.selectFrom("limitLeases").select("heldAmount").execute());
    const held = leases.reduce((total, lease) => total + Number(lease.heldAmount), 0);
    return { settled: Number(window.settledAmount), held };
  };

  test("500 calls at once on 4 gateways (pains B 19, C 15)", async () => {
    const limit = 10_000;
    await rig.budget({ amount: BigInt(limit) });
    const gateways = await rig.gateways(4);
    const events: SpendingEvent[] = [];
    await Promise.all(
      gateways.map((limits, index) =>
        spend({
          limits,
          projectId,
          who: String(index),
          calls: 125,
          bound: () => 100,
          used: (call) => 20 + ((call * 31) % 80),
          longestMs: 30,
          onEvent: (event) => void events.push(event),
        }),
      ),
    );
    const spending = new Spending(events);
    expect(spending.count("granted") + spending.count("refused")).toBe(500);
    expect(spending.count("refused")).toBeGreaterThan(0);
    expect(spending.used).toBeLessThanOrEqual(limit);
    expect(spending.falseRefusals(limit)).toEqual([]);
    // What is left can be had to the last token, and not one more.
    const left = limit - spending.used;
    refused(await gateways[1]!.reserve(subject, charge(left + 1)));
    await granted(await gateways[2]!.reserve(subject, charge(left))).settle(charge(left)).done;
    await tickAnew(...gateways);
    expect(await inStore()).toEqual({ settled: limit, held: 0 });
  });

  test("500 requests at once against a rate limit on 4 gateways: exactly as many pass as may", async () => {
    await rig.rateLimit({ amount: 321n, period: "day" });
    const gateways = await rig.gateways(4);
    const results = await Promise.all(
      Array.from({ length: 500 }, async (_, call) => {
        const result = await gateways[call % 4]!.reserve(subject, charge(1));
        if (!result.isRefused) await result.settle(charge(1)).done;
        return result.isRefused;
      }),
    );
    expect(results.filter((isRefused) => !isRefused)).toHaveLength(321);
  });

  test("500 requests at once against several limits on 4 gateways: none is refused for what another gives back", async () => {
    const metadata = { team: "a" };
    await rig.rateLimit({ amount: 60n, period: "week" });
    await rig.rateLimit({ amount: 50n, period: "day" });
    await rig.budget({ amount: 5_000n });
    await rig.budget({ scope: "metadata", scopeId: "team", amount: 5_000n });
    const gateways = await rig.gateways(4);
    const reserve = async (call: number): Promise<LimitRefusal | undefined> => {
      const result = await gateways[call % 4]!.reserve({ projectId, metadata }, charge(100));
      return result.isRefused ? result : undefined;
    };
    const results = await Promise.all(Array.from({ length: 500 }, (_, call) => reserve(call)));
    expect(results.filter((refusal) => refusal === undefined)).toHaveLength(50);
    expect(await reserve(0)).toBeDefined();
  });

  describe("4 processes", () => {
    test.each([
      { name: "one of which is killed by kill -9 midway", isKilled: true },
      { name: "all of which end well", isKilled: false },
    ])("with 125 calls at once each, twice, $name (pains C 15)", async ({ isKilled }) => {
      const limit = 15_000;
      await rig.budget({ amount: BigInt(limit) });
      const spenders = ["a", "b", "c", "d"].map((who) => startSpender(rig, who, 2));
      await until(() => spenders.every((spender) => spender.isReady()));
      for (const spender of spenders) spender.begin();
      const deaths: Death[] = [];
      if (isKilled) {
        const busy = () => spenders.find((spender) => spender.heard("settled") > 15);
        await until(() => busy() !== undefined);
        const victim = busy()!;
        const at = await victim.kill();
        deaths.push({ who: victim.who, at, counted: Infinity });
      }
      const codes = await Promise.all(spenders.map((spender) => spender.ended));
      expect(codes.filter((code) => code === 0)).toHaveLength(isKilled ? 3 : 4);

      const { settled, held } = await inStore();
      const events = spenders.flatMap((spender) => spender.events());
      for (const death of deaths) {
        // What it had told, and what it held: nobody knows how much of that AWS has billed. The others have settled all.
        const others = new Spending(events.filter(({ who }) => who !== death.who));
        death.counted = settled + held - others.used;
      }
      const spending = new Spending(events, deaths);
      expect(spending.count("refused")).toBeGreaterThan(0);
      expect(spending.used).toBeLessThanOrEqual(limit);
      expect(spending.used).toBeLessThanOrEqual(settled + held);
      expect(settled + held).toBeLessThanOrEqual(limit);
      expect(spending.falseRefusals(limit)).toEqual([]);
      // Where all ended well every token that was used is settled, and nothing else is.
      expect(settled).toBe(isKilled ? settled : spending.used);
      // All that is left can still be had.
      const limits = await rig.gateway({ termMs: 1_500 });
      const left = limit - settled - held;
      refused(await limits.reserve(subject, charge(left + 1)));
      granted(await limits.reserve(subject, charge(left)));
    });
  });
});
