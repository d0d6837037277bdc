/** Slots of a millisecond, one for each of the coming 4,096: longer waits are not needed here. */
const slotCount = 4096;

/**
 * Thousands of waiting streams on one timer. Entries of one millisecond are run together, each at its own phase
 * otherwise: streams that started apart stay apart.
 */
export class TimingWheel {
  #slots = Array.from({ length: slotCount }, () => []);
  #done = Math.floor(performance.now());
  #waiting = 0;
  #run;

  constructor(run) {
    this.#run = run;
  }

  /** Runs the entry once, `delayMs` from now: a late one does not hurry after, events of a stream stay apart. */
  add(entry, delayMs) {
    const dueMs = Math.max(Math.floor(performance.now()) + delayMs, this.#done + 1);
    this.#slots[dueMs % slotCount].push(entry);
    this.#waiting += 1;
    if (this.#waiting === 1) this.#start();
  }

  #start() {
    setTimeout(() => this.#turn(), 1);
  }

  #turn() {
    const now = Math.floor(performance.now());
    // After a pause of the whole process each slot is due once.
    this.#done = Math.max(this.#done, now - slotCount);
    while (this.#done < now) {
      this.#done += 1;
      const slot = this.#done % slotCount;
      const due = this.#slots[slot];
      if (due.length === 0) continue;
      this.#slots[slot] = [];
      this.#waiting -= due.length;
      for (const entry of due) this.#run(entry);
    }
    if (this.#waiting > 0) this.#start();
  }
}
