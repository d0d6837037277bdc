import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { Database } from "../store/store.ts";

/**
 * What names a virtual key that is not there would fail at each call.
 * @param named slugs with the places that name them.
 * @throws AditError `code`, with the first such place.
 */
export async function checkSlugsStored(
  db: Database,
  projectId: string,
  named: readonly { slug: string; path: string }[],
  code: "invalid_config" | "invalid_request",
): Promise<void> {
  if (named.length === 0) return;
  const found = await db.selectFrom("virtualKeys").select("slug").where("projectId", "=", projectId).execute();
  const slugs = found.map(({ slug }) => slug);
  const unknown = named.find(({ slug }) => !slugs.includes(slug));
  if (unknown === undefined) return;
  const { slug, path } = unknown;
  throw new AditError(
    code,
    `${path}: the project has no virtual key ${JSON.stringify(slug.slice(0, 64))}.${didYouMean(slug, slugs)}`,
    { param: path, remedy: "Save the virtual key first, or name another." },
  );
}
