/** The project that the pages show: named in the address, else the first that there is. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { answerOf, useControl } from "../api/control.ts";
import { everyEntry } from "../api/list-page.ts";
import type { Project } from "../api/objects.ts";
import { isAtLeast, roleIn, useSignedIn, type Role } from "./session.ts";

const projectsKey = ["projects"];

export function useProjects() {
  const control = useControl();
  const queries = useQueryClient();
  return useQuery({
    queryKey: projectsKey,
    queryFn: async () => {
      const projects = await everyEntry((query) => answerOf(control.api.GET("/v1/projects", { params: { query } })));
      return inOrder(projects, queries.getQueryData<Project[]>(projectsKey));
    },
    staleTime: 30_000,
  });
}

/** Those that were known stay before what comes to be known: an address without a project goes on leading to the same one. */
function inOrder(projects: readonly Project[], known: readonly Project[] | undefined): Project[] {
  const places = new Map(known?.map(({ id }, index) => [id, index]));
  const placeOf = ({ id, slug }: Project) =>
    places.size === 0 ? Number(slug !== "default") : (places.get(id) ?? places.size);
  return projects.toSorted((one, other) => placeOf(one) - placeOf(other));
}

export interface ProjectPlace {
  project: Project;
  role: Role;
  /** True for members and admins. */
  canChange: boolean;
  isAdmin: boolean;
}

/** Undefined while projects load, where the person has none, and where the address names one that is none of theirs. */
export function useFoundProject(): ProjectPlace | undefined {
  const session = useSignedIn();
  const { project: slug } = useSearch({ strict: false });
  const projects = useProjects().data ?? [];
  const project = slug === undefined ? projects[0] : projects.find((one) => one.slug === slug);
  const role = roleIn(session, project?.id);
  if (project === undefined || role === undefined) return undefined;
  return { project, role, canChange: isAtLeast(role, "member"), isAdmin: role === "admin" };
}

/** For pages: the frame shows none before the project is known. */
export function useProject(): ProjectPlace {
  const found = useFoundProject();
  if (found === undefined) throw new Error("There is no project.");
  return found;
}
