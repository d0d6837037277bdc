/** What routing asks of the store about saved configs. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import { projectOf } from "../../access/principal.ts";
import type { Stored } from "../../stored.ts";
import type { FindConfig } from "../dependencies.ts";

/** Near slugs are looked for among these many. */
const compared = 1_000;

function switchedOff(slug: string): AditError {
  return new AditError("not_stored", `The config "${slug}" is switched off.`, {
    param: "config",
    remedy: "Have it switched on by PUT /v1/configs/{slug} with the status active, or name another.",
  });
}

/** The saved configs of the caller's project. Rejects with AditError `not_stored` that names a near slug, `store_unavailable`. */
export function storedConfigsOf(stored: Stored): FindConfig {
  return async (slug, principal) => {
    const { configs } = await stored.ready();
    const projectId = projectOf(principal);
    const found = await configs.findConfig(slug, projectId);
    if (found !== undefined) return found;
    const others = await configs.list(projectId, { limit: compared });
    if (others.some((other) => other.slug === slug)) throw switchedOff(slug);
    const near = didYouMean(
      slug,
      others.filter(({ disabled }) => !disabled).map((other) => other.slug),
    );
    throw new AditError("not_stored", `No config is saved as "${slug.slice(0, 64)}".${near}`, {
      param: "config",
      remedy: "Save it by POST /v1/configs, or send the config itself as JSON in the header.",
    });
  };
}
