import { newId } from "../new-id.ts";
import type { Store, Writing } from "../store.ts";

/** A change that adds a project; gives its id. */
export function addProject(slug: string): (writing: Writing) => Promise<string> {
  return async ({ db, changed }) => {
    const id = newId("prj", Date.now());
    await db
      .insertInto("projects")
      .values({ id, slug, name: slug, description: null, createdAt: Date.now(), updatedAt: Date.now() })
      .execute();
    changed("project", id);
    return id;
  };
}

/** The slugs of all projects, in order. */
export async function slugsIn(store: Store): Promise<string[]> {
  const rows = await store.read((db) => db.selectFrom("projects").select("slug").execute());
  return rows.map((row) => row.slug).toSorted();
}
