/**
 * 500 calls at once against a small budget, on gateways that are processes of their own: four over one PostgreSQL, one on SQLite; the same
 * with one of them killed by `kill -9` midway (pains B 19, C 15).
 *
 * Overspend is what was used beyond the budget. A refusal is false (design, section 7) if at any moment between the asking and the
 * answer what was settled, what calls under way had reserved, and what was asked would together have fitted. Counted so are calls from
 * their asking on, with their bound, until their answer is whole, then with what AWS told; of a gateway that was killed what the
 * store has it down for, since nobody knows what AWS has billed of that. There are to be none of either. And when all have settled, calls
 * go through one by one until less is left than one may use: nothing is lost on the way.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { LimitSettings } from "../../packages/gateway/src/limits/settings/limit-settings.ts";
import { Spending, type Death, type SpendingEvent } from "../../packages/gateway/src/limits/testing/spending.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { postgresPrograms } from "../../packages/gateway/src/store/testing/postgres.ts";
import { SharedPostgres } from "../../packages/gateway/src/store/testing/shared-postgres.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { openTestVault } from "../../packages/gateway/src/vault/testing/test-vault.ts";
import { modelCalls } from "../support/seen.ts";
import { bound, chatAt, masterKey, ServedGateways, stopAll, type Served } from "./served-gateways.ts";

const calls = 500;
const limit = bound * 24;

class Wave {
  readonly events: SpendingEvent[] = [];
  readonly deaths: Death[] = [];
  /** Answers that were neither an answer of the model nor a refusal by the budget. */
  readonly odd: string[] = [];
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  /** One call, and what its caller sees of it. One whose gateway died may have been billed. */
  async call(gateway: Served, number: number): Promise<"refused" | "answered"> {
    const note = (what: SpendingEvent["what"], amount: number): void => {
      this.events.push({ at: now(), who: gateway.who, call: number, what, amount });
    };
    note("asked", bound);
    const outcome = await chatAt(gateway, this.#key);
    if (outcome?.status === 412 && outcome.text.includes(`this request may use ${bound} tokens`)) {
      note("refused", bound);
      return "refused";
    }
    note("granted", bound);
    if (outcome === undefined) return "answered";
    if (outcome.status !== 200) this.odd.push(`${outcome.status} ${outcome.text}`);
    const { usage = { total_tokens: bound } } = JSON.parse(outcome.text) as { usage?: { total_tokens: number } };
    note("used", usage.total_tokens);
    note("settled", usage.total_tokens);
    return "answered";
  }

  /** `kill -9`, once one of them has settled something. */
  async killOne(gateways: readonly Served[]): Promise<Served> {
    const busy = (): Served | undefined =>
      gateways.find(({ who }) => this.events.some((event) => event.what === "settled" && event.who === who));
    await until(() => busy() !== undefined);
    const victim = busy()!;
    victim.child.kill("SIGKILL");
    this.deaths.push({ who: victim.who, at: now(), counted: Infinity });
    return victim;
  }

  /** One after the other, from gateway to gateway, until nothing is left. */
  async drain(gateways: readonly Served[]): Promise<void> {
    for (let number = calls; number < 2 * calls; number += 1) {
      if ((await this.call(gateways[number % gateways.length]!, number)) === "refused") return;
    }
  }

  /** `inStore`: what it has settled and holds at the end. */
  spending({ settled, held }: { settled: number; held: number }): Spending {
    for (const death of this.deaths) {
      // What it had told, and what it held. The others have settled all.
      const others = new Spending(this.events.filter(({ who }) => who !== death.who));
      death.counted = settled + held - others.used;
    }
    return new Spending(this.events, this.deaths);
  }
}

function now(): number {
  return Number(process.hrtime.bigint());
}

