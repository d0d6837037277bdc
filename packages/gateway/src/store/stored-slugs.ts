import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import type { Database } from "./store.ts";

/** What is to be stored and names others of its project by their slugs. */
export interface NamingSlugs {
  projectId: string;
  /** Slugs with the places that name them. */
  named: readonly { slug: string; path: string }[];
  /** Of the refusal. */
  code: "invalid_config" | "invalid_request";
}

const nouns = { virtualKeys: "virtual key", guardrails: "guardrail" } as const;

/**
 * What names one that is not there would fail at each call.
 * @throws AditError `code`, with the first such place.
 */
export async function checkSlugsStored(
  db: Database,
  kind: keyof typeof nouns,
  { projectId, named, code }: NamingSlugs,
): Promise<void> {
  if (named.length === 0) return;
  const found = await db.selectFrom(kind).select("slug").where("projectId", "=", projectId).execute();
  const slugs = found.map(({ slug }) => slug);
  const unknown = named.find(({ slug }) => !slugs.includes(slug));
  if (unknown === undefined) return;
  const { slug, path } = unknown;
  const noun = nouns[kind];
  throw new AditError(
    code,
    `${path}: the project has no ${noun} ${JSON.stringify(slug.slice(0, 64))}.${didYouMean(slug, slugs)}`,
    { param: path, remedy: `Save the ${noun} first, or name another.` },
  );
}
