/** For who follows something for long: whether the caller may still do it, by what is stored by now. */
import { AditError } from "@adit/bedrock";
import { shownKey } from "../access/door.ts";
import type { Principal } from "../access/principal.ts";
import { personOfSession } from "../access/sessions.ts";
import type { CallerHeaders } from "../http/request/caller-headers.ts";
import type { Need } from "./operation.ts";
import type { ControlParts } from "./parts.ts";
import { checkRight } from "./rights.ts";

/** How often that is asked anew. */
export const betweenChecksMs = 2_000;

/** What is done, by whom, from where. */
export interface Following {
  principal: Principal;
  need: Need;
  projectId: string;
  address: string | undefined;
  /** With the key that was shown. */
  headers: CallerHeaders;
}

/**
 * Of a key or a session that has ended since, or that has lost the right.
 * @throws AditError `invalid_gateway_key`, `missing_gateway_key`, `forbidden`, `not_found`; `store_unavailable`
 */
export async function checkStillAllowed(
  { principal, need, projectId, address, headers }: Following,
  { store, gatewayKeys }: Pick<ControlParts, "store" | "gatewayKeys">,
): Promise<void> {
  switch (principal.kind) {
    case "admin_key":
      return;
    case "gateway_key": {
      // By the text that was shown: where that was rotated away, the key counts on without it.
      const key = await gatewayKeys.authenticate(shownKey(headers) ?? "", address);
      checkRight({ ...principal, key }, need, projectId);
      return;
    }
    case "person": {
      const person = await personOfSession(store, principal.sessionId);
      if (person === undefined) throw new AditError("missing_gateway_key", "The session is over.");
      checkRight({ ...principal, person }, need, projectId);
    }
  }
}
