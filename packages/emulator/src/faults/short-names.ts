import type { Fault } from "./fault.ts";

/** Faults that need no more than a word, wherever a fault is asked for. */
export const shortNames = {
  throttling: { kind: "refuse", type: "ThrottlingException" },
  unavailable: { kind: "refuse", type: "ServiceUnavailableException" },
  internal: { kind: "refuse", type: "InternalServerException" },
  "model-error": { kind: "refuse", type: "ModelErrorException" },
  "model-timeout": { kind: "refuse", type: "ModelTimeoutException" },
  "model-not-ready": { kind: "refuse", type: "ModelNotReadyException" },
  "access-denied": { kind: "refuse", type: "AccessDeniedException" },
  "not-found": { kind: "refuse", type: "ResourceNotFoundException" },
  quota: { kind: "refuse", type: "ServiceQuotaExceededException" },
  expired: { kind: "refuse", type: "ExpiredTokenException" },
  exception: { kind: "exception" },
  "error-frame": { kind: "error-frame" },
  cut: { kind: "cut", frame: 1, bytes: 20 },
  "cut-between": { kind: "cut", frame: 2 },
  crc: { kind: "crc" },
  drip: { kind: "drip" },
  silence: { kind: "silence" },
  reset: { kind: "reset" },
  clock: { kind: "clock", offsetMs: 600_000 },
  "no-output": { kind: "no-output" },
} as const satisfies Readonly<Record<string, Fault>>;

/** The short name of a fault. */
export type FaultName = keyof typeof shortNames;
