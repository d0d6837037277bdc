import { randomUUID } from "node:crypto";

/** A UUIDv7 (RFC 9562): 48 bits of milliseconds since 1970, the rest random. */
export function uuidV7(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, "0");
  // randomUUID draws from entropy that node keeps ready; from its third group on, only the version digit differs.
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${randomUUID().slice(15)}`;
}
