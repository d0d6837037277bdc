import { AditError } from "@adit/bedrock";
import type { Database } from "../store/store.ts";
import type { Attribution, KeptAttribution } from "./attribution.ts";

/** With the project's slug, which stays as long as the project does. */
export async function keptAttribution(
  db: Database,
  projectId: string,
  attribution: Attribution | undefined,
): Promise<KeptAttribution | undefined> {
  if (attribution === undefined) return undefined;
  const project = await db.selectFrom("projects").select("slug").where("id", "=", projectId).executeTakeFirst();
  if (project === undefined) throw new AditError("not_found", "There is no such project.", { remedy: "Check its id." });
  return { ...attribution, projectSlug: project.slug };
}
