/** What `adit apply` tells of each entry of its file. */
import { isDeepStrictEqual } from "node:util";
import type { Secret } from "@adit/bedrock";
import type { Actor } from "../../store/audit.ts";
import type { ChangeParts } from "../parts.ts";

/** What became, or would become, of one entry. */
export interface ApplyStep {
  action: "create" | "update" | "keep";
  kind:
    | "project"
    | "virtual key"
    | "guardrail"
    | "config"
    | "connector"
    | "API key"
    | "collection"
    | "label"
    | "partial"
    | "prompt"
    | "budget"
    | "rate limit";
  /** `PROJECT/SLUG`. */
  name: string;
  /** Names of the fields that are different. */
  fields: readonly string[];
  /** What its owner should know. */
  warnings: readonly string[];
  /** The text of a new gateway key: shown this once. */
  newKey?: Secret;
}

export interface Place {
  parts: ChangeParts;
  actor: Actor;
  projectId: string;
  projectSlug: string;
}

export function step(action: ApplyStep["action"], kind: ApplyStep["kind"], name: string): ApplyStep {
  return { action, kind, name, fields: [], warnings: [] };
}

/** Names of the fields of `wanted` that are not so in `present`. */
export function differing(wanted: object, present: object): string[] {
  const now = new Map(Object.entries(present));
  return Object.entries(wanted)
    .filter(([field, value]) => !isDeepStrictEqual(now.get(field), value))
    .map(([field]) => field);
}

/** For what is made: null takes a value away, and there is none yet. */
export function withoutNulls(terms: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== null));
}

/** Without an end that is what it was: it may have passed, and is no fault of a change of something else. */
export function withoutSameEnd<Terms extends { expiresAt?: unknown }>(
  terms: Terms,
  fields: readonly string[],
): Terms | Omit<Terms, "expiresAt"> {
  if (fields.includes("expiresAt")) return terms;
  const { expiresAt: _end, ...others } = terms;
  return others;
}
