import { randomUUID } from "node:crypto";

/** Of the 12 bits after the version; the first of a millisecond begins in the lower half, so that others have room. */
const sequences = 0x1000;
const firstSequences = 0x800;

/**
 * Makes UUIDv7s (RFC 9562): 48 bits of milliseconds since 1970, 12 bits that count up within a millisecond from a random beginning
 * (method 1 of section 6.2), the rest random. Those of one source sort as they were made, while its clock does not go back; beyond
 * two thousand in a millisecond they are in no order.
 */
export class UuidV7Source {
  #ms = -1;
  /** The time's part, kept for all ids of one millisecond: to write a number in hexadecimal costs more than the rest. */
  #time = "";
  #sequence = 0;

  next(nowMs: number): string {
    // randomUUID draws from entropy that node keeps ready; from its fourth group on, it is as version 7 has it.
    const random = randomUUID();
    if (nowMs !== this.#ms) {
      const digits = nowMs.toString(16).padStart(12, "0");
      this.#ms = nowMs;
      this.#time = `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7`;
      this.#sequence = Number.parseInt(random.slice(15, 18), 16) % firstSequences;
    } else {
      this.#sequence = (this.#sequence + 1) % sequences;
    }
    return this.#time + (sequences + this.#sequence).toString(16).slice(1) + random.slice(18);
  }
}
