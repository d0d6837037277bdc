/** What routing asks of the store about saved guardrails. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import { projectOf } from "../../access/principal.ts";
import type { FindGuardrail } from "../../routing/dependencies.ts";
import type { Stored } from "../../stored.ts";

/** Near slugs are looked for among these many. */
const compared = 1_000;

/** The saved guardrails of the caller's project. Rejects with AditError `not_stored` that names a near slug, `store_unavailable`. */
export function storedGuardrailsOf(stored: Stored): FindGuardrail {
  return async (slug, principal) => {
    const { guardrails } = await stored.ready();
    const projectId = projectOf(principal);
    const found = await guardrails.findHook(slug, projectId);
    if (found !== undefined) return found;
    const others = await guardrails.list(projectId, { limit: compared });
    const near = didYouMean(
      slug,
      others.filter(({ disabled }) => !disabled).map((other) => other.slug),
    );
    throw notSaved(slug, near);
  };
}

/** Never passed over: a call without the guardrail that it was to go through would look as if it had passed. */
function notSaved(slug: string, near: string): AditError {
  return new AditError("not_stored", `No guardrail is saved as "${slug.slice(0, 64)}", or it is switched off.${near}`, {
    param: "config",
    remedy: "Save it by POST /v1/guardrails, switch it on, or take it out of the config.",
  });
}