async function setBudget({ store }: ServedGateways): Promise<void> {
  const vault = await openTestVault(store, masterKey);
  await new LimitSettings({ store, vault, customHosts: new Set() }).createBudget(
    defaultProjectId,
    { name: "b", scope: "project", scopeId: defaultProjectId, unit: "tokens", amount: BigInt(limit), period: "total" },
    { kind: "command" },
  );
}

const places = [
  { engine: "PostgreSQL" as const, names: ["a", "b", "c", "d"] },
  { engine: "SQLite" as const, names: ["a"] },
];

describe.each(places)("$names.length on $engine", ({ engine, names }) => {
  const isHere = engine === "SQLite" || postgresPrograms !== undefined;
  let server: SharedPostgres | undefined;
  let house: ServedGateways | undefined;
  beforeAll(async () => {
    if (isHere && engine === "PostgreSQL") server = await SharedPostgres.open();
  });
  afterAll(() => server?.stop());
  afterEach(() => house?.close());

  async function start(): Promise<{ gateways: Served[]; wave: Wave; house: ServedGateways }> {
    house = await ServedGateways.start(await server?.newDatabase("newest"));
    const started = house;
    await setBudget(started);
    const gateways = await Promise.all(names.map((who) => started.serve(who)));
    const wave = new Wave(await started.newKey(gateways[0]!));
    // The first answers take a while, so that many are under way.
    started.emulator.faultNext({ kind: "delay", ms: 300 }, 24);
    return { gateways, wave, house: started };
  }
  const allAtOnce = (wave: Wave, gateways: readonly Served[]) =>
    Promise.all(Array.from({ length: calls }, (_, number) => wave.call(gateways[number % gateways.length]!, number)));

  test.skipIf(!isHere)(
    "all of them live: every token is settled, nothing beyond the budget, no refusal false",
    async () => {
      const { gateways, wave, house: running } = await start();
      await allAtOnce(wave, gateways);
      await wave.drain(gateways);
      await stopAll(gateways);
      const { settled, held } = await running.inStore();
      const spending = wave.spending({ settled, held });
      expect(wave.odd).toEqual([]);
      expect(spending.count("refused")).toBeGreaterThan(0);
      expect(spending.used).toBeLessThanOrEqual(limit);
      expect(spending.falseRefusals(limit)).toEqual([]);
      // What was refused never reached AWS, and what reached it was settled, each token once.
      expect(modelCalls(running.emulator).length).toBe(spending.count("settled"));
      expect({ settled, held }).toEqual({ settled: spending.used, held: 0 });
      expect(limit - settled).toBeLessThan(bound);
    },
    180_000,
  );

  test.skipIf(!isHere)(
    "one is killed by kill -9 midway: nothing beyond the budget, no refusal false",
    async () => {
      const { gateways, wave, house: running } = await start();
      const waving = allAtOnce(wave, gateways);
      const victim = await wave.killOne(gateways);
      await waving;
      const others = gateways.filter((gateway) => gateway !== victim);
      // The only one is started again, as a supervisor would.
      const left = others.length > 0 ? others : [await running.serve("again")];
      await wave.drain(left);
      await stopAll(left);
      const { settled, held } = await running.inStore();
      const spending = wave.spending({ settled, held });
      expect(wave.odd).toEqual([]);
      expect(spending.count("refused")).toBeGreaterThan(0);
      expect(settled + held).toBeLessThanOrEqual(limit);
      // What the emulator answered, whoever lived to hear it, is within what the store counts: each of these requests uses the same.
      const used = new Set(wave.events.filter(({ what }) => what === "used").map(({ amount }) => amount));
      expect(used.size).toBe(1);
      expect(modelCalls(running.emulator).length * Math.max(...used)).toBeLessThanOrEqual(settled + held);
      expect(spending.falseRefusals(limit)).toEqual([]);
      expect(modelCalls(running.emulator).length).toBeLessThanOrEqual(spending.count("granted"));
      expect(limit - settled - held).toBeLessThan(bound);
    },
    180_000,
  );
});
