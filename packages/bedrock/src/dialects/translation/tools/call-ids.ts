/**
 * Gives each call of a tool an id of its own, and each result that of its call. Ids may come twice in what a caller sends back: models
 * other than Claude count anew in each answer.
 */
export class CallIds {
  readonly #taken = new Set<string>();
  /** By what an id begins with: the last number behind it. Without it, many calls of one id would be counted through for each. */
  readonly #numbers = new Map<string, number>();
  /** By the ids of the last turn's calls: the id under which each is sent, or those of all that share one. */
  readonly #sent = new Map<string, string | SharedId>();
  readonly #uniqueIn: "turn" | "conversation";

  /** @param uniqueIn how far no two calls may have one id. */
  constructor(uniqueIn: "turn" | "conversation") {
    this.#uniqueIn = uniqueIn;
  }

  beginTurn(): void {
    this.#sent.clear();
    if (this.#uniqueIn === "turn") {
      this.#taken.clear();
    }
  }

  /** @param fitting the id in letters that the model takes. */
  ofCall(id: string, fitting: string): string {
    const sent = this.#taken.has(fitting) ? this.#freeFor(fitting) : fitting;
    this.#taken.add(sent);
    const earlier = this.#sent.get(id);
    if (earlier === undefined) {
      this.#sent.set(id, sent);
    } else if (typeof earlier === "string") {
      this.#sent.set(id, { calls: [earlier, sent], results: 0 });
    } else {
      earlier.calls.push(sent);
    }
    return sent;
  }

  /**
   * The id of the call in the last turn that the result belongs to; undefined where there is none. Of several calls that share an id the
   * results come in the calls' order, and those left over belong to the last.
   */
  ofResult(id: string): string | undefined {
    const sent = this.#sent.get(id);
    if (typeof sent !== "object") {
      return sent;
    }
    const { calls, results } = sent;
    sent.results += 1;
    return calls[Math.min(results, calls.length - 1)];
  }

  #freeFor(id: string): string {
    const base = id.slice(0, 56);
    let number = this.#numbers.get(base) ?? 1;
    let free = base;
    while (this.#taken.has(free)) {
      number += 1;
      free = `${base}_${number}`;
    }
    this.#numbers.set(base, number);
    return free;
  }
}

/** An id of several calls: those under which they are sent, and how many results were given one. */
interface SharedId {
  calls: string[];
  results: number;
}
