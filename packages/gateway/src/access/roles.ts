/** What people are, in the gateway and in its projects. */
import type { Role } from "../store/tables/tables.ts";

export interface Roles {
  /** In the whole gateway: an admin is one in every project. */
  role: Role;
  /** By the project's id. */
  projects: Readonly<Record<string, Role>>;
}

/** The role in a project; undefined: none. */
export function roleInProject({ role, projects }: Roles, projectId: string): Role | undefined {
  if (role === "admin") return "admin";
  return Object.hasOwn(projects, projectId) ? projects[projectId] : undefined;
}
