import { Quotas } from "../../quotas/quotas.ts";
import type { SharedState } from "../respond.ts";

/** State of its own: an empty prompt cache, no quotas, a clock that stands still. */
export function newState(): SharedState {
  const clock = () => 1_790_000_000_000;
  return { cache: new Map(), quotas: new Quotas([], clock), clock };
}
