import type { Keyring } from "../auth/keyring.ts";
import type { FaultBook } from "../faults/fault-book.ts";
import type { SharedState } from "../generate/respond.ts";
import type { Recordings } from "../replay/recordings.ts";
import type { Metadata } from "../services/metadata.ts";
import type { Roles } from "../services/sts/roles.ts";
import type { RequestLog } from "./request-log.ts";

/** All that answers need. */
export interface House {
  keyring: Keyring;
  roles: Roles;
  metadata: Metadata;
  /** What model calls share: the prompt cache, and quotas. */
  models: SharedState;
  faults: FaultBook;
  recordings: Recordings | undefined;
  requests: RequestLog;
  /** Milliseconds since 1970. */
  clock: () => number;
  log: (line: string) => void;
}
