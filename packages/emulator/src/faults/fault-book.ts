import { groupOf, isOfFrames, type Fault, type FaultGroup, type Scenario } from "./fault.ts";

/** What faults are chosen by. */
export interface FaultTarget {
  operation: string;
  modelId?: string;
  isStream: boolean;
  /** Text of `x-emulator-fault`, and the faults in it. */
  header?: { text: string; faults: readonly Fault[] };
}

interface Entry {
  fault: Fault;
  left: number;
}

const headerLimit = 1_000;

/** Which fault strikes which request. The header comes first, then what `faultNext` asked for, then the scenario. */
export class FaultBook {
  readonly #scenario: Entry[];
  #next: Entry[] = [];
  /** Times left of a header's faults, by the header's text: a client that tries again sends the same header. */
  readonly #headers = new Map<string, Entry[]>();

  constructor(scenario: Scenario | undefined) {
    this.#scenario = (scenario?.faults ?? []).map(entryOf);
  }

  addNext(fault: Fault, count: number): void {
    this.#next.push({ fault, left: count });
  }

  /** The fault of a group for a request, used up by one. */
  take(group: FaultGroup, target: FaultTarget): Fault | undefined {
    const entries = [...this.#ofHeader(target), ...this.#next, ...this.#scenario];
    const entry = entries.find(({ fault, left }) => left > 0 && groupOf(fault) === group && isFor(fault, target));
    if (entry === undefined) {
      return undefined;
    }
    entry.left -= 1;
    this.#next = this.#next.filter(({ left }) => left > 0);
    return entry.fault;
  }

  #ofHeader(target: FaultTarget): Entry[] {
    if (target.header === undefined) {
      return [];
    }
    const { text, faults } = target.header;
    const known = this.#headers.get(text);
    if (known !== undefined) {
      return known;
    }
    const oldest = this.#headers.keys().next();
    if (this.#headers.size >= headerLimit && oldest.done !== true) {
      this.#headers.delete(oldest.value);
    }
    const entries = faults.map(entryOf);
    this.#headers.set(text, entries);
    return entries;
  }
}

function entryOf(fault: Fault): Entry {
  return { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
}

/** Faults of frames are for streams alone. */
function isFor(fault: Fault, target: FaultTarget): boolean {
  return (
    (!isOfFrames(fault) || target.isStream) &&
    matchesPattern(fault.operation, target.operation) &&
    (fault.model === undefined || (target.modelId !== undefined && matchesPattern(fault.model, target.modelId)))
  );
}

/** True where the whole text fits; `*` stands for any letters, no pattern for any text. */
export function matchesPattern(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) {
    return true;
  }
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  // Each part where it stands first: a regular expression would try all places of all parts.
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - tail.length;
}
