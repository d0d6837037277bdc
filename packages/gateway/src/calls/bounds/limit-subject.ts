/** Whom a call is counted to. Pure. */
import { projectOf, type Principal } from "../../access/principal.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { LimitSubject } from "../../limits/limit.ts";
import type { HeldCall } from "./call-bounds.ts";

/** Whose limits count a call: the project that it is said to be of, such as that of a connection which is tried, else the caller's. */
export function countedProject(
  principal: Principal,
  { projectId }: Pick<RequestFacts, "projectId">,
): string | undefined {
  return projectId ?? (principal.kind === "person" ? undefined : projectOf(principal));
}

export function subjectOf({ principal, facts, asked: { metadata } }: HeldCall): LimitSubject {
  return {
    gatewayKeyId: principal.kind === "gateway_key" ? principal.key.id : undefined,
    projectId: countedProject(principal, facts),
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
  };
}
