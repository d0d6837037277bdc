import { randomUUID } from "node:crypto";

/** Makes UUIDv7s (RFC 9562): 48 bits of milliseconds since 1970, the rest random. */
export class UuidV7Source {
  #ms = -1;
  /** The time's part, kept for all ids of one millisecond: to write a number in hexadecimal costs more than the rest. */
  #time = "";

  next(nowMs: number): string {
    if (nowMs !== this.#ms) {
      const digits = nowMs.toString(16).padStart(12, "0");
      this.#ms = nowMs;
      this.#time = `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7`;
    }
    // randomUUID draws from entropy that node keeps ready; from its third group on, only the version digit differs.
    return this.#time + randomUUID().slice(15);
  }
}
