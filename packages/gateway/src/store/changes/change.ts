import type { Transaction } from "kysely";
import type { Tables } from "../tables/tables.ts";

/** What others may hold in memory and must hear of. */
export type ChangeKind =
  | "project"
  | "person"
  | "gateway_key"
  | "access_key_pair"
  | "virtual_key"
  | "master_key"
  | "config"
  | "guardrail"
  | "connector"
  | "prompt"
  | "prompt_partial"
  | "budget"
  | "rate_limit"
  /** What is left of a limit is asked for, or was given back. */
  | "limit_window"
  | "setting"
  | "log_settings";

export interface Change {
  kind: ChangeKind;
  /** Id of the object. */
  id: string;
}

/** Told of one change, or, with undefined, that changes may have been missed: anything may be different. */
export type ChangeListener = (change: Change | undefined) => void;

/** How the changes of one process reach the others on the same database. */
export interface ChangeFeed {
  /** When it stopped hearing of others' changes, in milliseconds since 1970; undefined while it hears. */
  readonly deafSince: number | undefined;
  /** Tells the others, when the transaction commits. */
  announce(transaction: Transaction<Tables>, changes: readonly Change[]): Promise<void>;
  /** Of what was announced so far it is not known here whether it was kept: where it was, it is heard of like another's. */
  disown(): void;
  close(): Promise<void>;
}
