/** The project that the pages show: named in the address, else the first that there is. */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { answerOf, useControl } from "../api/control.ts";
import { everyEntry } from "../api/list-page.ts";
import type { Project } from "../api/objects.ts";
import { isAtLeast, roleIn, useSignedIn, type Role } from "./session.ts";

export function useProjects() {
  const control = useControl();
  return useQuery({
    queryKey: ["projects"],
    queryFn: () => everyEntry((query) => answerOf(control.api.GET("/v1/projects", { params: { query } }))),
    staleTime: 30_000,
  });
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
  const project =
    slug === undefined
      ? (projects.find((one) => one.slug === "default") ?? projects[0])
      : projects.find((one) => one.slug === slug);
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
