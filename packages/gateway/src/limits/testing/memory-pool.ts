/**
 * A pool in memory whose messages travel only when the test moves them: reports on their way there, answers on their way back, words
 * between gateways. It can lose a report before or after it was taken, as a database that goes away does.
 */
import { decide } from "../pools/pool.ts";
import type { PoolAnswer, PoolPlace, PoolReport } from "../pools/pool-store.ts";

interface LeaseRow {
  holderId: string;
  held: bigint;
  settled: bigint;
  answered: number;
}

export type Fate = "arrives" | "lost-before" | "lost-after";

export class MemoryPool {
  settled = 0n;
  round = 0;
  roundAt = 0;
  readonly leases = new Map<string, LeaseRow>();
  /** What is on its way. */
  readonly moves: ((fate: Fate) => void)[] = [];
  /** By gateway: what was granted by an answer that is on its way. */
  readonly granted = new Map<string, bigint>();
  readonly seenAt = new Map<string, number>();
  /** Called where gateways are to hear a word. */
  onWord: (from: string, word: "recall" | "answer") => void = () => {};
  readonly #termMs: number;

  constructor(termMs: number) {
    this.#termMs = termMs;
  }

  /** What one gateway reports to. */
  of(holderId: string): { report(place: PoolPlace, report: PoolReport, clock: () => number): Promise<PoolAnswer> } {
    return {
      report: (place, report, clock) =>
        new Promise((resolve, reject) => {
          this.moves.push((fate) => {
            if (fate === "lost-before") {
              reject(new Error("lost before"));
              return;
            }
            const answer = this.#take(holderId, place, report, clock());
            const granted = report.asks.filter((_, index) => answer.outcomes[index] === "granted");
            this.granted.set(
              holderId,
              granted.reduce((total, amount) => total + amount, 0n),
            );
            this.moves.push((later) => {
              this.granted.delete(holderId);
              if (fate === "lost-after" || later === "lost-after") reject(new Error("lost after"));
              else resolve(answer);
            });
          });
        }),
    };
  }

  isAlive(holderId: string, now: number): boolean {
    return (this.seenAt.get(holderId) ?? -Infinity) > now - this.#termMs;
  }

  #take(holderId: string, place: PoolPlace, report: PoolReport, now: number): PoolAnswer {
    const own = this.leases.get(report.leaseId);
    const others = [...this.leases]
      .filter(([id]) => id !== report.leaseId)
      .map(([, lease]) => ({
        held: lease.held,
        answered: lease.answered,
        isAlive: this.isAlive(lease.holderId, now),
      }));
    const decision = decide(
      { limit: place.limit.amount, settled: this.settled, round: this.round, roundAt: this.roundAt },
      { ...report, settled: report.settled - (own?.settled ?? 0n), answered: own?.answered ?? 0 },
      others,
      now,
    );
    const { answered } = decision;
    this.settled = decision.pool.settled;
    this.round = decision.pool.round;
    this.roundAt = decision.pool.roundAt;
    this.leases.set(report.leaseId, { holderId, held: decision.held, settled: report.settled, answered });
    if (decision.opensRound) this.onWord(holderId, "recall");
    else if (decision.isTight && answered > (own?.answered ?? 0)) this.onWord(holderId, "answer");
    return { ...decision, alerts: [] };
  }
}
